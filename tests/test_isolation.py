"""Neither the program nor its child processes execute code from the current folder or a design's folder."""

import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import psutil
import pytest

from rnnstudio.child_process import code_command, environment, module_command
from rnnstudio.resources import templates

SCRIPT = str(Path(sysconfig.get_path("scripts")) / "rnnstudio")
INSTALLED = set(packages_distributions()) | {"torch", "yaml", "scipy", "numba", "rnnstudio_plugin"}
NAMES = {name for name in INSTALLED | set(sys.stdlib_module_names) if name.isidentifier()} - {"rnnstudio"}
MARK = "executed"
HOSTILE = "import os, sys; os.open({mark!r} + __name__, os.O_CREAT)\nraise SystemExit(__name__)\n"
PATIENCE = 60.0


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder with a module for every name that is imported anywhere, a plug-in, and a design."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.py").write_text(HOSTILE.format(mark=f"{tmp_path}/{MARK} "))
    plugin = folder / "evil-1.0.dist-info"
    plugin.mkdir()
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (plugin / "entry_points.txt").write_text("[rnnstudio.plugins]\nevil = rnnstudio_plugin\n")
    (folder / "design.rnnd").write_text(templates()["parity-rnn"].read_text("utf-8"), "utf-8")
    monkeypatch.chdir(folder)
    yield folder
    assert executed(tmp_path) == []


def executed(folder: Path) -> list[str]:
    return [file.name for file in folder.glob(f"{MARK} *")]


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_the_hostile_modules_would_be_executed(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text(HOSTILE.format(mark=f"{tmp_path}/{MARK} "))
    subprocess.run([sys.executable, "-c", "import json"], cwd=tmp_path, check=False)
    assert executed(tmp_path) == [f"{MARK} json"]


@pytest.mark.parametrize(
    "command", [(SCRIPT,), (sys.executable, "-P", "-m", "rnnstudio")], ids=["script", "-m"]
)
def test_commands_execute_nothing_of_the_current_folder(hostile: Path, command: tuple[str, ...]) -> None:
    for arguments in (
        ("check", "design.rnnd"),
        ("train", "design.rnnd", "--epochs", "1", "--out", "weights.safetensors"),
        ("sample", "weights.safetensors"),
        ("export", "weights.safetensors", "--to", "npz", "--out", "weights.npz"),
    ):
        done = run(*command, *arguments)
        assert done.returncode == 0, done.stderr


def test_a_module_run_from_the_current_folder_takes_only_what_python_itself_starts_with(
    hostile: Path,
) -> None:
    for name in NAMES & set(sys.stdlib_module_names):
        (hostile / f"{name}.py").unlink()  # Python imports some of them before any of our code runs
    done = run(sys.executable, "-m", "rnnstudio", "check", "design.rnnd")
    assert done.returncode == 0, done.stderr


def test_the_benchmark_executes_nothing_of_the_current_folder(hostile: Path) -> None:
    done = run(SCRIPT, "bench", "--quick", "--threads", "1", "--family", "rnn")
    assert done.returncode == 0, done.stderr


def test_the_window_its_training_and_the_compiling_ahead_execute_nothing_of_the_current_folder(
    hostile: Path, tmp_path: Path
) -> None:
    variables = {"RNNSTUDIO_KERNEL": "numba", "RNNSTUDIO_KERNELS": str(tmp_path / "kernels")}
    with subprocess.Popen(
        [SCRIPT, str(hostile / "design.rnnd")], env={**os.environ, **variables}, stderr=subprocess.PIPE
    ) as window:
        assert window.stderr is not None
        try:
            deadline = time.monotonic() + PATIENCE
            while not list(
                tmp_path.glob("kernels/*/kernel.o")
            ):  # compiled ahead, by a process of the worker's
                assert executed(tmp_path) == []
                assert window.poll() is None and time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            children = psutil.Process(window.pid).children(recursive=True)
            window.send_signal(signal.SIGKILL)
            window.wait()
            psutil.wait_procs(children, PATIENCE)


@pytest.mark.parametrize("path", ["", ".", "plugins", os.pathsep, f"{os.pathsep}plugins"])
def test_children_do_not_take_the_current_folder_from_the_path_of_modules(
    path: str, hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "installed"
    installed.mkdir()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((path, str(installed))))
    program = "import json, os; print(json.dumps(sys.path)); import rnnstudio.design.codec"
    done = subprocess.run(
        code_command(program), env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert str(installed) in done.stdout
    assert str(hostile) not in done.stdout


def test_a_child_has_this_very_package_and_its_arguments(tmp_path: Path) -> None:
    program = "import rnnstudio; print(rnnstudio.__file__, *sys.argv[1:])"
    done = subprocess.run(
        code_command(program, "--engine", "one two"), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    import rnnstudio

    assert done.stdout.strip() == f"{Path(rnnstudio.__file__).resolve()} --engine one two"


def test_a_child_can_have_another_interpreter() -> None:
    assert module_command("rnnstudio.worker.child", interpreter="another")[0] == "another"
