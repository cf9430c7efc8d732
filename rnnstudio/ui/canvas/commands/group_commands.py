"""Groups, frames and notes: commands that make them, collapse them and remove them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QRectF

from rnnstudio.design import annotation, grouping
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Comment, Frame, Group, LinkId, Node, NodeId
from rnnstudio.ui.canvas.canvas_action import canvas_action
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.commands import group_expansion
from rnnstudio.ui.canvas.geometry.node_metrics import GRID, snap
from rnnstudio.ui.canvas.items.annotation_items import AROUND, HEADER
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP

FRAME_SIZE, NOTE_SIZE = (320.0, 200.0), (200.0, 96.0)
_MARGIN = AROUND + GRID


class Annotations(QObject):
    """What the canvas does with one group, frame or note; see `canvas_context.Annotations`."""

    def __init__(self, context: CanvasContext) -> None:
        super().__init__(context.widget)
        self._context = context
        self._document = context.document
        self._selection = context.selection
        self.editor = context.make_inline_editor()

    def set_collapsed(self, group_ids: Iterable[NodeId], *, collapsed: bool) -> None:
        """Collapse or expand groups; expanding pushes others apart, collapsing takes that back."""
        design, ids = self._document.design, list(group_ids)
        if collapsed:
            design = group_expansion.collapse(self._context, ids)
        else:
            for group_id in ids:
                design = grouping.change_group(design, group_id, collapsed=False)
            design = group_expansion.push_around_expanded(self._context, design)
        one, several = (
            (self.tr("Collapse a group"), self.tr("Collapse {0} groups"))
            if collapsed
            else (self.tr("Expand a group"), self.tr("Expand {0} groups"))
        )
        self._context.animated_edits.edit(one if len(ids) == 1 else several.format(len(ids)), design)
        self._selection.set(ids)

    def toggle(self, group_id: NodeId) -> bool:
        """Collapse or expand a group; return whether it is one."""
        group = annotation.find(self._document.design, group_id)
        if not isinstance(group, Group):
            return False
        self.set_collapsed([group_id], collapsed=not group.collapsed)
        return True

    def reveal(self, item_id: NodeId) -> None:
        """Expand the collapsed groups around an item, so that it can be seen."""
        expanded = annotation.expand_around(self._document.design, item_id)
        if expanded != self._document.design:
            design = group_expansion.push_around_expanded(self._context, expanded)
            self._document.edit(self.tr("Expand a group"), design)

    def reveal_link(self, link_id: LinkId) -> None:
        """Expand the collapsed groups around a link, so that it can be seen."""
        design = self._document.design
        link = next((link for link in design.links if link.id == link_id), None)
        if link is not None and link_id not in self._context.canvas.link_items:
            self.reveal(link.source)

    def titled(self) -> list[tuple[NodeId, str, str]]:
        """Return groups, frames and notes that have a text: id, text, and what each is."""
        design = self._document.design
        each: tuple[tuple[Group | Frame | Comment, str], ...] = (
            *((group, self.tr("group")) for group in design.groups),
            *((frame, self.tr("frame")) for frame in design.frames),
            *((comment, self.tr("note")) for comment in design.comments),
        )
        return [
            (item.id, " ".join(text.split()), what)
            for item, what in each
            if (text := annotation.text_of(item))
        ]

    def edit_text(self, item_id: NodeId) -> None:
        """Open the inline editor for a title, or for the text of a note."""
        self._context.focus_node(item_id)
        self.editor.begin(item_id)

    def set_text(self, item_id: NodeId, text: str) -> None:
        """Set the title of an item, or the text of a note."""
        design = self._document.design
        item = annotation.find(design, item_id)
        if item is None or annotation.text_of(item) == text:
            return
        step = self.tr("Edit a note") if isinstance(item, Comment) else self.tr("Rename")
        written = annotation.set_text(design, item_id, text)
        self._document.edit(step, group_expansion.push_around_renamed(self._context, written, item_id))


# ----------------------------------------------------------------------------------- groups


def no_nodes_selected(context: CanvasContext) -> str:
    """Return why nothing can be grouped."""
    made = annotation.create_group(context.document.design, context.selection.nodes, "", 0.0, 0.0)
    return "" if made is not None else context.tr("Select nodes to group them.")


def nothing_to_unpack(context: CanvasContext) -> str:
    """Return why nothing can be unpacked."""
    design = context.document.design
    if _selected_groups(context) or annotation.leave_groups(design, context.selection.nodes) != design:
        return ""
    return context.tr("Select a group to ungroup it.")


def no_group_selected(context: CanvasContext) -> str:
    """Return why nothing can be collapsed or expanded."""
    return "" if _groups_at_selection(context) else context.tr("Select a group to collapse or expand it.")


def not_one_selected(context: CanvasContext) -> str:
    """Return why nothing can be renamed."""
    if len(context.selection.nodes) == 1:
        return ""
    return context.tr("Select one node, group, frame or note to rename it.")


@canvas_action(
    "arrange.group",
    QT_TRANSLATE_NOOP("Actions", "&Group"),
    QT_TRANSLATE_NOOP("Actions", "Put the selected nodes into a group that can be collapsed to one node"),
    why_not=no_nodes_selected,
    keys="Ctrl+G",
    canvas_keys=True,
)
def group(context: CanvasContext) -> None:
    """Put the selected nodes and groups into a new group, and edit its title."""
    document, ids = context.document, context.selection.nodes
    rect = _extent(context, ids)
    made = annotation.create_group(document.design, ids, "", snap(rect.x()), snap(rect.y()))
    if made is not None:
        design, group_id = made
        document.edit(context.tr("Group"), design)
        context.selection.set([group_id])
        context.annotations.edit_text(group_id)


@canvas_action(
    "arrange.unpack",
    QT_TRANSLATE_NOOP("Actions", "&Ungroup"),
    QT_TRANSLATE_NOOP(
        "Actions", "Remove the selected group and keep its nodes, or take nodes out of their group"
    ),
    why_not=nothing_to_unpack,
    keys="Ctrl+Shift+G",
    order=1,
    canvas_keys=True,
)
def unpack(context: CanvasContext) -> None:
    """Remove the selected groups and keep their members; take selected nodes out of their groups."""
    document = context.document
    design = document.design
    groups = _selected_groups(context)
    if not groups:
        document.edit(
            context.tr("Take out of the group"), annotation.leave_groups(design, context.selection.nodes)
        )
        return
    members: tuple[Node | Group, ...] = (*design.nodes, *design.groups)
    inner = [member.id for member in members if member.group in groups and member.id not in groups]
    text = context.tr("Ungroup") if len(groups) == 1 else context.tr("Ungroup {0} groups")
    document.edit(text.format(len(groups)), annotation.ungroup(design, groups))
    context.selection.set(inner)


@canvas_action(
    "arrange.fold",
    QT_TRANSLATE_NOOP("Actions", "&Collapse or expand"),
    QT_TRANSLATE_NOOP("Actions", "Collapse the group to one node, or expand it"),
    why_not=no_group_selected,
    keys="G",
    order=2,
    canvas_keys=True,
)
def toggle_collapsed(context: CanvasContext) -> None:
    """Collapse the selected groups, or those around the selected nodes; expand them if all are collapsed."""
    groups = _groups_at_selection(context)
    expanded = [g.id for g in context.document.design.groups if g.id in groups and not g.collapsed]
    context.annotations.set_collapsed(expanded or groups, collapsed=bool(expanded))


def _selected_groups(context: CanvasContext) -> list[NodeId]:
    return [g.id for g in context.document.design.groups if g.id in context.selection.nodes]


def _groups_at_selection(context: CanvasContext) -> list[NodeId]:
    """Return the selected groups; if there are none, the groups of the selected nodes."""
    nodes = [node for node in context.document.design.nodes if node.id in context.selection.nodes]
    around = dict.fromkeys(NodeId(node.group) for node in nodes if node.group)
    return _selected_groups(context) or list(around)


# ----------------------------------------------------------------------------------- frames, notes


@canvas_action(
    "arrange.frame",
    QT_TRANSLATE_NOOP("Actions", "Add a f&rame"),
    QT_TRANSLATE_NOOP("Actions", "Put a titled frame around the selection; nodes on it move with it"),
    keys="Shift+F",
    section=1,
    canvas_keys=True,
    on_canvas=True,
)
def add_frame(context: CanvasContext) -> None:
    """Add a frame around the selection, or in the middle of the view, and edit its title."""
    rect = _extent(context, context.selection.nodes)
    if rect.isEmpty():
        rect = _free_rect(context, *FRAME_SIZE)
    else:
        rect = rect.adjusted(-_MARGIN, -_MARGIN - HEADER, _MARGIN, _MARGIN)
    design, frame_id = annotation.add_frame(context.document.design, _box(rect))
    context.document.edit(context.tr("Add a frame"), design)
    context.selection.set([frame_id])
    context.annotations.edit_text(frame_id)


@canvas_action(
    "arrange.note",
    QT_TRANSLATE_NOOP("Actions", "Add a &note"),
    QT_TRANSLATE_NOOP("Actions", "Add a note to the canvas"),
    keys="N",
    section=1,
    order=1,
    canvas_keys=True,
    on_canvas=True,
)
def add_note(context: CanvasContext) -> None:
    """Add a note below the selection, or in the middle of the view, and edit its text."""
    rect = _extent(context, context.selection.nodes)
    if rect.isEmpty():
        rect = _free_rect(context, *NOTE_SIZE)
    else:
        rect = QRectF(rect.x(), rect.bottom() + _MARGIN, *NOTE_SIZE)
    design, note_id = annotation.add_comment(context.document.design, _box(rect))
    context.document.edit(context.tr("Add a note"), design)
    context.selection.set([note_id])
    context.annotations.edit_text(note_id)


@canvas_action(
    "edit.rename",
    QT_TRANSLATE_NOOP("Actions", "Re&name"),
    QT_TRANSLATE_NOOP("Actions", "Edit a title, or the text of a note, on the canvas"),
    why_not=not_one_selected,
    keys="F2",
    section=1,
    order=4,
    canvas_keys=True,
    on_canvas=True,
)
def rename(context: CanvasContext) -> None:
    """Edit the title, or the text, of the selected item on the canvas."""
    (item_id,) = context.selection.nodes
    context.annotations.edit_text(item_id)


def _free_rect(context: CanvasContext, width: float, height: float) -> QRectF:
    """Return a rectangle in the middle of the view whose corner is free."""
    middle = context.visible_scene_rect().center()
    rect = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
    taken = {(placed.x, placed.y) for placed in context.document.design.elements}
    while (snap(rect.x()), snap(rect.y())) in taken:
        rect.translate(3 * GRID, 3 * GRID)
    return rect


def _extent(context: CanvasContext, ids: Iterable[NodeId]) -> QRectF:
    rect = QRectF()
    for item_id in ids:
        item = context.canvas.item(item_id)
        if item is not None:
            rect = rect.united(item.frame())
    return rect


def _box(rect: QRectF) -> Rect:
    left, top = snap(rect.left()), snap(rect.top())
    return Rect(left, top, snap(rect.right()) - left, snap(rect.bottom()) - top)
