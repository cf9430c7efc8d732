"""Runs that are ended from outside keep their weights and can be continued."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rnnstudio import training_run
from rnnstudio.design.errors import FileError
from rnnstudio.engine.weights.files import load_weights
from rnnstudio.engine.weights.fit import match
from rnnstudio.engine.weights.format import Weights
from tests.cli.command_kit import Run, events
from tests.data_kit import expected_shapes


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_resume_starts_from_the_weights(run: Run, design_file: Path, suffix: str) -> None:
    assert run("train", design_file, "--epochs", "30", "--out", f"w{suffix}")[0] == 0
    out = run(
        "train", design_file, "--epochs", "1", "--resume", f"w{suffix}", "--out", "v.safetensors", "--json"
    )[1]
    fresh = run("train", design_file, "--epochs", "1", "--json")[1]
    first, without = (next(e["loss"] for e in events(text) if e["event"] == "step") for text in (out, fresh))
    assert isinstance(first, float)
    assert isinstance(without, float)
    assert first < 0.8 * without
    if suffix == ".safetensors":
        assert load_weights(Path("v.safetensors")).record["epochs"] == 31


def test_resume_refuses_weights_of_another_design_tensor_by_tensor(
    run: Run, trained: Path, design_file: Path
) -> None:
    changed = ("--set", "nodes.gru.units=7", "--resume", trained, "--out", "v.npz")
    status, _, err = run("train", design_file, *changed)
    assert status == 1
    assert "gru.U_n is 6 × 6; the design needs 7 × 7." in err
    assert "dense.W" in err
    assert not Path("v.npz").exists()


@pytest.fixture
def endless(design_file: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A training process that would take days, and has taken its first steps."""
    command = [sys.executable, "-m", "rnnstudio", "train", str(design_file), "--epochs", "100000"]
    process = subprocess.Popen(
        [*command, "--json", "--out", str(tmp_path / "w.safetensors")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line).get("step") == 20:
            break
    with process:
        yield process
        process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize(
    ("number", "reason", "status"),
    [
        (signal.SIGINT, "interrupted", 130),
        (signal.SIGTERM, "terminated", 143),
        (signal.SIGHUP, "terminated", 129),
        (signal.SIGQUIT, "terminated", 131),
    ],
)
def test_ctrl_c_ends_training_cleanly_and_keeps_the_weights(
    endless: subprocess.Popen[str], number: signal.Signals, reason: str, status: int, tmp_path: Path
) -> None:
    endless.send_signal(number)
    out, err = endless.communicate(timeout=30)
    end = events(out)[-1]
    assert (endless.returncode, err) == (status, "")
    assert (end["event"], end["reason"]) == ("finished", reason)
    assert isinstance(end["steps"], int)
    assert 20 <= end["steps"] < 100_000
    weights = load_weights(tmp_path / "w.safetensors")
    assert weights.design is not None
    assert weights.record["steps"] == end["steps"]
    assert match(weights.arrays, expected_shapes(weights.design)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
def test_weights_are_kept_when_the_reader_of_the_output_goes_away(
    endless: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert endless.stdout is not None
    assert endless.stderr is not None
    endless.stdout.close()
    assert endless.wait(30) == 1
    assert endless.stderr.read() == "Training stopped: what read its output is gone.\n"
    assert load_weights(tmp_path / "w.safetensors").record["steps"] >= 20


def same_run(one: Weights, other: Weights) -> bool:
    assert one.checkpoint is not None
    assert other.checkpoint is not None
    arrays = {**one.arrays, **one.checkpoint.arrays}
    others = {**other.arrays, **other.checkpoint.arrays}
    assert one.record == other.record
    assert one.checkpoint.state == other.checkpoint.state
    return arrays.keys() == others.keys() and all(np.array_equal(arrays[n], others[n]) for n in arrays)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_a_run_that_ctrl_c_ended_continues_as_if_it_had_not(
    run: Run, design_file: Path, endless: subprocess.Popen[str], tmp_path: Path
) -> None:
    endless.send_signal(signal.SIGINT)
    endless.communicate(timeout=30)
    first = load_weights(tmp_path / "w.safetensors")
    epochs = first.record["epochs"] + 2
    out = run(
        "train", design_file, "--epochs", epochs, "--resume", "w.safetensors", "--out", "v.safetensors"
    )[1]
    assert f"Training goes on after step {first.record['steps']:,} as if it had never stopped." in out
    assert run("train", design_file, "--epochs", epochs, "--out", "u.safetensors")[0] == 0
    assert same_run(load_weights(Path("v.safetensors")), load_weights(Path("u.safetensors")))


def test_a_run_that_is_killed_has_left_its_weights_and_continues(
    run: Run, design_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, rnnstudio.training_run as t; from rnnstudio.cli import main; t.SAVE_EVERY = 0.0\n"
        "saved = t.save_weights\n"
        "def save(path, weights):\n"
        "    saved(path, weights)\n"
        "    os._exit(9) if weights.record['steps'] == 7 else None\n"
        "t.save_weights = save\n"
        f"main(['train', {str(design_file)!r}, '--out', 'w.safetensors'])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 9
    assert load_weights(Path("w.safetensors")).record["steps"] == 7
    assert run("train", design_file, "--resume", "w.safetensors", "--out", "v.safetensors")[0] == 0
    assert run("train", design_file, "--out", "u.safetensors")[0] == 0
    assert same_run(load_weights(Path("v.safetensors")), load_weights(Path("u.safetensors")))


def test_another_plan_starts_again_from_the_weights_and_says_so(
    run: Run, design_file: Path, trained: Path
) -> None:
    out = run("train", design_file, "--resume", trained, "--set", "plan.optimizer=adagrad", "--out", "v.npz")[
        1
    ]
    assert "with a new optimizer: “Optimizer” is Adagrad instead of Adam." in out


def test_a_file_that_cannot_be_written_meanwhile_does_not_end_the_run(
    run: Run, design_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_run, "SAVE_EVERY", 0.0)
    saved, tries = training_run.save_weights, []

    def save(path: Path, weights: Weights) -> None:
        tries.append(weights.record["steps"])
        if len(tries) <= 3:
            raise FileError("The disk is full.")
        saved(path, weights)

    monkeypatch.setattr(training_run, "save_weights", save)
    assert run("train", design_file, "--out", "w.safetensors")[0] == 0
    assert len(tries) > 4
    assert load_weights(Path("w.safetensors")).record["epochs"] == 2


def test_export_leaves_the_checkpoint_behind(run: Run, trained: Path) -> None:
    assert load_weights(trained).checkpoint is not None
    assert run("export", trained, "--to", "safetensors", "--out", "plain.safetensors")[0] == 0
    assert load_weights(Path("plain.safetensors")).checkpoint is None
    assert Path("plain.safetensors").stat().st_size < trained.stat().st_size


def resumed(run: Run, design_file: Path, *more: str) -> tuple[str, list[float]]:
    """Train two epochs and two more of a cosine; return what the second run says, and its rates."""
    cosine = ("--set", "plan.schedule=cosine", "--out", "w.safetensors")
    assert run("train", design_file, "--epochs", "2", *cosine)[0] == 0
    out = run("train", design_file, "--epochs", "4", "--resume", "w.safetensors", "--json", *cosine, *more)[1]
    told = events(out)
    rates = [event["learning_rate"] for event in told if event["event"] == "step"]
    return str(told[0]["start"]), rates  # type: ignore[return-value]


def test_a_longer_run_says_that_its_schedule_is_stretched(run: Run, design_file: Path) -> None:
    start, rates = resumed(run, design_file)
    assert "cosine schedule is laid anew over 4 epochs instead of 2: the learning rate rises" in start
    assert "never stopped" not in start
    assert rates[0] > rates[-1] > 0


def test_a_longer_run_may_keep_its_schedule(run: Run, design_file: Path) -> None:
    start, rates = resumed(run, design_file, "--schedule", "continue")
    assert "goes on as it was laid over 2 epochs: the learning rate stays at 0" in start
    assert set(rates) == {0.0}


def test_the_choice_is_named_where_a_person_reads(run: Run, design_file: Path) -> None:
    cosine = ("--set", "plan.schedule=cosine")
    run("train", design_file, "--epochs", "1", *cosine, "--out", "w.safetensors")
    more = (*cosine, "--epochs", "2", "--resume", "w.safetensors", "--out", "v.safetensors")
    assert "--schedule continue" in run("train", design_file, *more)[1]
    assert "--schedule" not in run("train", design_file, *more, "--schedule", "continue")[1]


def test_a_schedule_to_continue_with_needs_a_run(run: Run, design_file: Path) -> None:
    status, _, err = run("train", design_file, "--schedule", "stretch")
    assert status == 1
    assert "Name its weights with --resume" in err


def test_what_differs_from_the_run_is_listed(run: Run, design_file: Path, trained: Path) -> None:
    changed = ("--set", "plan.batch_size=4", "--set", "plan.optimizer.params.learning_rate=0.5")
    out = run("train", design_file, "--resume", trained, *changed, "--out", "v.safetensors")[1]
    assert "with a new optimizer" in out
    assert "“Batch size” is 4 instead of 8" in out
    assert "“Learning rate” is 0.5 instead of" in out
