"""A link on the canvas: it draws what the document says about one link id."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.design.model import Link, NodeId
from rnnstudio.design.problems import Problem
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.ui.canvas.geometry import wire_paths
from rnnstudio.ui.canvas.geometry.node_metrics import FAR, NEAR
from rnnstudio.ui.canvas.style import paint_cache

DELAY = "z⁻¹"
HIT_WIDTH = 14.0
RING = 8.0  # pixels on screen
Z_LINK, Z_LINK_SELECTED, Z_LINK_GLOWING = 0.0, 0.5, 11.0  # a highlighted link is drawn above dragged nodes
_LABEL_HEIGHT = 14.0
_STEEP = 28.0
_TALL = 140.0
_SOLID = paint_cache.Style.SolidLine
_APART, _THIN = 3.15, 1.35  # the two lines of a state: their distance and width
_DASH = 12.0


class LinkItem(QGraphicsRectItem):
    """One link: a double line for states, dashed with z⁻¹ if delayed, labelled with its shape.

    The bounds are the item's `rect`, so that Qt answers this frequent question without calling Python.
    """

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.blocks: tuple[NodeId, NodeId] = (
            link.source,
            link.target,
        )  # a collapsed group stands for its members
        self.path = QPainterPath()
        self.shape_known: Shape | None = None
        self.carries: Signal | None = None
        self.problems: tuple[Problem, ...] = ()
        self.selected = self._banded = False
        self.faded = False
        self.glowing = False
        self.label = DELAY if link.delay else ""
        self._label_rect = QRectF()
        self._label_at = QPointF()
        self._label_on_wire = False
        self._hit: QPainterPath | None = None
        self._middle: QPointF | None = None
        self._kept: dict[float, list[tuple[QPen, list[QLineF]]]] = {}
        self._lines: dict[bool, QPainterPath] = {}
        self.setPen(Qt.PenStyle.NoPen)  # a pen would enlarge the bounds
        self.setZValue(Z_LINK)

    # ------------------------------------------------------------------------------- followed

    def set_path(self, path: QPainterPath) -> None:
        """Set the path, in scene coordinates."""
        self.setPos(0.0, 0.0)
        if path != self.path:
            self.path = path
            self._measure()

    def set_report(self, carries: Signal | None, shape: Shape | None, problems: tuple[Problem, ...]) -> None:
        """Show the shape that the link carries, and its problems."""
        reported, before = ([(p.severity, p.sentence) for p in seen] for seen in (problems, self.problems))
        looks_as_before = (carries, shape, reported) == (self.carries, self.shape_known, before)
        self.carries, self.shape_known, self.problems = carries, shape, problems
        if looks_as_before:
            return
        words = [DELAY] if self.link.delay else []
        if shape is not None:
            words.append(str(shape))
        self.label = " · ".join(words)
        self._measure()

    def set_selected(self, selected: bool, banded: bool) -> None:
        """Show whether the link is selected, and whether a translucent band is drawn behind it."""
        if (selected, banded) != (self.selected, self._banded):
            self.selected, self._banded = selected, banded
            self._rise()

    def set_faded(self, faded: bool) -> None:
        """Fade while the end of the link is being dragged."""
        if faded != self.faded:
            self.faded = faded
            self.update()

    def set_glowing(self, glowing: bool) -> None:
        """Show that a node dropped here would be inserted into the link."""
        if glowing != self.glowing:
            self.glowing = glowing
            self._rise()

    def _rise(self) -> None:
        resting = Z_LINK_SELECTED if self.selected else Z_LINK
        self.setZValue(Z_LINK_GLOWING if self.glowing else resting)
        self.restyle()

    def restyle(self) -> None:
        """Update the appearance."""
        self._kept.clear()
        self.update()

    # ------------------------------------------------------------------------------- geometry

    def _measure(self) -> None:
        self.prepareGeometryChange()
        self._hit = self._middle = None
        self._kept.clear()
        self._lines.clear()
        self._label_rect = self._place_label()
        margin = max(HIT_WIDTH / 2, RING / 2 / FAR)
        reach = self.path.controlPointRect()
        bounds = reach.adjusted(-margin, -margin, margin, margin)
        self.setRect(bounds.united(self._label_rect) if self.label else bounds)
        self.update()
        metrics = paint_cache.small_metrics()
        self._label_on_wire = self._label_rect.contains(self.middle())
        room = self._label_rect.width() - metrics.horizontalAdvance(self.label)
        above = (_LABEL_HEIGHT - metrics.height()) / 2
        self._label_at = self._label_rect.topLeft() + QPointF(room / 2, above)

    def _place_label(self) -> QRectF:
        """Return the position of the label: above the middle of the link, or on it where it is steep."""
        if not self.label or self.path.elementCount() < 2:
            return QRectF()
        width = paint_cache.small_metrics().horizontalAdvance(self.label) + 6.0
        points = [self.path.pointAtPercent(share) for share in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 1.0)]
        start, middle, end = points[0], points[3], points[-1]
        if not self.link.delay and end.x() - start.x() < width + 8.0 and abs(end.y() - start.y()) < _TALL:
            return QRectF()  # too little space between the nodes; the tooltip has it
        under = [at.y() for at in points if abs(at.x() - middle.x()) <= width / 2 + 4.0]
        lift = middle.y() - min(under) + _LABEL_HEIGHT / 2 + 4.0
        if lift > _STEEP:
            lift = 0.0  # beside a steep link the label would seem unrelated
        return QRectF(middle.x() - width / 2, middle.y() - _LABEL_HEIGHT / 2 - lift, width, _LABEL_HEIGHT)

    def middle(self) -> QPointF:
        """Return the point halfway along the link."""
        if self._middle is None:
            self._middle = self.path.pointAtPercent(0.5)
        return self._middle

    def extent(self) -> QRectF:
        """Return the rectangle of the path; never empty, even if it is horizontal."""
        return self.path.controlPointRect().adjusted(-1.0, -1.0, 1.0, 1.0)

    def shape(self) -> QPainterPath:
        """Return a band along the link that is wide enough to hit."""
        if self._hit is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(HIT_WIDTH)
            self._hit = stroker.createStroke(self.path)
        return self._hit

    # ------------------------------------------------------------------------------- painting

    def token(self) -> str:
        """Return the colour token: by selection, problem, then the shape carried."""
        if self.selected:
            return "accent"
        if self.problems:
            return "danger" if any(problem.severity == "error" for problem in self.problems) else "warning"
        if self.carries is Signal.STATE:
            return "quiet"
        if self.link.delay:
            return "candidate"
        if self.shape_known is None or self.shape_known.content is Content.TOKENS:
            return "faint"
        return "output" if self.carries is Signal.VECTOR else "input"

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the link; at low zoom without its label and the band."""
        zoom = painter.worldTransform().m11()
        labelled = zoom >= NEAR and not self._label_rect.isEmpty()
        if self.faded:
            painter.setOpacity(0.3)
        if widget is not None and self._style() is _SOLID:
            strokes = self._straight_strokes(wire_paths.fineness(painter.combinedTransform().m11()))
            for pen, lines in strokes[1:] if self._banded and zoom < NEAR else strokes:
                painter.setPen(pen)
                painter.drawLines(lines)
            if labelled and self._label_on_wire:
                painter.fillRect(self._label_rect, paint_cache.brush("canvas"))
        else:
            self._paint_line(painter, labelled=labelled)
        if labelled:
            self._paint_label(painter, on_screen=widget is not None)
        elif self.link.delay and not self.problems:
            paint_delays(painter, self.token(), [self.middle()], zoom)
        if self.problems:
            self._paint_mark(painter, self.middle())

    def line(self, *, labelled: bool) -> QPainterPath:
        """Return the lines to draw: with a gap for a label, and two lines for a state.

        The gap shows whatever is below the link.
        """
        if labelled not in self._lines:
            line = self.path
            if self.carries is Signal.STATE:
                line = wire_paths.doubled(line, _APART, dash=_DASH if self.link.delay else 0.0)
            if labelled and self._label_on_wire:
                line = wire_paths.parted(line, self._label_rect)
            self._lines[labelled] = line
        return self._lines[labelled]

    def _paint_line(self, painter: QPainter, *, labelled: bool) -> None:
        """Draw the link for an exported file, or if it is dashed or dotted."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for stroke in self._halo():
            painter.setPen(paint_cache.pen(*stroke))
            painter.drawPath(self.path)
        if self.carries is Signal.STATE:
            style = (
                _SOLID if self.link.delay else self._style()
            )  # the path of the two lines is dashed already
            painter.setPen(paint_cache.pen(self.token(), _THIN, style))
        else:
            painter.setPen(paint_cache.pen(self.token(), 2.5 if self.selected else 2.0, self._style()))
        painter.drawPath(self.line(labelled=labelled))

    def _style(self) -> paint_cache.Style:
        if self.link.delay:
            return paint_cache.Style.DashLine
        return paint_cache.Style.DotLine if self.problems else _SOLID

    def _halo(self) -> list[tuple[str, float, paint_cache.Style, float]]:
        """Return what is drawn behind a selected or highlighted link, as `_strokes` does."""
        if self.glowing:
            return [("accent", 12.0, _SOLID, 0.3)]
        return [("accent", 8.0, _SOLID, 0.22)] if self._banded else []

    def _strokes(self) -> list[tuple[str, float, paint_cache.Style, float]]:
        """Return colour token, width, style and alpha of each stroke, bottom to top."""
        token, style, strokes = self.token(), self._style(), self._halo()
        if self.carries is Signal.STATE:
            return [*strokes, (token, 4.5, style, 1.0), ("canvas", 1.8, _SOLID, 1.0)]
        return [*strokes, (token, 2.5 if self.selected else 2.0, style, 1.0)]

    def _straight_strokes(self, fineness: float) -> list[tuple[QPen, list[QLineF]]]:
        """Return a pen and straight lines for each stroke, cached until the appearance changes."""
        if fineness not in self._kept:
            # The lines of a translucent stroke do not overlap at their joints, where it would show.
            lines = {
                overlap: wire_paths.lines(self.path, fineness, overlap)
                for overlap in (0.0, wire_paths.OVERLAP)
            }
            self._kept[fineness] = [
                (
                    paint_cache.flat_pen(token, width, alpha),
                    lines[wire_paths.OVERLAP if alpha == 1.0 else 0.0],
                )
                for token, width, _, alpha in self._strokes()
            ]
        return self._kept[fineness]

    def _paint_label(self, painter: QPainter, *, on_screen: bool) -> None:
        painter.setPen(paint_cache.pen("text" if self.selected else "quiet"))
        paint_cache.write(painter, self._label_at, paint_cache.words(self.label), on_screen=on_screen)

    def _paint_mark(self, painter: QPainter, at: QPointF) -> None:
        """Draw a cross: the link is invalid."""
        painter.setPen(paint_cache.pen("danger" if self.token() == "danger" else "warning", 2.5))
        for sign in (-1.0, 1.0):
            painter.drawLine(at + QPointF(-5.0, -5.0 * sign), at + QPointF(5.0, 5.0 * sign))


def paint_delays(painter: QPainter, token: str, at: Sequence[QPointF], zoom: float) -> None:
    """Draw a ring of constant size on each delayed link where z⁻¹ would be too small to read."""
    for colour, width in ((token, RING), ("canvas", RING - 3.5)):
        solid, cap = paint_cache.Style.SolidLine, Qt.PenCapStyle.RoundCap
        painter.setPen(QPen(paint_cache.colour(colour), width / zoom, solid, cap))
        painter.drawPoints(at)
