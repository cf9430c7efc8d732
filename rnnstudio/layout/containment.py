"""What stands together on the canvas: members in groups, blocks on frames, notes beside what they are about.

Groups say who is in them. Frames hold what lies wholly on them; of that, what is of one group, or of
none. So each thing has one place: a frame, an open group, or the canvas itself. A note belongs to what
it is nearest to.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design, Group, Node, NodeId

NEAR = 96.0  # a note further off than this is about nothing in particular
CANVAS = NodeId("")  # what holds all that nothing else does


class Padding(NamedTuple):
    """The room between the edge of a group or a frame and what is in it."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Containment:
    """What holds what.

    Attributes
    ----------
    children : blocks, open groups and frames directly in each open group, on each frame and on the canvas
    parent : the same the other way round
    notes : what each note belongs to; a frame with nothing on it is like a note
    """

    children: Mapping[NodeId, list[NodeId]]
    parent: Mapping[NodeId, NodeId]
    notes: Mapping[NodeId, NodeId]

    def deepest_first(self) -> list[NodeId]:
        """Return groups and frames, each before what holds it."""
        depth: dict[NodeId, int] = {CANVAS: 0}
        for start in self.children:
            path = [start]
            while path[-1] not in depth:
                path.append(self.parent[path[-1]])
            for holder in reversed(path[:-1]):
                depth[holder] = depth[self.parent[holder]] + 1
        return sorted((i for i in self.children if i), key=lambda i: -depth[i])

    def ancestors(self, thing: NodeId) -> list[NodeId]:
        """Return what holds a thing, the innermost first, the canvas last."""
        found = []
        while thing != CANVAS:
            thing = self.parent[thing]
            found.append(thing)
        return found


def find_containment(design: Design, rects: Mapping[NodeId, Rect]) -> Containment:
    """Return what stands together of all that is drawn, which has these rectangles."""
    members: tuple[Node | Group, ...] = (*design.nodes, *design.groups)
    level = {m.id: NodeId(m.group) if m.group in rects else CANVAS for m in members if m.id in rects}
    parent: dict[NodeId, NodeId] = dict(level)
    frames = [frame.id for frame in design.frames if frame.id in rects]
    frames.sort(key=lambda i: rects[i].width * rects[i].height, reverse=True)
    of_level: dict[NodeId, NodeId] = {}
    for frame in frames:  # the smaller ones later: what they hold is theirs
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
        if frame not in parent.values():  # what is on it is on smaller ones, too
            parent.pop(frame, None)
    children: defaultdict[NodeId, list[NodeId]] = defaultdict(list, {CANVAS: []})
    for thing, holder in parent.items():
        children[holder].append(thing)
    tree = Containment(dict(children), parent, {})
    first = {block: at for at, block in enumerate(level) if block not in children}
    for holder in (*tree.deepest_first(), CANVAS):  # in the order of the nodes, however large anything is
        children[holder].sort(key=first.__getitem__)
        first[holder] = first[children[holder][0]] if children[holder] else 0
    loose = [i for i in (*frames, *(c.id for c in design.comments)) if i in rects and i not in parent]
    found = {note: _belongs_to(rects[note], tree, rects, set(frames)) for note in loose}
    return replace(tree, notes={note: thing for note, thing in found.items() if thing is not None})


def _on(frame: Rect, level: Mapping[NodeId, NodeId], rects: Mapping[NodeId, Rect]) -> dict[NodeId, NodeId]:
    """Return what is on a frame, with its group; a group is where all of it is, if it is not around that."""
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
    """Return what a note is nearest to; where it lies on a frame, of what is on that; None far from all."""

    def area(thing: NodeId) -> float:
        return rects[thing].width * rects[thing].height

    holders = sorted((i for i in tree.children if i and rects[i].contains(note)), key=area)
    near = [i for i in tree.parent if i not in holders]
    inner = [i for i in near if holders and holders[0] in tree.ancestors(i)]
    for candidates, reach in ((near, NEAR), (inner, math.inf)):
        if holders and holders[0] in frames:
            candidates = inner
        nearest = min(candidates, key=lambda i: (rects[i].distance_to(note), area(i)), default=None)
        if nearest is not None and rects[nearest].distance_to(note) <= reach:
            while (holder := tree.parent[nearest]) != CANVAS and holder not in holders:
                nearest = holder  # beside a group or a frame it belongs to the whole
            return nearest
    return None
