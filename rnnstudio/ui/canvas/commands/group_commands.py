"""Groups, frames and notes: the edits that make them, fold them and take them away."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QRectF

from rnnstudio.design import annotation, grouping
from rnnstudio.design.annotation import Box
from rnnstudio.design.model import Comment, Frame, Group, LinkId, Node, NodeId
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.commands.group_expansion import Folding
from rnnstudio.ui.canvas.geometry.node_metrics import GRID, snap
from rnnstudio.ui.canvas.items.annotation_items import AROUND, HEADER

FRAME_SIZE, NOTE_SIZE = (320.0, 200.0), (200.0, 96.0)
_MARGIN = AROUND + GRID


class Gathering(QObject):
    """What the arrange menu does with groups, frames and notes of one canvas."""

    def __init__(self, context: CanvasContext) -> None:
        super().__init__(context.widget)
        self._context = context
        self._document = context.document
        self._selection = context.selection
        self.editors = context.make_inline_editor()
        self._folding = Folding(context)

    # ------------------------------------------------------------------------------- groups

    def group(self) -> None:
        """Put the selected nodes and groups into a new open group, and let its title be typed."""
        design = self._document.design
        ids = self._selection.nodes
        rect = self._extent(ids)
        made = annotation.group(design, ids, "", snap(rect.x()), snap(rect.y()))
        if made is None:
            self._context.report(self.tr("Select nodes to group them."))
            return
        self._document.edit(self.tr("Group"), made[0])
        self._selection.set([made[1]])
        self.rename()

    def unpack(self) -> None:
        """Take the selected groups away and leave what is in them; take selected nodes out of theirs."""
        design = self._document.design
        groups = self._selected_groups()
        left = annotation.leave(design, self._selection.nodes)
        if not groups and left != design:
            self._document.edit(self.tr("Take out of a group"), left)
            return
        if not groups:
            self._context.report(self.tr("Select a group to unpack it."))
            return
        members: tuple[Node | Group, ...] = (*design.nodes, *design.groups)
        inner = [member.id for member in members if member.group in groups and member.id not in groups]
        text = self.tr("Unpack a group") if len(groups) == 1 else self.tr("Unpack {0} groups")
        self._document.edit(text.format(len(groups)), annotation.unpack(design, groups))
        self._selection.set(inner)

    def fold(self) -> None:
        """Fold the selected groups, or those that the selected nodes are in; open what is folded."""
        design = self._document.design
        groups = self._selected_groups()
        if not groups:
            chosen = [node for node in design.nodes if node.id in self._selection.nodes]
            groups = list(dict.fromkeys(NodeId(node.group) for node in chosen if node.group))
        if not groups:
            self._context.report(self.tr("Select a group to fold or open it."))
            return
        opened = [g.id for g in design.groups if g.id in groups and not g.folded]
        self.set_folded(opened or groups, folded=bool(opened))

    def set_folded(self, group_ids: Iterable[NodeId], *, folded: bool) -> None:
        """Fold or open groups: one that opens makes room for itself, and gives it back when it is folded."""
        before, ids = self._document.design, list(group_ids)
        design = before
        for group_id in ids:
            if folded:
                design = self._folding.folded(design, group_id, give_back=len(ids) == 1)
            else:
                design = grouping.change(design, group_id, folded=False)
        if not folded:
            design = self._folding.opened(before, design)
        one, several = (
            (self.tr("Fold a group"), self.tr("Fold {0} groups"))
            if folded
            else (self.tr("Open a group"), self.tr("Open {0} groups"))
        )
        self._context.arranging.edit(one if len(ids) == 1 else several.format(len(ids)), design)
        self._selection.set(ids)

    def toggle(self, thing_id: NodeId) -> bool:
        """Fold or open one group; return whether it is one."""
        thing = annotation.find(self._document.design, thing_id)
        if not isinstance(thing, Group):
            return False
        self.set_folded([thing_id], folded=not thing.folded)
        return True

    def reveal(self, thing_id: NodeId) -> None:
        """Open the folded groups that a node is in, so that it can be seen."""
        before = self._document.design
        opened = annotation.open_around(before, thing_id)
        if opened != before:
            self._document.edit(self.tr("Open a group"), self._folding.opened(before, opened))

    def reveal_link(self, link_id: LinkId) -> None:
        """Open the folded groups that a link is in, so that it can be seen."""
        design = self._document.design
        link = next((link for link in design.links if link.id == link_id), None)
        if link is not None and link_id not in self._context.canvas.link_items:
            self.reveal(link.source)

    def titled(self) -> list[tuple[NodeId, str, str]]:
        """Return groups, frames and notes that have words: id, words, and what each is."""
        design = self._document.design
        each: tuple[tuple[Group | Frame | Comment, str], ...] = (
            *((group, self.tr("group")) for group in design.groups),
            *((frame, self.tr("frame")) for frame in design.frames),
            *((comment, self.tr("note")) for comment in design.comments),
        )
        return [
            (thing.id, " ".join(said.split()), what)
            for thing, what in each
            if (said := annotation.words(thing))
        ]

    def _selected_groups(self) -> list[NodeId]:
        return [g.id for g in self._document.design.groups if g.id in self._selection.nodes]

    # ------------------------------------------------------------------------------- frames, notes

    def frame(self) -> None:
        """Put a frame around what is selected, or in the middle of the view, and let its title be typed."""
        rect = self._extent(self._selection.nodes)
        if rect.isEmpty():
            rect = self._in_the_middle(*FRAME_SIZE)
        else:
            rect = rect.adjusted(-_MARGIN, -_MARGIN - HEADER, _MARGIN, _MARGIN)
        design, made = annotation.add_frame(self._document.design, _box(rect))
        self._document.edit(self.tr("Add a frame"), design)
        self._selection.set([made])
        self.rename()

    def note(self) -> None:
        """Add a note under what is selected, or in the middle of the view, and let its text be typed."""
        rect = self._extent(self._selection.nodes)
        if rect.isEmpty():
            rect = self._in_the_middle(*NOTE_SIZE)
        else:
            rect = QRectF(rect.x(), rect.bottom() + _MARGIN, *NOTE_SIZE)
        design, made = annotation.add_comment(self._document.design, _box(rect))
        self._document.edit(self.tr("Add a note"), design)
        self._selection.set([made])
        self._context.focus_node(made)
        self.rename()

    def _in_the_middle(self, width: float, height: float) -> QRectF:
        middle = self._context.visible_scene_rect().center()
        rect = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
        taken = {(thing.x, thing.y) for thing in self._document.design.placed}
        while (snap(rect.x()), snap(rect.y())) in taken:
            rect.translate(3 * GRID, 3 * GRID)
        return rect

    def _extent(self, ids: Iterable[NodeId]) -> QRectF:
        rect = QRectF()
        for thing_id in ids:
            item = self._context.canvas.item(thing_id)
            if item is not None:
                rect = rect.united(item.frame())
        return rect

    # ------------------------------------------------------------------------------- words

    def rename(self) -> None:
        """Let the title, or the text, of the one selected thing be typed where it stands."""
        if len(self._selection.nodes) != 1:
            self._context.report(self.tr("Select one node, group, frame or note to rename it."))
            return
        (thing_id,) = self._selection.nodes
        self._context.focus_node(thing_id)
        self.editors.begin(thing_id)

    def write(self, thing_id: NodeId, text: str) -> None:
        """Keep words that were typed."""
        design = self._document.design
        thing = annotation.find(design, thing_id)
        if thing is None or annotation.words(thing) == text:
            return
        step = self.tr("Write a note") if isinstance(thing, Comment) else self.tr("Rename")
        written = annotation.write(design, thing_id, text)
        self._document.edit(step, self._folding.renamed(design, written, thing_id))


def _box(rect: QRectF) -> Box:
    left, top = snap(rect.left()), snap(rect.top())
    return Box(left, top, snap(rect.right()) - left, snap(rect.bottom()) - top)
