"""Lowering: from the syntax tree to the forward graph."""

from __future__ import annotations

from dataclasses import dataclass

from rnnstudio.engine.compiler.frontend.ast_nodes import (
    PREVIOUS,
    PRODUCTS,
    SUMS,
    Equations,
    Node,
    chain,
    part_names,
)
from rnnstudio.engine.compiler.ir.graph import CONSTANT, Graph, Op, Phase, ProgramPoint


@dataclass(frozen=True)
class Forward:
    """The forward graph.

    Attributes
    ----------
    names : the value of every assigned name
    count : values below this one belong to the forward pass
    products : values of kind ``product`` in order of appearance
    """

    equations: Equations
    graph: Graph
    names: dict[str, int]
    count: int
    products: tuple[int, ...]

    def stages(self, phase: Phase) -> range:
        """Return the stages of a phase."""
        points = self.graph.points[: self.count]
        return range(max((p.stage for p in points if p.phase is phase), default=-1) + 1)


def lower(equations: Equations) -> Forward:
    """Return the forward graph of equations."""
    graph = Graph()
    lowering = _Lowering(graph, equations)
    for assignment in equations.assignments:
        lowering.assign(assignment.name, assignment.expression)
    products = tuple(v for v, op in enumerate(graph.ops) if op.kind == "product")
    return Forward(equations, graph, lowering.names, len(graph.ops), products)


class _Lowering:
    def __init__(self, graph: Graph, equations: Equations) -> None:
        self.graph = graph
        self.names: dict[str, int] = {}
        self.vectors = set(equations.vectors)

    def assign(self, name: str, expression: Node) -> None:
        value = self.value(expression)
        # Every assigned name has an array of its own, so a second name of a value, or a name of a leaf, is a
        # copy.
        if self.graph.ops[value].is_leaf or value in self.names.values():
            value = self.graph.fresh_copy(value, self.graph.earliest((value,)))
        self.names[name] = value

    def value(self, node: Node) -> int:
        graph = self.graph
        if node.kind == "number":
            return graph.number(node.number)
        if node.kind == "name":
            return self._name(node.name)
        if node.kind == "product":
            return graph.product(node.name, self.value(node.args[0]))
        if node.kind in (*SUMS, "negative", "joined"):
            return graph.sum_terms(self._terms(node, 1))
        if node.kind == "power":
            return self._power(self.value(node.args[0]), node.number)
        if node.kind == "log":
            return self._log(node.args[0])
        if node.kind in PRODUCTS:
            first, others = chain(node)
            result = self.value(first)
            for kind, operand in others:
                result = graph.elementwise(kind, result, self.value(operand))
            return result
        return graph.elementwise(node.kind, *(self.value(a) for a in node.args))

    def _name(self, name: str) -> int:
        if name in self.names:
            return self.names[name]
        if name == "x":
            return self.graph.add(Op("input"), ProgramPoint(Phase.INPUT, -1))
        if name in self.vectors:
            return self.graph.add(Op("vector", name=name), CONSTANT)
        return self.graph.add(Op("previous", name=name[: -len(PREVIOUS)]), ProgramPoint(Phase.STEP, -1))

    def _terms(self, node: Node, sign: int) -> list[tuple[int, int]]:
        if node.kind == "negative":
            return self._terms(node.args[0], -sign)
        if node.kind in SUMS:
            first, others = chain(node)
            terms = self._terms(first, sign)
            for kind, operand in others:
                terms += self._terms(operand, sign if kind == "add" else -sign)
            return terms
        if node.kind == "joined":  # one part for each vector, each computed as early as possible
            parts = zip(part_names(node.name, len(node.args)), node.args, strict=True)
            return [(sign, self.graph.product(part, self.value(a))) for part, a in parts]
        return [(sign, self.value(node))]

    def _log(self, node: Node) -> int:
        """Return the logarithm of an expression.

        The logarithm of a sigmoid, or of 1 minus a sigmoid, is computed from the argument of the sigmoid. It
        is then finite even where the sigmoid rounds to 0 or 1.
        """
        argument = self._argument_of_sigmoid(node)
        if argument is not None:
            return self.graph.elementwise("logsigmoid", argument)
        return self.graph.elementwise("log", self.value(node))

    def _argument_of_sigmoid(self, node: Node) -> int | None:
        """Return z for ``sigmoid(z)``, -z for ``1 - sigmoid(z)``, and None for other expressions."""
        if node.kind == "sigmoid":
            return self.value(node.args[0])
        if node.kind == "subtract" and node.args[0].kind == "number" and node.args[0].number == 1.0:
            argument = self._argument_of_sigmoid(node.args[1])
            return None if argument is None else self.graph.elementwise("negative", argument)
        if node.kind == "name" and node.name in self.names:
            return self._argument_of_gate(self.names[node.name])
        return None

    def _argument_of_gate(self, value: int) -> int | None:
        """Return the same for the value of a name."""
        graph = self.graph
        op = graph.ops[self._original(value)]
        if op.kind == "sigmoid":
            return op.args[0]
        if op.kind == "subtract" and graph.is_number(op.args[0], 1.0):
            argument = self._argument_of_gate(op.args[1])
            return None if argument is None else graph.elementwise("negative", argument)
        return None

    def _original(self, value: int) -> int:
        """Return the value that a value is a copy of."""
        while self.graph.ops[value].kind == "copy":
            (value,) = self.graph.ops[value].args
        return value

    def _power(self, base: int, exponent: float) -> int:
        graph = self.graph
        if exponent == 1.0:
            return base
        if exponent == 2.0:
            return graph.elementwise("multiply", base, base)
        if exponent == 0.5:
            return graph.elementwise("sqrt", base)
        if exponent == -1.0:
            return graph.elementwise("divide", graph.number(1.0), base)
        return graph.elementwise("power", base, number=exponent)
