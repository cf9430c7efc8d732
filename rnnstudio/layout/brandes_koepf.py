"""How high everything in a layered picture stands, so that as many wires as can be are straight.

Brandes and Köpf 2001, "Fast and simple horizontal coordinate assignment": four alignments, each of
which joins boxes to blocks along their middle wires and packs the blocks. Of these and the middle of
the four, the one with the fewest bent wires is taken. Wires leave and enter at ports, so that a block
is straight along its ports, not its tops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

APART, POINT_APART = 24.0, 16.0  # between boxes, and to wires that pass


@dataclass
class LayeredGraph:
    """Boxes in layers; those from ``boxes`` on are points that long edges pass.

    ``before`` and ``after`` hold (neighbour, its port, own port) of each; the ports are how far below
    the top they are.
    """

    layers: list[list[int]]
    heights: list[float]
    boxes: int
    before: list[list[tuple[int, float, float]]] = field(default_factory=list)
    after: list[list[tuple[int, float, float]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.before = [[] for _ in self.heights]
        self.after = [[] for _ in self.heights]

    def add_point(self, layer: int) -> int:
        """Add a point to a layer."""
        point = len(self.heights)
        self.heights.append(0.0)
        self.before.append([])
        self.after.append([])
        self.layers[layer].append(point)
        return point

    def join(self, source: int, leaves: float, target: int, enters: float) -> None:
        """Join two boxes of neighbouring layers."""
        self.after[source].append((target, enters, leaves))
        self.before[target].append((source, leaves, enters))


def assign_tops(graph: LayeredGraph) -> list[float]:
    """Return the top of each box and point; those of one layer keep their order and their distance."""
    place = [0] * len(graph.heights)
    for row in graph.layers:
        for at, vertex in enumerate(row):
            place[vertex] = at
    gaps = [graph.heights[v] + (APART if v < graph.boxes else POINT_APART) for v in range(len(graph.heights))]
    taken = _conflicts(graph, place)
    layouts = []
    for forward in (True, False):
        for topward in (True, False):
            root, shift = _align(graph, place, taken, forward=forward, topward=topward)
            layouts.append(_pack(graph, gaps, root, shift, topward=topward))
    extents = [_extent(graph, tops) for tops in layouts]
    least = min(extents, key=lambda extent: extent[1] - extent[0])
    for at, (tops, extent) in enumerate(zip(layouts, extents, strict=True)):
        by = least[1] - extent[1] if at % 2 else least[0] - extent[0]
        tops[:] = [top + by for top in tops]
    middle = (sorted(tops) for tops in zip(*layouts, strict=True))
    layouts.append([(tops[1] + tops[2]) / 2 for tops in middle])
    return min(layouts, key=lambda tops: _bent(graph, tops))


def _bent(graph: LayeredGraph, tops: Sequence[float]) -> tuple[int, float]:
    """Return how many pieces of wire are not level, long wires counting twice, and the height of it all."""
    bent = 0
    for source, ends in enumerate(graph.after):
        for target, enters, leaves in ends:
            if abs(tops[source] + leaves - tops[target] - enters) > 1.0:
                bent += 2 if source >= graph.boxes or target >= graph.boxes else 1
    low, high = _extent(graph, tops)
    return bent, high - low


def _extent(graph: LayeredGraph, tops: Sequence[float]) -> tuple[float, float]:
    return min(tops), max(top + height for top, height in zip(tops, graph.heights, strict=True))


def _conflicts(graph: LayeredGraph, place: Sequence[int]) -> set[tuple[int, int]]:
    """Return the edges that would bend a wire between two points, which shall be straight before all."""
    boxes = graph.boxes
    found: set[tuple[int, int]] = set()
    for above, row in zip(graph.layers, graph.layers[1:], strict=False):
        lowest, done = 0, 0
        for at, vertex in enumerate(row):
            inner = None
            if vertex >= boxes and graph.before[vertex][0][0] >= boxes:
                inner = place[graph.before[vertex][0][0]]
            if inner is None and at < len(row) - 1:
                continue
            highest = len(above) - 1 if inner is None else inner
            for other in row[done : at + 1]:
                for source, _, _ in graph.before[other]:
                    if not lowest <= place[source] <= highest:
                        found.add((source, other))
            lowest, done = highest, at + 1
    return found


def _align(
    graph: LayeredGraph, place: Sequence[int], taken: set[tuple[int, int]], *, forward: bool, topward: bool
) -> tuple[list[int], list[float]]:
    """Join each box to the middle one of its neighbours, where no other joined pair is crossed.

    Returns
    -------
    root, shift
        The first box of the block that each is in, and how far below its top each begins.
    """
    root = list(range(len(place)))
    shift = [0.0] * len(place)
    neighbours = graph.before if forward else graph.after
    sign = 1 if topward else -1
    for row in graph.layers if forward else graph.layers[::-1]:
        last = -math.inf
        for vertex in row if topward else row[::-1]:
            near = sorted((place[other], port, own, other) for other, port, own in neighbours[vertex])
            if not near:
                continue
            middles = {(len(near) - 1) // 2, len(near) // 2}
            for at in sorted(middles, reverse=not topward):
                where, port, own, other = near[at]
                pair = (other, vertex) if forward else (vertex, other)
                if pair not in taken and sign * where > last:
                    root[vertex], shift[vertex] = root[other], shift[other] + port - own
                    last = sign * where
                    break
    return root, shift


def _pack(
    graph: LayeredGraph, gaps: Sequence[float], root: Sequence[int], shift: Sequence[float], *, topward: bool
) -> list[float]:
    """Return tops where the blocks stand as close as they may, to the top or to the bottom."""
    under: dict[int, list[tuple[int, float]]] = {block: [] for block in root}
    over: dict[int, list[tuple[int, float]]] = {block: [] for block in root}
    for row in graph.layers:
        for upper, lower in zip(row, row[1:], strict=False):
            apart = shift[upper] + gaps[upper] - shift[lower]
            under[root[upper]].append((root[lower], apart))
            over[root[lower]].append((root[upper], apart))
    waits = {block: len(near) for block, near in over.items()}
    order = [block for block, count in waits.items() if not count]
    for block in order:  # it grows while it is walked
        for lower, _ in under[block]:
            waits[lower] -= 1
            if not waits[lower]:
                order.append(lower)
    at: dict[int, float] = {}
    if topward:
        for block in order:
            at[block] = max((at[upper] + apart for upper, apart in over[block]), default=0.0)
        for block in reversed(order):  # what need not be so high comes down to what it stands on
            if under[block]:
                at[block] = max(at[block], min(at[lower] - apart for lower, apart in under[block]))
    else:
        for block in reversed(order):
            at[block] = min((at[lower] - apart for lower, apart in under[block]), default=0.0)
        for block in order:
            if over[block]:
                at[block] = min(at[block], max(at[upper] + apart for upper, apart in over[block]))
    return [at[root[vertex]] + shift[vertex] for vertex in range(len(root))]
