"""What a kind of node says of itself: its parameters, its ports and its rules.

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
    """One parameter: its name in files, its title on screen, what it may be, and its default.

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
        """Return whether it has an effect beside these values of the others; unknown ones allow it."""
        return all(
            values[name] in allowed if isinstance(allowed, tuple) else allowed.problem(values[name]) is None
            for name, allowed in self.when.items()
            if name in values
        )


@dataclass(frozen=True)
class PortSpec:
    """A port and what it takes or gives; several signals where the node works on each.

    ``other_clock``: the input's sequence may have another length than those at the other inputs, and
    is needed as a whole at each step.
    ``delayed``: what the output gives can only be used one step later, by a delayed link.
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

    ``size`` is the size the port needs, where a size is what does not fit. ``fit`` takes the complete
    parameters of the node that is linked, if it is of the same kind, and returns values of this node's
    parameters that make it fit.
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
    """Raised by ``NodeSpec.infer``: a parameter does not go with what comes in; ``value`` does."""

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
    weight_names : params -> the names of the weights, and whether each is a matrix, for how they start
    tape_width : (params, input shapes) -> numbers a time step and sequence keeps for the backward
        pass beyond the outputs and their gradients
    tape_size : (params, input shapes, facts) -> numbers that each sequence keeps besides, as a whole
    causal : params -> whether the output at a step needs no later step of an input; what is not cannot
        stand in a loop, nor run one step at a time
    reads : of a sequence that comes in, "last", "first" or "all" steps for what gives a vector; "mirror"
        where the last step comes first; "each" step for what goes step by step
    summary : params -> the one line under the node's title ("128 units · tanh")
    hue : token of the colour strip: input, forget, output, candidate, reset, accent or quiet
    inserted : whether a fix may put it between two nodes that do not go together
    size_param : the parameter that sets the size of the output, for fixes that match sizes
    family : "input", "cell", "layer", "structure" or "head"
    equations : params -> the cell's equations, for cells
    formulas : params -> (name, LaTeX) of each of its equations as its source prints them, for cells
    parts : params -> what stands before the names of gates and weights of each layer and direction
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
        """Return ``params`` with the default of every parameter that it leaves out."""
        return {p.name: params.get(p.name, p.default) for p in self.params}

    def initializer_params(self, params: Params) -> tuple[ParamSpec, ...]:
        """Return a parameter for how each weight starts, which a design may leave out.

        Its default stands for the kind's own rule. Empty where a parameter is wrong, so that the
        weights are not known.
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
        """Return the input port of that name, if there is one."""
        return self._inputs.get(name)

    def output(self, name: str) -> PortSpec | None:
        """Return the output port of that name, if there is one."""
        return self._outputs.get(name)

    @cached_property
    def texts(self) -> Sequence[tuple[ParamSpec, Text]]:
        """The parameters that are texts, with their constraints."""
        return [(p, p.constraint) for p in self.params if isinstance(p.constraint, Text)]

    @cached_property
    def _inputs(self) -> Mapping[str, PortSpec]:
        return {port.name: port for port in self.inputs}

    @cached_property
    def _outputs(self) -> Mapping[str, PortSpec]:
        return {port.name: port for port in self.outputs}
