"""The environment of every test: no screen, a separate home folder, and a check for leaks.

The environment is set before anything imports Qt or NumPy, and child processes inherit it.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="rnnstudio-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
# Settings and data are deleted before each test; caches are kept.
FORGOTTEN = ("config", "data", "state")


def _settle() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["HOME"] = str(HOME)
    for variable, folder in {
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_STATE_HOME": "state",
        "XDG_CACHE_HOME": "cache",
        "XDG_RUNTIME_DIR": "runtime",
    }.items():
        (HOME / folder).mkdir(mode=0o700)
        os.environ[variable] = str(HOME / folder)
    for variable in ("QT_SCALE_FACTOR", "QT_STYLE_OVERRIDE", "QT_SCREEN_SCALE_FACTORS", "QT_LOGGING_RULES"):
        os.environ.pop(variable, None)
    os.environ["LC_ALL"] = "C.UTF-8"
    # Compiling a kernel takes seconds: only tests of compiled kernels request it, and what they compile
    # is cached from one run to the next.
    os.environ["RNNSTUDIO_KERNEL"] = "numpy"
    kept = Path(__file__).resolve().parent.parent / "build" / "kernels"
    os.environ.setdefault("RNNSTUDIO_KERNELS", str(kept))
    # Two tests run at a time, each with a training process: one BLAS thread each is enough.
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


_settle()

import hypothesis  # noqa: E402
import psutil  # noqa: E402
import pytest  # noqa: E402

# A busy machine must not fail a test, so there is no deadline. The examples are the same each time.
hypothesis.settings.register_profile("rnnstudio", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("rnnstudio")
# Ten times as many examples, and different ones each time: --hypothesis-profile=long.
hypothesis.settings.register_profile("long", deadline=None, max_examples=1000)

PATIENCE = 5.0  # seconds that a thread or process may take to end after its test


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember whether the test itself failed; then leaks are not a second failure."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call":
        item.stash[_failed] = report.failed


_failed = pytest.StashKey[bool]()


@pytest.fixture(autouse=True)
def _a_home_of_its_own() -> None:
    """Start each test without settings, recent files or recovery data of the previous one."""
    for name in FORGOTTEN:
        folder = HOME / name
        if any(folder.iterdir()):
            shutil.rmtree(folder)
            folder.mkdir(mode=0o700)


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread, a child process or a top-level widget behind."""
    threads, children, widgets = set(threading.enumerate()), _children(), set(_top_level_widgets())
    yield
    left = [
        *_left_widgets(widgets),
        *_left_children(children),
        *_left_threads(threads),
    ]
    if left and not request.node.stash.get(_failed, False):
        pytest.fail("The test left behind: " + "; ".join(left), pytrace=False)


def _children() -> dict[int, psutil.Process]:
    return {process.pid: process for process in psutil.Process().children(recursive=True)}


def _left_children(before: dict[int, psutil.Process]) -> list[str]:
    new = [process for pid, process in _children().items() if pid not in before]
    _, alive = psutil.wait_procs(new, timeout=PATIENCE)
    told = []
    for process in alive:
        try:
            told.append(f"process {process.pid} ({' '.join(process.cmdline()[:6])})")
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=PATIENCE)
    return told


def _left_threads(before: set[threading.Thread]) -> list[str]:
    new = [thread for thread in threading.enumerate() if thread not in before]
    for thread in new:
        thread.join(PATIENCE)
    return [f"thread {thread.name}" for thread in new if thread.is_alive()]


def _top_level_widgets() -> dict[int, str]:
    """Return the address and a name of each parentless widget; tooltips belong to Qt."""
    from PySide6.QtWidgets import QApplication
    from shiboken6 import Shiboken

    if QApplication.instance() is None:
        return {}
    return {
        Shiboken.getCppPointer(widget)[0]: f"widget {type(widget).__name__} “{widget.windowTitle()}”"
        for widget in QApplication.topLevelWidgets()
        if Shiboken.isValid(widget) and widget.parent() is None and not widget.inherits("QTipLabel")
    }


def _left_widgets(before: set[int]) -> list[str]:
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    if QApplication.instance() is None:
        return []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if set(_top_level_widgets()) - before:
        gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = {address: name for address, name in _top_level_widgets().items() if address not in before}
    for widget in QApplication.topLevelWidgets():
        if widget.parent() is None:
            widget.close()
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return list(left.values())
