"""Routes the links of a scene: feedback links below their nodes, all others direct or around nodes."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from rnnstudio.design.model import LinkId, NodeId
from rnnstudio.ui.canvas.geometry import feedback_routing, obstacle_routing
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.scene.scene_access import SceneAccess


class LinkRouter:
    """The routes of all links of one scene.

    Attributes
    ----------
    loops : the feedback links
    """

    def __init__(self, scene: SceneAccess) -> None:
        self._scene = scene
        self.loops: set[LinkId] = set()
        self._detours = obstacle_routing.Detours()

    def forget(self, link_id: LinkId) -> None:
        """Remove a link."""
        self.loops.discard(link_id)
        self._detours.forget(link_id)

    def detoured_links(self) -> set[LinkId]:
        """Return the links that leave the rectangle between their ends."""
        return self.loops | self._detours.lanes.keys()

    def blocks(self) -> obstacle_routing.Blocks:
        """Return the edges of every node."""
        return obstacle_routing.rows(item.frame() for item in self._scene.node_items.values())

    def _frames(self, nodes: Iterable[NodeId]) -> list[QRectF]:
        return [block.frame() for node in nodes if (block := self._scene.block(node)) is not None]

    def below(self, start: QPointF, end: QPointF, nodes: Iterable[NodeId]) -> QPainterPath:
        """Return the path of a feedback link between two points at these nodes, below all in its way."""
        return feedback_routing.lay([feedback_routing.loop(start, end, self._frames(nodes))], self.blocks())[
            0
        ]

    def lay(
        self,
        link_ids: Iterable[LinkId],
        moved: Iterable[NodeId] = (),
        blocks: obstacle_routing.Blocks | None = None,
    ) -> None:
        """Route these links again, and every feedback link, which passes around all nodes.

        If nodes ``moved`` to their final positions, also all links that they are in the way of. ``blocks``
        are the edges of all nodes, if they are known.
        """
        scene = self._scene
        rested = obstacle_routing.rows(scene.node_items[i].frame() for i in moved)
        ids = {*link_ids, *self.loops, *(self._detours.touched(rested) if len(rested) else ())}
        back, laid = list[LinkItem](), list[feedback_routing.Loop]()
        plain: dict[LinkId, tuple[QPointF, QPointF]] = {}
        for link_id in sorted(ids):
            wire = scene.link_items[link_id]
            link = wire.link
            start = scene.port_position((link.source, link.source_port, True))
            end = scene.port_position((link.target, link.target_port, False))
            wire.setVisible(start is not None and end is not None)
            if start is None or end is None:
                self._detours.forget(link_id)
            elif link_id in self.loops:
                back.append(wire)
                laid.append(feedback_routing.loop(start, end, self._frames(wire.blocks)))
            else:
                plain[link_id] = start, end
        if not (back or plain):
            return
        blocks = self.blocks() if blocks is None else blocks
        for wire, path in zip(back, feedback_routing.lay(laid, blocks), strict=True):
            wire.set_path(path)
        for link_id, path in self._detours.lay(plain, blocks).items():
            scene.link_items[link_id].set_path(path)
