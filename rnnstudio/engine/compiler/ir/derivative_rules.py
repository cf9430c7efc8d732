"""The elementwise operations: their source and their derivative rules.

A derivative rule gets the gradient ``d`` of the result ``y`` and returns the gradient of every
argument, or None where there is none. ``1 - y`` and the like are written with the operators of `Term`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnstudio.engine.compiler.ir.graph import COMPARISONS, Graph, Op, ProgramPoint


@dataclass(frozen=True)
class Term:
    """A value of a graph being differentiated, with operators that add values to the graph."""

    graph: Graph
    value: int
    point: ProgramPoint

    def make(self, kind: str, *args: Term | float, number: float = 0.0) -> Term:
        """Return an operation on terms and numbers, in the stage being differentiated."""
        values = tuple(a.value if isinstance(a, Term) else self.graph.number(a) for a in args)
        return Term(self.graph, self.graph.add(Op(kind, values, number=number), self.point), self.point)

    def __add__(self, other: Term | float) -> Term:
        return self.make("add", self, other)

    def __sub__(self, other: Term | float) -> Term:
        return self.make("subtract", self, other)

    def __rsub__(self, other: float) -> Term:
        return self.make("subtract", other, self)

    def __mul__(self, other: Term | float) -> Term:
        if self.graph.is_number(self.value, 1.0) and isinstance(other, Term):
            return other
        if isinstance(other, Term) and self.graph.is_number(other.value, 1.0):
            return self
        return self.make("multiply", self, other)

    def __truediv__(self, other: Term) -> Term:
        return self.make("divide", self, other)

    def __neg__(self) -> Term:
        return self.make("negative", self)


Rule = Callable[[Term, Term, tuple[Term, ...], float], tuple[Term | None, ...]]


def _add(d: Term, _y: Term, _args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return d, d


def _subtract(d: Term, _y: Term, _args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return d, -d


def _multiply(d: Term, _y: Term, args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    a, b = args
    return d * b, d * a


def _divide(d: Term, y: Term, args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    _, b = args
    da = d / b
    return da, -(da * y)


def _negative(d: Term, _y: Term, _args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return (-d,)


def _copy(d: Term, _y: Term, _args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return (d,)


def _power(d: Term, _y: Term, args: tuple[Term, ...], n: float) -> tuple[Term | None, ...]:
    (a,) = args
    if n == 0.0:  # a ** 0 is 1 for any a
        return (None,)
    return (d * (a.make("power", a, number=n - 1.0) * n),)


def _sigmoid(d: Term, y: Term, _args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return (d * ((1.0 - y) * y),)


def _tanh(d: Term, y: Term, _args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return (d * (1.0 - y * y),)


def _relu(d: Term, y: Term, _args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    # An infinite gradient ends here; one that is not a number is propagated, because the step has failed.
    nothing = d.make("minimum", d.make("maximum", d, 0.0), 0.0)
    return (d.make("where", y.make("greater", y, 0.0), d, nothing),)


def _softplus(d: Term, _y: Term, args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return (d * d.make("sigmoid", args[0]),)


def _logsigmoid(d: Term, _y: Term, args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return (d * d.make("sigmoid", -args[0]),)


def _exp(d: Term, y: Term, _args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return (d * y,)


def _log(d: Term, _y: Term, args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return (d / args[0],)


def _abs(d: Term, _y: Term, args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return (d * d.make("sign", args[0]),)


def _sqrt(d: Term, y: Term, _args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return ((d * 0.5) / y,)


def _chosen(d: Term, mask: Term) -> tuple[Term, Term]:
    """Return the gradient for the first argument where the mask is not 0, for the second elsewhere.

    The other argument gets 0, not ``0 * d``, which is not a number where ``d`` is infinite.
    """
    return d.make("where", mask, d, 0.0), d.make("where", mask, 0.0, d)


def _minimum(d: Term, _y: Term, args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    a, b = args
    return _chosen(d, d.make("less", a, b))


def _maximum(d: Term, _y: Term, args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    a, b = args
    return _chosen(d, d.make("greater", a, b))


def _where(d: Term, _y: Term, args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return None, *_chosen(d, args[0])


def _comparison(_d: Term, _y: Term, _args: tuple[Term, ...], _n: float) -> tuple[Term | None, ...]:
    return None, None


GRADIENTS: dict[str, Rule] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "negative": _negative,
    "copy": _copy,
    "power": _power,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "softplus": _softplus,
    "logsigmoid": _logsigmoid,
    "exp": _exp,
    "log": _log,
    "abs": _abs,
    "sqrt": _sqrt,
    "minimum": _minimum,
    "maximum": _maximum,
    "where": _where,
    **dict.fromkeys(COMPARISONS, _comparison),
}

# The source of each operation on whole arrays; ``{o}`` is the array for the result.
ARRAYS: dict[str, str] = {
    "add": "np.add({0}, {1}, {o})",
    "subtract": "np.subtract({0}, {1}, {o})",
    "multiply": "np.multiply({0}, {1}, {o})",
    "divide": "np.divide({0}, {1}, {o})",
    "negative": "negative({0}, {o})",
    "copy": "np.copyto({o}, {0})",
    "power": "np.power({0}, {n}, {o})",
    "sigmoid": "sigmoid({0}, {o})",
    "tanh": "np.tanh({0}, {o})",
    "relu": "np.maximum({0}, 0.0, out={o})",
    "softplus": "np.logaddexp({0}, 0.0, {o})",
    "logsigmoid": "logsigmoid({0}, {o})",
    "exp": "np.exp({0}, {o})",
    "log": "np.log({0}, {o})",
    "abs": "np.abs({0}, {o})",
    "sign": "np.sign({0}, {o})",
    "sqrt": "np.sqrt({0}, {o})",
    "minimum": "np.minimum({0}, {1}, out={o})",
    "maximum": "np.maximum({0}, {1}, out={o})",
    "where": "where({0}, {1}, {2}, {o})",
    **{kind: f"np.{kind}({{0}}, {{1}}, {{o}})" for kind in COMPARISONS},
}

# The source of each operation on scalars, for loops over rows and units.
SCALARS: dict[str, str] = {
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "negative": "-{0}",
    "copy": "{0}",
    "power": "{0} ** {n}",
    "sigmoid": "sigmoid({0})",
    "tanh": "tanh({0})",
    "relu": "relu({0})",
    "softplus": "softplus({0})",
    "logsigmoid": "logsigmoid({0})",
    "exp": "exp({0})",
    "log": "log({0})",
    "abs": "abs({0})",
    "sign": "sign({0})",
    "sqrt": "sqrt({0})",
    "minimum": "min({0}, {1})",
    "maximum": "max({0}, {1})",
    "where": "({1} if {0} else {2})",
    "less": "{0} < {1}",
    "less_equal": "{0} <= {1}",
    "greater": "{0} > {1}",
    "greater_equal": "{0} >= {1}",
    "equal": "{0} == {1}",
    "not_equal": "{0} != {1}",
}

# Operations whose result must not share an array with an argument.
NOT_IN_PLACE = frozenset({"where"})
