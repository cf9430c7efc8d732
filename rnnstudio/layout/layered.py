"""Tidy up: where everything stands in a picture that reads from left to right.

The layered method (Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of hierarchical
system structures"): loops are opened at delayed links first, layers follow the longest path, the
barycentres of the neighbours put each layer in order, and `straightening` finds the heights. Where
things stood before plays no part, so that tidying twice is tidying once.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rnnstudio.design.graphs import strongly_connected
from rnnstudio.design.model import NodeId
from rnnstudio.layout.brandes_koepf import LayeredGraph, assign_tops

GRID = 8.0
BETWEEN_LAYERS = 72.0  # room for a wire with its shape written on it
BETWEEN_PARTS = 64.0
FEEDBACK_MARGIN = 56.0  # what passes below its nodes must not meet those underneath
ROW = 1200.0  # nodes that nothing is linked to stand in rows of at most this width
_LONG_EDGES = 1  # points on long wires, as a multiple of nodes and wires; past it they are not followed
_ROUNDS, _PATIENCE = 12, 3
_MANY = 400


class Size(NamedTuple):
    """The size of something on the canvas, in pixels."""

    width: float
    height: float


class Edge(NamedTuple):
    """A link between two boxes; ``leaves`` and ``enters`` are how far its ports are below their tops."""

    source: NodeId
    leaves: float
    target: NodeId
    enters: float
    delayed: bool = False


class _IndexedEdge(NamedTuple):
    source: int
    leaves: float
    target: int
    enters: float
    delayed: bool


def layered_layout(boxes: Mapping[NodeId, Size], wires: Iterable[Edge]) -> dict[NodeId, tuple[float, float]]:
    """Return the top left corner of each box, on a grid of 8 pixels, the whole beginning at (0, 0).

    Wires go from left to right, but for those that close a loop: delayed ones where there are any.
    Parts that nothing joins stand below each other. Wires with an end elsewhere are passed over.
    """
    ids = list(boxes)
    index = {node_id: at for at, node_id in enumerate(ids)}
    edges = [
        _IndexedEdge(index[wire.source], wire.leaves, index[wire.target], wire.enters, wire.delayed)
        for wire in wires
        if wire.source in index and wire.target in index
    ]
    sizes = [Size(_on_grid(box.width), _on_grid(box.height)) for box in boxes.values()]
    placed: dict[NodeId, tuple[float, float]] = {}
    lone: list[int] = []
    top = 0.0
    for members, inner in _parts(len(ids), edges):
        if not inner:
            lone += members
            continue
        corners, bottom = _lay_part(members, inner, sizes)
        for at, (x, y) in corners.items():
            placed[ids[at]] = (x, y + top)
        top += bottom + BETWEEN_PARTS
    x = row = 0.0
    for at in lone:
        if x and x + sizes[at].width > ROW:
            x, top, row = 0.0, top + row + BETWEEN_PARTS / 2, 0.0
        placed[ids[at]] = (x, top)
        x, row = x + sizes[at].width + BETWEEN_PARTS / 2, max(row, sizes[at].height)
    return placed


def _on_grid(size: float) -> float:
    return math.ceil(size / GRID) * GRID


def _parts(count: int, edges: Sequence[_IndexedEdge]) -> list[tuple[list[int], list[_IndexedEdge]]]:
    """Return what hangs together, with its edges, in the order of its first box."""
    parent = list(range(count))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = at = parent[parent[at]]
        return at

    for edge in edges:
        first, second = sorted((root(edge.source), root(edge.target)))
        parent[second] = first
    members: defaultdict[int, list[int]] = defaultdict(list)
    inner: defaultdict[int, list[_IndexedEdge]] = defaultdict(list)
    for at in range(count):
        members[root(at)].append(at)
    for edge in edges:
        inner[root(edge.source)].append(edge)
    return [(some, inner[first]) for first, some in members.items()]


def _lay_part(
    members: list[int], edges: list[_IndexedEdge], sizes: Sequence[Size]
) -> tuple[dict[int, tuple[float, float]], float]:
    """Return the corners of one part, from (0, 0), and where it ends below."""
    forward = _without_loops(members, edges)
    layer = _layers(members, forward)
    back = {edge.source for edge in edges} - {edge.source for edge in forward}
    back |= {edge.source for edge in edges if edge.source == edge.target}
    heights = {at: sizes[at].height + (FEEDBACK_MARGIN if at in back else 0.0) for at in members}
    graph = _graph(members, forward, layer, heights)
    _order(graph)
    tops = assign_tops(graph)
    columns: list[float] = []
    x = 0.0
    for row in graph.layers:
        columns.append(x)
        x += max((sizes[members[v]].width for v in row if v < len(members)), default=0.0) + BETWEEN_LAYERS
    corners = {
        at: (columns[layer[at]], math.floor(tops[v] / GRID + 0.5) * GRID) for v, at in enumerate(members)
    }
    highest = min(y for _, y in corners.values())
    corners = {at: (x, y - highest) for at, (x, y) in corners.items()}
    bottom = max(y + heights[at] for at, (_, y) in corners.items())
    if len(forward) < len(edges):
        bottom += FEEDBACK_MARGIN
    return corners, bottom


# ---------------------------------------------------------------------------------- layers


def _without_loops(members: list[int], edges: list[_IndexedEdge]) -> list[_IndexedEdge]:
    """Leave out the edges that close loops: delayed ones, and where none is, those that lead back."""
    after: dict[int, list[int]] = {at: [] for at in members}
    for edge in edges:
        after[edge.source].append(edge.target)
    loop: dict[int, int] = {}
    for number, component in enumerate(strongly_connected(members, after)):
        loop.update(dict.fromkeys(component, number))
    kept = [edge for edge in edges if not (edge.delayed and loop[edge.source] == loop[edge.target])]
    out: dict[int, list[_IndexedEdge]] = {at: [] for at in members}
    entered = set()
    for edge in kept:
        out[edge.source].append(edge)
        entered.add(edge.target)
    state = dict.fromkeys(members, 0)  # 1 on the way, 2 done
    backward: set[int] = set()
    for start in sorted(members, key=lambda at: at in entered):  # what nothing leads to comes first
        if state[start]:
            continue
        state[start] = 1
        work = [(start, iter(out[start]))]
        while work:
            at, rest = work[-1]
            for edge in rest:
                if state[edge.target] == 1:
                    backward.add(id(edge))
                elif not state[edge.target]:
                    state[edge.target] = 1
                    work.append((edge.target, iter(out[edge.target])))
                    break
            else:
                state[at] = 2
                work.pop()
    return [edge for edge in kept if id(edge) not in backward]


def _layers(members: list[int], edges: list[_IndexedEdge]) -> dict[int, int]:
    """Return layers by the longest path; what nothing leads to stands close to what it feeds."""
    out: dict[int, list[int]] = {at: [] for at in members}
    waits = dict.fromkeys(members, 0)
    for edge in edges:
        out[edge.source].append(edge.target)
        waits[edge.target] += 1
    first = [at for at in members if not waits[at]]
    layer = dict.fromkeys(members, 0)
    ready = deque(first)
    while ready:
        at = ready.popleft()
        for target in out[at]:
            layer[target] = max(layer[target], layer[at] + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    for at in first:
        if out[at]:
            layer[at] = min(layer[target] for target in out[at]) - 1
    lowest = min(layer.values())
    return {at: number - lowest for at, number in layer.items()}


def _graph(
    members: list[int], edges: list[_IndexedEdge], layer: Mapping[int, int], heights: Mapping[int, float]
) -> LayeredGraph:
    """Return boxes and edges by layer; an edge over several layers has a point in each between."""
    vertex = {at: v for v, at in enumerate(members)}
    graph = LayeredGraph(
        [[] for _ in range(max(layer.values()) + 1)], [heights[at] for at in members], len(members)
    )
    for v, at in enumerate(members):
        graph.layers[layer[at]].append(v)
    room = _LONG_EDGES * (len(members) + len(edges))
    for edge in sorted(edges, key=lambda edge: layer[edge.target] - layer[edge.source]):
        first, last = layer[edge.source], layer[edge.target]
        room -= last - first - 1
        if room < 0:  # it takes no part; what it joins is held by its other edges
            continue
        at, leaves = vertex[edge.source], edge.leaves
        for between in range(first + 1, last):
            point = graph.add_point(between)
            graph.join(at, leaves, point, 0.0)
            at, leaves = point, 0.0
        graph.join(at, leaves, vertex[edge.target], edge.enters)
    return graph


# ----------------------------------------------------------------------------------- order


def _order(graph: LayeredGraph) -> None:
    """Put each layer in the order with the fewest crossings found."""
    _first_order(graph)
    best, fewest = [list(row) for row in graph.layers], _crossings(graph)
    rounds, waited = (_ROUNDS if len(graph.heights) < _MANY else _ROUNDS // 3), 0
    for turn in range(rounds):
        if not fewest or waited >= _PATIENCE:
            break
        _sweep(graph, downward=turn % 2 == 0)
        crossings = _crossings(graph)
        waited += 1
        if crossings < fewest:
            best, fewest, waited = [list(row) for row in graph.layers], crossings, 0
    graph.layers[:] = best


def _first_order(graph: LayeredGraph) -> None:
    """Begin with the order of a walk along the edges, so that what hangs together stands together."""
    place: dict[int, int] = {}
    for row in graph.layers:
        for start in row:
            work = [start]
            while work:
                vertex = work.pop()
                if vertex not in place:
                    place[vertex] = len(place)
                    work += [e[0] for e in sorted(graph.after[vertex], key=lambda e: -e[2])]
    for row in graph.layers:
        row.sort(key=place.__getitem__)


def _sweep(graph: LayeredGraph, *, downward: bool) -> None:
    """Order each layer by the barycentres of the neighbours in the layers before it, or behind it."""
    neighbours = graph.before if downward else graph.after
    place = [0.0] * len(graph.heights)
    for row in graph.layers if downward else graph.layers[::-1]:
        centre = {}
        for at, vertex in enumerate(row):
            near = neighbours[vertex]
            if near:
                total = sum(place[other] + port / (graph.heights[other] + 1.0) for other, port, _ in near)
                centre[vertex] = total / len(near)
            else:
                centre[vertex] = float(at)
        row.sort(key=centre.__getitem__)
        for at, vertex in enumerate(row):
            place[vertex] = float(at)


def _crossings(graph: LayeredGraph) -> int:
    """Count the crossings between neighbouring layers (Barth, Jünger and Mutzel 2002)."""
    place = [0] * len(graph.heights)
    for row in graph.layers:
        for at, vertex in enumerate(row):
            place[vertex] = at
    count = 0
    for row in graph.layers:
        seen: list[tuple[int, float]] = []
        for vertex in row:
            ends = sorted((own, place[other], port) for other, port, own in graph.after[vertex])
            for _, at, port in ends:
                end = (at, port)
                count += len(seen) - bisect_right(seen, end)
                insort(seen, end)
    return count
