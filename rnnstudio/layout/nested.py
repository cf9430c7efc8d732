"""Auto layout of designs with groups, frames and notes.

The layout works from the inside out: the contents of a group or a frame are laid out first, and then the
group or frame is one box in the layout of its container. So a group never contains foreign nodes. Notes
keep their offset to the element that they belong to and enlarge its box.
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
    """An edge by the children of one container; an edge that leaves the container has one end only."""

    wire: Edge
    source: NodeId | None
    target: NodeId | None


class NestedLayout:
    """The layout of a design with groups and frames.

    Parameters
    ----------
    tree : the containers of all elements
    rects : the current rectangles
    wires : the edges between nodes
    pads : the padding of each group and frame
    step : the grid step to which the whole layout is aligned
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
        for note, element in tree.notes.items():
            self._notes[element].append(note)
        self._wires = self._by_container(wires)
        self._origins: dict[NodeId, tuple[float, float]] = {}  # of each child, in its container
        self._own_rects: dict[NodeId, Rect] = {}  # of each child, relative to its origin
        self._note_rects: dict[NodeId, Rect] = {}  # of each note, relative to the origin of its element

    def _by_container(self, wires: Sequence[Edge]) -> dict[NodeId, list[_Within]]:
        found: defaultdict[NodeId, list[_Within]] = defaultdict(list)
        around = {end: self._tree.ancestors(end) for w in wires for end in (w.source, w.target)}
        for wire in wires:
            path, other = around[wire.source], around[wire.target]
            depth = next(at for at, container in enumerate(path) if container in other)
            height = other.index(path[depth])
            sources, targets = [wire.source, *path], [wire.target, *other]
            found[path[depth]].append(_Within(wire, sources[depth], targets[height]))
            for at in range(depth):
                found[path[at]].append(_Within(wire, sources[at], None))
            for at in range(height):
                found[other[at]].append(_Within(wire, None, targets[at]))
        return found

    # ------------------------------------------------------------------------------- all containers

    def compute(self, chosen: Collection[NodeId]) -> dict[NodeId, Rect]:
        """Return the new rectangles of these nodes, and of the groups, frames and notes around them.

        If only a part of a group or a frame is chosen, the container stays in place and only that part
        is laid out. If this makes the container larger, what is around it is pushed apart.
        """
        whole = {block: block in chosen for block in self._tree.parent if block not in self._tree.children}
        order = self._tree.deepest_first()
        for container in order:
            whole[container] = all(whole[child] for child in self._tree.children[container])
            if whole[container]:
                self._lay_out(container, self._tree.children[container])
        placed: dict[NodeId, Rect] = {}
        for container in (*order, CANVAS):
            picked = [child for child in self._tree.children[container] if whole[child]]
            if picked and (container == CANVAS or not whole[container]):
                self._lay_out(container, picked)
                placed |= self._place_clear(container, picked)
        now = {**self._rects, **placed}
        for container in order:
            inner = [placed[i] for i in self._tree.children[container] if i in placed]
            if inner and not whole[container]:
                needed = bounding_rect(inner).padded(*self._pads[container])
                now |= push_apart(
                    self._tree, now, container, bounding_rect([now[container], needed]), self._pads
                )
        return {i: rect for i, rect in now.items() if i in placed or rect != self._rects[i]}

    def _place_clear(self, container: NodeId, picked: Sequence[NodeId]) -> dict[NodeId, Rect]:
        """Return the rectangles of laid out children, close to their old position and clear of all others."""
        placed: dict[NodeId, Rect] = {}
        work = [(child, self._origins[child]) for child in picked]
        while work:
            element, (x, y) = work.pop()
            placed[element] = self._own_rects[element].translated(x, y)
            placed |= {note: self._note_rects[note].translated(x, y) for note in self._notes[element]}
            for child in self._tree.children.get(element, ()):
                work.append((child, (x + self._origins[child][0], y + self._origins[child][1])))
        blocks = [i for i in placed if i in self._tree.parent and i not in self._tree.children]
        before = bounding_rect(self._rects[i] for i in blocks)
        after = bounding_rect(placed[i] for i in blocks)
        dx, dy = (self._on_step(before.x - after.x), self._on_step(before.y - after.y))
        area = bounding_rect(placed.values()).padded(CLEAR, CLEAR, CLEAR, CLEAR)
        siblings = self._tree.children[container]
        others = {*siblings, *(note for element in siblings for note in self._notes[element])} - placed.keys()
        if container == CANVAS:
            others |= {i for i in self._rects if i not in self._tree.parent and i not in self._tree.notes}
        for other in sorted((self._rects[i] for i in others), key=lambda rect: (rect.y, rect)):
            if area.translated(dx, dy).intersects(other):
                dy = self._on_step(other.bottom + CLEAR - area.y)
        return {i: rect.translated(dx, dy) for i, rect in placed.items()}

    def _on_step(self, value: float) -> float:
        return math.floor(value / self._step + 0.5) * self._step

    # ------------------------------------------------------------------------------- one container

    def _lay_out(self, container: NodeId, picked: Sequence[NodeId]) -> None:
        """Lay out children: set their origins in their container, whose origin is their top left corner."""
        cells: dict[NodeId, Rect] = {}
        for child in picked:
            if child not in self._tree.children:
                self._own_rects[child] = Rect(0.0, 0.0, self._rects[child].width, self._rects[child].height)
            for note in self._notes[child]:
                self._note_rects[note] = self._place_beside(note, child)
            cells[child] = self._cell_of(child)
        boxes = {child: Size(cell.width, cell.height) for child, cell in cells.items()}
        ends: dict[NodeId, Size] = {}
        wires = []
        for wire, source, target in self._wires.get(container, ()):
            inner = source in cells and target in cells
            if not inner and (wire.delayed or source not in cells and target not in cells):
                continue
            if not inner and None not in (source, target):
                continue  # the other end is not being laid out
            out = source if source is not None else NodeId(f" {wire.source} {wire.leaves}")
            into = target if target is not None else NodeId(f" {wire.target} {wire.enters}")
            ends |= {end: Size(0.0, 0.0) for end in (out, into) if end not in cells}
            leaves = self._height(wire.source, source, cells) + wire.leaves if source is not None else 0.0
            enters = self._height(wire.target, target, cells) + wire.enters if target is not None else 0.0
            wires.append(Edge(out, leaves, into, enters, wire.delayed))
        at = layered_layout({**boxes, **ends}, wires)
        left, top = min(at[child][0] for child in cells), min(at[child][1] for child in cells)
        for child, cell in cells.items():
            self._origins[child] = (at[child][0] - left - cell.x, at[child][1] - top - cell.y)
        if container != CANVAS:
            rects = [self._moved(rect, child) for child in cells for rect in self._rects_of(child)]
            self._own_rects[container] = bounding_rect(rects).padded(*self._pads[container])

    def _rects_of(self, child: NodeId) -> list[Rect]:
        return [self._own_rects[child], *(self._note_rects[note] for note in self._notes[child])]

    def _moved(self, rect: Rect, child: NodeId) -> Rect:
        return rect.translated(*self._origins[child])

    def _height(self, block: NodeId, child: NodeId, cells: Mapping[NodeId, Rect]) -> float:
        """Return the distance from the top of a cell to the top of a node in it."""
        y = -cells[child].y
        while block != child:
            y, block = y + self._origins[block][1], self._tree.parent[block]
        return y

    def _cell_of(self, child: NodeId) -> Rect:
        """Return the rectangle of a child and its notes, relative to its origin and aligned to the grid."""
        room = bounding_rect(self._rects_of(child))
        left, top = math.floor(room.x / GRID) * GRID, math.floor(room.y / GRID) * GRID
        loops = any(w.delayed and s and t for w, s, t in self._wires.get(child, ()))
        bottom = room.bottom + (FEEDBACK_MARGIN - CLEAR if loops else 0.0)
        return Rect(left, top, room.right - left, bottom - top)

    def _place_beside(self, note: NodeId, element: NodeId) -> Rect:
        """Return the rectangle of a note with its old distance to an element of possibly new size."""
        here, before, now = self._rects[note], self._rects[element], self._own_rects[element]
        x = now.right + here.x - before.right if here.x >= before.right else now.x + here.x - before.x
        y = now.bottom + here.y - before.bottom if here.y >= before.bottom else now.y + here.y - before.y
        return Rect(x, y, here.width, here.height)
