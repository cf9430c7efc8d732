"""Instruction scheduling: the order of the statements of each stage.

Independent statements of the same operation are placed next to each other, in the order of their
columns, so that one call over adjacent columns can execute all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnstudio.engine.compiler.backend.gemm_fusion import GradientLayout
from rnnstudio.engine.compiler.ir.autodiff import Backward
from rnnstudio.engine.compiler.ir.graph import Graph, Phase, ProgramPoint

Order = Callable[[list[int]], list[int]]


@dataclass(frozen=True)
class Stage:
    """The statements of one stage of the forward or backward pass, as values in order of execution."""

    name: str
    point: ProgramPoint
    values: tuple[int, ...]


@dataclass(frozen=True)
class Schedule:
    """All stages in the order of execution."""

    forward: tuple[Stage, ...]
    backward: tuple[Stage, ...]


def schedule(backward: Backward, layout: GradientLayout, roots: list[int]) -> Schedule:
    """Return the schedule of all statements that ``roots`` depend on."""
    forward, graph = backward.forward, backward.forward.graph
    ahead, behind = _statements(backward, layout, roots)
    column: dict[int, float] = {d: k for k, d in enumerate(layout.columns)}
    for group in layout.groups:
        for k, product in enumerate(group.products):
            column[product] = layout.windows[group.key] + k
    _spread_forward(graph, forward.count, column)
    _spread_backward(graph, behind, column)
    first = _stages("forward", graph, ahead, _order(graph, column, late=False))
    return Schedule(
        first, tuple(reversed(_stages("backward", graph, behind, _order(graph, column, late=True))))
    )


def plain_schedule(backward: Backward, layout: GradientLayout, roots: list[int]) -> Schedule:
    """Return the same statements in the order of the graph."""
    graph = backward.forward.graph
    ahead, behind = _statements(backward, layout, roots)
    return Schedule(
        _stages("forward", graph, ahead, sorted), tuple(reversed(_stages("backward", graph, behind, sorted)))
    )


def _statements(backward: Backward, layout: GradientLayout, roots: list[int]) -> tuple[list[int], list[int]]:
    """Return the statements of the forward pass, and those of the backward pass that are needed."""
    graph, count = backward.forward.graph, backward.forward.count
    needed = _reachable(graph, [*roots, *layout.columns])
    statements = [v for v in range(len(graph.ops)) if not graph.ops[v].is_leaf]
    return [v for v in statements if v < count], [v for v in statements if v >= count and v in needed]


def _reachable(graph: Graph, roots: list[int]) -> set[int]:
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        value = waiting.pop()
        if value not in seen:
            seen.add(value)
            waiting.extend(graph.ops[value].args)
    return seen


def _spread_forward(graph: Graph, count: int, column: dict[int, float]) -> None:
    for value in range(count):
        known = [column[a] for a in graph.ops[value].args if a in column]
        if known:
            column.setdefault(value, min(known))


def _spread_backward(graph: Graph, values: list[int], column: dict[int, float]) -> None:
    wide = set(values)
    for value in reversed(values):
        if value in column:
            for a in graph.ops[value].args:
                if a in wide:
                    column[a] = min(column.get(a, column[value]), column[value])


def _stages(direction: str, graph: Graph, values: list[int], order: Order) -> tuple[Stage, ...]:
    stages = []
    for point in sorted({graph.points[v] for v in values}):
        members = order([v for v in values if graph.points[v] == point])
        name = {Phase.INPUT: "input", Phase.HOISTED: "hoisted", Phase.STEP: "step"}[point.phase]
        number = str(point.stage) if point.stage >= 0 else "end"
        stages.append(Stage(f"{direction}_{name}_{number}", point, tuple(members)))
    return tuple(stages)


def _order(graph: Graph, column: dict[int, float], *, late: bool) -> Order:
    """Return a function that sorts the statements of a stage by dependency level, then by operation."""
    end = float(len(graph.ops))

    def ordered(members: list[int]) -> list[int]:
        level = _levels(graph, members, late=late)
        return sorted(members, key=lambda v: (level[v], graph.ops[v].kind, column.get(v, end), v))

    return ordered


def _levels(graph: Graph, members: list[int], *, late: bool) -> dict[int, int]:
    """Return a level for each statement above those of its arguments, as high as possible if ``late``."""
    inside = set(members)
    level: dict[int, int] = dict.fromkeys(members, 0)
    # The numbers of values are in topological order: arguments come first.
    if not late:
        for v in members:
            level[v] = max((level[a] + 1 for a in graph.ops[v].args if a in inside), default=0)
        return level
    for v in reversed(members):
        for a in graph.ops[v].args:
            if a in inside:
                level[a] = min(level[a], level[v] - 1)
    return level
