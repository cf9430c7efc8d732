"""Messages about compilation on the command line, and how it is interrupted."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from rnnstudio.design import codec
from rnnstudio.engine.compiler.runtime import kernels
from tests.cli.command_kit import events

pytestmark = pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")

SENTENCE = "Compiling kernels for these equations"
# Some seconds of compilation.
LONG_CELL = "\n".join(
    ["a = W @ x + U @ h_prev"]
    + [f"q{j} = {' + '.join(f'exp(a * b{j}_{i})' for i in range(44))}" for j in range(11)]
    + [f"h = tanh({' + '.join(f'q{j}' for j in range(11))})"]
)


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernels.VARIABLE, "numba")


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Begin without any kernel."""
    monkeypatch.setenv("RNNSTUDIO_KERNELS", str(tmp_path / "kernels"))


@pytest.fixture
def long_design(design_file: Path) -> Path:
    """Return a design whose cell takes long to compile."""

    from rnnstudio.design.edits import set_params  # noqa: F401

    design = codec.load(design_file)
    nodes = tuple(
        replace(node, kind="equation_cell", params={"units": 6, "equations": LONG_CELL})
        if node.kind == "gru"
        else node
        for node in design.nodes
    )
    codec.save(replace(design, nodes=nodes), design_file)
    return design_file


def train(design: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "rnnstudio", "train", str(design), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_run_that_compiles_says_so_in_one_line_and_the_next_one_does_not(
    design_file: Path, cold: None
) -> None:
    for count in (1, 0):
        with train(design_file) as process:
            out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        assert out.count(SENTENCE) == count


def test_a_compilation_is_an_event_among_json_lines(design_file: Path, cold: None) -> None:
    with train(design_file, "--json") as process:
        out, _ = process.communicate()
    first, second, *_, last = events(out)
    assert (first["event"], second["event"], last["event"]) == ("waiting", "started", "finished")
    assert str(first["sentence"]).startswith(SENTENCE)


@pytest.mark.parametrize(
    ("number", "reason", "status"),
    [(signal.SIGINT, "interrupted", 130), (signal.SIGTERM, "terminated", 143)],
)
def test_a_signal_ends_a_compilation_long_before_it_is_over(
    long_design: Path, tmp_path: Path, number: signal.Signals, reason: str, status: int
) -> None:
    with train(long_design, "--json", "--out", str(tmp_path / "w.safetensors")) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "may take" in line:
                break
        process.send_signal(number)
        out, err = process.communicate()
    (end,) = events(out)
    assert (end["event"], end["reason"], end["weights_file"]) == ("finished", reason, None)
    assert process.returncode == status
    assert err == "Stopped while kernels were compiled.\n"
    assert not (tmp_path / "w.safetensors").exists()


def test_ctrl_c_ends_a_compilation_of_sample_too(long_design: Path, tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    environment = {**os.environ, kernels.VARIABLE: "numpy"}
    command = [sys.executable, "-m", "rnnstudio", "train", str(long_design), "--epochs", "1"]
    subprocess.run([*command, "--out", str(weights)], env=environment, check=True, capture_output=True)
    program = f"""if True:
        import sys
        from rnnstudio.engine.compiler.runtime import kernels
        from rnnstudio.cli import main
        kernels.on_wait(lambda sentence: print(sentence, flush=True))
        sys.argv = ["rnnstudio", "sample", {str(weights)!r}]
        sys.exit(main())
    """
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        while b"may take" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_check_warns_of_a_cell_that_takes_long_to_compile(run, long_design, monkeypatch) -> None:
    status, out, _ = run("check", long_design)
    assert status == 0
    assert "Warning: “Equation cell” may take" in out
    assert "RNNSTUDIO_KERNEL=numpy" in out
    for kernel in ("numpy", "no such kernel"):
        monkeypatch.setenv(kernels.VARIABLE, kernel)
        assert "may take" not in run("check", long_design)[1]
