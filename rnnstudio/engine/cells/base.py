"""Registers cells as node kinds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rnnstudio.design.constraints import Integer
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.phrases import counted
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import (
    Formulas,
    GateTitles,
    NodeSpec,
    ParamSpec,
    PortShapes,
    PortSpec,
    ShapeProblem,
    WeightShapes,
)
from rnnstudio.design.streams import Facts
from rnnstudio.engine.cells.node import CellNode
from rnnstudio.engine.cells.spec import CellSpec
from rnnstudio.engine.cells.stack import STACK_PARAMS, Stack
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.frontend.ast_nodes import Equations
from rnnstudio.engine.compiler.frontend.latex import to_latex
from rnnstudio.engine.compiler.frontend.parser import parse
from rnnstudio.engine.initializers import constant, uniform
from rnnstudio.engine.nodes.base import register_node

__all__ = ["CellNode", "CellSpec", "constant", "register_cell", "uniform"]

UNITS = ParamSpec("units", "Units", Integer(1, 65_536), 128, "Size of the carried state.")


@lru_cache(maxsize=256)
def _parsed(text: str) -> Equations:
    return parse(text)


@lru_cache(maxsize=4096)
def _taken(text: str, stack: Stack, features: int) -> tuple[int, int]:
    """Return the numbers stored for each step and sequence, besides outputs, and for each sequence."""
    cell, indices = compile_cell(text), 2  # 8 bytes per row
    wide = sum(stack.features(p.layer, features) * cell.feature_slots + indices for p in stack.directions)
    size = stack.units * len(stack.directions) * cell.sequence_slots
    return stack.tape_width(cell.tape_slots, features) + wide, size


def register_cell(spec: CellSpec) -> type[CellNode]:
    """Register a cell as a node kind; returns the class that runs it."""

    def infer(params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
        stack = Stack.of(params)
        size = stack.state_size(len(_parsed(spec.equations(params)).states))
        given = inputs.get("state")
        if given is not None and given.size != size:
            raise ShapeProblem(
                "state",
                message(
                    "it carries a state of {size} numbers, and the state that is linked to it has "
                    "{given}. Link cells of one kind with the same units, layers and directions.",
                    size=size,
                    given=given.size,
                ),
                fit=stack.fit_to,
            )
        return {
            "sequence": inputs["sequence"].with_size(stack.width),
            "state": inputs["sequence"].with_signal(Signal.STATE, size),
        }

    def weights(params: Params, inputs: PortShapes, _facts: Facts) -> WeightShapes:
        stack, cell = Stack.of(params), compile_cell(spec.equations(params))
        features = inputs["sequence"].size
        return {
            f"{direction.prefix}{name}": shape
            for direction in stack.directions
            for name, shape in cell.parameter_shapes(
                stack.features(direction.layer, features), stack.units
            ).items()
        }

    def weight_names(params: Params) -> Mapping[str, bool]:
        equations = _parsed(spec.equations(params))
        matrices = (*equations.input_matrices, *equations.recurrent_matrices)
        return {
            f"{direction.prefix}{name}": name in matrices
            for direction in Stack.of(params).directions
            for name in (*matrices, *equations.vectors)
        }

    def tape_width(params: Params, inputs: PortShapes) -> int:
        return _taken(spec.equations(params), Stack.of(params), inputs["sequence"].size)[0]

    def tape_size(params: Params, inputs: PortShapes, _facts: Facts) -> int:
        return _taken(spec.equations(params), Stack.of(params), inputs["sequence"].size)[1]

    def summary(params: Params) -> str:
        parts = [counted(params["units"], "unit"), spec.detail(params), Stack.of(params).summary()]
        return " · ".join(part for part in parts if part)

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
        params=(UNITS, *STACK_PARAMS, *spec.params),
        infer=infer,
        weights=weights,
        weight_names=weight_names,
        tape_width=tape_width,
        is_causal=lambda params: Stack.of(params).direction == "forward",
        tape_size=tape_size,
        summary=summary,
        hue=spec.hue,
        size_param="units",
        equations=spec.equations,
        formulas=formulas,
        parts=lambda params: tuple(direction.prefix for direction in Stack.of(params).directions),
        gate_titles=gate_titles,
    )

    class Cell(CellNode):
        __doc__ = f"Runs {spec.title}."

    Cell.spec = spec
    Cell.__name__ = f"{spec.kind.title()}Cell"
    return register_node(node_spec)(Cell)
