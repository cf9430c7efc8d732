"""Edits that change the size of something: expanding a group, or renaming a node, pushes others apart.

Collapsing a group moves them back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rnnstudio.design import annotation, edits, grouping
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design, Frame, Group, Node, NodeId
from rnnstudio.layout.containment import find_containment
from rnnstudio.layout.push_apart import push_apart
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.geometry.node_metrics import snap
from rnnstudio.ui.canvas.items.annotation_items import AROUND, HEADER
from rnnstudio.ui.canvas.scene import item_rects
from rnnstudio.ui.document.document import Document


def push_around_expanded(context: CanvasContext, expanded: Design) -> Design:
    """Return a variant of the document with expanded groups, and everything around them pushed apart."""
    scene, design = context.canvas, context.document.design
    context.animated_edits.settle()  # measure final positions, not those of an animation
    groups = _expanded_groups(design, expanded)
    before, after = item_rects.rects(scene), item_rects.rects_of(scene, expanded)
    inner = grouping.descendants(expanded, groups)
    rects = {i: before.get(i, rect) for i, rect in after.items() if i not in inner}
    tree, pads = find_containment(expanded, rects), item_rects.pads(expanded)
    for group_id in groups:
        start = before[group_id]
        whole = after[group_id].translated(rects[group_id].x - start.x, rects[group_id].y - start.y)
        if not whole.intersects(rects[group_id]):  # in a file, a collapsed group may be anywhere
            rects[group_id] = Rect(whole.x + whole.width / 2, whole.y + whole.height / 2, 0.0, 0.0)
        moved = push_apart(tree, rects, group_id, whole, pads)
        expanded = _moved(expanded, rects, moved, group_id)
        rects |= moved
    return expanded


def push_around_renamed(context: CanvasContext, renamed: Design, node_id: NodeId) -> Design:
    """Return a variant of the document with a renamed node, with others pushed apart if it is wider now."""
    scene = context.canvas
    if node_id not in scene.node_items:
        return renamed
    context.animated_edits.settle()
    before, after = item_rects.rects(scene), item_rects.rects_of(scene, renamed)
    if after[node_id].width <= before[node_id].width:
        return renamed
    tree, pads = find_containment(renamed, before), item_rects.pads(renamed)
    return _moved(renamed, before, push_apart(tree, before, node_id, after[node_id], pads), node_id)


def collapse(context: CanvasContext, group_ids: Iterable[NodeId]) -> Design:
    """Return the document with groups collapsed where their outlines are now.

    If it is a single group, what it pushed apart when it was expanded moves back, unless something of
    that has been moved since.
    """
    design, ids = context.document.design, list(group_ids)
    for group_id in ids:
        changes: dict[str, object] = {"collapsed": True}
        item = context.canvas.annotations.items.get(group_id)
        if item is not None:
            corner = item.frame().topLeft()
            changes |= {"x": snap(corner.x() + AROUND), "y": snap(corner.y() + AROUND + HEADER)}
        design = grouping.change_group(design, group_id, **changes)
    return _moved_back(context.document, design, ids[0]) if len(ids) == 1 else design


def _expanded_groups(before: Design, after: Design) -> list[NodeId]:
    """Return the groups that an edit expands, of those that were drawn as collapsed."""
    if before.groups is after.groups:
        return []
    drawn = {group.id for group in grouping.visible_part(before).collapsed}
    return [group.id for group in after.groups if group.id in drawn and not group.collapsed]


def _moved_back(document: Document, design: Design, group_id: NodeId) -> Design:
    """Take back what the edit that expanded a group pushed apart, once all groups of it are collapsed."""
    for before, after in document.done_edits():
        groups = _expanded_groups(before, after)
        if group_id in groups:
            break
    else:
        return design
    own = {*groups, *grouping.descendants(after, groups)}
    pushed = {e.id: e for e in after.elements if e.id not in own}
    back = {e.id: e for e in before.elements if e.id in pushed and e != pushed[e.id]}
    now = {e.id: (e.x, e.y) for e in design.elements}
    if any(now.get(i) != (pushed[i].x, pushed[i].y) for i in back):
        return design  # something has been moved or removed since
    if any(not group.collapsed for group in design.groups if group.id in groups):
        return design
    design = edits.move(design, {i: (e.x, e.y) for i, e in back.items()})
    frames = {i: Rect(e.x, e.y, e.width, e.height) for i, e in back.items() if isinstance(e, Frame)}
    return annotation.set_rects(design, frames)


def _moved(
    design: Design, before: Mapping[NodeId, Rect], after: Mapping[NodeId, Rect], grown: NodeId
) -> Design:
    """Return the design with elements moved, except those that grew: an element and the groups around it."""
    element = annotation.find(design, grown)
    outer = element.group if isinstance(element, Node | Group) else ""
    fixed = {grown, *(group.id for group in grouping.enclosing_groups(design, outer))}
    moved = {i: rect for i, rect in after.items() if i not in fixed}
    frames = {frame.id for frame in design.frames}
    positions = {
        element.id: (
            element.x + moved[element.id].x - before[element.id].x,
            element.y + moved[element.id].y - before[element.id].y,
        )
        for element in design.elements
        if element.id in moved and element.id not in frames
    }
    rects = {i: rect for i, rect in moved.items() if i in frames}
    return annotation.set_rects(edits.move(design, positions), rects)
