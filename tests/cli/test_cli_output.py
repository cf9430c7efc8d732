"""The commands when their output cannot be written, or not in every character."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rnnstudio import training_run
from rnnstudio.cli import main
from rnnstudio.design import codec
from rnnstudio.design.edits import set_name
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.training.optimizer_step import OptimizerStep
from rnnstudio.engine.weights.files import load_weights
from tests.cli.command_kit import Run, events

COMMAND = [sys.executable, "-m", "rnnstudio"]
unix = pytest.mark.skipif(sys.platform == "win32", reason="descriptors and signals are others there")
Written = Callable[..., tuple[int, bytes, bytes]]


@pytest.fixture
def named(design_file: Path) -> Path:
    """A design whose name no encoding but those of Unicode holds whole."""
    codec.save(set_name(codec.load(design_file), "Имена · 名前 · naïve 😀"), design_file)
    return design_file


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Written:
    """Run a command with output in a strict encoding, and return the bytes."""

    def command(encoding: str, *arguments: object) -> tuple[int, bytes, bytes]:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding, write_through=True) for _ in range(2)]
        monkeypatch.chdir(tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            status = main([str(argument) for argument in arguments])
        out, err = (stream.detach().getvalue() for stream in streams)  # type: ignore[attr-defined]
        return status, out, err

    return command


# ------------------------------------------------------------------------------ encodings


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp932", "cp1252", "koi8-r", "utf-16-le", "utf-8"])
def test_every_command_ends_well_in_every_encoding(
    written: Written, named: Path, tmp_path: Path, encoding: str
) -> None:
    commands = [
        ("check", named),
        ("train", named, "--epochs", 1, "--out", "w.safetensors"),
        ("sample", "w.safetensors", "--length", 5),
        ("export", "w.safetensors", "--to", "npz", "--out", "имя.npz"),
        ("templates",),
        ("--version",),
    ]
    for command in commands:
        status, out, err = written(encoding, *command)
        assert (status, err) == (0, b""), command
        out.decode(encoding)
    assert load_weights(tmp_path / "w.safetensors").record["epochs"] == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp932"])
def test_a_character_that_the_encoding_lacks_is_an_escape(
    written: Written, named: Path, encoding: str
) -> None:
    out = written(encoding, "train", named, "--epochs", 1)[1].decode(encoding)
    assert "naïve".encode(encoding, "backslashreplace").decode(encoding) in out
    assert "\\U0001f600" in out
    status, out_bytes, err = written(encoding, "check", "имя.rnnd")
    assert (status, out_bytes) == (1, b"")
    assert "имя".encode(encoding, "backslashreplace") in err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp932"])
def test_json_stays_json_in_every_encoding(written: Written, named: Path, encoding: str) -> None:
    out = written(encoding, "train", named, "--epochs", 1, "--json")[1].decode(encoding)
    assert events(out)[0]["design"] == "Имена · 名前 · naïve 😀"


def test_help_needs_no_more_than_ascii(run: Run) -> None:
    pages = [run(*command, "--help") for command in ((), ("train",), ("sample",), ("export",), ("bench",))]
    assert all(status == 0 and out.isascii() for status, out, _ in pages)


# ------------------------------------------------------------- closed streams, full disks


@unix
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_training_needs_no_standard_streams(design_file: Path, tmp_path: Path, closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, "train", design_file, "--out", "w.safetensors"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert (b"Done" in done.stdout) == (">&-" not in closed.split())
    assert load_weights(tmp_path / "w.safetensors").record["epochs"] == 2


@unix
def test_a_run_whose_log_finds_the_disk_full_continues_and_says_so(design_file: Path, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "train", design_file, "--out", "w.safetensors"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no space left on device" in done.stderr
    assert "The weights are in w.safetensors." in done.stderr
    assert load_weights(tmp_path / "w.safetensors").record["epochs"] == 2


@unix
@pytest.mark.parametrize("arguments", [("check",), ("templates",), ("--help",)])
@pytest.mark.parametrize(("where", "told"), [("pipe", ""), ("/dev/full", "o space left on device")])
def test_a_command_whose_output_is_lost_ends_with_a_sentence_at_most(
    design_file: Path, arguments: tuple[str, ...], where: str, told: str
) -> None:
    if where == "pipe":
        reader, output = os.pipe()
        os.close(reader)
    else:
        output = os.open(where, os.O_WRONLY)
    try:
        files = [design_file] if arguments == ("check",) else []
        command = [*COMMAND, *arguments, *files]
        done = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(output)
    assert done.returncode == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == (1 if told else 0)


@unix
@pytest.mark.parametrize("seen", [1, 300])
def test_a_terminal_that_is_closed_costs_no_weights(design_file: Path, tmp_path: Path, seen: int) -> None:
    """Its terminal goes away without a signal, before or while the progress bar is drawn."""
    master, terminal = os.openpty()
    process = subprocess.Popen(
        [*COMMAND, "train", design_file, "--epochs", "20", "--out", "w.safetensors"],
        cwd=tmp_path,
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(terminal)
    while seen > 0:
        seen -= len(os.read(master, seen))
    os.close(master)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.count("\n") == 1
    assert "The output cannot be written" in err
    assert load_weights(tmp_path / "w.safetensors").record["epochs"] == 20


# -------------------------------------------------------------------- what else ends a run


@unix
def test_a_run_under_nohup_outlives_its_terminal(design_file: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "train", design_file, "--epochs", "60", "--json", "--out", "w.safetensors"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["event"] == "started"
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, events(out)[-1]["reason"]) == (0, "done")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "There is not enough memory to train this."),
        (OSError(5, "Input/output error"), "Input/output error."),
        (KeyboardInterrupt(), ""),
        (kernels.Stopped(), "Stopped while kernels were compiled."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_fails_in_the_middle_of_a_run_keeps_the_weights_so_far(
    run: Run, design_file: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, told: str
) -> None:
    step = OptimizerStep.step

    def failing(self: OptimizerStep, index: int, *arguments: object) -> object:
        if index == 9:
            raise error
        return step(self, index, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(OptimizerStep, "step", failing)
    status, _, err = run("train", design_file, "--out", "w.safetensors")
    assert status != 0
    assert told in err
    assert load_weights(Path("w.safetensors")).record["epochs"] == 1


def test_what_fails_before_the_first_step_writes_no_weights(
    run: Run, design_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(OptimizerStep, "step", failing)
    assert run("train", design_file, "--out", "w.safetensors")[0] == 1
    assert not Path("w.safetensors").exists()


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 1 kB, which is how a disk is full for one that writes weights."""
    import resource  # not on every system

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@unix
def test_a_save_on_the_way_that_fails_is_reported_once_and_the_last_one_is_tried(
    run: Run, design_file: Path, small_files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_run, "SAVE_EVERY", 0.0)
    status, out, err = run("train", design_file, "--json", "--out", "w.safetensors")
    first, last = err.splitlines()
    assert status == 1
    assert first.startswith("The weights so far are not saved: “w.safetensors” cannot be saved")
    assert first.endswith("Training goes on and tries again.")
    assert "Nor could they be saved anywhere else." in last
    assert events(out)[-1]["epochs"] == 2
    assert list(Path().glob("*w.safetensors*")) == []
