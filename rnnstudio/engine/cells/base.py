"""What makes a registered cell of equations: its node kind, and the node that runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from rnnstudio.design.model import Params
from rnnstudio.design.spec import (
    Facts,
    Formulas,
    GateTitles,
    NodeSpec,
    ParamSpec,
    PortSpec,
    ShapeProblem,
    Shapes,
    Signal,
    WeightShapes,
    Whole,
)
from rnnstudio.engine.equations.compile import compile_cell
from rnnstudio.engine.equations.display import TEXTBOOK, Notation, to_latex
from rnnstudio.engine.equations.parameters import ParameterLayout
from rnnstudio.engine.equations.parse import parse
from rnnstudio.engine.equations.tree import Equations
from rnnstudio.engine.initialisers import glorot_uniform, orthogonal, zeros
from rnnstudio.engine.nodes.base import Array, Initialiser, ParameterInit, RunningNode
from rnnstudio.engine.registries import register_node
from rnnstudio.engine.timeline import Timeline

UNITS = ParamSpec("units", "Units", Whole(1, 65_536), 128, "Size of the carried state.")


def no_biases(_params: Params) -> Mapping[str, Initialiser]:
    """Every vector starts at zero."""
    return {}


@dataclass(frozen=True)
class CellSpec:
    """A cell.

    Attributes
    ----------
    equations : complete params -> the text of the equations
    gate_titles : (title, hue) of each name in the equations, or complete params -> these
    notation : how the source prints its symbols
    params : the cell's own parameters, beyond ``units``
    vectors : complete params -> how vectors that do not start at zero start
    detail : complete params -> what the summary says after the units, if anything
    """

    kind: str
    title: str
    description: str
    reference: str
    equations: Callable[[Params], str]
    gate_titles: GateTitles | Callable[[Params], GateTitles]
    notation: Notation = TEXTBOOK
    params: tuple[ParamSpec, ...] = ()
    vectors: Callable[[Params], Mapping[str, Initialiser]] = field(default=no_biases)
    detail: Callable[[Params], str] = lambda _params: ""
    hue: str = "accent"


def constant(value: float) -> Initialiser:
    """Return an initialiser that gives every entry one value."""

    def initialise(_rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.full(shape, value)

    return initialise


def uniform(least: float, most: float) -> Initialiser:
    """Return an initialiser that draws uniformly from a range."""

    def initialise(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return rng.uniform(least, most, shape)

    return initialise


@lru_cache(maxsize=256)
def _parsed(text: str) -> Equations:
    return parse(text)


def _units(params: Params) -> int:
    return int(params["units"] or 0)


def register_cell(spec: CellSpec) -> type[CellNode]:
    """Register a cell as a node kind; returns the class that runs it."""

    def infer(params: Params, inputs: Shapes, _facts: Facts) -> Shapes:
        size = _units(params) * len(_parsed(spec.equations(params)).states)
        given = inputs.get("state")
        if given is not None and given.size != size:
            raise ShapeProblem(
                "state",
                f"it carries a state of {size} numbers, and the state that is linked to it has {given.size}. "
                "Link cells of one kind with the same units.",
            )
        return {
            "sequence": inputs["sequence"].sized(_units(params)),
            "state": inputs["sequence"].become(Signal.STATE, size),
        }

    def weights(params: Params, inputs: Shapes, _facts: Facts) -> WeightShapes:
        return compile_cell(spec.equations(params)).parameter_shapes(inputs["sequence"].size, _units(params))

    def tape_width(params: Params, _inputs: Shapes) -> int:
        return _units(params) * compile_cell(spec.equations(params)).tape_slots

    def summary(params: Params) -> str:
        detail = spec.detail(params)
        return f"{params['units']} units" + (f" · {detail}" if detail else "")

    def formulas(params: Params) -> Formulas:
        return to_latex(spec.equations(params), spec.notation)

    def gate_titles(params: Params) -> GateTitles:
        return spec.gate_titles(params) if callable(spec.gate_titles) else spec.gate_titles

    node_spec = NodeSpec(
        kind=spec.kind,
        title=spec.title,
        family="cell",
        description=spec.description,
        reference=spec.reference,
        inputs=(
            PortSpec("sequence", "Sequence", (Signal.SEQUENCE,)),
            PortSpec("state", "Initial state", (Signal.STATE,), required=False),
        ),
        outputs=(
            PortSpec("sequence", "Sequence", (Signal.SEQUENCE,)),
            PortSpec("state", "Final state", (Signal.STATE,)),
        ),
        params=(UNITS, *spec.params),
        infer=infer,
        weights=weights,
        tape_width=tape_width,
        summary=summary,
        hue=spec.hue,
        size_param="units",
        equations=spec.equations,
        formulas=formulas,
        gate_titles=gate_titles,
    )

    class Cell(CellNode):
        __doc__ = f"Runs {spec.title}."

    Cell.spec = spec
    Cell.__name__ = f"{spec.kind.title()}Cell"
    return register_node(node_spec)(Cell)


class CellNode(RunningNode):
    """A cell in a program: the kernel of its equations.

    ``state`` ports carry all states side by side, ``h`` first: ``(B, states * units)``.
    """

    spec: CellSpec

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.cell = compile_cell(self.spec.equations(self.params))
        self.features = self.input_shapes["sequence"].size
        self.units = _units(self.params)
        self.watched = False

    def parameters(self) -> Mapping[str, ParameterInit]:
        """Matrices of the input start Glorot uniform, recurrent ones orthogonal, vectors at zero."""
        equations = self.cell.equations
        starts = dict(self.spec.vectors(self.params))
        starts |= dict.fromkeys(equations.input_matrices, glorot_uniform)
        starts |= dict.fromkeys(equations.recurrent_matrices, orthogonal)
        shapes = self.cell.parameter_shapes(self.features, self.units)
        return {name: ParameterInit(shape, starts.get(name, zeros)) for name, shape in shapes.items()}

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the named weights in the layout of the kernel."""
        return ParameterLayout(self.cell.storage, self.features, self.units).views(flat)

    def bind(self, weights: Array, gradients: Array) -> None:
        """Make the kernel of the weights' type, and give it both slices."""
        super().bind(weights, gradients)
        self.kernel = self.cell.kernel(self.features, self.units, weights.dtype)
        self.kernel.bind(weights, gradients)
        self.kernel.record_flow = self.watched

    def allocate(self, timeline: Timeline, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; the outputs are the kernel's own arrays."""
        self.kernel.allocate(timeline)
        self.outputs = {"sequence": self.kernel.tape["h"], "state": self.kernel.final_block}
        self.d_outputs = {port: np.zeros_like(values) for port, values in self.outputs.items()}

    def _by_state(self, block: Array | None) -> list[Array] | None:
        return None if block is None else np.split(block, len(self.cell.states), axis=1)

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See `CellKernel.forward`; states kept from the batch before go before those that are linked."""
        initial = self.carried or self._by_state(self.inputs.get("state"))
        self.kernel.forward(self.inputs["sequence"], initial, t0, t1)

    def backward(self, t0: int, t1: int) -> None:
        """See `CellKernel.backward`."""
        d_final = self._by_state(self.d_outputs["state"])
        self.kernel.backward(self.d_outputs["sequence"], d_final, self.d_inputs.get("sequence"), t0, t1)
        if t0 == 0 and "state" in self.d_inputs and self.carried is None:
            self.d_inputs["state"] += self.kernel.d_initial_block

    def gather(self) -> None:
        """See `CellKernel.gather`."""
        self.kernel.gather(self.inputs["sequence"])

    def keep(self, count: int) -> None:
        """See `RunningNode`."""
        self.carried = [final[:count].copy() for final in self.kernel.final]

    def watch(self) -> None:
        """Keep the norm of dL/dh at each step from now on."""
        self.watched = True
        self.kernel.record_flow = True

    def observe(self) -> Mapping[str, Array]:
        """Return every gate and state by row, and the norm of dL/dh by step if watched."""
        seen = {f"gate.{name}": self.kernel.tape[name] for name in self.cell.gates}
        seen |= {f"state.{name}": self.kernel.tape[name] for name in self.cell.states}
        if self.watched:
            seen["flow"] = self.kernel.flow
        return seen
