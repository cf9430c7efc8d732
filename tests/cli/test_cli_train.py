"""`rnnstudio train`: what it prints, writes and returns, and how it refuses."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design import codec
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId
from rnnstudio.engine.weights.files import load_weights
from rnnstudio.engine.weights.fit import match
from tests.cli.command_kit import Run, events
from tests.data_kit import expected_shapes


def test_train_writes_weights_that_hold_design_and_record(trained: Path, design_file: Path) -> None:
    weights = load_weights(trained)
    design = codec.load(design_file)
    assert weights.design == design
    assert match(weights.arrays, expected_shapes(design)) == []
    assert weights.record["epochs"] == 2
    assert weights.record["seed"] == design.plan.seed


def test_train_prints_one_line_an_epoch(run: Run, design_file: Path) -> None:
    status, out, err = run("train", design_file)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert [line.partition(" ·")[0] for line in lines[1:3]] == ["epoch 1/2", "epoch 2/2"]
    assert "bits per character" in lines[2]
    assert lines[-1].startswith("Done after ")
    assert lines[-1].endswith("the weights are in " + str(design_file.with_suffix(".safetensors")))


def test_train_without_out_never_replaces_weights(run: Run, design_file: Path, tmp_path: Path) -> None:
    run("train", design_file)
    before = (tmp_path / "small.safetensors").read_bytes()
    run("train", design_file, "--seed", 5)
    assert (tmp_path / "small.safetensors").read_bytes() == before
    assert load_weights(tmp_path / "small-2.safetensors").record["seed"] == 5


def test_train_as_json_gives_an_object_a_line_and_finished_last(run: Run, design_file: Path) -> None:
    status, out, err = run("train", design_file, "--json", "--epochs", 3)
    assert (status, err) == (0, "")
    told = events(out)
    kinds = [event["event"] for event in told]
    assert kinds[0] == "started"
    assert kinds[-1] == "finished"
    assert kinds.count("epoch") == 3
    assert kinds.count("step") == told[0]["steps"] == told[-1]["steps"]
    assert told[-1]["reason"] == "done"
    assert Path(str(told[-1]["weights_file"])).exists()
    epochs = [event for event in told if event["event"] == "epoch"]
    assert told[-1]["bits"] == epochs[-1]["bits"] == epochs[-1]["validation_loss"] / math.log(2)  # type: ignore[operator]
    assert {"loss", "grad_norm", "clipped_norm"} < told[1].keys()


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(run: Run, design_file: Path) -> None:
    arrays = []
    for name, seed in (("a.npz", 3), ("b.npz", 3), ("c.npz", 4)):
        assert run("train", design_file, "--seed", seed, "--out", name)[0] == 0
        arrays.append(load_weights(Path(name)).arrays)
    same, other = ([np.array_equal(arrays[0][n], a[n]) for n in arrays[0]] for a in arrays[1:])
    assert all(same)
    assert not all(other)


def test_set_changes_the_design_that_is_trained_and_kept(run: Run, design_file: Path) -> None:
    settings = ("--set", "nodes.gru.units=3", "--set", "plan.optimizer.params.learning_rate=0.5")
    assert run("train", design_file, *settings, "--epochs", "1", "--out", "w.safetensors")[0] == 0
    weights = load_weights(Path("w.safetensors"))
    assert weights.arrays["gru.U_n"].shape == (3, 3)
    assert weights.design is not None
    assert weights.design.plan.optimizer.params["learning_rate"] == 0.5
    assert codec.load(design_file).node("gru").params["units"] == 6  # type: ignore[arg-type]


def test_a_run_that_diverges_keeps_the_last_finite_weights(run: Run, design_file: Path) -> None:
    relu = codec.encode(codec.load(design_file)).replace('"kind": "gru"', '"kind": "rnn"')
    design_file.write_text(relu, "utf-8")
    wild = ("nodes.gru.activation=relu", "plan.optimizer=sgd", "plan.clip_norm=off")
    wild += ("plan.optimizer.params.learning_rate=100",)
    settings = [part for setting in wild for part in ("--set", setting)]
    status, out, err = run("train", design_file, *settings, "--epochs", "200", "--json", "--out", "w.npz")
    assert status == 1
    end = events(out)[-1]
    assert (end["event"], end["reason"]) == ("finished", "diverged")
    assert "no longer finite" in err
    assert err.count("\n") == 1
    assert all(np.isfinite(array).all() for array in load_weights(Path("w.npz")).arrays.values())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--out", "w.pt"), "“w.pt” ends in .pt; a weight file ends in .npz or .safetensors."),
        (("--out", "nowhere/w.npz"), "There is no folder “nowhere” for the weights."),
        (("--epochs", "0"), "plan.epochs must be a whole number from 1 to 100,000; got “0”."),
        (("--set", "plan.epoch=3"), "There is no “plan.epoch” to set. Did you mean epochs?"),
        (("--resume", "gone.npz"), "There is no file “gone.npz”."),
    ],
)
def test_what_cannot_work_is_refused_before_training(
    run: Run, design_file: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    status, out, err = run("train", design_file, "--json", *arguments)
    assert status == 1
    assert err.startswith(sentence)
    assert err.count("\n") == 1
    assert [event["event"] for event in events(out)] == ["finished"]
    assert events(out)[0]["reason"] == "failed"


def test_weights_that_cannot_be_written_at_the_end_are_kept_elsewhere(
    run: Run, design_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuge = tmp_path / "refuge"
    refuge.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(refuge))

    def step(*_: object) -> None:  # somebody makes a folder of that name during the run
        (tmp_path / "taken.npz").mkdir(exist_ok=True)

    monkeypatch.setattr("rnnstudio.training_run.ConsoleReport.step", step)
    status, _, err = run("train", design_file, "--out", "taken.npz")
    assert status == 1
    assert "The weights are safe in " in err
    assert len(list(refuge.rglob("taken.npz"))) == 1


def test_a_network_of_numbers_is_reported_in_loss_and_in_what_its_head_measures(
    run: Run, tmp_path: Path
) -> None:
    parts = {
        "in": ("sequence_input", {}),
        "rnn": ("rnn", {"units": 4}),
        "last": ("last_step", {}),
        "out": ("dense", {"units": 1}),
        "head": ("regression", {"per": "sequence"}),
    }
    ends = ["in.sequence rnn.sequence", "rnn.sequence last.sequence", "last.vector out.input"]
    nodes = tuple(Node(NodeId(name), kind, params=params) for name, (kind, params) in parts.items())
    ports = [end.replace(".", " ").split() for end in (*ends, "out.output head.values")]
    links = tuple(Link(LinkId(f"l{i}"), NodeId(a), b, NodeId(c), d) for i, (a, b, c, d) in enumerate(ports))
    design = Design(nodes=nodes, links=links, task=Choice("adding", {"length": 8, "examples": 200}))
    codec.save(design, tmp_path / "adding.rnnd")
    status, out, err = run("train", "adding.rnnd", "--epochs", 1, "--out", "w.safetensors")
    assert (status, err) == (0, "")
    (line,) = [line for line in out.splitlines() if line.startswith("epoch 1/1 · training ")]
    assert "bits" not in line
    assert re.search(r" loss · mse [\d.]+", line)
    assert load_weights(Path("w.safetensors")).record["bits"] is None
