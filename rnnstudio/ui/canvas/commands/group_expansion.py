"""Room for what becomes larger: an opened group, or a block with a longer name, pushes its neighbours away.

A group gives the room back when it is folded.
"""

from __future__ import annotations

from collections.abc import Mapping

from rnnstudio.design import annotation, edits, grouping
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design, NodeId
from rnnstudio.layout.containment import find_containment
from rnnstudio.layout.push_apart import push_apart
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.geometry.node_metrics import snap
from rnnstudio.ui.canvas.items.annotation_items import AROUND, HEADER
from rnnstudio.ui.canvas.scene import item_rects

Places = dict[NodeId, Rect]
_SAME = 0.1  # pixels, to which files keep places


class Folding:
    """Works out designs with groups folded or opened, for one canvas."""

    def __init__(self, context: CanvasContext) -> None:
        self._context = context
        self._scene = context.canvas
        self._pushed: dict[NodeId, tuple[Places, Places]] = {}  # before and after, by the group opened

    def opened(self, design: Design, opened: Design) -> Design:
        """Return a design with groups opened, where what stands around them has been pushed away.

        How large they are open is seen by drawing it; ``design`` is what is drawn now.
        """
        self._context.animated_edits.settle()  # nothing may be on its way while it is measured
        drawn = self._scene.holder.values()
        was = {group.id for group in design.groups if group.collapsed and group.id in drawn}
        groups = [group.id for group in opened.groups if group.id in was and not group.collapsed]
        before = item_rects.rects(self._scene)
        self._scene.follow(opened)
        after, pads = item_rects.rects(self._scene), item_rects.pads(self._scene)
        inner = grouping.descendants(opened, groups)
        rects = {i: before.get(i, rect) for i, rect in after.items() if i not in inner}
        tree = find_containment(opened, rects)
        for group_id in groups:
            start = before[group_id]
            whole = after[group_id].translated(rects[group_id].x - start.x, rects[group_id].y - start.y)
            if not whole.intersects(rects[group_id]):  # a file may say that it is folded anywhere
                rects[group_id] = Rect(whole.x + whole.width / 2, whole.y + whole.height / 2, 0.0, 0.0)
            moved = push_apart(tree, rects, group_id, whole, pads)
            around = {group_id, *(g.id for g in grouping.enclosing_groups(opened, group_id))}
            others = {i: rect for i, rect in moved.items() if i not in around}
            self._pushed[group_id] = ({i: rects[i] for i in others}, others)
            opened = _put(opened, *self._pushed[group_id])
            rects |= moved
        return opened

    def renamed(self, design: Design, renamed: Design, thing_id: NodeId) -> Design:
        """Return a design with a block renamed, where its longer name has pushed its neighbours away."""
        if self._scene.node_items.get(thing_id) is None:
            return renamed
        self._context.animated_edits.settle()
        before = item_rects.rects(self._scene)
        self._scene.follow(renamed)
        after = item_rects.rects(self._scene)
        if after[thing_id].width <= before[thing_id].width:
            return renamed
        pads = item_rects.pads(self._scene)
        moved = push_apart(find_containment(design, before), before, thing_id, after[thing_id], pads)
        homes = {node.id: node.group for node in design.nodes} | {g.id: g.group for g in design.groups}
        around = {thing_id, *(group.id for group in grouping.enclosing_groups(design, homes[thing_id]))}
        others = {i: rect for i, rect in moved.items() if i not in around}
        return _put(renamed, {i: before[i] for i in others}, others)

    def collapsed(self, design: Design, group_id: NodeId, *, give_back: bool) -> Design:
        """Return a design with a group folded where it was open.

        What it pushed away when it was opened comes back, if asked for and nothing of that has been
        moved since.
        """
        changes: dict[str, object] = {"collapsed": True}
        item = self._scene.things.items.get(group_id)
        if item is not None:
            corner = item.frame().topLeft()
            changes |= {"x": snap(corner.x() + AROUND), "y": snap(corner.y() + AROUND + HEADER)}
        design = grouping.change_group(design, group_id, **changes)
        before, after = self._pushed.pop(group_id, ({}, {}))
        now = item_rects.rects(self._scene)
        untouched = all(i in now and _same(now[i], rect) for i, rect in after.items())
        return _put(design, after, before) if give_back and untouched else design


def _same(one: Rect, other: Rect) -> bool:
    """Return whether two stand at one place; nodes may change their size meanwhile."""
    return abs(one.x - other.x) <= _SAME and abs(one.y - other.y) <= _SAME


def _put(design: Design, before: Mapping[NodeId, Rect], after: Mapping[NodeId, Rect]) -> Design:
    """Return the design with all this there, and what is in it."""
    frames = {frame.id for frame in design.frames}
    places = {
        thing.id: (
            thing.x + after[thing.id].x - before[thing.id].x,
            thing.y + after[thing.id].y - before[thing.id].y,
        )
        for thing in design.elements
        if thing.id in after and thing.id not in frames
    }
    return annotation.set_rects(
        edits.move(design, places), {i: rect for i, rect in after.items() if i in frames}
    )
