"""A map of numbers in colours, with the bar that says which colour is which number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from rnnstudio.ui.plots import maps
from rnnstudio.ui.plots.graph import Graph, Read
from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.text_format import visible

CHARACTER, NUMBER = 4.6, 34.0  # logical pixels that a label on the time axis needs
LABEL = 11.0  # and one beside a row


class StepAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A time axis: numbers of the steps, or the characters that the probe has there.

    Time step ``t`` (from 1) lies at ``t``. Characters show where each has room: every second letter of
    a text would read as another text. Zoom in for them, or point at one. Longer labels, such as numbers
    of classes, need the room of all their characters.
    """

    def __init__(self, orientation: str = "bottom") -> None:
        super().__init__(orientation)
        self.labels: tuple[str, ...] = ()
        self._roomy = False
        self._usual, self._small = fonts.small(), fonts.sized(9.0)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the steps that are labelled."""
        low, high = sorted((low, high))
        first, last = max(1, int(np.ceil(low))), int(np.floor(high))
        step = size / max(high - low, 1e-9)  # pixels a time step
        longest = max((len(label) for label in self.labels), default=0)
        self._roomy = bool(self.labels) and step >= CHARACTER * longest
        self.style["tickFont"] = self._small if self._roomy else self._usual
        if self._roomy:
            return [(1.0, [float(t) for t in range(first, min(last, len(self.labels)) + 1)])]
        every = next((n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500) if n * step >= NUMBER), 1000)
        values = [float(t) for t in range(first + (-first) % every, last + 1, every)]
        return [(float(every), [1.0, *values] if first == 1 < every else values)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the labels of steps."""
        if not self._roomy:
            return [f"{value:.0f}" for value in values]
        return [self.label_of(round(value)) for value in values]

    def label_of(self, step: int) -> str:
        """Return the character of a step, counted from 1."""
        return visible(self.labels[step - 1]) if 1 <= step <= len(self.labels) else ""


class RowAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of rows that stand for something else, such as training steps; row ``i`` lies at ``i + ½``."""

    def __init__(self) -> None:
        super().__init__("left")
        self.names: Sequence[float] | Sequence[str] | NDArray[Any] = ()
        self._roomy = False

    def show_names(self, names: Sequence[float] | NDArray[Any]) -> None:
        """Label the rows with these numbers."""
        self.names = names
        self.picture = None  # pyqtgraph's cache of the drawn axis
        self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the middles of the rows that are labelled."""
        low, high = sorted((low, high))  # an axis may run downwards
        wanted = 26.0 * max(high - low, 1e-9) / max(size, 1.0)
        every = next((n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n >= wanted), 5000)
        rows = range(every - 1, len(self.names), every)
        return [(float(every), [row + 0.5 for row in rows if low <= row + 0.5 <= high])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return what the rows stand for."""
        count = len(self.names)
        return [f"{float(self.names[int(v)]):,.0f}" if 0 <= v < count else "" for v in values]


class LabelAxis(RowAxis):
    """An axis of rows that stand for time steps: what the probe has there, or else their numbers."""

    def show_labels(self, labels: Sequence[str]) -> None:
        """Label the rows with these texts, each where all of them have room."""
        if tuple(labels) != tuple(self.names):
            self.names = tuple(labels)
            self.picture = None
            self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the middles of the rows that are labelled: all, or some by their numbers."""
        low, high = sorted((low, high))
        self._roomy = size / max(high - low, 1e-9) >= LABEL
        if not self._roomy:
            return super().tickValues(low, high, size)
        rows = range(len(self.names))
        return [(1.0, [row + 0.5 for row in rows if low <= row + 0.5 <= high])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return what the rows stand for."""
        if not self._roomy:
            return [f"{int(value) + 1}" for value in values]
        count = len(self.names)
        return [visible(str(self.names[int(v)])) if 0 <= v < count else "" for v in values]


class ColourBar(QWidget):
    """The colours from low to high, with the numbers at both ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._font = fonts.small()
        self._ends: tuple[str, ...] = ("0", "1")
        self._image = QImage()
        self.kind = maps.SEQUENTIAL
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self.dress)
        self.dress()

    def show_range(self, kind: str, low: str, high: str, middle: str = "") -> None:
        """Show the colour map ``kind`` from ``low`` to ``high``."""
        ends = (low, middle, high) if middle else (low, high)
        if (kind, ends) != (self.kind, self._ends):
            self.kind, self._ends = kind, ends
            self.setAccessibleName(self.tr("Colours from {0} to {1}").format(low, high))
            self.dress()

    def dress(self) -> None:
        """Take the colours of the theme."""
        table = np.ascontiguousarray(maps.table(self.kind)[::-1].reshape(256, 1, 4))
        self._image = QImage(table.tobytes(), 1, 256, 4, QImage.Format.Format_RGBA8888).copy()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the bar's width with its numbers."""
        metrics = QFontMetricsF(self._font)
        return QSize(22 + round(max(metrics.horizontalAdvance(end) for end in self._ends)), 60)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bar and numbers."""
        painter = QPainter(self)
        bar = QRectF(4.0, 8.0, 8.0, max(self.height() - 44.0, 10.0))
        painter.drawImage(bar, self._image)
        painter.setFont(self._font)
        painter.setPen(theme.color("quiet"))
        metrics = QFontMetricsF(self._font)
        for place, words in enumerate(self._ends):
            y = bar.bottom() - bar.height() * place / (len(self._ends) - 1)
            top = min(max(y - metrics.height() / 2, bar.top() - 3), bar.bottom() - metrics.height() + 3)
            room = QRectF(bar.right() + 4, top, self.width() - bar.right() - 4, metrics.height())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), words)
        painter.end()


class HeatMap(QWidget):
    """Rows by time steps in colours.

    Signals
    -------
    menu_requested(QPoint) : the context menu was asked for, at a global position
    """

    menu_requested = Signal(object)

    def __init__(
        self, x_title: str, y_title: str, *, left: pg.AxisItem | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.steps = StepAxis()
        self.graph = Graph(x_title, y_title, bottom=self.steps, left=left, grid=False, parent=self)
        self.graph.menu_requested.connect(self.menu_requested)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.graph.addItem(self.image)
        self.graph.getViewBox().setDefaultPadding(0.0)
        self.bar = ColourBar(self)
        self.kind = maps.SEQUENTIAL
        self.values: NDArray[Any] = np.zeros((0, 0), np.float32)
        self._bounds: tuple[int, int] = (0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 6, 0)
        row.setSpacing(2)
        row.addWidget(self.graph, 1)
        row.addWidget(self.bar)
        themes.changed.connect(self._dress)
        self._dress()

    @property
    def read(self) -> Read | None:
        """What the crosshair says of a point."""
        return self.graph.read

    @read.setter
    def read(self, read: Read) -> None:
        self.graph.read = read

    def rows_from_top(self) -> None:
        """Put the first row on top."""
        self.graph.invertY(True)

    def show_values(self, values: NDArray[Any], kind: str, low: float, high: float) -> None:
        """Show numbers ``(rows, T)`` with the colour map ``kind`` from ``low`` to ``high``."""
        if kind != self.kind:
            self.kind = kind
            self._dress()
        self.values = values
        self.image.setImage(values, autoLevels=False, levels=(low, high))
        rows, steps = values.shape
        if (rows, steps) != self._bounds:
            self._bounds = (rows, steps)
            self.image.setRect(QRectF(0.5, 0.0, steps, rows))
            self.graph.getViewBox().setLimits(xMin=0.5, xMax=steps + 0.5, yMin=0.0, yMax=rows)
            self.graph.setRange(xRange=(0.5, steps + 0.5), yRange=(0.0, rows), padding=0.0)

    def show_labels(self, labels: Sequence[str]) -> None:
        """Write the probe's characters below the time steps."""
        if tuple(labels) != self.steps.labels:
            self.steps.labels = tuple(labels)
            self.steps.picture = None
            self.steps.update()

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return (row, step), both from 0, at a point of the axes; None beside the map."""
        row, step = int(np.floor(y)), int(np.floor(x - 0.5))
        rows, steps = self.values.shape
        return (row, step) if 0 <= row < rows and 0 <= step < steps else None

    def show_all(self) -> None:
        """Show the whole map."""
        rows, steps = self._bounds
        if rows and steps:
            self.graph.setRange(xRange=(0.5, steps + 0.5), yRange=(0.0, rows), padding=0.0)

    def _dress(self) -> None:
        self.image.setLookupTable(maps.table(self.kind))
