"""A part is one file: a plug-in package with one part of each kind, used end to end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnnstudio.resources import templates

PARITY = templates()["parity-rnn"]
DEMO = Path(__file__).resolve().parent / "demo"
ROOT = DEMO.parent.parent.parent


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the demo package installed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(DEMO), str(ROOT)])}
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_cell_node_task_optimizer_schedule_and_format_from_outside_train_together(tmp_path: Path) -> None:
    done = run(str(DEMO / "train_all.py"), str(tmp_path))
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    assert float(words[words.index("BITS") + 1]) < 1.0
    assert words[-1] == "cdabcd"


def test_the_command_line_uses_them_too(tmp_path: Path) -> None:
    assert run(str(DEMO / "train_all.py"), str(tmp_path)).returncode == 0
    weights = tmp_path / "weights.safetensors"
    checked = run("-m", "rnnstudio", "check", str(tmp_path / "demo.rnnd"))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    trained = run(
        "-m", "rnnstudio", "train", str(tmp_path / "demo.rnnd"), "--epochs", "3", "--out", str(weights)
    )
    assert trained.returncode == 0, trained.stdout + trained.stderr
    target = tmp_path / "weights2.demo"
    exported = run("-m", "rnnstudio", "export", str(weights), "--to", "demo_json", "--out", str(target))
    assert exported.returncode == 0, exported.stdout + exported.stderr
    assert target.exists()


def test_the_window_trains_them_and_shows_a_plot_from_outside(tmp_path: Path) -> None:
    assert run(str(DEMO / "train_all.py"), str(tmp_path)).returncode == 0
    watched = run(str(DEMO / "watch_all.py"), str(tmp_path / "demo.rnnd"))
    assert watched.returncode == 0, watched.stderr
    assert "Traceback" not in watched.stderr
    words = watched.stdout.split()
    assert int(words[words.index("COUNT") + 1]) > 0
    assert words[-1] == "6"


def test_a_tool_and_an_action_from_outside_edit_the_design_in_the_window() -> None:
    drawn = run(str(DEMO / "draw_all.py"))
    assert drawn.returncode == 0, drawn.stderr
    assert "Traceback" not in drawn.stderr
    assert drawn.stdout.split() == ["SWAPPED", "MIRRORED", "REFUSED"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of weights of the demo package's network."""
    folder = tmp_path_factory.mktemp("trained")
    assert run(str(DEMO / "train_all.py"), str(folder)).returncode == 0
    return folder / "demo.safetensors"


def export(weights: Path, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run("-m", "rnnstudio", "export", str(weights), "--to", "demo_text", "--out", str(target), *options)


def test_a_format_from_outside_writes_node_by_node_on_the_command_line(trained: Path, tmp_path: Path) -> None:
    target = tmp_path / "demo.nettext"
    done = export(trained, target, "--option", "decimals=3", "--option", "headline=no")
    assert done.returncode == 0, done.stderr
    lines = target.read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["in", "embed", "cell", "gain", "out", "head"]
    assert "tanh(W_n @ x + U_n @ (f * h_prev) + b_n); h = " in lines[2]
    assert lines[3].startswith("gain (cell.sequence) -> ") and ": gain by " in lines[3]
    assert all(len(number.partition(".")[2]) == 3 for number in lines[3].partition(" by ")[2].split())
    assert export(trained, target).returncode == 0
    assert target.read_text().startswith("Trained in ")


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("decimals=99", "decimals must be a whole number from 0 to 17; got “99”."),
        (
            "decimal=3",
            "There is no “decimal” to set. Did you mean decimals? In demo_text there are: ",
        ),
        ("decimals", "“decimals” sets nothing. Write it as NAME=VALUE."),
    ],
)
def test_a_wrong_option_is_refused_in_a_sentence(
    option: str, sentence: str, trained: Path, tmp_path: Path
) -> None:
    done = export(trained, tmp_path / "demo.nettext", "--option", option)
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert not (tmp_path / "demo.nettext").exists()


def test_the_help_lists_formats_and_options_from_outside() -> None:
    words = " ".join(run("-m", "rnnstudio", "export", "--help").stdout.split())
    assert "demo_text (*.nettext): Text:" in words
    assert "--option decimals=... Digits after the point. It must be a whole number from 0 to 17;" in words


def test_a_node_that_a_format_has_no_emitter_for_is_named_before_training(tmp_path: Path) -> None:
    done = run("-m", "rnnstudio", "train", str(PARITY), "--out", str(tmp_path / "parity.nettext"))
    assert done.returncode == 1
    assert done.stderr.startswith("The format “Text” cannot write this node: “One-hot” (one_hot). Choose ")
    assert list(tmp_path.iterdir()) == []


def test_the_window_shows_the_options_of_a_format_from_outside(trained: Path, tmp_path: Path) -> None:
    target = tmp_path / "demo.nettext"
    done = run(str(DEMO / "export_all.py"), str(trained), str(target))
    assert done.returncode == 0, done.stderr
    refused, said = done.stdout.splitlines()
    assert refused.startswith("REFUSED True Decimals of Text must be a whole number from 0 to 17; got “99”")
    assert "weights are in “demo.nettext”" in said
    lines = target.read_text().splitlines()
    assert lines[0].startswith("in ")  # no headline
    assert all(len(number.partition(".")[2]) == 2 for number in lines[3].partition(" by ")[2].split())
