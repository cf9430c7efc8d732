"""What contains what on the canvas: groups, frames, and the notes that belong to something.

The members of a group are known from the design. A frame contains what lies completely inside it, as far
as that belongs to one group or to none. So everything has exactly one container: a frame, an expanded
group, or the canvas. A note belongs to the nearest node, group or frame.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design, Group, Node, NodeId

NEAR = 96.0  # a note that is further away belongs to nothing
CANVAS = NodeId("")  # the container of everything that has no other


class Padding(NamedTuple):
    """The space between the edges of a group or a frame and its contents."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Containment:
    """A tree of containers.

    Attributes
    ----------
    children : the nodes, expanded groups and frames directly in each container
    parent : the container of each of them
    notes : what each note belongs to; an empty frame counts as a note
    """

    children: Mapping[NodeId, list[NodeId]]
    parent: Mapping[NodeId, NodeId]
    notes: Mapping[NodeId, NodeId]

    def deepest_first(self) -> list[NodeId]:
        """Return the groups and frames, each before its container."""
        depth: dict[NodeId, int] = {CANVAS: 0}
        for start in self.children:
            path = [start]
            while path[-1] not in depth:
                path.append(self.parent[path[-1]])
            for container in reversed(path[:-1]):
                depth[container] = depth[self.parent[container]] + 1
        return sorted((i for i in self.children if i), key=lambda i: -depth[i])

    def ancestors(self, element: NodeId) -> list[NodeId]:
        """Return the containers of an element, innermost first; the last is the canvas."""
        found = []
        while element != CANVAS:
            element = self.parent[element]
            found.append(element)
        return found


def find_containment(design: Design, rects: Mapping[NodeId, Rect]) -> Containment:
    """Return the containers of everything that is drawn; ``rects`` are the drawn rectangles."""
    members: tuple[Node | Group, ...] = (*design.nodes, *design.groups)
    level = {m.id: NodeId(m.group) if m.group in rects else CANVAS for m in members if m.id in rects}
    parent: dict[NodeId, NodeId] = dict(level)
    frames = [frame.id for frame in design.frames if frame.id in rects]
    frames.sort(key=lambda i: rects[i].width * rects[i].height, reverse=True)
    of_level: dict[NodeId, NodeId] = {}
    for frame in frames:  # smaller frames later: they take their contents from larger ones
        here = rects[frame]
        held = _on(here, level, rects)
        tops = {i: group for i, group in held.items() if group not in held}
        if not tops:
            continue
        ((of_level[frame], _),) = Counter(tops.values()).most_common(1)
        parent[frame] = next(
            (
                f
                for f in reversed(frames[: frames.index(frame)])
                if of_level.get(f) == of_level[frame] and rects[f].contains(here)
            ),
            of_level[frame],
        )
        parent |= {i: frame for i, group in tops.items() if group == of_level[frame]}
    for frame in reversed(frames):
        if frame not in parent.values():  # its contents are all on smaller frames
            parent.pop(frame, None)
    children: defaultdict[NodeId, list[NodeId]] = defaultdict(list, {CANVAS: []})
    for element, container in parent.items():
        children[container].append(element)
    tree = Containment(dict(children), parent, {})
    first = {block: at for at, block in enumerate(level) if block not in children}
    for container in (*tree.deepest_first(), CANVAS):  # in the order of the nodes in the design
        children[container].sort(key=first.__getitem__)
        first[container] = first[children[container][0]] if children[container] else 0
    loose = [i for i in (*frames, *(c.id for c in design.comments)) if i in rects and i not in parent]
    found = {note: _belongs_to(rects[note], tree, rects, set(frames)) for note in loose}
    return replace(tree, notes={note: element for note, element in found.items() if element is not None})


def _on(frame: Rect, level: Mapping[NodeId, NodeId], rects: Mapping[NodeId, Rect]) -> dict[NodeId, NodeId]:
    """Return what is on a frame, with its group.

    A group is on a frame if all its members are, unless the group is around the frame.
    """
    held = {i: level[i] for i in level if frame.contains(rects[i])}
    waiting = dict.fromkeys(group for group in held.values() if group)
    while waiting:
        group, _ = waiting.popitem()
        inner = (i for i, around in level.items() if around == group)
        if group not in held and not rects[group].contains(frame) and all(i in held for i in inner):
            held[group] = level[group]
            if level[group]:
                waiting[level[group]] = None
    return held


def _belongs_to(
    note: Rect, tree: Containment, rects: Mapping[NodeId, Rect], frames: Collection[NodeId]
) -> NodeId | None:
    """Return what a note belongs to, or None: the nearest element, on a frame the nearest on that frame."""

    def area(element: NodeId) -> float:
        return rects[element].width * rects[element].height

    containers = sorted((i for i in tree.children if i and rects[i].contains(note)), key=area)
    near = [i for i in tree.parent if i not in containers]
    inner = [i for i in near if containers and containers[0] in tree.ancestors(i)]
    for candidates, reach in ((near, NEAR), (inner, math.inf)):
        if containers and containers[0] in frames:
            candidates = inner
        nearest = min(candidates, key=lambda i: (rects[i].distance_to(note), area(i)), default=None)
        if nearest is not None and rects[nearest].distance_to(note) <= reach:
            while (container := tree.parent[nearest]) != CANVAS and container not in containers:
                nearest = container  # a note beside a group or a frame belongs to all of it
            return nearest
    return None
