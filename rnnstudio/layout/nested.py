"""Tidy up where things stand in groups, on frames and beside each other.

From the inside out: what is in a group or on a frame is laid out by itself, then the whole is one box
of the picture around it, as wide as it needs to be. So a group holds its own nodes and no others.
Notes keep their distance to what they belong to, whose box is larger by them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from rnnstudio.design.geometry import Rect, bounding_rect
from rnnstudio.design.model import NodeId
from rnnstudio.layout.containment import CANVAS, Containment, Padding
from rnnstudio.layout.layered import FEEDBACK_MARGIN, GRID, Edge, Size, layered_layout
from rnnstudio.layout.push_apart import CLEAR, push_apart


class _Within(NamedTuple):
    """A wire as one group or frame sees it, by its children; one that leads out has one end only."""

    wire: Edge
    source: NodeId | None
    target: NodeId | None


class NestedLayout:
    """One picture to be tidied.

    Parameters
    ----------
    tree : what stands together
    rects : where everything is drawn
    wires : from block to block
    pads : of each group and frame
    step : of the grid on which the whole begins
    """

    def __init__(
        self,
        tree: Containment,
        rects: Mapping[NodeId, Rect],
        wires: Sequence[Edge],
        pads: Mapping[NodeId, Padding],
        step: float = GRID,
    ) -> None:
        self._tree, self._rects, self._pads, self._step = tree, rects, pads, step
        self._notes: defaultdict[NodeId, list[NodeId]] = defaultdict(list)
        for note, thing in tree.notes.items():
            self._notes[thing].append(note)
        self._wires = self._by_holder(wires)
        self._origin: dict[NodeId, tuple[float, float]] = {}  # of each child, in what holds it
        self._own: dict[NodeId, Rect] = {}  # of each child, around its own origin
        self._beside: dict[NodeId, Rect] = {}  # of each note, around the origin of what it belongs to

    def _by_holder(self, wires: Sequence[Edge]) -> dict[NodeId, list[_Within]]:
        found: defaultdict[NodeId, list[_Within]] = defaultdict(list)
        around = {end: self._tree.ancestors(end) for w in wires for end in (w.source, w.target)}
        for wire in wires:
            path, other = around[wire.source], around[wire.target]
            depth = next(at for at, holder in enumerate(path) if holder in other)
            height = other.index(path[depth])
            sources, targets = [wire.source, *path], [wire.target, *other]
            found[path[depth]].append(_Within(wire, sources[depth], targets[height]))
            for at in range(depth):
                found[path[at]].append(_Within(wire, sources[at], None))
            for at in range(height):
                found[other[at]].append(_Within(wire, None, targets[at]))
        return found

    # ------------------------------------------------------------------------------- the whole

    def compute(self, chosen: Collection[NodeId]) -> dict[NodeId, Rect]:
        """Return where these blocks come to stand, and groups, frames and notes with them.

        Groups and frames of which only a part is chosen stay; the part is tidied in them, and where one
        of them grows by it, what stands around that makes room.
        """
        whole = {block: block in chosen for block in self._tree.parent if block not in self._tree.children}
        order = self._tree.deepest_first()
        for holder in order:
            whole[holder] = all(whole[child] for child in self._tree.children[holder])
            if whole[holder]:
                self._lay(holder, self._tree.children[holder])
        placed: dict[NodeId, Rect] = {}
        for holder in (*order, CANVAS):
            picked = [child for child in self._tree.children[holder] if whole[child]]
            if picked and (holder == CANVAS or not whole[holder]):
                self._lay(holder, picked)
                placed |= self._clear(holder, picked)
        now = {**self._rects, **placed}
        for holder in order:
            inner = [placed[i] for i in self._tree.children[holder] if i in placed]
            if inner and not whole[holder]:
                needed = bounding_rect(inner).padded(*self._pads[holder])
                now |= push_apart(self._tree, now, holder, bounding_rect([now[holder], needed]), self._pads)
        return {i: rect for i, rect in now.items() if i in placed or rect != self._rects[i]}

    def _clear(self, holder: NodeId, picked: Sequence[NodeId]) -> dict[NodeId, Rect]:
        """Return where children stand that were laid out, where they were before and clear of all others."""
        placed: dict[NodeId, Rect] = {}
        work = [(child, self._origin[child]) for child in picked]
        while work:
            thing, (x, y) = work.pop()
            placed[thing] = self._own[thing].translated(x, y)
            placed |= {note: self._beside[note].translated(x, y) for note in self._notes[thing]}
            for child in self._tree.children.get(thing, ()):
                work.append((child, (x + self._origin[child][0], y + self._origin[child][1])))
        blocks = [i for i in placed if i in self._tree.parent and i not in self._tree.children]
        before = bounding_rect(self._rects[i] for i in blocks)
        after = bounding_rect(placed[i] for i in blocks)
        dx, dy = (self._on_step(before.x - after.x), self._on_step(before.y - after.y))
        area = bounding_rect(placed.values()).padded(CLEAR, CLEAR, CLEAR, CLEAR)
        siblings = self._tree.children[holder]
        others = {*siblings, *(note for thing in siblings for note in self._notes[thing])} - placed.keys()
        if holder == CANVAS:
            others |= {i for i in self._rects if i not in self._tree.parent and i not in self._tree.notes}
        for other in sorted((self._rects[i] for i in others), key=lambda rect: (rect.y, rect)):
            if area.translated(dx, dy).intersects(other):
                dy = self._on_step(other.bottom + CLEAR - area.y)
        return {i: rect.translated(dx, dy) for i, rect in placed.items()}

    def _on_step(self, value: float) -> float:
        return math.floor(value / self._step + 0.5) * self._step

    # ------------------------------------------------------------------------------- one holder

    def _lay(self, holder: NodeId, picked: Sequence[NodeId]) -> None:
        """Give these children their origins in what holds them, whose own origin is at their corner."""
        cells: dict[NodeId, Rect] = {}
        for child in picked:
            if child not in self._tree.children:
                self._own[child] = Rect(0.0, 0.0, self._rects[child].width, self._rects[child].height)
            for note in self._notes[child]:
                self._beside[note] = self._place_beside(note, child)
            cells[child] = self._cell(child)
        boxes = {child: Size(cell.width, cell.height) for child, cell in cells.items()}
        ends: dict[NodeId, Size] = {}
        wires = []
        for wire, source, target in self._wires.get(holder, ()):
            inner = source in cells and target in cells
            if not inner and (wire.delayed or source not in cells and target not in cells):
                continue
            if not inner and None not in (source, target):
                continue  # its other end is not being tidied
            out = source if source is not None else NodeId(f" {wire.source} {wire.leaves}")
            into = target if target is not None else NodeId(f" {wire.target} {wire.enters}")
            ends |= {end: Size(0.0, 0.0) for end in (out, into) if end not in cells}
            leaves = self._height(wire.source, source, cells) + wire.leaves if source is not None else 0.0
            enters = self._height(wire.target, target, cells) + wire.enters if target is not None else 0.0
            wires.append(Edge(out, leaves, into, enters, wire.delayed))
        at = layered_layout({**boxes, **ends}, wires)
        left, top = min(at[child][0] for child in cells), min(at[child][1] for child in cells)
        for child, cell in cells.items():
            self._origin[child] = (at[child][0] - left - cell.x, at[child][1] - top - cell.y)
        if holder != CANVAS:
            rects = [self._moved(rect, child) for child in cells for rect in self._all_of(child)]
            self._own[holder] = bounding_rect(rects).padded(*self._pads[holder])

    def _all_of(self, child: NodeId) -> list[Rect]:
        return [self._own[child], *(self._beside[note] for note in self._notes[child])]

    def _moved(self, rect: Rect, child: NodeId) -> Rect:
        return rect.translated(*self._origin[child])

    def _height(self, block: NodeId, child: NodeId, cells: Mapping[NodeId, Rect]) -> float:
        """Return how far a block's top is below that of the cell that it is in."""
        y = -cells[child].y
        while block != child:
            y, block = y + self._origin[block][1], self._tree.parent[block]
        return y

    def _cell(self, child: NodeId) -> Rect:
        """Return the room that a child takes around its origin, on the grid, with its notes."""
        room = bounding_rect(self._all_of(child))
        left, top = math.floor(room.x / GRID) * GRID, math.floor(room.y / GRID) * GRID
        loops = any(w.delayed and s and t for w, s, t in self._wires.get(child, ()))
        bottom = room.bottom + (FEEDBACK_MARGIN - CLEAR if loops else 0.0)
        return Rect(left, top, room.right - left, bottom - top)

    def _place_beside(self, note: NodeId, thing: NodeId) -> Rect:
        """Return a note as far from a thing, of whatever size that is now, as it was."""
        here, before, now = self._rects[note], self._rects[thing], self._own[thing]
        x = now.right + here.x - before.right if here.x >= before.right else now.x + here.x - before.x
        y = now.bottom + here.y - before.bottom if here.y >= before.bottom else now.y + here.y - before.y
        return Rect(x, y, here.width, here.height)
