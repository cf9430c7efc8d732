"""How long until a window stands on the screen: ours against an empty one of the same libraries.

Each start is a process of its own; the two kinds take turns, so that a busy moment touches both. The
time runs from the start of the process to the end of the window's first paint.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure

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
        print("painted", time.time(), flush=True)
        application.quit()

watcher = FirstPaint()
"""

EMPTY = """
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph

application = QApplication([])
application.installEventFilter(watcher)
window = QMainWindow()
window.setCentralWidget(pyqtgraph.PlotWidget())
window.resize(1440, 900)
window.show()
application.exec()
"""

OURS = """
from rnnstudio.ui.app import application as make_application, build

application = make_application()
application.installEventFilter(watcher)
studio = build()
application.exec()
studio.close()
"""


def figures(rounds: int = ROUNDS) -> Iterator[Figure]:
    """Measure both kinds of start in turn; yield their medians and the ratio."""
    empty, ours = [], []
    for _ in range(rounds):
        empty.append(seconds_to_paint(EMPTY))
        ours.append(seconds_to_paint(OURS))
    yield Figure("an empty window", 1000 * median(empty), "ms")
    yield Figure("our window", 1000 * median(ours), "ms")
    yield Figure("ours against the empty one", median(ours) / median(empty), "times", limit=1.5)


def seconds_to_paint(program: str) -> float:
    """Start a program in a fresh Python, with settings of its own; return the seconds to its first paint."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "XDG_STATE_HOME": home}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a second start finds its modules compiled
        started = time.time()
        done = subprocess.run(
            [sys.executable, "-c", FIRST_PAINT + program],
            cwd=Path(__file__).resolve().parent.parent,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    painted = [line for line in done.stdout.splitlines() if line.startswith("painted")]
    if not painted:
        raise RuntimeError(f"The window did not paint:\n{done.stderr}")
    return float(painted[0].split()[1]) - started
