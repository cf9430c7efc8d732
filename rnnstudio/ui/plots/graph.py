"""A pair of axes in the window's clothes: crosshair with values, zoom, pan, log axis."""

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

Read = Callable[[float, float], str]
_GROUND = 0.75  # opacity of the ground behind words


def pen(token: str, width: float = 1.0, *, share: float = 1.0, dashed: bool = False) -> QPen:
    """Return a pen of a theme's token, its width in logical pixels at every zoom.

    ``share`` of 1 is the token's own colour, less is nearer to the ground: a translucent pen would cost
    several times as much to paint.
    """
    now = theme.current()
    colour = QColor(theme.mix(now.panel, getattr(now, token), share))
    made = QPen(colour, width, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
    made.setCosmetic(True)
    return made


class ValueAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis that labels 1, 2 and 5 of a decade when logarithmic, and only decades where they are many."""

    def logTickValues(
        self, low: float, high: float, size: float, _even: Any
    ) -> list[tuple[float | None, list[float]]]:
        """Return the decades, then what lies between them."""
        decades = [float(d) for d in range(math.floor(low), math.ceil(high) + 1)]
        room = size / max(high - low, 1e-9)  # pixels a decade
        many = (1, 1.5, 2, 3, 4, 5, 7)
        digits = many if room > 220 else (1, 2, 5) if room > 70 else (1, 3) if room > 40 else (1,)
        every = max(1, math.ceil(18 / max(room, 1e-9)))
        values = [d + math.log10(k) for d in decades if d % every == 0 for k in digits]
        return [(1.0, [v for v in values if low <= v <= high])]

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the numbers themselves."""
        return [f"{10.0**value:.3g}" for value in values]


class Level(pg.InfiniteLine):  # type: ignore[misc]  # pyqtgraph has no types
    """A dashed line at a value, with words at its right end, above or below it; hidden at first."""

    def __init__(self, graph: Graph, *, above: bool) -> None:
        side = 1 if above else 0
        super().__init__(angle=0, label="", labelOpts={"position": 0.99, "anchors": [(1, side), (1, side)]})
        self._graph = graph
        self.hide()
        graph.addItem(self, ignoreBounds=True)

    def show_at(self, value: float, words: str) -> None:
        """Stand at a value with these words."""
        self.setPos(self._graph.height_of(value))
        self.show()  # before: a hidden label takes no words
        self.label.setFormat(truncated(words).replace("{", "{{").replace("}", "}}"))

    def dress(self, line: str, words: str) -> None:
        """Take the colours of these tokens; a curve behind the words leaves them readable."""
        self.setPen(pen(line, dashed=True))
        self.label.setColor(theme.color(words))
        self.label.textItem.setFont(fonts.small())
        ground = theme.color("panel")
        ground.setAlphaF(_GROUND)
        self.label.fill = QBrush(ground)


class Graph(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Axes, grid and crosshair.

    Signals
    -------
    menu_requested(QPoint) : the context menu was asked for, at a global position
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
        self.read: Read | None = None
        self.getPlotItem().setContentsMargins(4, 2, 8, 0)
        self.is_log = False
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        for side in ("left", "bottom"):
            self.getAxis(side).enableAutoSIPrefix(False)
            self.getAxis(side).setStyle(tickLength=0, tickTextOffset=5, autoReduceTextSpace=True)
            self.getAxis(side).geometryChanged.connect(self._title_axes)
        self.getAxis("left").setStyle(autoExpandTextSpace=True)
        self.across = pg.InfiniteLine(angle=0)
        self.down = pg.InfiniteLine(angle=90)
        for line in (self.across, self.down):
            line.setZValue(50)
            line.hide()
            self.addItem(line, ignoreBounds=True)
        self.readout = QLabel(self)
        self.readout.setObjectName("readout")
        self.readout.setFont(fonts.small())
        self.readout.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.readout.setTextFormat(Qt.TextFormat.PlainText)
        self.readout.hide()
        self.scene().sigMouseMoved.connect(self._moved)
        self.viewport().installEventFilter(self)
        themes.changed.connect(self.dress)
        self.dress()

    def dress(self) -> None:
        """Take the colours and fonts of the theme."""
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
        self._title_axes()
        self.getAxis("left").setGrid(self._grid)
        for line in (self.across, self.down):
            line.setPen(pen("quiet", dashed=True))
        self.readout.setStyleSheet(
            f"QLabel#readout {{ background: {now.node}; color: {now.text}; border: 1px solid {now.hairline};"
            " border-radius: 4px; padding: 2px 6px; }"
        )

    def set_titles(self, x_title: str, y_title: str) -> None:
        """Name the axes, with their units."""
        self.x_title, self.y_title = x_title, y_title
        self.dress()

    def _title_axes(self) -> None:
        """Write as much of each title as its axis is long."""
        metrics = QFontMetricsF(fonts.small())
        for side, title in (("left", self.y_title), ("bottom", self.x_title)):
            axis = self.getAxis(side)
            room = axis.height() if side == "left" else axis.width()
            words = elided(title, metrics, room)
            if html.escape(words, quote=False) != axis.labelText:
                axis.setLabel(html.escape(words, quote=False))

    def set_log(self, log: bool) -> None:
        """Draw the vertical axis by decades, or evenly."""
        self.is_log = log
        self.setLogMode(x=False, y=log)

    def height_of(self, value: float) -> float:
        """Return where a value lies on the vertical axis, in the axis's own coordinates."""
        if not self.is_log:
            return value
        return math.log10(value) if value > 0 else -300.0

    def show_all(self) -> None:
        """Let the axes hold everything again, and follow what comes."""
        self.enableAutoRange()
        self.getViewBox().updateAutoRange()  # now, and not with whatever is painted next

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide the crosshair when the pointer leaves; a double click shows everything again."""
        if event.type() == QEvent.Type.Leave:
            self._hide_cross()
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonDblClick:
            self.show_all()
        return bool(super().eventFilter(watched, event))

    def _ask_menu(self, at: Any) -> None:
        self.menu_requested.emit(self.mapToGlobal(at))

    def _moved(self, at: QPointF) -> None:
        box = self.getViewBox()
        words = ""
        if self.read is not None and box.sceneBoundingRect().contains(at):
            point = box.mapSceneToView(at)
            words = self.read(point.x(), point.y())
        if not words:
            self._hide_cross()
            return
        self.across.setPos(point.y())
        self.down.setPos(point.x())
        self.readout.setText(words)
        self.readout.adjustSize()
        view = self.mapFromScene(box.sceneBoundingRect()).boundingRect()
        pointer = self.mapFromScene(at)
        left_half = pointer.x() < view.center().x()
        x = view.right() - self.readout.width() - 4 if left_half else view.left() + 4
        self.readout.move(max(x, 0), view.top() + 4)
        for part in (self.across, self.down, self.readout):
            part.show()

    def _hide_cross(self) -> None:
        for part in (self.across, self.down, self.readout):
            part.hide()
