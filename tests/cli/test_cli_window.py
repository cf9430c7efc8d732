"""``rnnstudio [FILE]``: the window where there is a display, and one sentence where there is none."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import pytest

from rnnstudio import display
from rnnstudio.cli import COMMANDS, main
from rnnstudio.resources import templates

DISPLAY_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XAUTHORITY")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The paths that a window was opened on, by a window that is not there."""
    paths: list[str | None] = []
    application = ModuleType("rnnstudio.ui.app.studio")
    application.main = lambda path: paths.append(path) or 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rnnstudio.ui.app.studio", application)
    return paths


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for variable in DISPLAY_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch  # type: ignore[return-value]


def without_display(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in DISPLAY_VARIABLES}
    return subprocess.run(
        [sys.executable, "-m", "rnnstudio", *arguments],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_arguments_the_window_opens_empty(opened: list[str | None]) -> None:
    assert main([]) == 0
    assert opened == [None]


def test_a_file_is_opened_in_the_window(opened: list[str | None], tmp_path: Path) -> None:
    for name in ("sonnets.rnnd", "no ending", "train.rnnd"):
        file = tmp_path / name
        file.write_text(templates()["sonnets-lstm"].read_text("utf-8"), "utf-8")
        assert main([str(file)]) == 0
        assert opened.pop() == str(file)


@pytest.mark.parametrize("arguments", [["gone.rnnd"], ["trian", "design.rnnd"], ["a.rnnd", "b.rnnd"]])
def test_what_is_neither_file_nor_command_is_told_the_commands(
    arguments: list[str], opened: list[str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert f"“{arguments[0]}”" in told
    assert ", ".join(COMMANDS) in told
    assert opened == []


@linux
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"DISPLAY": ":987"},
        {"DISPLAY": "nowhere.invalid:0"},
        {"DISPLAY": "nonsense"},
        {"WAYLAND_DISPLAY": "wayland-987"},
        {"DISPLAY": ":987", "WAYLAND_DISPLAY": "wayland-987"},
        {"QT_QPA_PLATFORM": "xcb"},
        {"QT_QPA_PLATFORM": "wayland", "DISPLAY": ":987"},
    ],
    ids=str,
)
def test_without_a_display_one_sentence_names_the_other_commands(variables: dict[str, str]) -> None:
    done = without_display(**variables)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("RNN Studio cannot open a window: ")
    assert "check, train, sample, export, templates and bench" in done.stderr
    if "WAYLAND_DISPLAY" in variables:
        assert f"“{variables['WAYLAND_DISPLAY']}” does not answer" in done.stderr
    if "DISPLAY" in variables and variables.get("QT_QPA_PLATFORM") != "wayland":
        # Where Qt's plug-in for X lacks a library, no display can be asked, and that is said instead.
        missing = display.missing_library("libqxcb.so")
        assert (missing or f"“{variables['DISPLAY']}” does not answer") in done.stderr


@linux
def test_a_missing_system_library_is_named(no_display: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    no_display.setenv("DISPLAY", ":0")
    no_display.setattr("ctypes.CDLL", refuse)
    assert display.obstacle() == "the system library libxcb-cursor.so.0 is missing (`make run` installs it)"


@linux
def test_an_x_display_that_does_not_answer_is_named(no_display: pytest.MonkeyPatch) -> None:
    refused = MagicMock()  # stands for libxcb, which a machine without X has not
    refused.xcb_connection_has_error.return_value = 1
    no_display.setenv("DISPLAY", ":0")
    no_display.setattr("ctypes.CDLL", lambda name: refused)
    assert display.obstacle() == "the display “:0” does not answer"


@linux
def test_a_wayland_display_that_answers_is_enough(no_display: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        no_display.chdir(tmp_path)
        listener.bind("w-0")  # a short name: the whole path may be too long for a socket
        listener.listen()
        no_display.setenv("XDG_RUNTIME_DIR", ".")
        no_display.setenv("WAYLAND_DISPLAY", "w-0")
        assert display.obstacle() is None


def test_the_offscreen_platform_needs_no_display(no_display: pytest.MonkeyPatch) -> None:
    no_display.setenv("QT_QPA_PLATFORM", "offscreen")
    assert display.obstacle() is None


@linux
def test_the_commands_work_without_a_display() -> None:
    done = without_display("check", str(templates()["names-gru"]))
    assert (done.returncode, done.stderr) == (0, "")
