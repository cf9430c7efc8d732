"""A node on the canvas: it draws what the document says of one id, and holds no truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.design.model import Node, NodeId
from rnnstudio.design.problems import Problem
from rnnstudio.design.spec import NodeSpec, PortSpec
from rnnstudio.ui.canvas import ink
from rnnstudio.ui.canvas.layout import (
    BADGE,
    MARGIN,
    PAD_LEFT,
    PAD_RIGHT,
    PORT_RADIUS,
    PORT_REACH,
    RADIUS,
    STRIP_WIDTH,
    SUMMARY_LINE,
    NodeLayout,
    lay_out,
    place,
)
from rnnstudio.ui.canvas.strip import strip_image

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.scene import CanvasScene

NEAR = 0.6  # below this zoom a node shows its title only
Z_NODE, Z_SELECTED = 1.0, 2.0
_LINE = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


class NodeItem(QGraphicsItem):
    """One node: block, hue strip, title, summary, live strip, weights, badge, ports."""

    def __init__(self, canvas: CanvasScene, node: Node, spec: NodeSpec | None) -> None:
        super().__init__()
        self._canvas = canvas
        self.node = node
        self.spec = spec
        self.hue = spec.hue if spec is not None else "quiet"
        self.problems: tuple[Problem, ...] = ()
        self.weights: int | None = None
        self.selected = False
        self.focused = False
        self._values: NDArray[np.floating] | None = None
        self._image: QImage | None = None
        self.layout = self.measured()
        self.setZValue(Z_NODE)
        self.setPos(place(node))

    # ------------------------------------------------------------------------------- followed

    def set_node(self, node: Node) -> None:
        """Show another version of the node."""
        self.node = node
        self.setPos(place(node))
        self.lay_out()

    def measured(self) -> NodeLayout:
        """Return where everything of the node stands now."""
        return lay_out(self.node, self.spec, live=self._image is not None, badge=bool(self.problems))

    def lay_out(self) -> None:
        """Measure again; the wires follow where a port moved."""
        layout = self.measured()
        if layout != self.layout:
            self.prepareGeometryChange()
            self.layout = layout
        self.update()

    def set_report(self, problems: tuple[Problem, ...], weights: int | None) -> bool:
        """Show problems and weights; return whether the node's size may have changed."""
        if _told(problems) == _told(self.problems) and weights == self.weights:
            return False
        badge_changed = bool(problems) != bool(self.problems)
        self.problems, self.weights = problems, weights
        self.lay_out()
        return badge_changed

    def set_strip(self, values: NDArray[np.floating] | None) -> bool:
        """Show values (units, T) as a live strip, or take it away; return whether the size changed."""
        resized = (values is None) != (self._values is None)
        self._values = values
        self._image = None if values is None else strip_image(values)
        if resized:
            self.lay_out()
        elif self.layout.live is not None:
            self.update(self.layout.live)
        return resized

    def set_selected(self, selected: bool, focused: bool) -> None:
        """Show whether the node is selected, and whether the keyboard acts on it."""
        if (selected, focused) != (self.selected, self.focused):
            self.selected, self.focused = selected, focused
            self.setZValue(Z_SELECTED if selected else Z_NODE)
            self.update()

    def theme_changed(self) -> None:
        """Paint the strip in the new theme's map, and measure again."""
        self._image = None if self._values is None else strip_image(self._values)
        self.lay_out()

    # ------------------------------------------------------------------------------- geometry

    def frame(self) -> QRectF:
        """Return the block in scene coordinates."""
        return self.layout.rect.translated(self.pos())

    def name_of(self, node_id: NodeId) -> str:
        """Return what the node is called that this block stands for."""
        return self.layout.full_title

    def key(self, port: tuple[NodeId, str, bool]) -> str:
        """Return what a port of the network is called on this block."""
        return port[1]

    def real_port(self, key: str, output: bool) -> tuple[NodeId, str, bool]:
        """Return the port of the network that a port of this block is."""
        return (self.node.id, key, output)

    def port_spec(self, key: str, output: bool) -> PortSpec | None:
        """Return what the kind says of a port, or None where it is not known."""
        if self.spec is None:
            return None
        return self.spec.output(key) if output else self.spec.input(key)

    def collect(
        self, at_node: Mapping[NodeId, Sequence[Problem]], weights: Mapping[NodeId, int]
    ) -> tuple[tuple[Problem, ...], int | None]:
        """Return what a report says of this block: its problems and its weights."""
        return tuple(at_node.get(self.node.id, ())), weights.get(self.node.id)

    def port_at(self, at: QPointF, reach: float) -> tuple[str, bool, float] | None:
        """Return (name, is output, distance) of the nearest port within ``reach`` of a scene point."""
        local = at - self.pos()
        near = [
            (name, output, ((local.x() - p.x()) ** 2 + (local.y() - p.y()) ** 2) ** 0.5)
            for output, ports in ((False, self.layout.inputs), (True, self.layout.outputs))
            for name, p in ports.items()
        ]
        near = [port for port in near if port[2] <= max(reach, PORT_REACH)]
        return min(near, key=lambda port: port[2], default=None)

    def badge_rect(self) -> QRectF:
        """Return where the problem badge is, in the node's own coordinates."""
        return QRectF(
            self.layout.rect.right() - PAD_RIGHT - BADGE, self.layout.title_line - BADGE / 2, BADGE, BADGE
        )

    def boundingRect(self) -> QRectF:
        """Return the block with room for ports and rings."""
        return self.layout.rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def shape(self) -> QPainterPath:
        """Return the block and what reaches out of it: its ports."""
        path = QPainterPath()
        path.addRect(self.layout.rect.adjusted(-PORT_REACH, 0.0, PORT_REACH, 0.0))
        return path

    # ------------------------------------------------------------------------------- painting

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the node."""
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        self._paint_block(painter)
        self._paint_text(painter, title_only=zoom < NEAR)
        if self.layout.live is not None and self._image is not None:
            painter.drawImage(self.layout.live, self._image)
        if self.problems:
            self._paint_badge(painter)
        for output, ports in ((False, self.layout.inputs), (True, self.layout.outputs)):
            for name, at in ports.items():
                self._paint_port(painter, name, output, at)

    def _paint_block(self, painter: QPainter) -> None:
        rect = self.layout.rect
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.selected:
            painter.setPen(ink.pen("accent", 3.0, alpha=0.28))
            painter.drawRoundedRect(rect.adjusted(-1.5, -1.5, 1.5, 1.5), RADIUS + 1.5, RADIUS + 1.5)
        if self.focused:
            painter.setPen(ink.pen("accent", 1.0, ink.Style.DashLine))
            painter.drawRoundedRect(rect.adjusted(-6, -6, 6, 6), RADIUS + 6, RADIUS + 6)
        inner = rect.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.brush("node"))
        painter.drawRoundedRect(inner, RADIUS, RADIUS)
        painter.setBrush(ink.brush(self.hue))
        painter.drawPath(_left_strip(rect.height()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(ink.pen("accent", 1.5) if self.selected else ink.pen("node_edge", 1.0))
        painter.drawRoundedRect(inner, RADIUS, RADIUS)

    def _paint_text(self, painter: QPainter, *, title_only: bool) -> None:
        room = self.layout.rect.width() - PAD_LEFT - 4.0
        painter.setFont(ink.title_font())
        painter.setPen(ink.pen("text"))
        painter.drawText(QRectF(PAD_LEFT, self.layout.title_line - 10, room, 20), _LINE, self.layout.title)
        if title_only:
            return
        painter.setFont(ink.small_font())
        painter.setPen(ink.pen("quiet"))
        painter.drawText(QRectF(PAD_LEFT, SUMMARY_LINE - 10, room, 20), _LINE, self.layout.summary)
        if self.layout.weights_line is not None:
            painter.setPen(ink.pen("faint" if self.weights is None else "quiet"))
            rect = QRectF(PAD_LEFT, self.layout.weights_line - 10, room, 20)
            painter.drawText(rect, _LINE, self._canvas.weights_text(self.weights))

    def badge_token(self) -> str:
        """Return the colour token of the worst problem."""
        return "danger" if any(problem.severity == "error" for problem in self.problems) else "warning"

    def _paint_badge(self, painter: QPainter) -> None:
        """Draw an error as a disc, a warning as a triangle, both with an exclamation mark."""
        rect = self.badge_rect()
        token = self.badge_token()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.brush(token))
        if token == "danger":
            painter.drawEllipse(rect)
        else:
            path = QPainterPath(QPointF(rect.center().x(), rect.top()))
            path.lineTo(rect.bottomRight())
            path.lineTo(rect.bottomLeft())
            path.closeSubpath()
            painter.drawPath(path)
        painter.setPen(ink.pen("node", 1.8))
        x, middle = rect.center().x(), rect.center().y() + (0.0 if token == "danger" else 1.5)
        painter.drawLine(QPointF(x, middle - 3.2), QPointF(x, middle + 0.6))
        painter.drawPoint(QPointF(x, middle + 3.4))

    def _paint_port(self, painter: QPainter, name: str, output: bool, at: QPointF) -> None:
        real = self.real_port(name, output)
        look = self._canvas.port_look(*real)
        port = self.port_spec(name, output)
        token = ink.port_token(self._canvas.port_shape(*real), port)
        if look == "faded":
            painter.setPen(ink.pen("node_edge", 1.5))
        elif look == "fits":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink.brush("accent", 0.3))
            painter.drawEllipse(at, PORT_RADIUS + 4.5, PORT_RADIUS + 4.5)
            painter.setPen(ink.pen("accent", 2.2))
        else:
            painter.setPen(ink.pen(token, 2.0))
        painter.setBrush(ink.brush("accent" if look == "held" else "canvas"))
        radius = PORT_RADIUS if port is None or port.required or look == "fits" else PORT_RADIUS - 1.0
        painter.drawEllipse(at, radius, radius)


def _told(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    """Return what shows of problems; their fixes are made anew by every check."""
    return [(problem.severity, problem.sentence) for problem in problems]


_STRIPS: dict[float, QPainterPath] = {}


def _left_strip(height: float) -> QPainterPath:
    """Return the left edge of a rounded block, `STRIP_WIDTH` wide."""
    if height not in _STRIPS:
        block, edge = QPainterPath(), QPainterPath()
        block.addRoundedRect(QRectF(0.5, 0.5, 40.0, height - 1.0), RADIUS, RADIUS)
        edge.addRect(QRectF(0.0, 0.0, STRIP_WIDTH, height))
        _STRIPS[height] = block.intersected(edge)
    return _STRIPS[height]
