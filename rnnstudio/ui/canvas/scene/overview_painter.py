"""The overview: the whole network at low zoom, painted by one item.

A thousand items that paint themselves take longer than a frame. At low zoom no ports are visible, and no text
but titles. So one item paints everything: links as thin lines, nodes as rectangles. It begins at a higher
zoom where many nodes are close together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.ui.canvas.geometry.node_metrics import FARTHEST, PAD_LEFT
from rnnstudio.ui.canvas.items.link_item import LinkItem, paint_delays
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.style import paint_cache

_HUE_WIDTH, _HUE_WIDTH_NEAR = 14.0, 5.0
_MARK = 28.0
_TITLES = 0.42  # the zoom from which titles are drawn; there they are 5 pixels high


class Dragged(Protocol):
    """What the overview needs to know about dragged items."""

    shift: QPointF
    blocks: set[NodeItem]
    inner: set[LinkItem]
    outer: set[LinkItem]


class OverviewPart:
    """A snapshot of some nodes and links, grouped by colour."""

    def __init__(self, nodes: Iterable[NodeItem], links: Iterable[LinkItem]) -> None:
        self._wires: defaultdict[str, QPainterPath] = defaultdict(QPainterPath)
        self._delays: defaultdict[str, list[QPointF]] = defaultdict(list)
        self._blocks, self._hues, self._hues_near, self._marks = (
            defaultdict[str, list[QRectF]](list) for _ in range(4)
        )
        self._titles: list[tuple[QRectF, QPointF, paint_cache.Words]] = []
        for link in links:
            if link.isVisible():
                self._add_wire(link)
        up = paint_cache.title_metrics().height() / 2
        for node in nodes:
            self._add_block(node, up)

    def _add_wire(self, link: LinkItem) -> None:
        token, shift = link.token(), link.pos()
        self._wires[token].addPath(link.path if shift.isNull() else link.path.translated(shift))
        if link.link.delay:
            self._delays[token].append(link.middle() + shift)

    def _add_block(self, node: NodeItem, up: float) -> None:
        frame = node.frame()
        left, top, height = frame.left(), frame.top(), frame.height()
        self._blocks["accent" if node.selected else "node_edge"].append(frame)
        self._hues[node.hue].append(QRectF(left, top, _HUE_WIDTH, height))
        self._hues_near[node.hue].append(QRectF(left, top, _HUE_WIDTH_NEAR, height))
        if node.problems:
            self._marks[node.badge_token()].append(QRectF(frame.right() - _MARK, top, _MARK, _MARK))
        at = QPointF(left + PAD_LEFT, top + node.layout.title_line - up)
        self._titles.append((frame, at, paint_cache.words(node.layout.title, strong=True)))

    def paint_wires(self, painter: QPainter, zoom: float) -> None:
        """Draw the links."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for token, path in self._wires.items():
            painter.setPen(paint_cache.hairline(token))
            painter.drawPath(path)
        for token, points in self._delays.items():
            paint_delays(painter, token, points, zoom)

    def paint_blocks(self, painter: QPainter, zoom: float, exposed: QRectF) -> None:
        """Draw the nodes; those in ``exposed`` with their titles if these are readable."""
        painter.setPen(Qt.PenStyle.NoPen)
        _fill(painter, self._blocks)
        titled = zoom >= _TITLES
        named = [named for named in self._titles if named[0].intersects(exposed)] if titled else []
        if named:
            edge = 1.0 / zoom
            painter.setBrush(paint_cache.brush("node"))
            painter.drawRects([frame.adjusted(edge, edge, -edge, -edge) for frame, _, _ in named])
        _fill(painter, self._hues_near if titled else self._hues)
        _fill(painter, self._marks)
        painter.setPen(paint_cache.pen("text"))
        for _, at, title in named:
            paint_cache.write(painter, at, title, on_screen=True)


def _fill(painter: QPainter, rects: Mapping[str, list[QRectF]]) -> None:
    for token, same in rects.items():
        painter.setBrush(paint_cache.brush(token))
        painter.drawRects(same)


class OverviewItem(QGraphicsItem):
    """Paints nodes and links while their own items are hidden.

    The snapshot is made when something changes, not in every frame of a zoom. During a drag, only the links
    that lead out of the dragged items are updated in every frame.
    """

    def __init__(self, nodes: Collection[NodeItem], links: Collection[LinkItem]) -> None:
        super().__init__()
        self._nodes = nodes
        self._links = links
        self._parts: list[tuple[OverviewPart, QPointF]] = []  # each with its offset since the snapshot
        self._load: Dragged | None = None
        self._gathered_at = QPointF()  # the offset at its snapshot
        self._outer: list[LinkItem] = []  # the links that lead out of it
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # what is painted
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def renew(self) -> None:
        """Make a new snapshot."""
        self._parts = []
        self._load = None
        self.update()

    def carry(self, load: Dragged) -> None:
        """Update the dragged items."""
        if self.scene() is None:
            self.renew()
            return
        if load is not self._load:
            self._load, self._gathered_at = load, load.shift
            still = (item for item in self._nodes if item not in load.blocks)
            rest = (wire for wire in self._links if wire not in load.inner and wire not in load.outer)
            blocks = (item for item in self._nodes if item in load.blocks)
            inner = (wire for wire in self._links if wire in load.inner)
            self._parts = [(OverviewPart(still, rest), QPointF()), (OverviewPart(blocks, inner), QPointF())]
            self._outer = [wire for wire in self._links if wire in load.outer]
        moved = load.shift - self._gathered_at
        self._parts[1:] = [(self._parts[1][0], moved), (OverviewPart((), self._outer), QPointF())]
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the rectangle of the whole scene."""
        return QRectF(-2 * FARTHEST, -2 * FARTHEST, 4 * FARTHEST, 4 * FARTHEST)

    def shape(self) -> QPainterPath:
        """Return an empty path: the item cannot be hit."""
        return QPainterPath()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the links, then the nodes."""
        zoom = painter.worldTransform().m11()
        if not self._parts:
            self._parts = [(OverviewPart(self._nodes, self._links), QPointF())]
        for part, moved in self._parts:
            painter.translate(moved)
            part.paint_wires(painter, zoom)
            painter.translate(-moved)
        for part, moved in self._parts:
            painter.translate(moved)
            part.paint_blocks(painter, zoom, option.exposedRect.translated(-moved))
            painter.translate(-moved)
