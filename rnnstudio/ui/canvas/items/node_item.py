"""A node on the canvas: it draws what the document says about one node id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.design.model import Node, NodeId
from rnnstudio.design.problems import Problem
from rnnstudio.design.spec import NodeSpec, PortSpec
from rnnstudio.ui.canvas.geometry.node_metrics import (
    BADGE,
    MARGIN,
    NEAR,
    PAD_LEFT,
    PAD_RIGHT,
    PORT_REACH,
    SUMMARY_LINE,
    NodeLayout,
    lay_out,
    place,
)
from rnnstudio.ui.canvas.items import node_painter
from rnnstudio.ui.canvas.items.activation_strip import strip_image
from rnnstudio.ui.canvas.items.node_painter import Look, PortState
from rnnstudio.ui.canvas.items.port_appearance import PortAppearance
from rnnstudio.ui.canvas.style import paint_cache

Z_NODE, Z_SELECTED = 1.0, 2.0


class _Words(NamedTuple):
    """A line of text: layout, top left corner and colour token."""

    at: QPointF
    words: paint_cache.Words
    token: str


class NodeItem(QGraphicsRectItem):
    """One node: body, colour strip, title, summary, activation strip, weights, badge, ports.

    The bounds are the item's `rect`, so that Qt answers this frequent question without calling Python.
    """

    piled = False  # whether it stands for several nodes

    def __init__(self, ports: PortAppearance, node: Node, spec: NodeSpec | None) -> None:
        super().__init__()
        self._ports = ports
        self.node = node
        self.spec = spec
        self.hue = spec.hue if spec is not None else "quiet"
        self.problems: tuple[Problem, ...] = ()
        self.weights: int | None = None
        self.selected = False
        self.focused = False
        self._values: NDArray[np.floating] | None = None
        self._image: QImage | None = None
        self._look: Look | None = None
        self._look_edition = 0
        self._words: list[_Words] | None = None
        self.layout = self.measured()
        self.setPen(Qt.PenStyle.NoPen)  # a pen would enlarge the bounds
        self._bound()
        self.setZValue(Z_NODE)
        self.setPos(place(node))

    # ------------------------------------------------------------------------------- followed

    def set_node(self, node: Node) -> None:
        """Show a changed node."""
        self.node = node
        self.reset_positions()
        self.lay_out()

    def reset_positions(self) -> None:
        """Move exactly to the position of the node: link routing may depend on the last bit."""
        at = place(self.node)
        self.setPos(at)
        if (self.x(), self.y()) != at.toTuple():  # Qt ignores a move that is almost zero
            self.setPos(at + QPointF(1.0, 1.0))
            self.setPos(at)

    def measured(self) -> NodeLayout:
        """Return the current layout."""
        return self.layout_of(self.node)

    def layout_of(self, node: Node) -> NodeLayout:
        """Return the layout that the item would have for another version of its node."""
        return lay_out(node, self.spec, has_strip=self._image is not None, badge=bool(self.problems))

    def lay_out(self) -> None:
        """Lay out again; links follow if a port moved."""
        layout = self.measured()
        if layout != self.layout:
            self.prepareGeometryChange()
            self.layout = layout
            self._bound()
        self._restyle()

    def set_report(self, problems: tuple[Problem, ...], weights: int | None) -> bool:
        """Show problems and weights; return whether the size may have changed."""
        looks_as_before = _told(problems) == _told(self.problems) and weights == self.weights
        badge_changed = bool(problems) != bool(self.problems)
        self.problems, self.weights = problems, weights
        if looks_as_before:
            return False
        self.lay_out()
        return badge_changed

    def show_activations(self, values: NDArray[np.floating] | None) -> bool:
        """Show values (units, T) as an activation strip, or take it away; return whether the size changed."""
        resized = (values is None) != (self._values is None)
        self._values = values
        self._image = None if values is None else strip_image(values)
        if resized:
            self.lay_out()
        elif self.layout.strip is not None:
            self.update(self.layout.strip)
        return resized

    def set_selected(self, selected: bool, focused: bool) -> None:
        """Show whether the node is selected, and whether the keyboard acts on it."""
        if (selected, focused) != (self.selected, self.focused):
            self.selected, self.focused = selected, focused
            self.setZValue(Z_SELECTED if selected else Z_NODE)
            self._restyle()

    def theme_changed(self) -> None:
        """Repaint the strip with the colour map of the new theme, and lay out again."""
        self._image = None if self._values is None else strip_image(self._values)
        self.lay_out()

    # ------------------------------------------------------------------------------- geometry

    def frame(self) -> QRectF:
        """Return the body of the node, in scene coordinates."""
        return self.layout.rect.translated(self.pos())

    def name_of(self, node_id: NodeId) -> str:
        """Return the name of a node that this item stands for."""
        return self.layout.full_title

    def key(self, port: tuple[NodeId, str, bool]) -> str:
        """Return the key of a port of the network on this item."""
        return port[1]

    def real_port(self, key: str, output: bool) -> tuple[NodeId, str, bool]:
        """Return the port of the network that belongs to a key."""
        return (self.node.id, key, output)

    def port_spec(self, key: str, output: bool) -> PortSpec | None:
        """Return the specification of a port, or None if it is unknown."""
        if self.spec is None:
            return None
        return self.spec.output(key) if output else self.spec.input(key)

    def collect(
        self, at_node: Mapping[NodeId, Sequence[Problem]], weights: Mapping[NodeId, int]
    ) -> tuple[tuple[Problem, ...], int | None]:
        """Return the problems and the number of weights in a report."""
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
        """Return the problem badge, in item coordinates."""
        return QRectF(
            self.layout.rect.right() - PAD_RIGHT - BADGE, self.layout.title_line - BADGE / 2, BADGE, BADGE
        )

    def _bound(self) -> None:
        """Set the bounds, enlarged for ports and rings."""
        self.setRect(self.layout.rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))

    def shape(self) -> QPainterPath:
        """Return the body and the ports that extend beyond it."""
        path = QPainterPath()
        path.addRect(self.layout.rect.adjusted(-PORT_REACH, 0.0, PORT_REACH, 0.0))
        return path

    # ------------------------------------------------------------------------------- painting

    def badge_token(self) -> str:
        """Return the colour token of the worst problem."""
        return "danger" if any(problem.severity == "error" for problem in self.problems) else "warning"

    def look(self) -> Look:
        """Return the current appearance, cached until something changes."""
        edition = self._ports.port_edition
        if self._look is None or self._look_edition != edition:
            rect, badge = self.layout.rect, self.badge_rect()
            self._look_edition = edition
            self._look = Look(
                rect.width(),
                rect.height(),
                self.hue,
                tuple(self._port_looks()),
                self.badge_token() if self.problems else "",
                badge.x(),
                badge.y(),
                self.selected,
                self.focused,
                self.piled,
            )
        return self._look

    def _port_looks(self) -> Iterator[PortState]:
        for output, ports in ((False, self.layout.inputs), (True, self.layout.outputs)):
            for name, at in ports.items():
                real, port = self.real_port(name, output), self.port_spec(name, output)
                token = paint_cache.port_token(self._ports.port_shape(*real), port)
                required = port is None or port.required
                yield PortState(at.x(), at.y(), token, self._ports.port_state(*real), required)

    def _restyle(self) -> None:
        """Update the appearance."""
        self._look = self._words = None
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the node; at low zoom only its title."""
        on_screen = widget is not None
        node_painter.paint(painter, self.look(), on_screen=on_screen)
        title_only = painter.worldTransform().m11() < NEAR
        self._paint_text(painter, title_only=title_only, on_screen=on_screen)
        if self.layout.strip is not None and self._image is not None:
            painter.drawImage(self.layout.strip, self._image)

    def _paint_text(self, painter: QPainter, *, title_only: bool, on_screen: bool) -> None:
        if self._words is None:
            self._words = self._laid_words()
        for line in self._words[:1] if title_only else self._words:
            painter.setPen(paint_cache.pen(line.token))
            paint_cache.write(painter, line.at, line.words, on_screen=on_screen)

    def _laid_words(self) -> list[_Words]:
        layout, high = self.layout, paint_cache.small_metrics().height()
        at = QPointF(PAD_LEFT, layout.title_line - paint_cache.title_metrics().height() / 2)
        words = [_Words(at, paint_cache.words(layout.title, strong=True), "text")]
        at = QPointF(PAD_LEFT, SUMMARY_LINE - high / 2)
        words.append(_Words(at, paint_cache.words(layout.summary), "quiet"))
        if layout.weights_line is not None:
            at = QPointF(PAD_LEFT, layout.weights_line - high / 2)
            text = self._ports.weights_text(self.weights)
            words.append(_Words(at, paint_cache.words(text), "faint" if self.weights is None else "quiet"))
        return words


def _told(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    """Return what is shown of problems, without their fixes, which every check creates again."""
    return [(problem.severity, problem.sentence) for problem in problems]
