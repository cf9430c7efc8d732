"""Runs side by side, and files that a run could not write at its end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnstudio.claim import Claim, Claimed, claim_free
from rnnstudio.engine.weights.files import load_weights
from tests.cli.command_kit import Run, events

unix = pytest.mark.skipif(sys.platform == "win32", reason="files of this kind are others there")


@pytest.fixture
def running(design_file: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run without --out that is under way."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rnnstudio", "train", design_file, "--epochs", "100000", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["event"] == "started"
    with process:
        yield process
        process.kill()


def test_runs_without_out_write_files_of_their_own(
    run: Run, running: subprocess.Popen[str], design_file: Path
) -> None:
    ends = [events(run("train", design_file, "--json", "--seed", seed)[1])[-1] for seed in (5, 6)]
    running.terminate()
    ends.insert(0, events(running.communicate(timeout=60)[0])[-1])
    files = [Path(str(end["weights_file"])) for end in ends]
    assert [file.name for file in files] == [
        "small.safetensors",
        "small-2.safetensors",
        "small-3.safetensors",
    ]
    assert [load_weights(file).record["seed"] for file in files[1:]] == [5, 6]
    assert not list(design_file.parent.glob(".*"))


def test_a_file_that_another_run_writes_is_refused_until_that_is_gone(
    run: Run, running: subprocess.Popen[str], design_file: Path
) -> None:
    wanted = ("train", design_file, "--out", "sub/../small.safetensors")
    (design_file.parent / "sub").mkdir()
    status, out, err = run(*wanted)
    assert (status, out) == (1, "")
    assert "is being written by another run" in err
    running.kill()
    running.wait()
    assert run(*wanted)[0] == 0
    assert load_weights(design_file.with_suffix(".safetensors")).record["epochs"] == 2


def test_a_claim_is_of_the_file_and_not_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "link.npz").symlink_to(tmp_path / "w.npz")
    claim = Claim(tmp_path / "w.npz")
    with pytest.raises(Claimed):
        Claim(tmp_path / "link.npz")
    Claim(tmp_path / "v.npz").release()
    claim.release()
    Claim(tmp_path / "link.npz").release()
    assert [file.name for file in tmp_path.iterdir()] == ["link.npz"]


def test_a_free_name_is_neither_there_nor_claimed(tmp_path: Path) -> None:
    claims = [claim_free(tmp_path / "w.npz")]
    (tmp_path / "w-2.npz").touch()
    (tmp_path / "w-3.npz").symlink_to("nowhere.npz")
    claims.append(claim_free(tmp_path / "w.npz"))
    assert [claim.path.name for claim in claims] == ["w.npz", "w-4.npz"]
    for claim in claims:
        claim.release()
    assert claim_free(tmp_path / "w.npz").path.name == "w.npz"


def test_a_lock_that_a_run_left_when_it_was_killed_is_in_nobody_s_way(tmp_path: Path) -> None:
    claim = Claim(tmp_path / "w.npz")
    (lock,) = tmp_path.iterdir()
    claim.release()
    lock.touch()
    Claim(tmp_path / "w.npz").release()


def test_resuming_into_the_same_file_continues(run: Run, trained: Path, design_file: Path) -> None:
    status, _, err = run("train", design_file, "--epochs", 3, "--resume", trained, "--out", trained)
    assert (status, err) == (0, "")
    assert load_weights(trained).record["epochs"] == 3


@unix
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("folder.npz", "“folder.npz” is a folder. Choose the name of a file for the weights."),
        ("fifo.npz", "“fifo.npz” in . is not a regular file: it is a device, a FIFO or a socket"),
        ("device.npz", "“device.npz” in . is not a regular file: it is a device, a FIFO or a socket"),
        ("gone/w.npz", "There is no folder “gone” for the weights. Make it, or choose another."),
        ("file/w.npz", "There is no folder “file” for the weights. Make it, or choose another."),
        ("n" * 300 + ".npz", "its name is too long. Choose a shorter one."),
        ("loop.npz", "“loop.npz” cannot be saved"),
        ("/proc/w.npz", "“w.npz” cannot be saved in /proc: "),
    ],
    ids=lambda value: value[:12],
)
def test_a_file_that_cannot_be_written_is_reported_before_the_run(
    run: Run, design_file: Path, tmp_path: Path, name: str, sentence: str
) -> None:
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo.npz")
    (tmp_path / "device.npz").symlink_to("/dev/null")
    (tmp_path / "loop.npz").symlink_to("loop.npz")
    status, out, err = run("train", design_file, "--out", name, "--json")
    assert status == 1
    assert sentence in err
    assert err.count("\n") == 1
    assert [event["event"] for event in events(out)] == ["finished"]
