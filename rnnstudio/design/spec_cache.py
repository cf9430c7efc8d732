"""A cache of the results of node specifications: an edit changes one node, all others stay the same.

Parameters, shapes, weights and memory of a node are pure functions of values, so the results can be
cached. Only valid results are cached; errors are computed again each time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rnnstudio.design.model import Params, Value
from rnnstudio.design.signals import Shape
from rnnstudio.design.spec import NodeSpec
from rnnstudio.design.streams import Facts

MOST = 4096  # the maximum number of cached results; then the cache is cleared
_MOST_CASES = 16  # for the same parameters with different inputs

Key = tuple[int, tuple[tuple[str, Value], ...], tuple[type, ...]]


@dataclass
class Inference:
    """The inferred properties of a node with given parameters, input shapes and data.

    Attributes
    ----------
    given : the output shapes
    """

    spec: NodeSpec
    params: Params
    inputs: Mapping[str, Shape]
    facts: Facts
    given: Mapping[str, Shape]
    _weights: int | None = None
    _tape: tuple[int, int] | None = None

    @property
    def weights(self) -> int:
        """The number of weights."""
        if self._weights is None:
            shapes = self.spec.weights(self.params, self.inputs, self.facts)
            self._weights = sum(math.prod(shape) for shape in shapes.values())
        return self._weights

    @property
    def tape(self) -> tuple[int, int]:
        """The numbers that training stores per time step of a sequence, and per sequence."""
        if self._tape is None:
            width = self.spec.tape_width(self.params, self.inputs)
            self._tape = width, self.spec.tape_size(self.params, self.inputs, self.facts)
        return self._tape


class SpecCache:
    """Caches results by the values of parameters and the identity of the specification."""

    def __init__(self) -> None:
        self._params: dict[Key, tuple[NodeSpec, dict[str, Value]]] = {}
        self._cases: dict[tuple[int, int], list[Inference]] = {}
        self._facts: Facts | None = None

    def params(self, spec: NodeSpec, given: Params) -> dict[str, Value] | None:
        """Return the cached complete parameters, which must not be changed, or None."""
        try:
            known = self._params.get(_key(spec, given))
        except TypeError:  # an unhashable value, which the rules report
            return None
        return known[1] if known is not None else None

    def keep_params(self, spec: NodeSpec, given: Params, complete: dict[str, Value]) -> None:
        """Cache valid parameters."""
        if len(self._params) >= MOST:
            self._params.clear()
            self._cases.clear()
        self._params[_key(spec, given)] = spec, complete

    def infer(self, spec: NodeSpec, params: Params, inputs: Mapping[str, Shape], facts: Facts) -> Inference:
        """Return the inferred properties; raises the errors of ``NodeSpec.infer``."""
        if facts is not self._facts:
            if facts != self._facts:
                self._cases.clear()
            self._facts = facts
        key = (id(spec), id(params))
        cases = self._cases.get(key)
        if cases is None:
            if len(self._cases) >= MOST:
                self._cases.clear()
            cases = self._cases[key] = []
        for case in cases:  # a case keeps both objects alive, so their ids are unique
            if case.inputs == inputs:
                return case
        case = Inference(spec, params, inputs, facts, spec.infer(params, inputs, facts))
        if len(cases) >= _MOST_CASES:
            cases.clear()
        cases.append(case)
        return case


def _key(spec: NodeSpec, given: Params) -> Key:
    return id(spec), tuple(given.items()), tuple(map(type, given.values()))  # True is not 1 here


spec_cache = SpecCache()
