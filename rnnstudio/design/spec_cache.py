"""What specifications said before: an edit changes one node, and the answers for all others stay.

A kind's parameters, shapes, weights and memory are pure functions of values, so that their answers
may be kept. Only what nothing was wrong with is kept; what is wrong is told anew each time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rnnstudio.design.model import Params, Value
from rnnstudio.design.signals import Shape
from rnnstudio.design.spec import NodeSpec
from rnnstudio.design.streams import Facts

MOST = 4096  # answers that are kept; past it all are forgotten
_MOST_CASES = 16  # of the same parameters at other inputs

Key = tuple[int, tuple[tuple[str, Value], ...], tuple[type, ...]]


@dataclass
class Inference:
    """What a kind says for parameters, the shapes that arrive, and the task's data.

    Attributes
    ----------
    given : the shape of each output
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
        """How many weights there are."""
        if self._weights is None:
            shapes = self.spec.weights(self.params, self.inputs, self.facts)
            self._weights = sum(math.prod(shape) for shape in shapes.values())
        return self._weights

    @property
    def tape(self) -> tuple[int, int]:
        """Return the numbers that training keeps for each sequence: a time step, and besides."""
        if self._tape is None:
            width = self.spec.tape_width(self.params, self.inputs)
            self._tape = width, self.spec.tape_size(self.params, self.inputs, self.facts)
        return self._tape


class SpecCache:
    """Keeps answers by value; a specification is told from others by its identity."""

    def __init__(self) -> None:
        self._params: dict[Key, tuple[NodeSpec, dict[str, Value]]] = {}
        self._cases: dict[tuple[int, int], list[Inference]] = {}
        self._facts: Facts | None = None

    def params(self, spec: NodeSpec, given: Params) -> dict[str, Value] | None:
        """Return the complete parameters if these are known to be sound; nobody may change them."""
        try:
            known = self._params.get(_key(spec, given))
        except TypeError:  # a value that no file holds, and that is told of
            return None
        return known[1] if known is not None else None

    def keep_params(self, spec: NodeSpec, given: Params, complete: dict[str, Value]) -> None:
        """Keep sound parameters."""
        if len(self._params) >= MOST:
            self._params.clear()
            self._cases.clear()
        self._params[_key(spec, given)] = spec, complete

    def infer(self, spec: NodeSpec, params: Params, inputs: Mapping[str, Shape], facts: Facts) -> Inference:
        """Return what a kind says; it raises what the kind's ``infer`` raises."""
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
        for case in cases:  # which holds both, so that no other can have their identities
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
