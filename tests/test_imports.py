"""Which packages are loaded by an import, each in a new Python process."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
QT = ("PySide6", "shiboken6", "pyqtgraph", "ziamath")


def loaded_after(program: str, *names: str) -> set[str]:
    """Run a program in a new Python process; return which of the packages ``names`` it loaded."""
    report = f"import sys; print('LOADED', *[name for name in {names!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_the_document_needs_neither_numpy_nor_qt() -> None:
    program = "import rnnstudio.design.rules, rnnstudio.design.codec, rnnstudio.design.edits"
    assert loaded_after(program, "numpy", *QT) == set()


@pytest.mark.parametrize(
    "module",
    [
        "rnnstudio.engine",
        "rnnstudio.engine.training.trainer",
        "rnnstudio.engine.inference.sampler",
        "rnnstudio.worker.child",
    ],
)
def test_the_engine_and_the_worker_load_no_qt(module: str) -> None:
    assert loaded_after(f"import {module}", *QT) == set()


def test_the_whole_catalogue_loads_no_qt() -> None:
    program = "from rnnstudio.engine.catalogue import catalogue; assert len(catalogue().nodes) >= 10"
    assert loaded_after(program, *QT) == set()


def test_the_command_line_loads_no_qt_until_a_window_is_asked_for() -> None:
    assert loaded_after("import rnnstudio.cli", *QT) == set()


def test_opening_the_window_loads_neither_llvm_nor_scipy_nor_the_trainer() -> None:
    if importlib.util.find_spec("rnnstudio.ui.app.studio") is None:
        pytest.fail("rnnstudio.ui.app.studio is missing")
    program = """
from PySide6.QtWidgets import QApplication
from rnnstudio.ui.app.studio import build
application = QApplication([])
studio = build()
try:
    window = getattr(studio, "window", studio)
    window.show()
    application.processEvents()
finally:
    close = getattr(studio, "close", None) or window.close
    close()
"""
    late = ("rnnstudio.ui.unrolled", "rnnstudio.ui.exporting.dialog", "rnnstudio.ui.exporting.exporter")
    assert loaded_after(program, "llvmlite", "scipy", "rnnstudio.engine.training.trainer", *late) == set()


def test_the_first_picture_of_the_window_needs_no_plots_and_no_data() -> None:
    program = """
from rnnstudio.ui.app.studio import application, build
from rnnstudio.engine import datasets
application()
studio = build()
try:
    assert studio.gallery.isVisible() and studio.gallery.cards
    assert datasets._open.cache_info().misses == 0
finally:
    studio.close()
"""
    late = ("pyqtgraph", "cmap", "ziamath", "numpy.random", "secrets", "typer", "rnnstudio.ui.plots.base")
    assert loaded_after(program, *late) == set()
