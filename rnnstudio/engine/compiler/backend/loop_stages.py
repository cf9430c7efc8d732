"""The stages of a cell as loops over rows and units, for a compiler of loops.

Each stage is a function of the numbers of rows and of units, a pointer for each slot that it reads or
writes, and the distance between two rows where that is not the number of units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rnnstudio.engine.compiler.backend.buffer_assignment import Slot, Storage
from rnnstudio.engine.compiler.backend.instruction_schedule import Stage
from rnnstudio.engine.compiler.backend.numpy_codegen import value_names
from rnnstudio.engine.compiler.ir.derivative_rules import SCALARS
from rnnstudio.engine.compiler.ir.graph import COMPARISONS, Op, Place

# Where the scalar form of the language's own operators is not that of a fixed floating-point type.
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
    """A generated loop: its name, where it runs, its slots in the order of its pointers, its strides."""

    name: str
    place: Place
    slots: tuple[Slot, ...]
    strides: tuple[str, ...]
    lines: tuple[str, ...]


def side_by_side(storage: Storage) -> set[str]:
    """Return the arrays whose slots lie side by side in each row."""
    return {"gradient"} | {f"product.{g.key}" for g in storage.layout.groups if g.place.phase.name == "STEP"}


def stage_loops(storage: Storage) -> tuple[StageLoop, ...]:
    """Return the loops of all stages, those of the forward pass first."""
    names = value_names(storage)
    stages = (*storage.schedule.forward, *storage.schedule.backward)
    return tuple(_loop(storage, stage, stages, names) for stage in stages)


def _loop(storage: Storage, stage: Stage, stages: tuple[Stage, ...], names: dict[int, str]) -> StageLoop:
    graph = storage.graph
    inside = set(stage.values)
    read = [a for v in stage.values for a in graph.ops[v].args if a not in inside]
    read = [a for a in dict.fromkeys(read) if graph.ops[a].kind != "number"]
    written = [v for v in stage.values if _outlives(storage, v, stage, stages)]
    taken = set(names.values())

    def free(name: str) -> str:
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    slots: dict[Slot, str] = {}
    for value in (*read, *written):
        if storage.place_of[value] not in slots:
            slots[storage.place_of[value]] = free(f"{names[value]}_at")
    apart = side_by_side(storage) | {"x"}
    strides = {a: free(stride_name(a)) for a in dict.fromkeys(s.array for s in slots) if a in apart}

    def index(value: int) -> str:
        slot = storage.place_of[value]
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
    return StageLoop(stage.name, stage.place, tuple(slots), tuple(strides), tuple(lines))


def stride_name(array: str) -> str:
    """Return the name of the distance between two rows of an array."""
    return array.replace(".", "_") + "_stride"


def operation(op: Op, args: list[str]) -> str:
    """Return the text of an elementwise operation on arguments that are written so."""
    if op.kind == "power":
        whole = op.number == int(op.number) and abs(op.number) <= GREATEST_WHOLE_POWER
        return f"{args[0]} ** {int(op.number)}" if whole else f"power({args[0]}, {constant(op.number)})"
    return NATIVE[op.kind].format(*args)


def _argument(op: Op, value: int, names: dict[int, str]) -> str:
    return constant(op.number) if op.kind == "number" else names[value]


def constant(number: float) -> str:
    """Return the name of a number of the source's type."""
    return re.sub(r"\W", "_", f"number_{number!r}".replace("-", "minus_"))


def constants(storage: Storage) -> dict[str, float]:
    """Return the numbers that the loops use, by name."""
    graph = storage.graph
    stages = (*storage.schedule.forward, *storage.schedule.backward)
    used = [graph.ops[a] for stage in stages for v in stage.values for a in graph.ops[v].args]
    used += [graph.ops[v] for stage in stages for v in stage.values if graph.ops[v].kind == "power"]
    numbers = [op.number for op in used if op.kind in ("number", "power")]
    return {constant(number): number for number in numbers}


def _outlives(storage: Storage, value: int, stage: Stage, stages: tuple[Stage, ...]) -> bool:
    """Whether a value is read after its stage, or stands in an array that is."""
    graph, slot = storage.graph, storage.place_of[value]
    if any(value in graph.ops[v].args for s in stages if s != stage for v in s.values):
        return True
    if graph.places[value] != stage.place:  # it sank here for nobody else
        return False
    if slot.array in ("scratch", "wide"):
        return False
    # The last of the values that stand in a slot one after the other is the one that stays.
    same = [v for v in stage.values if storage.place_of[v] == slot]
    return same[-1] == value
