"""A heat map with a colour bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from rnnstudio.ui.plots.graph import Describe, Graph
from rnnstudio.ui.theme import colormaps, fonts, theme
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.text_format import visible

CHARACTER_WIDTH, NUMBER_WIDTH = 4.6, 34.0  # logical pixels that a label on the time axis needs
LABEL_HEIGHT = 11.0  # logical pixels that the label of a row needs


class StepAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A time axis that shows the labels of the probe, or the step numbers.

    Time step ``t``, counted from 1, is at coordinate ``t``. The labels are shown if there is space for all of
    them, because every second letter of a text would read as another text. Zoom in to see them.
    """

    def __init__(self, orientation: str = "bottom") -> None:
        super().__init__(orientation)
        self.labels: tuple[str, ...] = ()
        self._labels_fit = False
        self._normal_font, self._small_font = fonts.small(), fonts.sized(9.0)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the steps to label."""
        low, high = sorted((low, high))
        first, last = max(1, int(np.ceil(low))), int(np.floor(high))
        step = size / max(high - low, 1e-9)  # pixels per time step
        longest = max((len(label) for label in self.labels), default=0)
        self._labels_fit = bool(self.labels) and step >= CHARACTER_WIDTH * longest
        self.style["tickFont"] = self._small_font if self._labels_fit else self._normal_font
        if self._labels_fit:
            return [(1.0, [float(t) for t in range(first, min(last, len(self.labels)) + 1)])]
        every = next((n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500) if n * step >= NUMBER_WIDTH), 1000)
        values = [float(t) for t in range(first + (-first) % every, last + 1, every)]
        return [(float(every), [1.0, *values] if first == 1 < every else values)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the labels of steps."""
        if not self._labels_fit:
            return [f"{value:.0f}" for value in values]
        return [self.label_of(round(value)) for value in values]

    def label_of(self, step: int) -> str:
        """Return the label of a step, counted from 1."""
        return visible(self.labels[step - 1]) if 1 <= step <= len(self.labels) else ""


class RowAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis that labels rows with numbers, such as training steps; row ``i`` is centred at ``i + ½``."""

    def __init__(self) -> None:
        super().__init__("left")
        self.names: Sequence[float] | Sequence[str] | NDArray[Any] = ()
        self._labels_fit = False

    def show_names(self, names: Sequence[float] | NDArray[Any]) -> None:
        """Set the numbers of the rows."""
        self.names = names
        self.picture = None  # pyqtgraph's cached drawing of the axis
        self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the centres of the rows to label."""
        low, high = sorted((low, high))  # the axis may be inverted
        wanted = 26.0 * max(high - low, 1e-9) / max(size, 1.0)
        every = next((n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n >= wanted), 5000)
        rows = range(every - 1, len(self.names), every)
        return [(float(every), [row + 0.5 for row in rows if low <= row + 0.5 <= high])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the labels of rows."""
        count = len(self.names)
        return [f"{float(self.names[int(v)]):,.0f}" if 0 <= v < count else "" for v in values]


class LabelAxis(RowAxis):
    """An axis of rows that are time steps: shows the labels of the probe, or the step numbers."""

    def show_labels(self, labels: Sequence[str]) -> None:
        """Set the labels of the rows, which are shown if there is space for all of them."""
        if tuple(labels) != tuple(self.names):
            self.names = tuple(labels)
            self.picture = None
            self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the centres of the rows to label: all, or every n-th if there is no space for labels."""
        low, high = sorted((low, high))
        self._labels_fit = size / max(high - low, 1e-9) >= LABEL_HEIGHT
        if not self._labels_fit:
            return super().tickValues(low, high, size)
        rows = range(len(self.names))
        return [(1.0, [row + 0.5 for row in rows if low <= row + 0.5 <= high])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the labels of rows."""
        if not self._labels_fit:
            return [f"{int(value) + 1}" for value in values]
        count = len(self.names)
        return [visible(str(self.names[int(v)])) if 0 <= v < count else "" for v in values]


class ColourBar(QWidget):
    """The colours of a heat map, with the numbers at both ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._font = fonts.small()
        self._ends: tuple[str, ...] = ("0", "1")
        self._image = QImage()
        self.colormap = colormaps.SEQUENTIAL
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self.apply_theme)
        self.apply_theme()

    def show_range(self, colormap: str, low: str, high: str, middle: str = "") -> None:
        """Show ``colormap`` from ``low`` to ``high``, with a label in the middle where given."""
        ends = (low, middle, high) if middle else (low, high)
        if (colormap, ends) != (self.colormap, self._ends):
            self.colormap, self._ends = colormap, ends
            self.setAccessibleName(self.tr("Colours from {0} to {1}").format(low, high))
            self.apply_theme()

    def apply_theme(self) -> None:
        """Apply the colours of the theme."""
        table = np.ascontiguousarray(colormaps.lookup_table(self.colormap)[::-1].reshape(256, 1, 4))
        self._image = QImage(table.tobytes(), 1, 256, 4, QImage.Format.Format_RGBA8888).copy()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the width of the bar and its numbers."""
        metrics = QFontMetricsF(self._font)
        return QSize(22 + round(max(metrics.horizontalAdvance(end) for end in self._ends)), 60)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bar and its numbers."""
        painter = QPainter(self)
        bar = QRectF(4.0, 8.0, 8.0, max(self.height() - 44.0, 10.0))
        painter.drawImage(bar, self._image)
        painter.setFont(self._font)
        painter.setPen(theme.color("quiet"))
        metrics = QFontMetricsF(self._font)
        for index, text in enumerate(self._ends):
            y = bar.bottom() - bar.height() * index / (len(self._ends) - 1)
            top = min(max(y - metrics.height() / 2, bar.top() - 3), bar.bottom() - metrics.height() + 3)
            rect = QRectF(bar.right() + 4, top, self.width() - bar.right() - 4, metrics.height())
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        painter.end()


class HeatMap(QWidget):
    """A matrix of rows by time steps, shown in colours.

    Signals
    -------
    menu_requested(QPoint) : the context menu was requested at a global position
    """

    menu_requested = Signal(object)

    def __init__(
        self, x_title: str, y_title: str, *, left: pg.AxisItem | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.step_axis = StepAxis()
        self.graph = Graph(x_title, y_title, bottom=self.step_axis, left=left, grid=False, parent=self)
        self.graph.menu_requested.connect(self.menu_requested)
        self.image = pg.ImageItem(axisOrder="row-major")
        self.graph.addItem(self.image)
        self.graph.getViewBox().setDefaultPadding(0.0)
        self.colour_bar = ColourBar(self)
        self.colormap = colormaps.SEQUENTIAL
        self.values: NDArray[Any] = np.zeros((0, 0), np.float32)
        self._bounds: tuple[int, int] = (0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 6, 0)
        row.setSpacing(2)
        row.addWidget(self.graph, 1)
        row.addWidget(self.colour_bar)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def describe(self) -> Describe | None:
        """The function that gives the readout at a point."""
        return self.graph.describe

    @describe.setter
    def describe(self, describe: Describe) -> None:
        self.graph.describe = describe

    def put_first_row_on_top(self) -> None:
        """Invert the vertical axis, so that the first row is on top."""
        self.graph.invertY(True)

    def show_values(self, values: NDArray[Any], colormap: str, low: float, high: float) -> None:
        """Show values ``(rows, T)``, with ``colormap`` from ``low`` to ``high``."""
        if colormap != self.colormap:
            self.colormap = colormap
            self._apply_theme()
        self.values = values
        self.image.setImage(values, autoLevels=False, levels=(low, high))
        rows, steps = values.shape
        if (rows, steps) != self._bounds:
            self._bounds = (rows, steps)
            self.image.setRect(QRectF(0.5, 0.0, steps, rows))
            self.graph.getViewBox().setLimits(xMin=0.5, xMax=steps + 0.5, yMin=0.0, yMax=rows)
            self.graph.setRange(xRange=(0.5, steps + 0.5), yRange=(0.0, rows), padding=0.0)

    def show_labels(self, labels: Sequence[str]) -> None:
        """Set the labels of the time steps."""
        if tuple(labels) != self.step_axis.labels:
            self.step_axis.labels = tuple(labels)
            self.step_axis.picture = None
            self.step_axis.update()

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return (row, step), both counted from 0, at a point of the axes; None outside the map."""
        row, step = int(np.floor(y)), int(np.floor(x - 0.5))
        rows, steps = self.values.shape
        return (row, step) if 0 <= row < rows and 0 <= step < steps else None

    def show_all(self) -> None:
        """Show the whole map."""
        rows, steps = self._bounds
        if rows and steps:
            self.graph.setRange(xRange=(0.5, steps + 0.5), yRange=(0.0, rows), padding=0.0)

    def _apply_theme(self) -> None:
        self.image.setLookupTable(colormaps.lookup_table(self.colormap))
