"""Copy, cut, paste, duplicate, delete and nudge: edits of what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from rnnstudio.design import edits
from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Link, Node, NodeId
from rnnstudio.ui.canvas import clipboard, counts
from rnnstudio.ui.canvas.layout import snap

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.view import CanvasView

BESIDE = 24.0  # how far a copy lands from what it was copied from


class Editing:
    """The edit menu of one canvas."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._document = view.document
        self._selection = view.selection

    def copy(self) -> bool:
        """Copy the selected nodes as text; return whether there was anything to copy."""
        if not self._selection.nodes:
            self._view.told.emit(self._view.tr("Select a node to copy it."))
            return False
        clipboard.put(self._document.design, self._ordered())
        return True

    def cut(self) -> None:
        """Copy, then delete."""
        if self.copy():
            count = len(self._selection.nodes)
            self._remove(counts.cut(count))

    def delete(self) -> None:
        """Delete what is selected, and the links of what is deleted."""
        if not self._selection:
            return
        nodes, links = len(self._selection.nodes), len(self._selection.links)
        self._remove(counts.deleted_nodes(nodes) if nodes else counts.deleted_links(links))

    def paste(self) -> None:
        """Paste nodes from the clipboard beside their origin, or into view where that is elsewhere."""
        try:
            nodes, links = clipboard.take()
        except StudioError:
            nodes, links = (), ()
        if not nodes:
            self._view.told.emit(self._view.tr("The clipboard holds no nodes. Copy some on a canvas first."))
            return
        self._insert(nodes, links, counts.pasted(len(nodes)))

    def duplicate(self) -> None:
        """Copy the selected nodes beside themselves, without the clipboard."""
        design, chosen = self._document.design, self._selection.nodes
        nodes = tuple(node for node in design.nodes if node.id in chosen)
        links = tuple(link for link in design.links if link.source in chosen and link.target in chosen)
        if nodes:
            self._insert(nodes, links, counts.duplicated(len(nodes)))

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selected nodes by so many scene units; a run of nudges is one undo step."""
        design = self._document.design
        chosen = {n.id: (n.x + dx, n.y + dy) for n in design.nodes if n.id in self._selection.nodes}
        if chosen:
            key = "nudge:" + ",".join(sorted(chosen))
            self._document.edit(counts.moved(len(chosen)), edits.move(design, chosen), key)

    def _ordered(self) -> list[NodeId]:
        return [node.id for node in self._document.design.nodes if node.id in self._selection.nodes]

    def _remove(self, text: str) -> None:
        chosen = self._selection
        self._document.edit(
            text, edits.remove(self._document.design, node_ids=chosen.nodes, link_ids=chosen.links)
        )

    def _insert(self, nodes: tuple[Node, ...], links: tuple[Link, ...], text: str) -> None:
        design = self._document.design
        left, top = min(n.x for n in nodes), min(n.y for n in nodes)
        right, bottom = max(n.x for n in nodes), max(n.y for n in nodes)
        visible = self._view.visible_scene_rect()
        dx = dy = 0.0
        if not visible.intersects(QRectF(left, top, right - left + 1.0, bottom - top + 1.0)):
            dx = snap(visible.center().x() - (left + right) / 2)
            dy = snap(visible.center().y() - (top + bottom) / 2)
        taken = {(node.x, node.y) for node in design.nodes}
        while any((n.x + dx, n.y + dy) in taken for n in nodes):
            dx, dy = dx + BESIDE, dy + BESIDE
        pasted, new_ids = edits.paste(design, nodes, links, dx, dy)
        self._document.edit(text, pasted)
        new = frozenset(new_ids)
        inner = [link.id for link in pasted.links if link.source in new and link.target in new]
        self._selection.set(new, inner)
