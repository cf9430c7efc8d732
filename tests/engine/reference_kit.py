"""What the equations of a cell compute, derived from their text alone.

A second implementation of the language, to hold the compiler's against: `ast` reads the text, each sequence
goes through its steps by itself in float64, and a tape of single operations carries the gradients back. It is
slow and short, and shares no code with `rnnstudio`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray
Backward = Callable[[Array], Array]


class Tape:
    """Every value of a computation, in the order in which they were computed."""

    def __init__(self) -> None:
        self.values: list[Value] = []

    def value(self, data: Any, *parents: tuple[Any, Backward]) -> Value:
        """Return a value that depends on others, each with the function that passes its gradient back."""
        made = Value(self, data, [(value, back) for value, back in parents if isinstance(value, Value)])
        self.values.append(made)
        return made

    def backward(self, seeds: list[tuple[Value, Array]]) -> None:
        """Propagate the gradients of some values to everything they depend on."""
        for value, seed in seeds:
            value.gradient = value.gradient + seed
        for value in reversed(self.values):
            for parent, back in value.parents:
                parent.gradient = parent.gradient + back(value.gradient)


@dataclass(eq=False)
class Value:
    """An array on a tape, and its gradient after the backward pass."""

    tape: Tape
    data: Array
    parents: list[tuple[Value, Backward]]
    gradient: Array = field(init=False)

    def __post_init__(self) -> None:
        self.data = np.asarray(self.data, np.float64)
        self.gradient = np.zeros_like(self.data)

    def map(self, data: Array, slope: Array | float) -> Value:
        return self.tape.value(data, (self, lambda g: g * slope))

    def __neg__(self) -> Value:
        return self.map(-self.data, -1.0)

    def __add__(self, other: Operand) -> Value:
        return self.tape.value(self.data + data(other), (self, lambda g: g), (other, lambda g: g))

    __radd__ = __add__

    def __sub__(self, other: Operand) -> Value:
        return self + -other

    def __rsub__(self, other: float) -> Value:
        return -self + other

    def __mul__(self, other: Operand) -> Value:
        a, b = self.data, data(other)
        return self.tape.value(a * b, (self, lambda g: g * b), (other, lambda g: g * a))

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> Value:
        return self * other**-1.0

    def __rtruediv__(self, other: float) -> Value:
        return self**-1.0 * other

    def __pow__(self, exponent: float) -> Value:
        if exponent == 0:
            return self.map(np.ones_like(self.data), 0.0)
        return self.map(self.data**exponent, exponent * self.data ** (exponent - 1))

    def __matmul__(self, other: Value) -> Value:
        a, b = self.data, other.data
        return self.tape.value(a @ b, (self, lambda g: np.outer(g, b)), (other, lambda g: a.T @ g))


Operand = Value | float


def data(operand: Operand) -> Any:
    return operand.data if isinstance(operand, Value) else operand


def where(condition: Value, chosen: Operand, otherwise: Operand) -> Value:
    holds = condition.data != 0
    return condition.tape.value(
        np.where(holds, data(chosen), data(otherwise)),
        (chosen, lambda g: np.where(holds, g, 0.0)),
        (otherwise, lambda g: np.where(holds, 0.0, g)),
    )


def logistic(x: Array) -> Array:
    return np.exp(-np.logaddexp(0.0, -x))  # all digits of small values, whose logarithm may be asked for


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sigmoid": lambda a: a.map(logistic(a.data), logistic(a.data) * logistic(-a.data)),
    "tanh": lambda a: a.map(np.tanh(a.data), np.cosh(a.data) ** -2.0),
    "relu": lambda a: a.map(np.where(a.data > 0, a.data, 0.0), a.data > 0),
    "softplus": lambda a: a.map(np.logaddexp(a.data, 0.0), logistic(a.data)),
    "exp": lambda a: a.map(np.exp(a.data), np.exp(a.data)),
    "log": lambda a: a.map(np.log(a.data), 1 / a.data),
    "abs": lambda a: a.map(np.abs(a.data), np.sign(a.data)),
    "sqrt": lambda a: a.map(np.sqrt(a.data), 0.5 * a.data**-0.5),
    "minimum": lambda a, b: where(a.tape.value(a.data < b.data), a, b),
    "maximum": lambda a, b: where(a.tape.value(a.data > b.data), a, b),
    "where": where,
}
OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.MatMult: operator.matmul,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class Cell:
    """The equations of a text.

    Parameters
    ----------
    functions : those of the language by name, of this module's values or of another library's
    plain : value -> its numbers, which is all that a comparison sees
    wrap : numbers -> a value that depends on nothing
    """

    def __init__(
        self,
        text: str,
        functions: Mapping[str, Callable[..., Any]],
        plain: Callable[[Any], Any],
        wrap: Callable[[Any], Any],
    ) -> None:
        tree = ast.parse(text)
        self.lines = [(line.targets[0].id, line.value) for line in tree.body]
        read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names = [name for name, _ in self.lines]
        self.states = ["h", *(name for name in names if name != "h" and f"{name}_prev" in read)]
        self.functions, self.plain, self.wrap = functions, plain, wrap

    def step(self, names: dict[str, Any], units: int) -> None:
        """Add the values of one step to those of ``x``, the weights and the states before."""
        nothing = self.wrap(np.zeros(units))
        for name, expression in self.lines:
            names[name] = nothing + self._value(expression, names)  # a number as wide as the units

    def _value(self, node: ast.expr, names: Mapping[str, Any]) -> Any:
        if isinstance(node, ast.Constant):
            return float(node.value)
        if isinstance(node, ast.Name):
            return names[node.id]
        if isinstance(node, ast.UnaryOp):
            return OPERATORS[type(node.op)](self._value(node.operand, names))
        if isinstance(node, ast.Call):
            values = [self._value(argument, names) for argument in node.args]
            values = [self.wrap(np.float64(v)) if isinstance(v, float) else v for v in values]
            return self.functions[node.func.id](*values)
        if isinstance(node, ast.Compare):
            sides = [self.plain(self._value(side, names)) for side in (node.left, node.comparators[0])]
            return self.wrap(OPERATORS[type(node.ops[0])](*sides))
        if isinstance(node.right, ast.List):
            parts = enumerate(node.right.elts, 1)
            products = [names[f"{node.left.id}_{k}"] @ self._value(part, names) for k, part in parts]
            return sum(products[1:], products[0])
        return OPERATORS[type(node.op)](self._value(node.left, names), self._value(node.right, names))


@dataclass(frozen=True)
class Run:
    """The inputs of a stack of cells; rows are packed step by step, the longest sequences first.

    Attributes
    ----------
    weights : by name, with the prefix of the layer and direction
    x : (N, F)
    state : (B, states * layers * directions * units), state by state
    on_sequence, on_state : weights of the outputs in the loss
    """

    text: str
    weights: Mapping[str, Array]
    x: Array
    state: Array
    on_sequence: Array
    on_state: Array
    lengths: tuple[int, ...]
    units: int
    layers: int = 1
    directions: tuple[str, ...] = ("forward",)

    def strands(self) -> list[list[tuple[str, str]]]:
        """Return the direction and the prefix of the weights of each strand of each layer."""
        named = []
        for layer in range(1, self.layers + 1):
            deep = f"layer{layer}." if layer > 1 else ""
            both = len(self.directions) == 2
            prefixes = {"forward": deep, "reverse": f"{deep}reverse." if both else deep}
            named.append([(direction, prefixes[direction]) for direction in self.directions])
        return named

    def rows(self) -> dict[tuple[int, int], int]:
        """Return the row of each (sequence, step)."""
        steps = [(b, t) for t in range(self.lengths[0]) for b, n in enumerate(self.lengths) if t < n]
        return {step: row for row, step in enumerate(steps)}


def evaluate(run: Run) -> dict[str, Array]:
    """Return the loss, the outputs, every named value, and the gradients of all inputs by name."""
    tape = Tape()
    weights = {name: tape.value(array) for name, array in run.weights.items()}
    x = {step: tape.value(run.x[row]) for step, row in run.rows().items()}
    width = run.units
    state = {
        (b, k): tape.value(run.state[b, k * width : (k + 1) * width])
        for b in range(len(run.lengths))
        for k in range(run.state.shape[1] // width)
    }
    cell = Cell(run.text, FUNCTIONS, data, tape.value)
    outputs, finals, seen = unroll(run, cell, weights, x, state, concat)
    rows = run.rows()
    seeds = [(value, run.on_sequence[rows[step]]) for step, value in outputs.items()]
    seeds += [(value, run.on_state[b, k * width : (k + 1) * width]) for (b, k), value in finals.items()]
    tape.backward(seeds)

    def packed(values: Mapping[Any, Value], part: str) -> Array:
        return np.array([getattr(values[step], part) for step in rows])

    def block(values: Mapping[tuple[int, int], Value], part: str) -> Array:
        columns = [
            [getattr(values[b, k], part) for k in range(len(state) // len(run.lengths))] for b in batch
        ]
        return np.array(columns).reshape(len(run.lengths), -1)

    batch = range(len(run.lengths))
    found = {"sequence": packed(outputs, "data"), "state": block(finals, "data")}
    found["loss"] = np.sum(found["sequence"] * run.on_sequence) + np.sum(found["state"] * run.on_state)
    found |= {name: packed(values, "data") for name, values in seen.items()}
    found |= {"d sequence": packed(x, "gradient"), "d state": block(state, "gradient")}
    return found | {f"d {name}": weight.gradient for name, weight in weights.items()}


def concat(values: list[Value]) -> Value:
    """Return concatenated vectors."""
    if len(values) == 1:
        return values[0]
    ends = np.cumsum([0, *(len(value.data) for value in values)])
    parents = [
        (value, lambda g, a=a, b=b: g[a:b]) for value, a, b in zip(values, ends[:-1], ends[1:], strict=True)
    ]
    return values[0].tape.value(np.concatenate([value.data for value in values]), *parents)


def unroll(
    run: Run,
    cell: Cell,
    weights: Mapping[str, Any],
    x: Mapping[tuple[int, int], Any],
    state: Mapping[tuple[int, int], Any],
    join: Callable[[list[Any]], Any],
) -> tuple[dict[tuple[int, int], Any], dict[tuple[int, int], Any], dict[str, dict[tuple[int, int], Any]]]:
    """Run every layer, direction, sequence and step of a stack, in that order.

    Return the outputs of the last layer by (sequence, step), the final states by (sequence, column), and all
    names with their prefix by (sequence, step).
    """
    finals, seen, strands = {}, {}, run.strands()
    count = run.layers * len(run.directions)
    for layer, places in enumerate(strands):
        outputs: dict[tuple[int, int], list[Any]] = {step: [] for step in run.rows()}
        for place, (direction, prefix) in enumerate(places, layer * len(places)):
            own = {n[len(prefix) :]: w for n, w in weights.items() if n.rpartition(".")[0] == prefix[:-1]}
            for b, length in enumerate(run.lengths):
                columns = [k * count + place for k in range(len(cell.states))]
                before = {s: state[b, column] for s, column in zip(cell.states, columns, strict=True)}
                steps = range(length) if direction == "forward" else range(length - 1, -1, -1)
                for t in steps:
                    names = {**own, "x": x[b, t], **{f"{s}_prev": value for s, value in before.items()}}
                    cell.step(names, run.units)
                    before = {s: names[s] for s in cell.states}
                    outputs[b, t].append(names["h"])
                    for name, _ in cell.lines:
                        seen.setdefault(f"{prefix}{name}", {})[b, t] = names[name]
                for s, column in zip(cell.states, columns, strict=True):
                    finals[b, column] = before[s]
        x = {step: join(values) for step, values in outputs.items()}
    return x, finals, seen
