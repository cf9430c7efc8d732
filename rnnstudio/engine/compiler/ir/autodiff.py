"""Reverse-mode differentiation of the forward graph, into the same graph.

The backward pass runs the forward stages in reverse. In stage k the gradients of all its values are
summed from their uses and pushed on by the rules; then, for each group of products that share an
operand, ``dA @ W.T`` gives the gradient of the operand (the leaf ``d_operand``), which an earlier
stage goes on with. What a step hands to the next earlier one are the gradients of the previous states.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnnstudio.engine.compiler.ir.derivative_rules import GRADIENTS, Term
from rnnstudio.engine.compiler.ir.graph import CONSTANT, Graph, Op, Phase, Place
from rnnstudio.engine.compiler.ir.lowering import Forward


@dataclass(frozen=True)
class Group:
    """Products of one operand, computed by one matrix product.

    ``products`` are the forward values, ``matrices`` their names. ``owns`` is False for a matrix
    that an earlier group owns: such a group has one product, and reads the owner's weights.
    """

    key: str
    operand: int
    place: Place
    products: tuple[int, ...]
    matrices: tuple[str, ...]
    owns: bool


@dataclass(frozen=True)
class Backward:
    """The differentiated cell.

    Attributes
    ----------
    groups : product groups in the order of the forward pass
    d_products : gradient of each product, by forward value
    d_vectors : gradient of each vector of weights, before the sum over rows
    d_previous : gradient of each previous state, None where it is zero
    d_input : gradient of ``x`` by elementwise use, None where there is none; the groups whose
        operand is ``x`` itself come on top
    d_values : gradient of every forward value that has one
    """

    forward: Forward
    groups: tuple[Group, ...]
    d_products: dict[int, int]
    d_vectors: dict[str, int]
    d_previous: dict[str, int | None]
    d_input: int | None
    d_values: dict[int, int]


def differentiate(forward: Forward) -> Backward:
    """Return the backward pass of a forward graph."""
    return _Differentiation(forward).run()


def group_products(forward: Forward) -> tuple[Group, ...]:
    """Return the product groups of a forward graph in the order they are computed."""
    graph = forward.graph
    by_operand: dict[int, list[int]] = {}
    for value in forward.products:
        by_operand.setdefault(graph.ops[value].args[0], []).append(value)
    owned: set[str] = set()
    groups: list[Group] = []
    for operand, products in by_operand.items():
        place = graph.places[products[0]]
        own = [p for p in products if graph.ops[p].name not in owned]
        borrowed = [p for p in products if p not in own]
        owned.update(graph.ops[p].name for p in own)
        for members, owns in [(own, True), *(([p], False) for p in borrowed)]:
            if members:
                names = tuple(graph.ops[p].name for p in members)
                groups.append(Group(f"g{len(groups)}", operand, place, tuple(members), names, owns))
    return tuple(sorted(groups, key=lambda g: g.place))


class _Differentiation:
    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.graph: Graph = forward.graph
        self.groups = group_products(forward)
        self.contributions: dict[int, list[int]] = {}
        self.d_values: dict[int, int] = {}

    def run(self) -> Backward:
        graph, equations = self.graph, self.forward.equations
        last_stage = Place(Phase.STEP, max(self.forward.stages(Phase.STEP), default=0) + 1)
        for state in equations.states:
            leaf = graph.add(Op("d_state", name=state), last_stage)
            self.contribute(self.forward.names[state], leaf)
        d_products: dict[int, int] = {}
        for place in self._places():
            for value in reversed(range(self.forward.count)):
                if graph.places[value] == place and not graph.ops[value].leaf:
                    self._push(value, place)
            for group in self.groups:
                if group.place == place:
                    d_products.update(self._through_group(group, place))
        d_vectors = {}
        for name in equations.vectors:
            d = self._vector(graph.add(Op("vector", name=name), CONSTANT))
            if d is not None:
                d_vectors[name] = d
        carry = Place(Phase.STEP, -1)
        d_previous = {}
        for state in equations.states:
            leaf = graph.add(Op("previous", name=state), carry)
            d_previous[state] = self._sum(leaf, carry)
        d_input = self._sum(graph.add(Op("input"), Place(Phase.INPUT, -1)), Place(Phase.INPUT, 0))
        return Backward(self.forward, self.groups, d_products, d_vectors, d_previous, d_input, self.d_values)

    def _places(self) -> list[Place]:
        phases = (Phase.STEP, Phase.HOISTED, Phase.INPUT)
        return [Place(phase, k) for phase in phases for k in reversed(self.forward.stages(phase))]

    def contribute(self, value: int, d: int) -> None:
        self.contributions.setdefault(value, []).append(d)

    def _push(self, value: int, place: Place) -> None:
        """Push the gradient of a value on to its arguments by the rule of its operation."""
        d = self._sum(value, place)
        if d is None:
            return
        graph, op = self.graph, self.graph.ops[value]

        def term(v: int) -> Term:
            return Term(graph, v, place)

        gradients = GRADIENTS[op.kind](term(d), term(value), tuple(map(term, op.args)), op.number)
        for argument, gradient in zip(op.args, gradients, strict=True):
            if gradient is not None and graph.ops[argument].kind != "number":
                self.contribute(argument, gradient.value)

    def _through_group(self, group: Group, place: Place) -> dict[int, int]:
        """Sum the gradients of a group's products; its operand gets ``d_operand``."""
        graph = self.graph
        sums = {product: self._sum(product, place) for product in group.products}
        if all(d is None for d in sums.values()):
            return {}
        if graph.ops[group.operand].kind != "input":
            self.contribute(group.operand, graph.add(Op("d_operand", name=group.key), place))
        return {p: graph.fresh_copy(graph.number(0.0), place) if d is None else d for p, d in sums.items()}

    def _sum(self, value: int, place: Place) -> int | None:
        """Return the gradient of a value, complete at ``place``."""
        parts = self.contributions.get(value, [])
        if not parts:
            return None
        self.d_values[value] = d = self._complete(parts, place)
        return d

    def _complete(self, parts: list[int], place: Place) -> int:
        steps = [p for p in parts if self.graph.places[p].phase is Phase.STEP]
        if place.phase is Phase.STEP or not steps:
            return self._add(parts, place)
        # A hoisted value used at every step: what the steps give is summed there, and kept by row.
        there = Place(Phase.STEP, self._earliest(steps))
        summed = self._add(steps, there)
        if self.graph.ops[summed].leaf:
            summed = self.graph.fresh_copy(summed, there)
        return self._add([summed, *(p for p in parts if p not in steps)], place)

    def _vector(self, value: int) -> int | None:
        """Return the gradient of a vector of weights by row.

        Its uses may lie in both phases: those of the steps are summed there.
        """
        parts = self.contributions.get(value, [])
        if any(self.graph.places[p].phase is Phase.HOISTED for p in parts):
            return self._sum(value, Place(Phase.HOISTED, 0))
        return self._sum(value, Place(Phase.STEP, self._earliest(parts)))

    def _earliest(self, parts: list[int]) -> int:
        """Return the stage of a step in which all parts are known, the stages running backwards.

        A leaf, the gradient of an operand or of a state, is known to the stage before its place.
        """
        graph = self.graph
        last = max(self.forward.stages(Phase.STEP), default=0)
        stages = (graph.places[p].stage - (1 if graph.ops[p].leaf else 0) for p in parts)
        return min(max(0, min(stages, default=0)), last)

    def _add(self, parts: list[int], place: Place) -> int:
        graph = self.graph

        def is_negated(part: int) -> bool:
            # What a step negates has a row for each step; what it negates may have none.
            return graph.ops[part].kind == "negative" and graph.places[part].phase is place.phase

        total: int | None = None
        # Those that are subtracted last, so that -a never has to be computed on its own.
        for part in sorted(parts, key=is_negated):
            if total is None:
                total = part
            elif is_negated(part):
                total = graph.add(Op("subtract", (total, *graph.ops[part].args)), place)
            else:
                total = graph.add(Op("add", (total, part)), place)
        assert total is not None
        return total
