"""The delay of the window's event loop during training."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from PySide6.QtCore import QObject, Qt, QTimer

from benchmarks.figures import Figure, percentile
from rnnstudio.design import edits
from rnnstudio.engine.tasks.text import LARGEST
from rnnstudio.resources import path
from tools.driver import Driver
from tools.examples import TEMPLATES, template

FOREVER = 10_000  # epochs: the run must not end during the measurement
INTERVAL = 5  # milliseconds between two heartbeats
P99, WORST, FIRST_STEP = 16.0, 50.0, 1.0  # the design's limits: ms, ms, s


class Heart(QObject):
    """A precise timer that records by how many milliseconds each of its beats is late.

    ``work`` holds the processor time of this thread between two beats, in milliseconds: what of the
    lateness is the window's own doing, whatever else the machine is at.
    """

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self.work: list[float] = []
        self._last = self._worked = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Clear the record and start."""
        self.late.clear()
        self.work.clear()
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        """Stop."""
        self._timer.stop()

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.late.append(max(0.0, 1000 * (now - self._last) - INTERVAL))
        self.work.append(1000 * (worked - self._worked))
        self._last, self._worked = now, worked


def figures(seconds: float = 30.0) -> Iterator[Figure]:
    """Train each template with every plot open; yield the delays and how soon training began."""
    driver = Driver()
    try:
        driver.idle()
        heart = Heart()
        heart.start()
        driver.spin(2)
        heart.stop()
        yield Figure("window at rest: 99th percentile", percentile(heart.late, 0.99), "ms late")
        yield from choosing_text(driver, heart)
        for name in TEMPLATES:
            yield from training(driver, heart, name, seconds)
    finally:
        driver.close()


def choosing_text(driver: Driver, heart: Heart) -> Iterator[Figure]:
    """Measure the choice of the largest text that may be trained on, until its facts are known."""
    sonnets = path("datasets", "sonnets", "sonnets.txt").read_bytes()
    driver.open(template("sonnets-lstm"))
    driver.spin(1)
    with tempfile.TemporaryDirectory(prefix="rnnstudio-") as folder:
        text = Path(folder) / "text.txt"
        text.write_bytes(sonnets * (LARGEST // len(sonnets)))
        chosen = []
        driver.studio.files.text_applied.connect(lambda: chosen.append(text))
        begun = time.perf_counter()
        heart.start()
        driver.studio.files.use_text(text)
        driver.wait(lambda: bool(chosen), 60, "The reading of the text")
        took = time.perf_counter() - begun
        driver.spin(0.5)
        heart.stop()
    yield Figure("choosing a text of 64 MB: until it is known", took, "s")
    yield Figure("choosing a text of 64 MB: maximum", max(heart.late), "ms late", limit=WORST)
    yield Figure("choosing a text of 64 MB: own work between two beats, maximum", max(heart.work), "ms")


def training(driver: Driver, heart: Heart, name: str, seconds: float) -> Iterator[Figure]:
    """Measure one template."""
    driver.open(edits.set_plan(template(name), epochs=FOREVER))
    hidden = [kind for kind, plot in driver.studio.plot_docks.plots.items() if not plot.isVisible()]
    driver.application.processEvents()
    pressed = time.perf_counter()
    driver.train()
    yield Figure(f"{name}: Train to first step", time.perf_counter() - pressed, "s", limit=FIRST_STEP)
    driver.spin(2)  # axes and heat maps are drawn for the first time
    steps, frames, begun = driver.steps, driver.frames, time.perf_counter()
    heart.start()
    driver.spin(seconds)
    heart.stop()
    took = time.perf_counter() - begun
    over = " TRAINING HAD ENDED;" if not driver.studio.session.is_running else ""
    count = len(driver.studio.plot_docks.plots)
    plots = f"{count - len(hidden)} of {count} plots visible"
    note = f"{len(heart.late):,} beats,{over} {plots}"
    yield Figure(f"{name}: 50th percentile", median(heart.late), "ms late", note=note)
    yield Figure(f"{name}: 99th percentile", percentile(heart.late, 0.99), "ms late", limit=P99)
    yield Figure(f"{name}: maximum", max(heart.late), "ms late", limit=WORST)
    yield Figure(f"{name}: own work between two beats, maximum", max(heart.work), "ms")
    yield Figure(f"{name}: training meanwhile", (driver.steps - steps) / took, "steps/s")
    yield Figure(f"{name}: telemetry", (driver.frames - frames) / took, "frames/s")
    driver.stop()
