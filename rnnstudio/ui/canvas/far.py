"""The whole network seen from far away, painted at once.

A thousand items that each paint themselves take longer than a frame. From far away none has ports to show,
and text only in its title, so one item paints all: wires as hairlines, nodes as blocks. Where nodes are many
and close, a view is full of them from nearer already, so it begins there.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.design.model import Design
from rnnstudio.ui.canvas import ink
from rnnstudio.ui.canvas.layout import FAR, FARTHEST, PAD_LEFT
from rnnstudio.ui.canvas.link_item import LinkItem, paint_delays
from rnnstudio.ui.canvas.node_item import NodeItem

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.view import CanvasView

_HUE_WIDTH, _HUE_WIDTH_NEAR = 14.0, 5.0
_MARK = 28.0
_CROWD, _FAR_OF_MANY = 120, 0.85  # blocks that each can paint itself in a frame, with the wires at them
_TITLES = 0.42  # the zoom from which titles are written, where they are 5 pixels high


class Distance:
    """Says from where a canvas is far away: where so many blocks fill the view, all are painted at once."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._dense: float | None = None  # blocks in a square unit of the scene
        view.document.changed.connect(self._renew)
        view.zoom_changed.connect(self._zoomed)

    def _renew(self, _design: Design) -> None:
        self._dense = None

    def _zoomed(self, zoom: float) -> None:
        self._view.canvas.set_far(zoom < self.far_below)

    @property
    def far_below(self) -> float:
        """The zoom below which the canvas is seen from far away."""
        if self._dense is None:
            self._dense = _density([item.frame() for item in self._view.canvas.node_items.values()])
        room = self._view.viewport().size()
        return min(max(math.sqrt(self._dense * room.width() * room.height() / _CROWD), FAR), _FAR_OF_MANY)


def _density(frames: Sequence[QRectF]) -> float:
    """Return how many blocks there are in a square unit; none where they are no crowd."""
    if len(frames) < _CROWD:
        return 0.0
    whole = QRectF()
    for frame in frames:
        whole = whole.united(frame)
    return len(frames) / (whole.width() * whole.height())


class FarPicture(QGraphicsItem):
    """Paints nodes and wires in their place; they have no contents of their own meanwhile.

    What is painted is gathered where something changed, not in every frame of a zoom.
    """

    def __init__(self, nodes: Collection[NodeItem], links: Collection[LinkItem]) -> None:
        super().__init__()
        self._nodes = nodes
        self._links = links
        self._wires: dict[str, QPainterPath] | None = None  # by colour token
        self._delays: dict[str, list[QPointF]] = {}
        self._blocks: dict[str, list[QRectF]] = {}
        self._hues: dict[str, list[QRectF]] = {}
        self._marks: dict[str, list[QRectF]] = {}
        self._titles: list[tuple[QRectF, QPointF, ink.Words]] = []
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # what is to be painted
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def renew(self) -> None:
        """Paint what nodes and wires show now."""
        self._wires = None
        self.update()

    def boundingRect(self) -> QRectF:
        """Return all that may be seen."""
        return QRectF(-2 * FARTHEST, -2 * FARTHEST, 4 * FARTHEST, 4 * FARTHEST)

    def shape(self) -> QPainterPath:
        """Return nothing: it cannot be hit."""
        return QPainterPath()

    def _gathered_wires(self) -> dict[str, QPainterPath]:
        wires: defaultdict[str, QPainterPath] = defaultdict(QPainterPath)
        delays: defaultdict[str, list[QPointF]] = defaultdict(list)
        for link in self._links:
            if link.isVisible():
                token, shift = link.token(), link.pos()
                wires[token].addPath(link.path if shift.isNull() else link.path.translated(shift))
                if link.link.delay:
                    delays[token].append(link.middle() + shift)
        self._delays = delays
        return wires

    def _gather_blocks(self) -> None:
        blocks, hues, marks = (defaultdict[str, list[QRectF]](list) for _ in range(3))
        self._titles = []
        up = ink.title_metrics().height() / 2
        for node in self._nodes:
            frame = node.frame()
            blocks["accent" if node.selected else "node_edge"].append(frame)
            hues[node.hue].append(frame)
            if node.problems:
                marks[node.badge_token()].append(QRectF(frame.right() - _MARK, frame.top(), _MARK, _MARK))
            at = frame.topLeft() + QPointF(PAD_LEFT, node.layout.title_line - up)
            self._titles.append((frame, at, ink.words(node.layout.title, strong=True)))
        self._blocks, self._hues, self._marks = blocks, hues, marks

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw wires, then blocks, each colour at once."""
        zoom = painter.worldTransform().m11()
        if self._wires is None:
            self._wires = self._gathered_wires()
            self._gather_blocks()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for token, path in self._wires.items():
            painter.setPen(ink.hairline(token))
            painter.drawPath(path)
        for token, points in self._delays.items():
            paint_delays(painter, token, points, zoom)
        painter.setPen(Qt.PenStyle.NoPen)
        for token, rects in self._blocks.items():
            painter.setBrush(ink.brush(token))
            painter.drawRects(rects)
        titled = zoom >= _TITLES
        named = [named for named in self._titles if named[0].intersects(option.exposedRect)] if titled else []
        if named:
            edge = 1.0 / zoom
            painter.setBrush(ink.brush("node"))
            painter.drawRects([frame.adjusted(edge, edge, -edge, -edge) for frame, _, _ in named])
        wide = _HUE_WIDTH_NEAR if titled else _HUE_WIDTH
        for token, rects in self._hues.items():
            painter.setBrush(ink.brush(token))
            painter.drawRects([QRectF(rect.left(), rect.top(), wide, rect.height()) for rect in rects])
        for token, rects in self._marks.items():
            painter.setBrush(ink.brush(token))
            painter.drawRects(rects)
        painter.setPen(ink.pen("text"))
        for _, at, title in named:
            ink.write(painter, at, title, on_screen=True)
