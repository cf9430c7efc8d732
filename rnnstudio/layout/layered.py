"""Layered layout from left to right.

The method of Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of hierarchical system
structures". Loops are broken at delayed links if possible, layers follow the longest path, each layer is
sorted by the barycentres of the neighbours, and `brandes_koepf` assigns the vertical coordinates. The
result does not depend on earlier positions, so that auto layout is idempotent.
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
BETWEEN_LAYERS = 72.0  # space for a link with its shape label
BETWEEN_PARTS = 64.0
FEEDBACK_MARGIN = 56.0  # space for feedback links below their nodes
ROW = 1200.0  # the maximum width of a row of unconnected boxes
_LONG_EDGES = 1  # the maximum number of dummy vertices, as a multiple of boxes and edges
_ROUNDS, _PATIENCE = 12, 3
_MANY = 400


class Size(NamedTuple):
    """The size of something on the canvas, in pixels."""

    width: float
    height: float


class Edge(NamedTuple):
    """A link between two boxes; ``leaves`` and ``enters`` are the distances of its ports from their tops."""

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
    """Return the top left corner of each box, on a grid of 8 pixels; the layout starts at (0, 0).

    Edges go from left to right, except those that close a loop, which are delayed links if there are any.
    Connected components are placed below each other. Edges from or to other boxes are ignored.
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
    """Return the connected components with their edges, in the order of their first boxes."""
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
    """Return the corners of one component, starting at (0, 0), and its bottom."""
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
    """Leave out the edges that close loops: delayed links in loops, then the back edges of a search."""
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
    state = dict.fromkeys(members, 0)  # 1 is on the path, 2 is done
    backward: set[int] = set()
    for start in sorted(members, key=lambda at: at in entered):  # start at boxes without incoming edges
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
    """Return layers by the longest path; sources are moved next to their nearest target."""
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
    """Return boxes and edges by layer; an edge across several layers gets a dummy vertex in each."""
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
        if room < 0:  # ignore the longest edges
            continue
        at, leaves = vertex[edge.source], edge.leaves
        for between in range(first + 1, last):
            dummy = graph.add_dummy(between)
            graph.connect(at, leaves, dummy, 0.0)
            at, leaves = dummy, 0.0
        graph.connect(at, leaves, vertex[edge.target], edge.enters)
    return graph


# ----------------------------------------------------------------------------------- order


def _order(graph: LayeredGraph) -> None:
    """Sort each layer; the order with the fewest crossings of all rounds is used."""
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
    """Start with the order of a depth-first search, which keeps neighbours together."""
    position: dict[int, int] = {}
    for row in graph.layers:
        for start in row:
            work = [start]
            while work:
                vertex = work.pop()
                if vertex not in position:
                    position[vertex] = len(position)
                    work += [e[0] for e in sorted(graph.successors[vertex], key=lambda e: -e[2])]
    for row in graph.layers:
        row.sort(key=position.__getitem__)


def _sweep(graph: LayeredGraph, *, downward: bool) -> None:
    """Sort each layer by the barycentres of the neighbours in the previous, or the next, layer."""
    neighbours = graph.predecessors if downward else graph.successors
    position = [0.0] * len(graph.heights)
    for row in graph.layers if downward else graph.layers[::-1]:
        centre = {}
        for at, vertex in enumerate(row):
            near = neighbours[vertex]
            if near:
                total = sum(position[other] + port / (graph.heights[other] + 1.0) for other, port, _ in near)
                centre[vertex] = total / len(near)
            else:
                centre[vertex] = float(at)
        row.sort(key=centre.__getitem__)
        for at, vertex in enumerate(row):
            position[vertex] = float(at)


def _crossings(graph: LayeredGraph) -> int:
    """Count the crossings between neighbouring layers (Barth, Jünger and Mutzel 2002)."""
    position = [0] * len(graph.heights)
    for row in graph.layers:
        for at, vertex in enumerate(row):
            position[vertex] = at
    count = 0
    for row in graph.layers:
        seen: list[tuple[int, float]] = []
        for vertex in row:
            ends = sorted((own, position[other], port) for other, port, own in graph.successors[vertex])
            for _, at, port in ends:
                end = (at, port)
                count += len(seen) - bisect_right(seen, end)
                insort(seen, end)
    return count
