"""Adding a part is adding a file: a package of one dummy of each, installed beside, used end to end."""

import os
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parent / "demo"
ROOT = DEMO.parent.parent.parent


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a fresh Python in which the demo package is installed."""
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
