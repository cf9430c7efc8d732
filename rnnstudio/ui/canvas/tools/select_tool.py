"""Selecting: a press on a link, and a rubber band from an empty point."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF

from rnnstudio.design.model import LinkId, NodeId
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.hit_test import Hit, Target
from rnnstudio.ui.canvas.items.gesture_overlays import Band
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.registry import Press, ToolSpec, register_tool


class Select(Gesture):
    """Drag a rubber band; with Shift or Ctrl it adds to the selection."""

    def __init__(self, context: CanvasContext, *, add: bool) -> None:
        super().__init__(context)
        self._before = (self.selection.nodes, self.selection.links)
        self._kept: tuple[frozenset[NodeId], frozenset[LinkId]] = (
            self._before if add else (frozenset(), frozenset())
        )
        self._band = Band()

    def start(self, at: QPoint) -> None:
        """Start the band."""
        self._corner = self.context.mapToScene(at)
        self.selection.set(*self._kept)
        self.scene.addItem(self._band)

    def move(self, at: QPoint) -> None:
        """Select the nodes that the band touches, and the links that it contains."""
        rect = QRectF(self._corner, self.context.mapToScene(at)).normalized()
        self._band.set_rect(rect)
        nodes = {i for i, item in self.scene.node_items.items() if item.frame().intersects(rect)}
        nodes |= self.scene.annotations.touched(rect)
        links = {i for i, wire in self.scene.link_items.items() if rect.contains(wire.extent())}
        self.selection.set(self._kept[0] | nodes, self._kept[1] | links)

    def end(self, at: QPoint) -> None:
        """Keep the selection."""
        self.scene.removeItem(self._band)

    def cancel(self) -> None:
        """Select what was selected before."""
        self.scene.removeItem(self._band)
        self.selection.set(*self._before)


def _matches(press: Press, hit: Hit) -> bool:
    return press.is_left and hit.target in (Target.LINK_END, Target.LINK, Target.EMPTY)


def _make(context: CanvasContext, press: Press, hit: Hit) -> Select | None:
    if hit.link is None:
        return Select(context, add=press.adds)
    if press.adds:
        context.selection.toggle(link=hit.link.link.id)
    else:
        context.selection.set(links=[hit.link.link.id])
    return None


def _double_click(context: CanvasContext, hit: Hit) -> bool:
    """Search for a node to add at an empty point."""
    if hit.target is Target.EMPTY:
        context.node_search.search_at(context.mapFromScene(hit.at))
    return hit.target is Target.EMPTY


register_tool(ToolSpec("select", 70, _matches, _make, double_click=_double_click))
