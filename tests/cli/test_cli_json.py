"""``--json`` and training records are strict JSON when numbers are not finite, and can be read back."""

import json
from pathlib import Path

import pytest

from rnnstudio.design import codec
from rnnstudio.design.edits import set_params, set_plan, set_task_params
from rnnstudio.design.model import Choice, Design
from rnnstudio.resources import templates
from tests.cli.command_kit import Run, events

RATES = [("mse", 1e22), ("mse", 1e30), ("huber", 1e33)]


def overflowing(loss: str, rate: float) -> Design:
    """A regression whose weights are finite after the first step, while its errors squared are not."""
    design = codec.load(templates()["adding-gru"])
    (head,) = (node for node in design.nodes if node.kind == "regression")
    design = set_params(design, [head.id], {"loss": loss, "delta": 1e6})
    design = set_task_params(design, {"count": 60, "length": 6})
    return set_plan(
        design, epochs=1, batch_size=1000, clip_norm=None, optimizer=Choice("sgd", {"learning_rate": rate})
    )


def header(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    assert isinstance(metadata, dict)
    return metadata


@pytest.mark.parametrize(("loss", "rate"), RATES)
def test_every_line_the_record_and_the_checkpoint_are_strict(
    run: Run, tmp_path: Path, loss: str, rate: float
) -> None:
    codec.save(overflowing(loss, rate), tmp_path / "big.rnnd")
    out = run("train", "big.rnnd", "--json", "--out", "w.safetensors")[1]
    epoch = next(event for event in events(out) if event["event"] == "epoch")
    assert epoch["validation_loss"] is None
    metadata = header(tmp_path / "w.safetensors")
    for name in ("record", "checkpoint"):
        json.loads(metadata[name], parse_constant=pytest.fail)


def test_a_record_with_null_is_read_and_trained_on_from(run: Run, tmp_path: Path) -> None:
    codec.save(overflowing("mse", 1e22), tmp_path / "big.rnnd")
    run("train", "big.rnnd", "--out", "w.safetensors")
    resumed = ("train", "big.rnnd", "--resume", "w.safetensors", "--out", "v.safetensors", "--json")
    out = run(*resumed)[1]
    assert events(out)[0]["first_step"] == 2
    slower = (*resumed, "--set", "plan.optimizer.params.learning_rate=1e-9")
    status, out, _ = run(*slower)
    assert events(out)[-1]["event"] == "finished"
    record = json.loads(header(tmp_path / "v.safetensors")["record"], parse_constant=pytest.fail)
    assert record["before"]["validation_loss"] == [None]
