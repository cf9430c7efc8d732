"""Specifications of kinds of nodes: parameters, ports and rules.

A specification is data and pure functions, so that palette, inspector, rules, file format and
documentation all follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rnnstudio.design.constraints import Constraint, Text
from rnnstudio.design.errors import StudioError
from rnnstudio.design.initializers import PREFIX, InitializerConstraint
from rnnstudio.design.message import Message
from rnnstudio.design.model import Params, Value
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.streams import Facts


@dataclass(frozen=True)
class ParamSpec:
    """A parameter: its name in files, its title, its constraint and its default.

    ``when`` names parameters beside it and the values, or a constraint on them, with which this one
    matters; it is shown only then.
    """

    name: str
    title: str
    constraint: Constraint
    default: Value
    help: str = ""
    unit: str = ""
    when: Mapping[str, tuple[Value, ...] | Constraint] = field(default_factory=dict, hash=False)

    def is_relevant(self, values: Mapping[str, Value]) -> bool:
        """Return whether the parameter has an effect with these values of others; missing values allow it."""
        return all(
            values[name] in allowed if isinstance(allowed, tuple) else allowed.problem(values[name]) is None
            for name, allowed in self.when.items()
            if name in values
        )


@dataclass(frozen=True)
class PortSpec:
    """A port, with the signals and contents that it accepts or gives.

    ``other_clock``: the sequence at this input may differ in length from those at other inputs, and all of
    it is needed at each step.
    ``delayed``: the output can only be used one step later, through a delayed link.
    """

    name: str
    title: str
    signals: tuple[Signal, ...]
    contents: tuple[Content, ...] = (Content.REAL,)
    required: bool = True
    other_clock: bool = False
    delayed: bool = False


class ShapeProblem(StudioError):
    """Raised by ``NodeSpec.infer``: the shape at an input port does not fit.

    ``size`` is the size that the port needs, if the size is wrong. ``fit`` takes the complete parameters
    of the source node, if it is of the same kind, and returns parameter values of this node that make the
    shape fit.
    """

    code = "shape"

    def __init__(
        self,
        port: str,
        message: Message | str,
        *,
        size: int | None = None,
        fit: Callable[[Params], Mapping[str, Value]] | None = None,
    ) -> None:
        super().__init__(message)
        self.port = port
        self.size = size
        self.fit = fit


class ParamProblem(StudioError):
    """Raised by ``NodeSpec.infer``: a parameter does not match the inputs; ``value`` would."""

    code = "param"

    def __init__(self, param: str, message: Message | str, value: Value) -> None:
        super().__init__(message)
        self.param = param
        self.value = value


PortShapes = Mapping[str, Shape]
WeightShapes = Mapping[str, tuple[int, ...]]
GateTitles = Mapping[str, tuple[str, str]]
Formulas = Sequence[tuple[str, str]]


def _no_weights(_params: Params, _inputs: PortShapes, _facts: Facts) -> WeightShapes:
    return {}


def _no_extra(_params: Params, _inputs: PortShapes) -> int:
    return 0


def _no_whole(_params: Params, _inputs: PortShapes, _facts: Facts) -> int:
    return 0


def _is_causal(_params: Params) -> bool:
    return True


@dataclass(frozen=True)
class NodeSpec:
    """A kind of node.

    Attributes
    ----------
    infer : (params, input shapes, facts) -> output shapes by port
        Called with complete params and a shape for every required input; raises `ShapeProblem`.
    weights : (params, input shapes, facts) -> shape of each weight by name
    weight_names : params -> the names of the weights, and whether each is a matrix, for initializers
    tape_width : (params, input shapes) -> numbers stored per time step and sequence for the backward
        pass, in addition to outputs and their gradients
    tape_size : (params, input shapes, facts) -> numbers stored per sequence in addition
    is_causal : params -> whether the output at a step does not depend on later steps of an input; other
        nodes cannot be in a loop or run one step at a time
    reads : the steps of an input sequence that are used: "last", "first" or "all" for nodes that give a
        vector, "mirror" if the order is reversed, "each" for nodes that work step by step
    summary : params -> the one line under the node's title ("128 units · tanh")
    hue : token of the colour strip: input, forget, output, candidate, reset, accent or quiet
    is_insertable : whether a fix may insert it between two incompatible nodes
    size_param : the parameter that sets the size of the output, for fixes that match sizes
    family : "input", "cell", "layer", "structure" or "head"
    equations : params -> the cell's equations, for cells
    formulas : params -> (name, LaTeX) of each equation as printed in the source, for cells
    parts : params -> the name prefix of gates and weights for each layer and direction
    gate_titles : params -> the meaning of each equation name, for cells: {"f": ("forget gate", "forget")}
        as (title, hue)
    """

    kind: str
    title: str
    family: str
    description: str
    infer: Callable[[Params, PortShapes, Facts], PortShapes]
    inputs: tuple[PortSpec, ...] = ()
    outputs: tuple[PortSpec, ...] = ()
    params: tuple[ParamSpec, ...] = ()
    weights: Callable[[Params, PortShapes, Facts], WeightShapes] = _no_weights
    weight_names: Callable[[Params], Mapping[str, bool]] = lambda _params: {}
    tape_width: Callable[[Params, PortShapes], int] = _no_extra
    tape_size: Callable[[Params, PortShapes, Facts], int] = _no_whole
    is_causal: Callable[[Params], bool] = _is_causal
    reads: str = "each"
    summary: Callable[[Params], str] = lambda _params: ""
    hue: str = "quiet"
    reference: str = ""
    is_insertable: bool = True
    size_param: str | None = None
    equations: Callable[[Params], str] | None = None
    formulas: Callable[[Params], Formulas] = lambda _params: ()
    parts: Callable[[Params], tuple[str, ...]] = lambda _params: ("",)
    gate_titles: Callable[[Params], GateTitles] = lambda _params: {}

    def complete(self, params: Params) -> dict[str, Value]:
        """Return ``params`` with defaults for missing parameters."""
        return {p.name: params.get(p.name, p.default) for p in self.params}

    def initializer_params(self, params: Params) -> tuple[ParamSpec, ...]:
        """Return an optional parameter for the initializer of each weight.

        The default means the default initializer of the kind. The result is empty if a parameter is
        invalid, because the weights are unknown then.
        """
        complete = self.complete(params)
        if any(param.constraint.problem(complete[param.name]) for param in self.params):
            return ()
        return tuple(
            ParamSpec(
                f"{PREFIX}{name}",
                f"Start of {name}",
                InitializerConstraint(matrix),
                "",
                "How the weight starts.",
            )
            for name, matrix in self.weight_names(complete).items()
        )

    def input(self, name: str) -> PortSpec | None:
        """Return the input port of this name, or None."""
        return self._inputs.get(name)

    def output(self, name: str) -> PortSpec | None:
        """Return the output port of this name, or None."""
        return self._outputs.get(name)

    @cached_property
    def texts(self) -> Sequence[tuple[ParamSpec, Text]]:
        """The text parameters with their constraints."""
        return [(p, p.constraint) for p in self.params if isinstance(p.constraint, Text)]

    @cached_property
    def _inputs(self) -> Mapping[str, PortSpec]:
        return {port.name: port for port in self.inputs}

    @cached_property
    def _outputs(self) -> Mapping[str, PortSpec]:
        return {port.name: port for port in self.outputs}
