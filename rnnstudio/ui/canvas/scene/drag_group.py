"""Items that are dragged together; the document does not change before they are dropped."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF

from rnnstudio.design.model import NodeId
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene


class DragGroup:
    """Nodes and annotations that move together, the links between them, and the links that lead out.

    They are found once, not in every frame: a thousand nodes can be dragged at 60 frames per second.
    """

    def __init__(self, scene: CanvasScene, origins: Mapping[NodeId, QPointF]) -> None:
        self._scene = scene
        self._origins = origins
        items = scene.node_items
        self._blocks = [(items[i], at.x(), at.y()) for i, at in origins.items() if i in items]
        touched = [scene.link_items[link_id] for link_id in scene.links_at(origins)]
        inner = [wire for wire in touched if all(block in origins for block in wire.blocks)]
        self._inner = [(wire, wire.path, 0.0, 0.0) for wire in inner if not scene.is_loop(wire.link.id)]
        shifted = {wire.link.id for wire, *_ in self._inner}
        self._outer = {wire.link.id for wire in touched} - shifted
        self.shift = QPointF()
        self.blocks = {item for item, *_ in self._blocks}
        self.inner = {wire for wire, *_ in self._inner}
        self.outer = {scene.link_items[link_id] for link_id in self._outer}
        self._all = scene.routing.blocks()
        self._rows = [at for at, i in enumerate(items) if i in origins]

    def carry(self, shift: QPointF) -> None:
        """Show everything at an offset from its original position."""
        right, down = shift.x(), shift.y()
        for item, x, y in self._blocks:
            item.setPos(x + right, y + down)
        for at, (wire, path, x, y) in enumerate(self._inner):
            if (
                wire.path is not path
            ):  # routed during the drag, with the nodes at their positions of that moment
                x, y = self.shift.x(), self.shift.y()
                self._inner[at] = (wire, wire.path, x, y)
            wire.setPos(right - x, down - y)
        self.shift = shift
        blocks = self._all.copy()
        blocks[self._rows] += (right, down, right, down)
        self._scene.routing.lay(self._outer, blocks=blocks)
        if self._scene.annotations.items:
            self._scene.annotations.carry({i: at + shift for i, at in self._origins.items()})
        self._scene.drag_overview(self)
