"""`rnnstudio train` if nothing counts in validation, or anywhere."""

from pathlib import Path

import pytest

from rnnstudio.design import codec
from rnnstudio.design.edits import set_params, set_plan, set_task_params
from rnnstudio.design.model import Choice
from rnnstudio.resources import templates
from tests.cli.command_kit import Run, events


@pytest.fixture
def ignoring(tmp_path: Path) -> Path:
    """A design whose one sequence for validation is of the class that is ignored."""
    design = set_task_params(codec.load(templates()["temporal-order-lstm"]), {"count": 10})
    (head,) = (node for node in design.nodes if node.kind == "classification")
    (cell,) = (node for node in design.nodes if node.kind == "lstm")
    design = set_params(design, [head.id], {"ignore": 1})
    design = set_params(design, [cell.id], {"units": 4})
    design = set_plan(design, epochs=5, batch_size=50, validation=0.1, seed=1, patience=2)
    codec.save(set_plan(design, schedule=Choice("constant")), tmp_path / "ignoring.rnnd")
    return tmp_path / "ignoring.rnnd"


def test_no_validation_loss_is_printed_and_training_continues(run: Run, ignoring: Path) -> None:
    status, out, _ = run("train", ignoring, "--out", "w.safetensors")
    assert status == 0
    lines = [line for line in out.splitlines() if line.startswith("epoch ")]
    assert len(lines) == 5
    for line in lines:
        assert "validation 0" not in line
        assert "accuracy" not in line
        assert line.endswith("nothing counts in validation")


def test_json_holds_null(run: Run, ignoring: Path) -> None:
    out = run("train", ignoring, "--json", "--out", "w.safetensors")[1]
    for event in events(out):
        if event["event"] == "epoch":
            assert (event["validation_loss"], event["bits"]) == (None, None)
            assert event["metrics"] == {"accuracy": None}
            assert event["training_loss"]


def test_the_rate_does_not_fall_for_it(run: Run, ignoring: Path) -> None:
    plateau = ["--set", "plan.schedule=plateau", "--set", "plan.schedule.params.patience=0"]
    out = run("train", ignoring, *plateau, "--json", "--out", "w.safetensors")[1]
    assert len({event["learning_rate"] for event in events(out) if event["event"] == "epoch"}) == 1


@pytest.mark.parametrize("setting", ["class_weights=0,0,0,0", "weight=0"])
def test_nothing_that_counts_anywhere_is_refused_in_one_sentence(
    run: Run, ignoring: Path, setting: str
) -> None:
    head = f"nodes.classification.{setting}"
    status, out, err = run("train", ignoring, "--set", head, "--out", "w.safetensors")
    assert (status, out) == (1, "")
    assert err.startswith("Nothing can be learned from “")
    assert err.count("\n") == 1
    assert not Path("w.safetensors").exists()
    assert run("check", ignoring, "--set", head)[0] == 1
