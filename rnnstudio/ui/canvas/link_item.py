"""A wire on the canvas: it draws what the document says of one link id, and holds no truth."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.design.model import Link, NodeId
from rnnstudio.design.problems import Problem
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.ui.canvas import ink

DELAY = "z⁻¹"
HIT_WIDTH = 14.0
NEAR = 0.6  # as for nodes
RING = 8.0  # pixels of the screen
Z_LINK, Z_LINK_SELECTED, Z_LINK_GLOWING = 0.0, 0.5, 11.0  # what glows shows above what is carried over it
_LABEL_HEIGHT = 14.0
_STEEP = 28.0
_TALL = 140.0


class LinkItem(QGraphicsItem):
    """One wire: double for states, dashed with z⁻¹ for a delay, its shape written beside it."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.blocks: tuple[NodeId, NodeId] = (link.source, link.target)  # a folded group for a node in it
        self.path = QPainterPath()
        self.shape_known: Shape | None = None
        self.carries: Signal | None = None
        self.problems: tuple[Problem, ...] = ()
        self.selected = False
        self.faded = False
        self.glowing = False
        self.label = DELAY if link.delay else ""
        self._label_rect = QRectF()
        self._bounds = QRectF()
        self._hit: QPainterPath | None = None
        self._middle: QPointF | None = None
        self.setZValue(Z_LINK)

    # ------------------------------------------------------------------------------- followed

    def set_path(self, path: QPainterPath) -> None:
        """Run along another path, in scene coordinates."""
        self.setPos(0.0, 0.0)
        if path != self.path:
            self.path = path
            self._measure()

    def set_report(self, carries: Signal | None, shape: Shape | None, problems: tuple[Problem, ...]) -> None:
        """Show what runs through the wire, and what is wrong with it."""
        told, before = ([(p.severity, p.sentence) for p in seen] for seen in (problems, self.problems))
        if (carries, shape, told) == (self.carries, self.shape_known, before):
            return
        self.carries, self.shape_known, self.problems = carries, shape, problems
        words = [DELAY] if self.link.delay else []
        if shape is not None:
            words.append(str(shape))
        self.label = " · ".join(words)
        self._measure()

    def set_selected(self, selected: bool) -> None:
        """Show whether the wire is selected."""
        if selected != self.selected:
            self.selected = selected
            self._rise()

    def set_faded(self, faded: bool) -> None:
        """Step back while its end is being dragged elsewhere."""
        if faded != self.faded:
            self.faded = faded
            self.update()

    def set_glowing(self, glowing: bool) -> None:
        """Show that a node let go here would stand in the wire."""
        if glowing != self.glowing:
            self.glowing = glowing
            self._rise()

    def _rise(self) -> None:
        resting = Z_LINK_SELECTED if self.selected else Z_LINK
        self.setZValue(Z_LINK_GLOWING if self.glowing else resting)
        self.update()

    # ------------------------------------------------------------------------------- geometry

    def _measure(self) -> None:
        self.prepareGeometryChange()
        self._hit = self._middle = None
        self._label_rect = self._place_label()
        margin = HIT_WIDTH / 2
        bounds = self.path.controlPointRect().adjusted(-margin, -margin, margin, margin)
        self._bounds = bounds.united(self._label_rect) if self.label else bounds
        self.update()

    def _place_label(self) -> QRectF:
        """Return the label's place: above the middle of the wire, on the wire where that is steep."""
        if not self.label or self.path.elementCount() < 2:
            return QRectF()
        width = ink.small_metrics().horizontalAdvance(self.label) + 6.0
        points = [self.path.pointAtPercent(share) for share in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 1.0)]
        start, middle, end = points[0], points[3], points[-1]
        if not self.link.delay and end.x() - start.x() < width + 8.0 and abs(end.y() - start.y()) < _TALL:
            return QRectF()  # no room between the nodes; the tooltip still says it
        under = [at.y() for at in points if abs(at.x() - middle.x()) <= width / 2 + 4.0]
        lift = middle.y() - min(under) + _LABEL_HEIGHT / 2 + 4.0
        if lift > _STEEP:
            lift = 0.0  # beside a steep wire it would float; on it, it belongs to it
        return QRectF(middle.x() - width / 2, middle.y() - _LABEL_HEIGHT / 2 - lift, width, _LABEL_HEIGHT)

    def middle(self) -> QPointF:
        """Return the point halfway along the wire."""
        if self._middle is None:
            self._middle = self.path.pointAtPercent(0.5)
        return self._middle

    def extent(self) -> QRectF:
        """Return the rectangle of the wire itself; never empty, even for a level one."""
        return self.path.controlPointRect().adjusted(-1.0, -1.0, 1.0, 1.0)

    def boundingRect(self) -> QRectF:
        """Return the wire with its width and label."""
        return self._bounds

    def shape(self) -> QPainterPath:
        """Return a band along the wire wide enough to hit."""
        if self._hit is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(HIT_WIDTH)
            self._hit = stroker.createStroke(self.path)
        return self._hit

    # ------------------------------------------------------------------------------- painting

    def token(self) -> str:
        """Return the colour token of the wire: by selection, problem, then what it carries."""
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
        """Draw the wire; without its label from further away."""
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        token = self.token()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setOpacity(0.3 if self.faded else 1.0)
        style = (
            ink.Style.DashLine
            if self.link.delay
            else ink.Style.DotLine
            if self.problems
            else ink.Style.SolidLine
        )
        if self.selected or self.glowing:
            painter.setPen(
                ink.pen("accent", 12.0 if self.glowing else 8.0, alpha=0.3 if self.glowing else 0.22)
            )
            painter.drawPath(self.path)
        if self.carries is Signal.STATE:
            painter.setPen(ink.pen(token, 4.5, style))
            painter.drawPath(self.path)
            painter.setPen(ink.pen("canvas", 1.8))
        else:
            painter.setPen(ink.pen(token, 2.5 if self.selected else 2.0, style))
        painter.drawPath(self.path)
        if zoom >= NEAR and not self._label_rect.isEmpty():
            self._paint_label(painter)
        elif self.link.delay and not self.problems:
            paint_delays(painter, token, [self.middle()], zoom)
        if self.problems:
            self._paint_mark(painter, self.middle())

    def _paint_label(self, painter: QPainter) -> None:
        if self._label_rect.contains(self.middle()):
            painter.fillRect(self._label_rect, ink.brush("canvas"))
        painter.setFont(ink.small_font())
        painter.setPen(ink.pen("text" if self.selected else "quiet"))
        painter.drawText(self._label_rect, Qt.AlignmentFlag.AlignCenter, self.label)

    def _paint_mark(self, painter: QPainter, at: QPointF) -> None:
        """Draw a cross: nothing can run here."""
        painter.setPen(ink.pen("danger" if self.token() == "danger" else "warning", 2.5))
        for sign in (-1.0, 1.0):
            painter.drawLine(at + QPointF(-5.0, -5.0 * sign), at + QPointF(5.0, 5.0 * sign))


def paint_delays(painter: QPainter, token: str, at: Sequence[QPointF], zoom: float) -> None:
    """Draw a ring on each wire that waits a step, where z⁻¹ could not be read; as wide at every zoom."""
    for colour, width in ((token, RING), ("canvas", RING - 3.5)):
        solid, cap = ink.Style.SolidLine, Qt.PenCapStyle.RoundCap
        painter.setPen(QPen(ink.colour(colour), width / zoom, solid, cap))
        painter.drawPoints(at)
