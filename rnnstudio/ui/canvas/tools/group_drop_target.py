"""The group that dragged nodes would be dropped into; shown while they move.

A node leaves its group once it is outside the outline that the group had when the drag began; until then the
outline grows. With the pointer in another expanded group, it enters that group. While Ctrl is held,
everything stays in its group, and the outline follows.
"""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QPoint, QPointF, QRectF

from rnnstudio.design.model import Group, Node, NodeId
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.items.collapsed_group_item import title_of

CLEAR = 64.0  # least distance at which a node leaves its group


class GroupDropTarget:
    """Follows one drag.

    Parameters
    ----------
    moving : everything that moves, including members and what is on frames
    """

    def __init__(self, context: CanvasContext, moving: Collection[NodeId]) -> None:
        self._context = context
        self._things = context.canvas.annotations
        self._groups = {group.id: group for group in context.document.design.groups}
        self._homes: dict[NodeId, str] = {}  # the new group of what changes its group, "" for none
        design = context.document.design
        members: tuple[Node | Group, ...] = (*design.nodes, *design.groups) if self._groups else ()
        around = {member.id: member.group for member in members}
        whole = self._whole(around, set(moving))
        chosen = context.selection.nodes | {around[i] for i in context.selection.nodes if i in around}
        self._outlines = {i: rect for i, rect in self._things.outlines() if i not in whole}
        self._movers: list[tuple[NodeId, QRectF, list[str], bool]] = []
        for member in members:
            item = context.canvas.item(member.id)
            if member.id in whole and member.group not in whole and item is not None:
                chain = self._chain(member.group)
                self._movers.append((member.id, item.frame(), chain, member.id in chosen))

    def _whole(self, around: dict[NodeId, str], moving: set[NodeId]) -> set[str]:
        """Return what moves, with groups of which every member moves."""
        whole: set[str] = set(moving)
        for group_id in self._things.innermost_first():
            inner = [i for i, group in around.items() if group == group_id]
            if inner and whole.issuperset(inner):
                whole.add(group_id)
        return whole

    def _chain(self, group_id: str) -> list[str]:
        chain: list[str] = []
        while group_id and group_id not in chain:
            chain.append(group_id)
            group_id = self._groups[NodeId(group_id)].group
        return chain

    def follow(self, at: QPoint, shift: QPointF, *, stay: bool) -> None:
        """Show the drop target for a pointer position and a shift of the dragged items."""
        if not self._outlines:
            return
        point = self._context.mapToScene(at)
        over = next((i for i, rect in self._outlines.items() if rect.contains(point)), "")
        homes = {}
        for item_id, frame, chain, chosen in self._movers:
            if not chain and not (over and chosen):
                continue
            home = self._home(frame.translated(shift), chain, over if chosen else "")
            if home != (chain[0] if chain else ""):
                homes[item_id] = home
        self._say(at, homes, stay=stay)
        self._show({} if stay else homes)

    def _home(self, frame: QRectF, chain: list[str], over: str) -> str:
        if over and over not in chain:
            return over
        near = frame.adjusted(-CLEAR, -CLEAR, CLEAR, CLEAR)
        return next((g for g in chain if g == over or self._outlines[NodeId(g)].intersects(near)), "")

    def _show(self, homes: dict[NodeId, str]) -> None:
        if homes != self._homes:
            self._homes = homes
            self._things.show_drop_targets(homes)

    def _say(self, at: QPoint, homes: dict[NodeId, str], *, stay: bool) -> None:
        came = next((home for home in homes.values() if home), "")
        left = next((chain[0] for i, _, chain, _ in self._movers if i in homes and chain), "")
        words = ""
        if stay and left:
            words = self._context.tr("Stays in “{0}”").format(self._title(left))
        elif came and not stay:
            words = self._context.tr("Into “{0}”").format(self._title(came))
        elif left:
            words = self._context.tr("Leaves “{0}”; Ctrl keeps it there").format(self._title(left))
        self._context.hint.say(words, self._context.from_viewport(at), "accent")

    def _title(self, group_id: str) -> str:
        return title_of(self._groups[NodeId(group_id)])

    def end(self) -> dict[NodeId, str]:
        """Stop showing the drop target; return the new group of all that changes its group."""
        homes = self._homes
        self._show({})
        self._context.hint.say("", QPoint())
        return homes
