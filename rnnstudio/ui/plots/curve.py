"""A line that is downsampled to the resolution of the screen, however long the run is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QPen

from rnnstudio.ui.plots.graph import Graph

Floats = NDArray[np.float64]
NOISY_BUCKET, SMOOTH_BUCKET = 1.5, 4.0  # logical pixels per bucket, which shows its minimum and maximum


def downsampled(x: Floats, y: Floats, buckets: int) -> tuple[Floats, Floats]:
    """Return the minimum and maximum of each of about ``buckets`` buckets of points, in order.

    NaN is ignored unless a whole bucket is NaN. Short arrays are returned unchanged.
    """
    size = len(y) // max(buckets, 1)
    if size < 3:
        return x, y
    count = len(y) // size
    buckets_of_y = y[: count * size].reshape(count, size)
    low, high = np.fmin.reduce(buckets_of_y, axis=1), np.fmax.reduce(buckets_of_y, axis=1)
    # Order the two by the slope of the bucket; within a bucket the order cannot be seen.
    falls = buckets_of_y[:, 0] > buckets_of_y[:, -1]
    values = np.empty(2 * count + 1)
    values[0:-1:2], values[1::2] = np.where(falls, high, low), np.where(falls, low, high)
    positions = np.empty(2 * count + 1)
    positions[0:-1:2], positions[1::2] = x[: count * size : size], x[size // 2 : count * size : size]
    values[-1], positions[-1] = y[-1], x[-1]
    return positions, values


class Curve:
    """A line in a graph; x must be sorted.

    Parameters
    ----------
    smooth : True draws fewer points with antialiasing, which is the largest cost; False is for noisy values
    """

    def __init__(self, graph: Graph, *, smooth: bool = True, **options: Any) -> None:
        self._bucket_width = SMOOTH_BUCKET if smooth else NOISY_BUCKET
        self.item = pg.PlotDataItem(connect="finite", antialias=smooth, **options)
        graph.addItem(self.item)
        self._box = graph.getViewBox()
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty(0)
        self._shown: tuple[int, int, int] = (0, 0, 0)
        self._box.sigXRangeChanged.connect(self._range_changed)
        self._box.sigStateChanged.connect(self._range_changed)  # also when auto range is switched on
        self._box.sigResized.connect(self._range_changed)

    def set_pen(self, pen: QPen) -> None:
        """Set the pen of the line."""
        self.item.setPen(pen)

    def show(self, x: Floats, y: Floats) -> None:
        """Show the points ``(x, y)``."""
        self._x, self._y = x, y
        self._update()

    def _is_auto_range(self) -> bool:
        return bool(self._box.autoRangeEnabled()[0])

    def _range_changed(self) -> None:
        if self._visible_range() != self._shown:
            self._update()

    def _visible_range(self) -> tuple[int, int, int]:
        """Return the first and last visible point, and the number of runs they are downsampled to."""
        buckets = max(int(self._box.width() / self._bucket_width), 50)
        if self._is_auto_range():
            return 0, len(self._x), buckets
        low, high = self._box.viewRange()[0]
        first, last = np.searchsorted(self._x, (low, high))
        return max(int(first) - 1, 0), min(int(last) + 1, len(self._x)), buckets

    def _update(self) -> None:
        self._shown = first, last, buckets = self._visible_range()
        self.item.setData(*downsampled(self._x[first:last], self._y[first:last], buckets))
