"""Copy, cut, paste, duplicate, delete and move: edits of what is selected."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF

from rnnstudio.design import annotation, edits, link_delay
from rnnstudio.design import delete_and_reconnect as deletion
from rnnstudio.design.edits import Fragment
from rnnstudio.design.errors import StudioError
from rnnstudio.design.links import Refusal
from rnnstudio.design.model import Design, Group, Node, NodeId
from rnnstudio.ui.canvas.canvas_action import canvas_action
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.commands import clipboard
from rnnstudio.ui.canvas.geometry.node_metrics import FIRST_PORT, GRID, snap
from rnnstudio.ui.document import undo_text
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP, translated

BESIDE = 24.0  # offset of a copy from its original


def nothing_to_copy(context: CanvasContext) -> str:
    """Return why nothing can be copied."""
    return "" if context.selection.nodes else context.tr("Select something to copy it.")


def no_link_selected(context: CanvasContext) -> str:
    """Return why no link can be delayed."""
    return "" if context.selection.links else context.tr("Select a link to delay it by one step.")


@canvas_action(
    "edit.copy",
    QT_TRANSLATE_NOOP("Actions", "&Copy"),
    QT_TRANSLATE_NOOP("Actions", "Copy the selection"),
    why_not=nothing_to_copy,
    keys="Ctrl+C",
    section=1,
    order=1,
    canvas_keys=True,
)
def copy(context: CanvasContext) -> None:
    """Copy the selected nodes, and the links between them, to the clipboard as text."""
    design, chosen = context.document.design, context.selection.nodes
    clipboard.put(design, [placed.id for placed in design.elements if placed.id in chosen])


@canvas_action(
    "edit.cut",
    QT_TRANSLATE_NOOP("Actions", "Cu&t"),
    QT_TRANSLATE_NOOP("Actions", "Cut the selection"),
    why_not=nothing_to_copy,
    keys="Ctrl+X",
    section=1,
    canvas_keys=True,
)
def cut(context: CanvasContext) -> None:
    """Copy what is selected, then delete it."""
    copy(context)
    _remove(context, _undo_text(context, "cut"))


@canvas_action(
    "edit.paste",
    QT_TRANSLATE_NOOP("Actions", "&Paste"),
    QT_TRANSLATE_NOOP("Actions", "Paste from the clipboard"),
    keys="Ctrl+V",
    section=1,
    order=2,
    canvas_keys=True,
)
def paste(context: CanvasContext) -> None:
    """Paste nodes from the clipboard beside their originals, or into view if those are out of view."""
    try:
        part = clipboard.take()
    except StudioError as error:
        context.report(translated(error))
        return
    if not part.elements:
        context.report(context.tr("The clipboard holds no nodes. Copy some on a canvas first."))
        return
    _insert(context, part, undo_text.pasted(len(part.elements)))


@canvas_action(
    "edit.duplicate",
    QT_TRANSLATE_NOOP("Actions", "&Duplicate"),
    QT_TRANSLATE_NOOP("Actions", "Copy the selection beside itself"),
    keys="Ctrl+D",
    section=1,
    order=3,
    canvas_keys=True,
)
def duplicate(context: CanvasContext) -> None:
    """Copy the selected nodes beside themselves, without the clipboard."""
    part = edits.extract(context.document.design, context.selection.nodes)
    if part.elements:
        _insert(context, part, _undo_text(context, "duplicate"), beside=True)


@canvas_action(
    "edit.delete",
    QT_TRANSLATE_NOOP("Actions", "De&lete"),
    QT_TRANSLATE_NOOP("Actions", "Delete the selection"),
    keys="Del; Backspace",
    section=2,
    order=1,
    canvas_keys=True,
)
def delete(context: CanvasContext) -> None:
    """Delete what is selected, and the links of deleted nodes."""
    nodes, links = context.selection.nodes, context.selection.links
    if nodes or links:
        _remove(context, _undo_text(context, "delete") if nodes else undo_text.deleted_links(len(links)))


@canvas_action(
    "edit.delete_join",
    QT_TRANSLATE_NOOP("Actions", "Delete and &reconnect"),
    QT_TRANSLATE_NOOP(
        "Actions", "Delete the selected nodes and connect their neighbours where that is valid"
    ),
    keys="Ctrl+Del; Ctrl+Backspace",
    section=2,
    order=2,
    canvas_keys=True,
)
def delete_and_reconnect(context: CanvasContext) -> None:
    """Delete the selected nodes, and connect their sources to their targets where that is valid."""
    chosen, document = context.selection, context.document
    if not chosen.nodes:
        delete(context)
        return
    report = document.check_now()
    design = deletion.delete_and_reconnect(
        document.design, document.catalogue, report, chosen.nodes, chosen.links
    )
    document.edit(undo_text.reconnected(len(chosen.nodes)), design)


@canvas_action(
    "edit.select_all",
    QT_TRANSLATE_NOOP("Actions", "Select &all"),
    QT_TRANSLATE_NOOP("Actions", "Select everything on the canvas"),
    keys="Ctrl+A",
    section=2,
    order=3,
    canvas_keys=True,
)
def select_all(context: CanvasContext) -> None:
    """Select every node, annotation and link."""
    scene = context.canvas
    context.selection.set([*scene.node_items, *scene.annotations.items], scene.link_items)


@canvas_action(
    "edit.delay",
    QT_TRANSLATE_NOOP("Actions", "Delay by one step (&z⁻¹)"),
    QT_TRANSLATE_NOOP("Actions", "Delay the selected links by one time step, or remove the delay"),
    why_not=no_link_selected,
    keys="Z",
    section=3,
    order=4,
    canvas_keys=True,
)
def toggle_delay(context: CanvasContext) -> None:
    """Delay the selected links by one step, or remove the delay if all have one."""
    document = context.document
    before = document.design
    links = [link for link in before.links if link.id in context.selection.links]
    design = link_delay.toggle_delay(
        before, document.catalogue, document.check_now(), [link.id for link in links]
    )
    if isinstance(design, Refusal):
        context.report(translated(design))
    elif links:
        document.edit(undo_text.delayed(len(links), design.link(links[0].id).delay), design)


@canvas_action(
    "arrange.move_left",
    QT_TRANSLATE_NOOP("Actions", "Move to the left"),
    QT_TRANSLATE_NOOP("Actions", "Move the selection by one grid step"),
    keys="Ctrl+Left",
    section=4,
    order=2,
    canvas_keys=True,
    canvas_only=True,
    in_menu=False,
)
def move_left(context: CanvasContext) -> None:
    """Move what is selected by one grid step."""
    _move_by_key(context, -GRID, 0.0)


@canvas_action(
    "arrange.move_right",
    QT_TRANSLATE_NOOP("Actions", "Move to the right"),
    QT_TRANSLATE_NOOP("Actions", "Move the selection by one grid step"),
    keys="Ctrl+Right",
    section=4,
    order=3,
    canvas_keys=True,
    canvas_only=True,
    in_menu=False,
)
def move_right(context: CanvasContext) -> None:
    """Move what is selected by one grid step."""
    _move_by_key(context, GRID, 0.0)


@canvas_action(
    "arrange.move_up",
    QT_TRANSLATE_NOOP("Actions", "Move up"),
    QT_TRANSLATE_NOOP("Actions", "Move the selection by one grid step"),
    keys="Ctrl+Up",
    section=4,
    order=4,
    canvas_keys=True,
    canvas_only=True,
    in_menu=False,
)
def move_up(context: CanvasContext) -> None:
    """Move what is selected by one grid step."""
    _move_by_key(context, 0.0, -GRID)


@canvas_action(
    "arrange.move_down",
    QT_TRANSLATE_NOOP("Actions", "Move down"),
    QT_TRANSLATE_NOOP("Actions", "Move the selection by one grid step"),
    keys="Ctrl+Down",
    section=4,
    order=5,
    canvas_keys=True,
    canvas_only=True,
    in_menu=False,
)
def move_down(context: CanvasContext) -> None:
    """Move what is selected by one grid step."""
    _move_by_key(context, 0.0, GRID)


def _move_by_key(context: CanvasContext, dx: float, dy: float) -> None:
    if context.selection.nodes:
        context.show_keyboard(True)
        nudge(context, dx, dy)


def nudge(context: CanvasContext, dx: float, dy: float) -> None:
    """Move the selected nodes by so many scene units; a run of nudges is one undo step."""
    design = context.document.design
    dragged_with = context.canvas.dragged_with(context.selection.nodes)
    positions = {t.id: (t.x + dx, t.y + dy) for t in design.elements if t.id in dragged_with}
    if positions:
        key = "nudge:" + ",".join(sorted(positions))
        context.document.edit(_undo_text(context, "move"), edits.move(design, positions), key)


def _undo_text(context: CanvasContext, verb: str) -> str:
    return undo_text.step(verb, context.document.design, context.selection.nodes)


def _remove(context: CanvasContext, text: str) -> None:
    chosen, document = context.selection, context.document
    document.edit(text, edits.remove(document.design, node_ids=chosen.nodes, link_ids=chosen.links))


def _homes(
    context: CanvasContext, pasted: Design, copies: Mapping[NodeId, NodeId], *, beside: bool
) -> dict[NodeId, str]:
    """Return the group of each copy that came without one: its original's, or the open one under it."""
    members: tuple[Node | Group, ...] = (*pasted.nodes, *pasted.groups)
    known = {member.id: member for member in members}
    homes: dict[NodeId, str] = {}
    for original, new in copies.items():
        if new in known and not known[new].group:
            at = QPointF(known[new].x + FIRST_PORT, known[new].y + FIRST_PORT)
            over = context.canvas.annotations.group_at(at) or ""
            homes[new] = known[original].group if beside else over
    return {new: home for new, home in homes.items() if home}


def _insert(context: CanvasContext, part: Fragment, text: str, *, beside: bool = False) -> None:
    design = context.document.design
    left, top = min(t.x for t in part.elements), min(t.y for t in part.elements)
    right, bottom = max(t.x for t in part.elements), max(t.y for t in part.elements)
    visible = context.visible_scene_rect()
    dx = dy = 0.0
    if not visible.intersects(QRectF(left, top, right - left + 1.0, bottom - top + 1.0)):
        dx = snap(visible.center().x() - (left + right) / 2)
        dy = snap(visible.center().y() - (top + bottom) / 2)
    taken = {(placed.x, placed.y) for placed in design.elements}
    while any((t.x + dx, t.y + dy) in taken for t in part.elements):
        dx, dy = dx + BESIDE, dy + BESIDE
    pasted, new_ids = edits.paste(design, part, dx, dy)
    copies = dict(zip((t.id for t in part.elements), new_ids, strict=True))
    pasted = annotation.set_groups(pasted, _homes(context, pasted, copies, beside=beside))
    context.document.edit(text, pasted)
    new = frozenset(new_ids)
    inner = [link.id for link in pasted.links if link.source in new and link.target in new]
    context.selection.set(new, inner)
