"""Coordinates within the layers of a layered layout, so that as many edges as possible are straight.

Brandes and Köpf 2001, "Fast and simple horizontal coordinate assignment". Each of four alignments joins
boxes into blocks along their median edges and packs the blocks. The result is the alignment with the
fewest bent edges, or the median of all four. Edges start and end at ports, so the boxes of a block are
aligned at their ports, not at their tops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

BOX_GAP, DUMMY_GAP = 24.0, 16.0  # below a box, and below a long edge


@dataclass
class LayeredGraph:
    """Boxes in layers, and the dummy vertices of long edges, which are numbered from ``box_count``.

    ``predecessors`` and ``successors`` hold (neighbour, its port, own port) of each vertex. A port is
    given by its distance from the top of the box.
    """

    layers: list[list[int]]
    heights: list[float]
    box_count: int
    predecessors: list[list[tuple[int, float, float]]] = field(default_factory=list)
    successors: list[list[tuple[int, float, float]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.predecessors = [[] for _ in self.heights]
        self.successors = [[] for _ in self.heights]

    def add_dummy(self, layer: int) -> int:
        """Add a dummy vertex to a layer; return its number."""
        dummy = len(self.heights)
        self.heights.append(0.0)
        self.predecessors.append([])
        self.successors.append([])
        self.layers[layer].append(dummy)
        return dummy

    def connect(self, source: int, leaves: float, target: int, enters: float) -> None:
        """Add an edge between two vertices of neighbouring layers."""
        self.successors[source].append((target, enters, leaves))
        self.predecessors[target].append((source, leaves, enters))


def assign_tops(graph: LayeredGraph) -> list[float]:
    """Return the top of each vertex; the vertices of a layer keep their order and do not overlap."""
    position = [0] * len(graph.heights)
    for row in graph.layers:
        for at, vertex in enumerate(row):
            position[vertex] = at
    gaps = [
        graph.heights[v] + (BOX_GAP if v < graph.box_count else DUMMY_GAP) for v in range(len(graph.heights))
    ]
    marked = _conflicts(graph, position)
    layouts = []
    for forward in (True, False):
        for topward in (True, False):
            root, shift = _align(graph, position, marked, forward=forward, topward=topward)
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
    """Return the number of bent edges, those of long edges counted twice, and the total height."""
    bent = 0
    for source, ends in enumerate(graph.successors):
        for target, enters, leaves in ends:
            if abs(tops[source] + leaves - tops[target] - enters) > 1.0:
                bent += 2 if source >= graph.box_count or target >= graph.box_count else 1
    low, high = _extent(graph, tops)
    return bent, high - low


def _extent(graph: LayeredGraph, tops: Sequence[float]) -> tuple[float, float]:
    return min(tops), max(top + height for top, height in zip(tops, graph.heights, strict=True))


def _conflicts(graph: LayeredGraph, position: Sequence[int]) -> set[tuple[int, int]]:
    """Return the edges that cross an edge between two dummy vertices, which takes precedence."""
    boxes = graph.box_count
    found: set[tuple[int, int]] = set()
    for above, row in zip(graph.layers, graph.layers[1:], strict=False):
        lowest, done = 0, 0
        for at, vertex in enumerate(row):
            inner = None
            if vertex >= boxes and graph.predecessors[vertex][0][0] >= boxes:
                inner = position[graph.predecessors[vertex][0][0]]
            if inner is None and at < len(row) - 1:
                continue
            highest = len(above) - 1 if inner is None else inner
            for other in row[done : at + 1]:
                for source, _, _ in graph.predecessors[other]:
                    if not lowest <= position[source] <= highest:
                        found.add((source, other))
            lowest, done = highest, at + 1
    return found


def _align(
    graph: LayeredGraph,
    position: Sequence[int],
    marked: set[tuple[int, int]],
    *,
    forward: bool,
    topward: bool,
) -> tuple[list[int], list[float]]:
    """Align each vertex with the median of its neighbours, unless that crosses another aligned pair.

    Returns
    -------
    root, shift
        The first vertex of the block of each vertex, and the distance of each from the top of the block.
    """
    root = list(range(len(position)))
    shift = [0.0] * len(position)
    neighbours = graph.predecessors if forward else graph.successors
    sign = 1 if topward else -1
    for row in graph.layers if forward else graph.layers[::-1]:
        last = -math.inf
        for vertex in row if topward else row[::-1]:
            near = sorted((position[other], port, own, other) for other, port, own in neighbours[vertex])
            if not near:
                continue
            middles = {(len(near) - 1) // 2, len(near) // 2}
            for at in sorted(middles, reverse=not topward):
                where, port, own, other = near[at]
                pair = (other, vertex) if forward else (vertex, other)
                if pair not in marked and sign * where > last:
                    root[vertex], shift[vertex] = root[other], shift[other] + port - own
                    last = sign * where
                    break
    return root, shift


def _pack(
    graph: LayeredGraph, gaps: Sequence[float], root: Sequence[int], shift: Sequence[float], *, topward: bool
) -> list[float]:
    """Return the tops when all blocks are packed as closely as possible, towards the top or the bottom."""
    under: dict[int, list[tuple[int, float]]] = {block: [] for block in root}
    over: dict[int, list[tuple[int, float]]] = {block: [] for block in root}
    for row in graph.layers:
        for upper, lower in zip(row, row[1:], strict=False):
            apart = shift[upper] + gaps[upper] - shift[lower]
            under[root[upper]].append((root[lower], apart))
            over[root[lower]].append((root[upper], apart))
    waits = {block: len(near) for block, near in over.items()}
    order = [block for block, count in waits.items() if not count]
    for block in order:  # grows during the iteration
        for lower, _ in under[block]:
            waits[lower] -= 1
            if not waits[lower]:
                order.append(lower)
    at: dict[int, float] = {}
    if topward:
        for block in order:
            at[block] = max((at[upper] + apart for upper, apart in over[block]), default=0.0)
        for block in reversed(order):  # move down as far as the block below allows
            if under[block]:
                at[block] = max(at[block], min(at[lower] - apart for lower, apart in under[block]))
    else:
        for block in reversed(order):
            at[block] = min((at[lower] - apart for lower, apart in under[block]), default=0.0)
        for block in order:
            if over[block]:
                at[block] = min(at[block], max(at[upper] + apart for upper, apart in over[block]))
    return [at[root[vertex]] + shift[vertex] for vertex in range(len(root))]
