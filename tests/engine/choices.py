"""Which combinations of a kind's parameters are tested if all of them are too many.

Of the parameters that are a kind's own, every two values of two of them meet. Of those that a whole
family shares, which one piece of code serves, each value occurs with each kind, and from kind to kind
in other company; that code has tests of its own for every combination.
"""

import itertools
from collections.abc import Iterable, Sequence

from rnnstudio.design.constraints import Flag, Integer, OneOf
from rnnstudio.design.model import Value
from rnnstudio.design.spec import NodeSpec, ParamSpec

FEW = 16  # a whole number of so few values counts parts, and one more part is another case
Choice = dict[str, Value]


def param_choices(spec: NodeSpec, size: int, kinds: Iterable[NodeSpec]) -> list[Choice]:
    """Return choices of a kind's parameters that are one of a few values; ``size`` sizes its output."""
    kinds = list(kinds)
    few = {param: values for param in spec.params if (values := _few(param, spec))}
    shared = [p for p in few if sum(any(p is q for q in other.params) for other in kinds) > 2]
    own = [param for param in few if param not in shared]
    rows = pairwise([few[param] for param in own])
    first: Choice = {} if spec.size_param is None else {spec.size_param: size}
    usual = {param.name: param.default for param in shared}
    choices = [first | usual | _named(own, row) for row in rows]
    if shared:
        for k in range(max(len(few[param]) for param in shared)):
            turn = k + len(spec.kind)
            values = [few[param][turn * (place + 1) % len(few[param])] for place, param in enumerate(shared)]
            choices.append(first | _named(shared, values) | _named(own, rows[k % len(rows)]))
    return [choice for k, choice in enumerate(choices) if choice not in choices[:k]]


def _named(params: Sequence[ParamSpec], values: Sequence[Value]) -> Choice:
    return {param.name: value for param, value in zip(params, values, strict=True)}


def _few(param: ParamSpec, spec: NodeSpec) -> list[Value]:
    constraint = param.constraint
    if isinstance(constraint, OneOf):
        return list(constraint.options)
    if isinstance(constraint, Flag):
        return [False, True]
    if isinstance(constraint, Integer) and constraint.maximum <= FEW and param.name != spec.size_param:
        return [constraint.minimum, constraint.minimum + 1]
    return []


def pairwise(parts: Sequence[Sequence[Value]]) -> list[tuple[Value, ...]]:
    """Return few rows of one value of each part in which every two values of two parts meet."""
    if len(parts) < 3:
        return list(itertools.product(*parts))
    left = {
        ((i, a), (j, b))
        for i, j in itertools.combinations(range(len(parts)), 2)
        for a in range(len(parts[i]))
        for b in range(len(parts[j]))
    }
    rows = []
    candidates = list(itertools.product(*(range(len(part)) for part in parts)))
    while left:  # greedily, the row in which most of what is left meets
        pairs = {row: set(itertools.combinations(enumerate(row), 2)) & left for row in candidates}
        best = max(candidates, key=lambda row: len(pairs[row]))  # noqa: B023 - used at once
        left -= pairs[best]
        rows.append(tuple(part[k] for part, k in zip(parts, best, strict=True)))
    return rows
