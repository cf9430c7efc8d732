"""Copy, cut, paste, duplicate, delete and nudge: edits of what is selected."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF

from rnnstudio.design import annotation, edits
from rnnstudio.design.delete_and_reconnect import heal
from rnnstudio.design.edits import Fragment
from rnnstudio.design.errors import StudioError
from rnnstudio.design.link_delay import switch
from rnnstudio.design.links import Refusal
from rnnstudio.design.model import Design, Group, Node, NodeId
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.commands import clipboard
from rnnstudio.ui.canvas.geometry.node_metrics import FIRST_PORT, snap
from rnnstudio.ui.document import undo_text

BESIDE = 24.0  # how far a copy lands from what it was copied from


class Editing:
    """The edit menu of one canvas."""

    def __init__(self, context: CanvasContext) -> None:
        self._context = context
        self._document = context.document
        self._selection = context.selection

    def copy(self) -> bool:
        """Copy the selected nodes as text; return whether there was anything to copy."""
        if not self._selection.nodes:
            self._context.report(self._context.tr("Select something to copy it."))
            return False
        clipboard.put(self._document.design, self._ordered())
        return True

    def cut(self) -> None:
        """Copy, then delete."""
        if self.copy():
            self._remove(self._step("cut"))

    def delete(self) -> None:
        """Delete what is selected, and the links of what is deleted."""
        if not self._selection:
            return
        nodes, links = self._selection.nodes, self._selection.links
        self._remove(self._step("delete") if nodes else undo_text.deleted_links(len(links)))

    def heal(self) -> None:
        """Delete what is selected, and join what led to the nodes with what they led to, where it fits."""
        chosen = self._selection
        if not chosen.nodes:
            self.delete()
            return
        report = self._document.check_now()
        design = heal(self._document.design, self._document.catalogue, report, chosen.nodes, chosen.links)
        self._document.edit(undo_text.healed(len(chosen.nodes)), design)

    def toggle_delay(self) -> None:
        """Delay the selected links by one step, or take the delay off if all have one."""
        before = self._document.design
        links = [link for link in before.links if link.id in self._selection.links]
        if not links:
            self._context.report(self._context.tr("Select a link to delay it by one step."))
            return
        design = switch(before, self._document.catalogue, self._document.check_now(), [k.id for k in links])
        if isinstance(design, Refusal):
            self._context.report(design.sentence)
            return
        delay = design.link(links[0].id).delay
        self._document.edit(undo_text.delayed(len(links), delay), design)

    def paste(self) -> None:
        """Paste nodes from the clipboard beside their origin, or into view where that is elsewhere."""
        try:
            part = clipboard.take()
        except StudioError as error:
            self._context.report(error.sentence)
            return
        if not part.placed:
            self._context.report(
                self._context.tr("The clipboard holds no nodes. Copy some on a canvas first.")
            )
            return
        self._insert(part, undo_text.pasted(len(part.placed)))

    def duplicate(self) -> None:
        """Copy the selected nodes beside themselves, without the clipboard."""
        design, chosen = self._document.design, self._selection.nodes
        part = edits.cut_out(design, chosen)
        if part.placed:
            self._insert(part, self._step("duplicate"), beside=True)

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selected nodes by so many scene units; a run of nudges is one undo step."""
        design = self._document.design
        carried = self._context.canvas.carried(self._selection.nodes)
        chosen = {t.id: (t.x + dx, t.y + dy) for t in design.placed if t.id in carried}
        if chosen:
            key = "nudge:" + ",".join(sorted(chosen))
            self._document.edit(self._step("move"), edits.move(design, chosen), key)

    def _step(self, verb: str) -> str:
        return undo_text.step(verb, self._document.design, self._selection.nodes)

    def _ordered(self) -> list[NodeId]:
        return [thing.id for thing in self._document.design.placed if thing.id in self._selection.nodes]

    def _remove(self, text: str) -> None:
        chosen = self._selection
        self._document.edit(
            text, edits.remove(self._document.design, node_ids=chosen.nodes, link_ids=chosen.links)
        )

    def _homes(self, pasted: Design, copies: Mapping[NodeId, NodeId], *, beside: bool) -> dict[NodeId, str]:
        """Return the group of each copy that came without one: its original's, or the open one it is on."""
        members: tuple[Node | Group, ...] = (*pasted.nodes, *pasted.groups)
        known = {member.id: member for member in members}
        homes: dict[NodeId, str] = {}
        for original, copy in copies.items():
            if copy in known and not known[copy].group:
                at = QPointF(known[copy].x + FIRST_PORT, known[copy].y + FIRST_PORT)
                over = self._context.canvas.things.group_at(at) or ""
                homes[copy] = known[original].group if beside else over
        return {copy: home for copy, home in homes.items() if home}

    def _insert(self, part: Fragment, text: str, *, beside: bool = False) -> None:
        design = self._document.design
        left, top = min(t.x for t in part.placed), min(t.y for t in part.placed)
        right, bottom = max(t.x for t in part.placed), max(t.y for t in part.placed)
        visible = self._context.visible_scene_rect()
        dx = dy = 0.0
        if not visible.intersects(QRectF(left, top, right - left + 1.0, bottom - top + 1.0)):
            dx = snap(visible.center().x() - (left + right) / 2)
            dy = snap(visible.center().y() - (top + bottom) / 2)
        taken = {(thing.x, thing.y) for thing in design.placed}
        while any((t.x + dx, t.y + dy) in taken for t in part.placed):
            dx, dy = dx + BESIDE, dy + BESIDE
        pasted, new_ids = edits.paste(design, part, dx, dy)
        copies = dict(zip((t.id for t in part.placed), new_ids, strict=True))
        pasted = annotation.put(pasted, self._homes(pasted, copies, beside=beside))
        self._document.edit(text, pasted)
        new = frozenset(new_ids)
        inner = [link.id for link in pasted.links if link.source in new and link.target in new]
        self._selection.set(new, inner)
