"""The command line itself: wrong arguments, help, version, missing files."""

from pathlib import Path

import pytest

import rnnstudio
from rnnstudio.cli import COMMANDS
from tests.cli.command_kit import Run


@pytest.mark.parametrize(
    "arguments", [("check",), ("train", "--no-such"), ("--no-such",), ("sample", "a", "b")]
)
def test_a_wrong_command_line_is_reported_with_status_2(run: Run, arguments: tuple[str, ...]) -> None:
    status, _, err = run(*arguments)
    assert status == 2
    assert "Usage: rnnstudio" in err


def test_help_names_every_command(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert all(f"  {command} " in out for command in COMMANDS)
    assert "rnnstudio [FILE]" in out


def test_the_version_is_reported(run: Run) -> None:
    assert run("--version")[:2] == (0, f"RNN Studio {rnnstudio.__version__}\n")


@pytest.mark.parametrize("what", ["no-such.rnnd", "own.txt"])
@pytest.mark.parametrize("command", ["check", "train"])
def test_a_file_that_is_no_design_is_one_sentence(
    command: str, what: str, run: Run, design_file: Path
) -> None:
    status, _, err = run(command, design_file.with_name(what))
    assert status == 1
    assert what in err
    assert err.count("\n") == 1
