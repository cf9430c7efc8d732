"""Rematerialization: computes cheap values again in the backward pass instead of storing them.

For a gate ``z`` that is stored anyway, ``1 - z`` costs one subtraction. Storing it would cost one more number
to write and read for each unit, step and sequence.
"""

from __future__ import annotations

from dataclasses import replace

from rnnstudio.engine.compiler.ir.autodiff import Backward
from rnnstudio.engine.compiler.ir.graph import COMPARISONS, Phase, ProgramPoint

CHEAP = {"add", "subtract", "multiply", "negative", "minimum", "maximum", "relu", "abs", *COMPARISONS}


def rematerialize(backward: Backward) -> None:
    """Make the backward steps recompute values that are cheap to compute from stored ones."""
    forward, graph = backward.forward, backward.forward.graph
    operands = {group.operand for group in backward.groups}
    kept = {*forward.names.values(), *operands}
    readers: dict[int, list[int]] = {}
    for value in range(forward.count, len(graph.ops)):
        for a in graph.ops[value].args:
            readers.setdefault(a, []).append(value)

    def is_available(value: int) -> bool:
        return value in kept or graph.ops[value].kind in ("number", "vector", "previous")

    for value in range(forward.count):
        op, points = graph.ops[value], [graph.points[r] for r in readers.get(value, ())]
        if value in kept or op.kind not in CHEAP or not all(map(is_available, op.args)):
            continue
        if not points or any(point.phase is not Phase.STEP for point in points):
            continue
        # The backward stages run from the last to the first, so the largest stage is the first to read it.
        again = graph.add_unshared(op, ProgramPoint(Phase.STEP, max(point.stage for point in points)))
        for reader in readers[value]:
            args = tuple(again if a == value else a for a in graph.ops[reader].args)
            graph.ops[reader] = replace(graph.ops[reader], args=args)
