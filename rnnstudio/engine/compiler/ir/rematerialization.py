"""What is worked out again in the backward pass instead of being kept for it.

``1 - z`` of a gate ``z`` that is kept anyway costs one subtraction; kept, it would be one more number for
each unit, step and sequence, to be written and to be read.
"""

from __future__ import annotations

from dataclasses import replace

from rnnstudio.engine.compiler.ir.autodiff import Backward
from rnnstudio.engine.compiler.ir.graph import COMPARISONS, Phase, Place

CHEAP = {"add", "subtract", "multiply", "negative", "minimum", "maximum", "relu", "abs", *COMPARISONS}


def recompute(backward: Backward) -> None:
    """Let the backward steps work out for themselves what is cheap to make of what is kept."""
    forward, graph = backward.forward, backward.forward.graph
    operands = {group.operand for group in backward.groups}
    kept = {*forward.names.values(), *operands}
    readers: dict[int, list[int]] = {}
    for value in range(forward.count, len(graph.ops)):
        for a in graph.ops[value].args:
            readers.setdefault(a, []).append(value)

    def at_hand(value: int) -> bool:
        return value in kept or graph.ops[value].kind in ("number", "vector", "previous")

    for value in range(forward.count):
        op, places = graph.ops[value], [graph.places[r] for r in readers.get(value, ())]
        if value in kept or op.kind not in CHEAP or not all(map(at_hand, op.args)):
            continue
        if not places or any(place.phase is not Phase.STEP for place in places):
            continue
        # The backward stages run from the last to the first: there for the first that reads it.
        again = graph.anew(op, Place(Phase.STEP, max(place.stage for place in places)))
        for reader in readers[value]:
            args = tuple(again if a == value else a for a in graph.ops[reader].args)
            graph.ops[reader] = replace(graph.ops[reader], args=args)
