"""Axes in the theme of the window, with crosshair and readout, zoom, pan and a logarithmic axis."""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QMouseEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.text_format import elided, truncated

Describe = Callable[[float, float], str]
_BACKGROUND_OPACITY = 0.75  # behind the label of a line


def pen(token: str, width: float = 1.0, *, share: float = 1.0, dashed: bool = False) -> QPen:
    """Return a pen in a colour of the theme; ``width`` is in logical pixels and does not scale.

    A ``share`` below 1 mixes the colour with the background. A translucent pen would be several times
    slower to paint.
    """
    now = theme.current()
    colour = QColor(theme.mix(now.panel, getattr(now, token), share))
    made = QPen(colour, width, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
    made.setCosmetic(True)
    return made


class ValueAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis that, when logarithmic, labels as many values of each decade as there is space for."""

    def logTickValues(
        self, low: float, high: float, size: float, _even: Any
    ) -> list[tuple[float | None, list[float]]]:
        """Return the decades and the values between them that have enough space for a label."""
        decades = [float(d) for d in range(math.floor(low), math.ceil(high) + 1)]
        space = size / max(high - low, 1e-9)  # pixels per decade
        many = (1, 1.5, 2, 3, 4, 5, 7)
        digits = many if space > 220 else (1, 2, 5) if space > 70 else (1, 3) if space > 40 else (1,)
        every = max(1, math.ceil(18 / max(space, 1e-9)))
        values = [d + math.log10(k) for d in decades if d % every == 0 for k in digits]
        return [(1.0, [v for v in values if low <= v <= high])]

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the numbers, not their logarithms."""
        return [f"{10.0**value:.3g}" for value in values]


class ReferenceLine(pg.InfiniteLine):  # type: ignore[misc]  # pyqtgraph has no types
    """A dashed horizontal line with a label above or below its right end; hidden at first."""

    def __init__(self, graph: Graph, *, above: bool) -> None:
        side = 1 if above else 0
        super().__init__(angle=0, label="", labelOpts={"position": 0.99, "anchors": [(1, side), (1, side)]})
        self._graph = graph
        self.hide()
        graph.addItem(self, ignoreBounds=True)

    def show_at(self, value: float, text: str) -> None:
        """Show the line at a value, with a label."""
        self.setPos(self._graph.to_axis(value))
        self.show()  # first: a hidden label ignores its text
        self.label.setFormat(truncated(text).replace("{", "{{").replace("}", "}}"))

    def apply_theme(self, line: str, text: str) -> None:
        """Set the colours of line and label. The label has a background, to be readable over a curve."""
        self.setPen(pen(line, dashed=True))
        self.label.setColor(theme.color(text))
        self.label.textItem.setFont(fonts.small())
        background = theme.color("panel")
        background.setAlphaF(_BACKGROUND_OPACITY)
        self.label.fill = QBrush(background)


class Graph(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Axes, grid and crosshair; ``describe``, if set, gives the readout at a point.

    Signals
    -------
    menu_requested(QPoint) : the context menu was requested at a global position
    """

    menu_requested = Signal(object)

    def __init__(
        self,
        x_title: str,
        y_title: str,
        *,
        bottom: pg.AxisItem | None = None,
        left: pg.AxisItem | None = None,
        grid: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        axes = {"left": left if left is not None else ValueAxis("left")}
        if bottom is not None:
            axes["bottom"] = bottom
        super().__init__(parent, axisItems=axes)
        self.x_title, self.y_title = x_title, y_title
        self._grid = 150 if grid else False
        self.describe: Describe | None = None
        self.getPlotItem().setContentsMargins(4, 2, 8, 0)
        self.is_log = False
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._request_menu)
        for side in ("left", "bottom"):
            self.getAxis(side).enableAutoSIPrefix(False)
            self.getAxis(side).setStyle(tickLength=0, tickTextOffset=5, autoReduceTextSpace=True)
            self.getAxis(side).geometryChanged.connect(self._update_axis_titles)
        self.getAxis("left").setStyle(autoExpandTextSpace=True)
        self.horizontal_line = pg.InfiniteLine(angle=0)
        self.vertical_line = pg.InfiniteLine(angle=90)
        for line in (self.horizontal_line, self.vertical_line):
            line.setZValue(50)
            line.hide()
            self.addItem(line, ignoreBounds=True)
        self.readout = QLabel(self)
        self.readout.setObjectName("readout")
        self.readout.setFont(fonts.small())
        self.readout.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.readout.setTextFormat(Qt.TextFormat.PlainText)
        self.readout.hide()
        self.scene().sigMouseMoved.connect(self._update_crosshair)
        self.viewport().installEventFilter(self)
        themes.changed.connect(self.apply_theme)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Apply the colours and fonts of the theme."""
        now = theme.current()
        self.setBackground(QColor(now.panel))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pen("hairline"))
            axis.setTickPen(pen("hairline"))
            axis.setTextPen(pen("quiet"))
            axis.setTickFont(fonts.small())
            axis.label.setFont(fonts.small())
            axis.label.setDefaultTextColor(QColor(now.quiet))
        self._update_axis_titles()
        self.getAxis("left").setGrid(self._grid)
        for line in (self.horizontal_line, self.vertical_line):
            line.setPen(pen("quiet", dashed=True))
        self.readout.setStyleSheet(
            f"QLabel#readout {{ background: {now.node}; color: {now.text}; border: 1px solid {now.hairline};"
            " border-radius: 4px; padding: 2px 6px; }"
        )

    def set_titles(self, x_title: str, y_title: str) -> None:
        """Set the titles of the axes, with units."""
        self.x_title, self.y_title = x_title, y_title
        self.apply_theme()

    def _update_axis_titles(self) -> None:
        """Elide each title to the length of its axis."""
        metrics = QFontMetricsF(fonts.small())
        for side, title in (("left", self.y_title), ("bottom", self.x_title)):
            axis = self.getAxis(side)
            length = axis.height() if side == "left" else axis.width()
            text = elided(title, metrics, length)
            if html.escape(text, quote=False) != axis.labelText:
                axis.setLabel(html.escape(text, quote=False))

    def set_log(self, log: bool) -> None:
        """Make the vertical axis logarithmic or linear."""
        self.is_log = log
        self.setLogMode(x=False, y=log)

    def to_axis(self, value: float) -> float:
        """Return the coordinate of a value on the vertical axis: its logarithm if the axis is logarithmic."""
        if not self.is_log:
            return value
        return math.log10(value) if value > 0 else -300.0

    def show_all(self) -> None:
        """Show the whole range of the data, and follow it as it grows."""
        self.enableAutoRange()
        self.getViewBox().updateAutoRange()  # now, not with the next paint event

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide the crosshair when the pointer leaves; show the whole range on a double click."""
        if event.type() == QEvent.Type.Leave:
            self._hide_crosshair()
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonDblClick:
            self.show_all()
        return bool(super().eventFilter(watched, event))

    def _request_menu(self, at: Any) -> None:
        self.menu_requested.emit(self.mapToGlobal(at))

    def _update_crosshair(self, at: QPointF) -> None:
        box = self.getViewBox()
        text = ""
        if self.describe is not None and box.sceneBoundingRect().contains(at):
            point = box.mapSceneToView(at)
            text = self.describe(point.x(), point.y())
        if not text:
            self._hide_crosshair()
            return
        self.horizontal_line.setPos(point.y())
        self.vertical_line.setPos(point.x())
        self.readout.setText(text)
        self.readout.adjustSize()
        view = self.mapFromScene(box.sceneBoundingRect()).boundingRect()
        pointer = self.mapFromScene(at)
        left_half = pointer.x() < view.center().x()
        x = view.right() - self.readout.width() - 4 if left_half else view.left() + 4
        self.readout.move(max(x, 0), view.top() + 4)
        for part in (self.horizontal_line, self.vertical_line, self.readout):
            part.show()

    def _hide_crosshair(self) -> None:
        for part in (self.horizontal_line, self.vertical_line, self.readout):
            part.hide()
