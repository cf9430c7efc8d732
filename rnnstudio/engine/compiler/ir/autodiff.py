"""Reverse-mode differentiation of the forward graph, into the same graph.

The backward pass runs the forward stages in reverse. In stage k the gradients of all its values are
summed from their uses and pushed on by the rules; then, for each group of products that share an
operand, ``dA @ W.T`` gives the gradient of the operand (the leaf ``d_operand``), which an earlier
stage uses. A step passes the gradients of the previous states to the step before it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnnstudio.engine.compiler.ir.derivative_rules import GRADIENTS, Term
from rnnstudio.engine.compiler.ir.graph import CONSTANT, Graph, Op, Phase, ProgramPoint
from rnnstudio.engine.compiler.ir.lowering import Forward


@dataclass(frozen=True)
class ProductGroup:
    """Products with a common operand, computed by one matrix product.

    ``products`` are the forward values, ``matrices`` their names. ``owns_weights`` is False if the matrix
    belongs to an earlier group. Such a group has one product, and reads the weights of that group.
    """

    key: str
    operand: int
    point: ProgramPoint
    products: tuple[int, ...]
    matrices: tuple[str, ...]
    owns_weights: bool


@dataclass(frozen=True)
class Backward:
    """The differentiated cell.

    Attributes
    ----------
    groups : product groups in the order of the forward pass
    d_products : gradient of each product, by forward value
    d_vectors : gradient of each vector of weights, before the sum over rows
    d_previous : gradient of each previous state, None if it is zero
    d_input : gradient of ``x`` from elementwise use, or None; products with ``x`` itself add to it
    d_values : gradient of every forward value that has one
    """

    forward: Forward
    groups: tuple[ProductGroup, ...]
    d_products: dict[int, int]
    d_vectors: dict[str, int]
    d_previous: dict[str, int | None]
    d_input: int | None
    d_values: dict[int, int]


def differentiate(forward: Forward) -> Backward:
    """Return the backward pass of a forward graph."""
    return _Differentiation(forward).run()


def group_products(forward: Forward) -> tuple[ProductGroup, ...]:
    """Return the product groups of a forward graph in the order of execution."""
    graph = forward.graph
    by_operand: dict[int, list[int]] = {}
    for value in forward.products:
        by_operand.setdefault(graph.ops[value].args[0], []).append(value)
    owned: set[str] = set()
    groups: list[ProductGroup] = []
    for operand, products in by_operand.items():
        point = graph.points[products[0]]
        own = [p for p in products if graph.ops[p].name not in owned]
        borrowed = [p for p in products if p not in own]
        owned.update(graph.ops[p].name for p in own)
        for members, owns_weights in [(own, True), *(([p], False) for p in borrowed)]:
            if members:
                names = tuple(graph.ops[p].name for p in members)
                groups.append(
                    ProductGroup(f"g{len(groups)}", operand, point, tuple(members), names, owns_weights)
                )
    return tuple(sorted(groups, key=lambda g: g.point))


class _Differentiation:
    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.graph: Graph = forward.graph
        self.groups = group_products(forward)
        self.contributions: dict[int, list[int]] = {}
        self.d_values: dict[int, int] = {}

    def run(self) -> Backward:
        graph, equations = self.graph, self.forward.equations
        last_stage = ProgramPoint(Phase.STEP, max(self.forward.stages(Phase.STEP), default=0) + 1)
        for state in equations.states:
            leaf = graph.add(Op("d_state", name=state), last_stage)
            self.contribute(self.forward.names[state], leaf)
        d_products: dict[int, int] = {}
        for point in self._places():
            for value in reversed(range(self.forward.count)):
                if graph.points[value] == point and not graph.ops[value].is_leaf:
                    self._push(value, point)
            for group in self.groups:
                if group.point == point:
                    d_products.update(self._through_group(group, point))
        d_vectors = {}
        for name in equations.vectors:
            d = self._vector(graph.add(Op("vector", name=name), CONSTANT))
            if d is not None:
                d_vectors[name] = d
        carry = ProgramPoint(Phase.STEP, -1)
        d_previous = {}
        for state in equations.states:
            leaf = graph.add(Op("previous", name=state), carry)
            d_previous[state] = self._sum(leaf, carry)
        d_input = self._sum(
            graph.add(Op("input"), ProgramPoint(Phase.INPUT, -1)), ProgramPoint(Phase.INPUT, 0)
        )
        return Backward(self.forward, self.groups, d_products, d_vectors, d_previous, d_input, self.d_values)

    def _places(self) -> list[ProgramPoint]:
        phases = (Phase.STEP, Phase.HOISTED, Phase.INPUT)
        return [ProgramPoint(phase, k) for phase in phases for k in reversed(self.forward.stages(phase))]

    def contribute(self, value: int, d: int) -> None:
        self.contributions.setdefault(value, []).append(d)

    def _push(self, value: int, point: ProgramPoint) -> None:
        """Propagate the gradient of a value to its arguments by the rule of its operation."""
        d = self._sum(value, point)
        if d is None:
            return
        graph, op = self.graph, self.graph.ops[value]

        def term(v: int) -> Term:
            return Term(graph, v, point)

        gradients = GRADIENTS[op.kind](term(d), term(value), tuple(map(term, op.args)), op.number)
        for argument, gradient in zip(op.args, gradients, strict=True):
            if gradient is not None and graph.ops[argument].kind != "number":
                self.contribute(argument, gradient.value)

    def _through_group(self, group: ProductGroup, point: ProgramPoint) -> dict[int, int]:
        """Sum the gradients of a group's products; its operand gets ``d_operand``."""
        graph = self.graph
        sums = {product: self._sum(product, point) for product in group.products}
        if all(d is None for d in sums.values()):
            return {}
        if graph.ops[group.operand].kind != "input":
            self.contribute(group.operand, graph.add(Op("d_operand", name=group.key), point))
        return {p: graph.fresh_copy(graph.number(0.0), point) if d is None else d for p, d in sums.items()}

    def _sum(self, value: int, point: ProgramPoint) -> int | None:
        """Return the complete gradient of a value at ``point``."""
        parts = self.contributions.get(value, [])
        if not parts:
            return None
        self.d_values[value] = d = self._complete(parts, point)
        return d

    def _complete(self, parts: list[int], point: ProgramPoint) -> int:
        steps = [p for p in parts if self.graph.points[p].phase is Phase.STEP]
        if point.phase is Phase.STEP or not steps:
            return self._add(parts, point)
        # A hoisted value used at every step: gradients of the steps are summed there and stored by row.
        there = ProgramPoint(Phase.STEP, self._earliest(steps))
        summed = self._add(steps, there)
        if self.graph.ops[summed].is_leaf:
            summed = self.graph.fresh_copy(summed, there)
        return self._add([summed, *(p for p in parts if p not in steps)], point)

    def _vector(self, value: int) -> int | None:
        """Return the gradient of a vector of weights by row.

        If it is used in both phases, the gradients of the steps are summed there.
        """
        parts = self.contributions.get(value, [])
        if any(self.graph.points[p].phase is Phase.HOISTED for p in parts):
            return self._sum(value, ProgramPoint(Phase.HOISTED, 0))
        return self._sum(value, ProgramPoint(Phase.STEP, self._earliest(parts)))

    def _earliest(self, parts: list[int]) -> int:
        """Return the first stage of a step, in backward order, in which all parts are known.

        A leaf (the gradient of an operand or a state) is known in the stage before its program point.
        """
        graph = self.graph
        last = max(self.forward.stages(Phase.STEP), default=0)
        stages = (graph.points[p].stage - (1 if graph.ops[p].is_leaf else 0) for p in parts)
        return min(max(0, min(stages, default=0)), last)

    def _add(self, parts: list[int], point: ProgramPoint) -> int:
        graph = self.graph

        def is_negated(part: int) -> bool:
            # The negated value has a row for each step; its argument may have none.
            return graph.ops[part].kind == "negative" and graph.points[part].phase is point.phase

        total: int | None = None
        # Subtracted parts come last, so that -a is never computed on its own.
        for part in sorted(parts, key=is_negated):
            if total is None:
                total = part
            elif is_negated(part):
                total = graph.add(Op("subtract", (total, *graph.ops[part].args)), point)
            else:
                total = graph.add(Op("add", (total, part)), point)
        assert total is not None
        return total
