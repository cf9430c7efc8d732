"""Code generation for the stages of a cell as loops over rows and units.

Each stage is a function of the number of rows, the number of units, a pointer for each slot that it reads or
writes, and each row stride that differs from the number of units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rnnstudio.engine.compiler.backend.buffer_assignment import BufferAssignment, Slot
from rnnstudio.engine.compiler.backend.instruction_schedule import Stage
from rnnstudio.engine.compiler.backend.numpy_codegen import value_names
from rnnstudio.engine.compiler.ir.derivative_rules import SCALARS
from rnnstudio.engine.compiler.ir.graph import COMPARISONS, Op, ProgramPoint

# Scalar forms that need the floating-point type of the source.
NATIVE: dict[str, str] = {
    **SCALARS,
    "abs": "magnitude({0})",
    "minimum": "minimum({0}, {1})",
    "maximum": "maximum({0}, {1})",
    "where": "({1} if {0} != zero else {2})",
}
SIGNS = {
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
NATIVE |= {kind: f"(one if {{0}} {SIGNS[kind]} {{1}} else zero)" for kind in COMPARISONS}
GREATEST_WHOLE_POWER = 64


@dataclass(frozen=True)
class StageLoop:
    """A generated loop: its name, program point, slots in the order of its pointers, strides and lines."""

    name: str
    point: ProgramPoint
    slots: tuple[Slot, ...]
    strides: tuple[str, ...]
    lines: tuple[str, ...]


def interleaved_arrays(assignment: BufferAssignment) -> set[str]:
    """Return the arrays whose slots are interleaved: side by side in each row."""
    return {"gradient"} | {
        f"product.{g.key}" for g in assignment.layout.groups if g.point.phase.name == "STEP"
    }


def stage_loops(assignment: BufferAssignment) -> tuple[StageLoop, ...]:
    """Return the loops of all stages, first those of the forward pass."""
    names = value_names(assignment)
    stages = (*assignment.schedule.forward, *assignment.schedule.backward)
    return tuple(_loop(assignment, stage, stages, names) for stage in stages)


def _loop(
    assignment: BufferAssignment, stage: Stage, stages: tuple[Stage, ...], names: dict[int, str]
) -> StageLoop:
    graph = assignment.graph
    inside = set(stage.values)
    read = [a for v in stage.values for a in graph.ops[v].args if a not in inside]
    read = [a for a in dict.fromkeys(read) if graph.ops[a].kind != "number"]
    written = [v for v in stage.values if _is_read_later(assignment, v, stage, stages)]
    taken = set(names.values())

    def free(name: str) -> str:
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    slots: dict[Slot, str] = {}
    for value in (*read, *written):
        if assignment.slot_of[value] not in slots:
            slots[assignment.slot_of[value]] = free(f"{names[value]}_at")
    apart = interleaved_arrays(assignment) | {"x"}
    strides = {a: free(stride_name(a)) for a in dict.fromkeys(s.array for s in slots) if a in apart}

    def index(value: int) -> str:
        slot = assignment.slot_of[value]
        if graph.ops[value].kind == "vector":
            return f"{slots[slot]}[k]"
        return f"{slots[slot]}[row * {strides.get(slot.array, 'units')} + k]"

    parameters = ["rows", "units", *slots.values(), *strides.values()]
    lines = [f"def {stage.name}({', '.join(parameters)}):", "    arguments_apart()"]
    lines += ["    for row in range(rows):", "        for k in range(units):"]
    lines += [f"            {names[value]} = {index(value)}" for value in read]
    for v in stage.values:
        args = [_argument(graph.ops[a], a, names) for a in graph.ops[v].args]
        lines.append(f"            {names[v]} = {operation(graph.ops[v], args)}")
    lines += [f"            {index(value)} = {names[value]}" for value in written]
    return StageLoop(stage.name, stage.point, tuple(slots), tuple(strides), tuple(lines))


def stride_name(array: str) -> str:
    """Return the name of the row stride of an array."""
    return array.replace(".", "_") + "_stride"


def operation(op: Op, args: list[str]) -> str:
    """Return the source of an elementwise operation on the given argument texts."""
    if op.kind == "power":
        whole = op.number == int(op.number) and abs(op.number) <= GREATEST_WHOLE_POWER
        return f"{args[0]} ** {int(op.number)}" if whole else f"power({args[0]}, {constant(op.number)})"
    return NATIVE[op.kind].format(*args)


def _argument(op: Op, value: int, names: dict[int, str]) -> str:
    return constant(op.number) if op.kind == "number" else names[value]


def constant(number: float) -> str:
    """Return the name of a constant in the generated source."""
    return re.sub(r"\W", "_", f"number_{number!r}".replace("-", "minus_"))


def constants(assignment: BufferAssignment) -> dict[str, float]:
    """Return the constants that the loops use, by name."""
    graph = assignment.graph
    stages = (*assignment.schedule.forward, *assignment.schedule.backward)
    used = [graph.ops[a] for stage in stages for v in stage.values for a in graph.ops[v].args]
    used += [graph.ops[v] for stage in stages for v in stage.values if graph.ops[v].kind == "power"]
    numbers = [op.number for op in used if op.kind in ("number", "power")]
    return {constant(number): number for number in numbers}


def _is_read_later(assignment: BufferAssignment, value: int, stage: Stage, stages: tuple[Stage, ...]) -> bool:
    """Return whether a value, or the array that holds it, is read after its stage."""
    graph, slot = assignment.graph, assignment.slot_of[value]
    if any(value in graph.ops[v].args for s in stages if s != stage for v in s.values):
        return True
    if graph.points[value] != stage.point:  # it was sunk to this stage, its only reader
        return False
    if slot.array in ("scratch", "wide"):
        return False
    # Of several values in one slot the last one is kept.
    same = [v for v in stage.values if assignment.slot_of[v] == slot]
    return same[-1] == value
