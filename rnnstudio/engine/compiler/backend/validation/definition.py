"""The reference evaluation of a cell on terms, by the definition of its equations and derivatives.

The graph is evaluated one sequence and one time step at a time, and every value is kept. There is no
schedule, no buffer assignment and no phase. It is the graph of `differentiate`, before any other pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rnnstudio.engine.compiler.backend.validation.terms import Term, Terms
from rnnstudio.engine.compiler.ir.autodiff import Backward
from rnnstudio.engine.compiler.ir.graph import Op, Phase

Vector = tuple[Term, ...]
Operation = Callable[..., Term]


@dataclass(frozen=True)
class Sizes:
    """The sizes of a validated run: units, features, and the steps of each sequence, longest first."""

    units: int
    features: int
    lengths: tuple[int, ...]

    @property
    def cells(self) -> list[tuple[int, int]]:
        """The (step, sequence) of each packed row."""
        steps = range(self.lengths[0])
        return [(t, b) for t in steps for b, length in enumerate(self.lengths) if length > t]


@dataclass
class Results:
    """The term of each result, by name and position, as in ``("tape", "c", step, sequence, unit)``."""

    sizes: Sizes
    terms: dict[tuple[object, ...], Term] = field(default_factory=dict)

    def put(self, values: Vector, *name: object) -> None:
        """Set the terms of a vector."""
        for k, value in enumerate(values):
            self.terms[(*name, k)] = value


class Given:
    """The terms of all inputs of a cell."""

    def __init__(self, terms: Terms, sizes: Sizes) -> None:
        self.terms, self.sizes = terms, sizes

    def _units(self, *name: object) -> Vector:
        return tuple(self.terms.leaf(*name, k) for k in range(self.sizes.units))

    def _features(self, *name: object) -> Vector:
        return tuple(self.terms.leaf(*name, k) for k in range(self.sizes.features))

    def x(self, t: int, b: int) -> Vector:
        """Return the input."""
        return self._features("x", t, b)

    def dx(self, t: int, b: int) -> Vector:
        """Return the initial value to which the gradient of the input is added."""
        return self._features("dx", t, b)

    def dh(self, t: int, b: int) -> Vector:
        """Return the gradient of the output."""
        return self._units("dh", t, b)

    def initial(self, state: str, b: int) -> Vector:
        """Return the initial value of a state."""
        return self._units("initial", state, b)

    def d_final(self, state: str, b: int) -> Vector:
        """Return the gradient of the final value of a state."""
        return self._units("d_final", state, b)

    def weight(self, name: str, *index: int) -> Term:
        """Return one number of the weights."""
        return self.terms.leaf("weight", name, *index)

    def gradient(self, name: str, *index: int) -> Term:
        """Return the initial value to which the gradient of one number of the weights is added."""
        return self.terms.leaf("gradient", name, *index)


class Definition:
    """Evaluates a differentiated cell; `results` returns all its results.

    Parameters
    ----------
    backward : the differentiated cell
    given : the terms of its inputs
    operation : returns the effect of an elementwise operation on terms
    whole : whether gradients of the final states are given, and that of the input is needed
    """

    def __init__(
        self, backward: Backward, given: Given, operation: Callable[[Op], Operation], *, whole: bool
    ) -> None:
        self.backward, self.given = backward, given
        self.graph, self.forward = backward.forward.graph, backward.forward
        self.terms, self.sizes = given.terms, given.sizes
        self.whole = whole
        self.groups = {group.key: group for group in backward.groups}
        self.operations = [None if op.is_leaf else operation(op) for op in self.graph.ops]
        #: the values of each step and sequence, by number
        self.values: dict[tuple[int, int], list[Vector]] = {}
        self._rows: dict[tuple[str, int, int], Vector] = {}
        self.nothing: Vector = (self.terms.zero,) * self.sizes.units

    def results(self) -> Results:
        """Return all results of the cell."""
        # Arguments have smaller numbers than values that are computed from them.
        forward = range(self.forward.count)
        for t, b in self.sizes.cells:
            self.values[t, b] = []
            self._evaluate(forward, t, b)
        for t, b in reversed(self.sizes.cells):
            self._evaluate(range(self.forward.count, len(self.graph.ops)), t, b)
        results = Results(self.sizes)
        self._outputs(results)
        self._gradients(results)
        return results

    def _evaluate(self, values: range, t: int, b: int) -> None:
        ops, operations, known = self.graph.ops, self.operations, self.values[t, b]
        for value in values:
            operation = operations[value]
            if operation is None:
                known.append(self._leaf(ops[value], t, b))
            else:  # a number is as wide as the other operand
                known.append(tuple(map(operation, *[known[a] for a in ops[value].args])))

    def _leaf(self, op: Op, t: int, b: int) -> Vector:
        given, units = self.given, range(self.sizes.units)
        match op.kind:
            case "number":
                return (self.terms.constant(op.number),) * max(self.sizes.units, self.sizes.features)
            case "vector":
                return tuple(given.weight(op.name, k) for k in units)
            case "input":
                return given.x(t, b)
            case "previous":
                if t == 0:
                    return given.initial(op.name, b)
                return self.values[t - 1, b][self.forward.names[op.name]]
            case "product":
                operand = self.values[t, b][op.args[0]]
                return tuple(self.terms.dot(operand, self._row(op.name, k, len(operand))) for k in units)
            case "d_state":
                return self._d_state(op.name, t, b)
            case "d_operand":
                return tuple(map(self.terms.total, zip(*self._back(op.name, t, b), strict=True)))
        raise ValueError(op.kind)

    def _row(self, matrix: str, unit: int, depth: int) -> Vector:
        key = (matrix, unit, depth)
        if key not in self._rows:
            self._rows[key] = tuple(self.given.weight(matrix, unit, k) for k in range(depth))
        return self._rows[key]

    def _d_state(self, state: str, t: int, b: int) -> Vector:
        """Return the gradient of a state: that from the next step, and for ``h`` also that of the output."""
        if t + 1 < self.sizes.lengths[b]:
            arriving = self._d_previous(state, t + 1, b)
        else:
            arriving = self.given.d_final(state, b) if self.whole else self.nothing
        if state != "h":
            return arriving
        return tuple(d + later for d, later in zip(self.given.dh(t, b), arriving, strict=True))

    def _d_previous(self, state: str, t: int, b: int) -> Vector:
        d = self.backward.d_previous[state]
        return self.nothing if d is None else self.values[t, b][d]

    def _back(self, key: str, t: int, b: int) -> list[list[Term | None]]:
        """Return what each unit of a group's products contributes to the gradient of the operand."""
        group, rows = self.groups[key], []
        wide = self.graph.points[group.operand].phase is Phase.INPUT
        depth = self.sizes.features if wide else self.sizes.units
        for product in group.products:
            name = self.graph.ops[product].name
            for unit, term in enumerate(self._d_product(product, t, b)):
                rows.append([self.terms.times(term, weight) for weight in self._row(name, unit, depth)])
        return rows

    def _d_product(self, product: int, t: int, b: int) -> Vector:
        """Return the gradient of a product, zeros if it has none."""
        d, graph = self.backward.d_products.get(product), self.graph
        # Zeros that the graph itself has for it are not in the order of values.
        if d is None or (graph.ops[d].kind == "copy" and graph.is_number(graph.ops[d].args[0], 0.0)):
            return self.nothing
        return self.values[t, b][d]

    def _outputs(self, results: Results) -> None:
        for t, b in self.sizes.cells:
            for name, value in self.forward.names.items():
                results.put(self.values[t, b][value], "tape", name, t, b)
                results.put(self.values[t, b][value], "tape after the backward pass", name, t, b)
        for b, length in enumerate(self.sizes.lengths):
            for state in self.forward.equations.states:
                last = self.values[length - 1, b][self.forward.names[state]]
                results.put(last, "final", state, b)
                results.put(self._d_previous(state, 0, b), "d_initial", state, b)

    def _gradients(self, results: Results) -> None:
        graph, terms, cells = self.graph, self.terms, self.sizes.cells
        added: dict[tuple[str, int, int], list[Term | None]] = {}
        for product in self.backward.d_products:
            op = graph.ops[product]
            for t, b in cells:
                for unit, slope in enumerate(self._d_product(product, t, b)):
                    for k, factor in enumerate(self.values[t, b][op.args[0]]):
                        added.setdefault((op.name, unit, k), []).append(terms.times(slope, factor))
        for index, parts in added.items():
            total = terms.increased(self.given.gradient(*index), parts)
            results.terms["gradient", *index] = total
        for name, d in self.backward.d_vectors.items():
            for k in range(self.sizes.units):
                parts = [self.values[t, b][d][k] for t, b in cells]
                results.terms["gradient", name, k] = terms.increased(self.given.gradient(name, k), parts)
        if not self.whole:
            return
        on_input = [key for key, group in self.groups.items() if graph.ops[group.operand].kind == "input"]
        for t, b in cells:
            rows = [row for key in on_input for row in self._back(key, t, b)]
            if self.backward.d_input is not None:
                rows.append(list(self.values[t, b][self.backward.d_input]))
            columns = zip(*rows, strict=False) if rows else [()] * self.sizes.features
            increased = (
                terms.increased(before, column)
                for before, column in zip(self.given.dx(t, b), columns, strict=False)
            )
            results.put(tuple(increased), "dx", t, b)
