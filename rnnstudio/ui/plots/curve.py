"""A line that never has more points than the screen can show, however long the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QPen

from rnnstudio.ui.plots.graph import Graph

Floats = NDArray[np.float64]
NOISY, CALM = 1.5, 4.0  # logical pixels that one low and one high share


def thinned(x: Floats, y: Floats, buckets: int) -> tuple[Floats, Floats]:
    """Return the lowest and the highest of each of about ``buckets`` runs of points, in order.

    NaN is left out where a run has anything else. What is short enough comes back as it is.
    """
    size = len(y) // max(buckets, 1)
    if size < 3:
        return x, y
    whole = len(y) // size
    runs = y[: whole * size].reshape(whole, size)
    low, high = np.fmin.reduce(runs, axis=1), np.fmax.reduce(runs, axis=1)
    # The order of the two within a run cannot be seen; it follows the run's own slope.
    falls = runs[:, 0] > runs[:, -1]
    values = np.empty(2 * whole + 1)
    values[0:-1:2], values[1::2] = np.where(falls, high, low), np.where(falls, low, high)
    places = np.empty(2 * whole + 1)
    places[0:-1:2], places[1::2] = x[: whole * size : size], x[size // 2 : whole * size : size]
    values[-1], places[-1] = y[-1], x[-1]
    return places, values


class Curve:
    """A line in a graph; x must ascend.

    Parameters
    ----------
    smooth : the line runs calmly, so fewer points will do and edges may be painted softly, which is what
        costs most; leave it off for what is noise anyway
    """

    def __init__(self, graph: Graph, *, smooth: bool = True, **options: Any) -> None:
        self._wide = CALM if smooth else NOISY
        self.item = pg.PlotDataItem(connect="finite", antialias=smooth, **options)
        graph.addItem(self.item)
        self._box = graph.getViewBox()
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty(0)
        self._shown: tuple[int, int, int] = (0, 0, 0)
        self._box.sigXRangeChanged.connect(self._ranged)
        self._box.sigStateChanged.connect(self._ranged)  # also when all shall be in sight again
        self._box.sigResized.connect(self._ranged)

    def set_pen(self, pen: QPen) -> None:
        """Draw with another pen."""
        self.item.setPen(pen)

    def show(self, x: Floats, y: Floats) -> None:
        """Show these points."""
        self._x, self._y = x, y
        self._update()

    def _follows(self) -> bool:
        return bool(self._box.autoRangeEnabled()[0])

    def _ranged(self) -> None:
        if self._window() != self._shown:
            self._update()

    def _window(self) -> tuple[int, int, int]:
        """Return the first and last point in sight, and the number of runs they are thinned to."""
        buckets = max(int(self._box.width() / self._wide), 50)
        if self._follows():
            return 0, len(self._x), buckets
        low, high = self._box.viewRange()[0]
        first, last = np.searchsorted(self._x, (low, high))
        return max(int(first) - 1, 0), min(int(last) + 1, len(self._x)), buckets

    def _update(self) -> None:
        self._shown = first, last, buckets = self._window()
        self.item.setData(*thinned(self._x[first:last], self._y[first:last], buckets))
