"""The time until a window is painted: ours compared with an empty one of the same libraries.

Each start is a process of its own; the two kinds take turns, so that a busy moment touches both. The
time runs from the start of the process to the end of the window's first paint. Ours is started as a
person starts it. What watches for the paint is installed where the event loop begins, before any: a
watcher in Python slows down each of the thousands of events that are handled while a window is built.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.figures import Figure
from rnnstudio.child_process import code_command, environment

ROUNDS = 7

FIRST_PAINT = """
import time
from PySide6.QtCore import QEvent, QObject, QTimer

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            application.removeEventFilter(self)
            QTimer.singleShot(0, self.tell)
        return False

    def tell(self):
        print("painted", time.time(), time.process_time(), flush=True)
        application.quit()

watcher = FirstPaint()
"""

EMPTY = """
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph

application = QApplication([])
window = QMainWindow()
window.setCentralWidget(pyqtgraph.PlotWidget())
window.resize(QSize(1440, 900).boundedTo(window.screen().availableSize()))
window.show()
application.installEventFilter(watcher)
application.exec()
"""

OURS = """
from PySide6.QtWidgets import QApplication
from rnnstudio.cli import main

def run(_self):
    global application
    application = QApplication.instance()
    application.installEventFilter(watcher)
    return run_on()

run_on, QApplication.exec = QApplication.exec, run
main([])
"""


def figures(rounds: int = ROUNDS) -> Iterator[Figure]:
    """Measure both windows in turn; yield their medians and the ratio, also in processor time."""
    starts = [(seconds_to_paint(EMPTY), seconds_to_paint(OURS)) for _ in range(rounds)]
    for place, clock in enumerate(("", ": processor time")):
        empty = 1000 * median(start[place] for start, _ in starts)
        ours = 1000 * median(start[place] for _, start in starts)
        yield Figure(f"an empty window{clock}", empty, "ms")
        yield Figure(f"our window{clock}", ours, "ms")
        yield Figure(
            f"ours against the empty one{clock}", ours / empty, "times", limit=None if clock else 1.5
        )


def seconds_to_paint(program: str) -> tuple[float, float]:
    """Start a program in a new Python process with its own settings.

    Returns the seconds from its start to its first paint, and the processor time that it took for them.
    """
    with tempfile.TemporaryDirectory() as home:
        variables = environment(XDG_CONFIG_HOME=home, XDG_DATA_HOME=home, XDG_STATE_HOME=home)
        variables["QT_QPA_PLATFORM"] = "offscreen"
        variables.pop("PYTHONDONTWRITEBYTECODE", None)  # a second start finds its modules compiled
        started = time.time()
        done = subprocess.run(
            code_command(FIRST_PAINT + program),
            cwd=home,
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    painted = [line for line in done.stdout.splitlines() if line.startswith("painted")]
    if not painted:
        raise RuntimeError(f"The window did not paint:\n{done.stderr}")
    at, took = (float(number) for number in painted[0].split()[1:])
    return at - started, took
