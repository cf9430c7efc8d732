"""Code generation for NumPy kernels: readable source from the differentiated equations.

The source has one function for each stage. Where several gates do the same, one call works on adjacent
columns. `loop_codegen` generates the same stages as loops for compiled kernels.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from dataclasses import dataclass

from rnnstudio.engine.compiler.backend.buffer_assignment import BufferAssignment, Slot
from rnnstudio.engine.compiler.backend.instruction_schedule import Stage
from rnnstudio.engine.compiler.frontend.ast_nodes import PREVIOUS
from rnnstudio.engine.compiler.ir.derivative_rules import ARRAYS, SCALARS
from rnnstudio.engine.compiler.ir.graph import Op, ProgramPoint

RESERVED = {
    "np",
    "rows",
    "units",
    "row",
    "k",
    "range",
    "real",
    "magnitude",
    "arguments_apart",
    *keyword.kwlist,
}


@dataclass(frozen=True, order=True)
class Span:
    """Adjacent slots of an array, ``start <= slot < stop``."""

    array: str
    start: int
    stop: int


@dataclass(frozen=True)
class Function:
    """A generated function: its name, its program point and its array parameters in order."""

    name: str
    point: ProgramPoint
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Generated:
    """Generated source and its functions."""

    source: str
    functions: tuple[Function, ...]


@dataclass(frozen=True)
class Call:
    """Statements over adjacent slots that one call executes."""

    values: tuple[int, ...]
    out: Span
    args: tuple[Span | float, ...]


def generate_arrays(assignment: BufferAssignment) -> Generated:
    """Return NumPy source that works on whole arrays and writes results in place."""
    names = value_names(assignment)
    lines = [*header(assignment, names), "import numpy as np", ""]
    lines.append(
        "from rnnstudio.engine.compiler.runtime.elementwise import logsigmoid, negative, sigmoid, where"
    )
    functions = []
    for stage in (*assignment.schedule.forward, *assignment.schedule.backward):
        calls = list(_calls(assignment, stage))
        titles = _span_titles(calls, assignment, names)
        functions.append(Function(stage.name, stage.point, tuple(titles)))
        lines += ["", "", f"def {stage.name}({', '.join(titles.values())}):"]
        for call in calls:
            op = assignment.graph.ops[call.values[0]]
            args = [titles[a] if isinstance(a, Span) else repr(a) for a in call.args]
            text = ARRAYS[op.kind].format(*args, o=titles[call.out], n=repr(op.number))
            meaning = "; ".join(_equation(assignment, v, names) for v in call.values)
            lines.append(f"    # {meaning}")
            lines.append(f"    {text}")
    return Generated("\n".join(lines) + "\n", tuple(functions))


def header(assignment: BufferAssignment, names: dict[int, str]) -> list[str]:
    """Return comment lines with the equations and the matrix products."""
    equations = assignment.backward.forward.equations
    lines = ["# Generated from the equations", "#"]
    lines += [f"#     {line}".rstrip() for line in equations.text.strip().splitlines()]
    lines.append("#")
    for group in assignment.layout.groups:
        operand = names[group.operand]
        products = ", ".join(names[p] for p in group.products)
        when = "for all steps at once" if not group.point.phase.name == "STEP" else "at each step"
        lines.append(f"# One matrix product {when}: {products} = {', '.join(group.matrices)} @ {operand}")
    return [*lines, ""]


# ------------------------------------------------------------------------------------ names


def value_names(assignment: BufferAssignment) -> dict[int, str]:
    """Return a unique name for every value: the name in the equations if there is one."""
    graph, backward = assignment.graph, assignment.backward
    names: dict[int, str] = {}
    taken: set[str] = set(RESERVED) | set(ARRAYS) | set(SCALARS)

    def give(value: int, name: str) -> None:
        if value in names:
            return
        if name.startswith("number_"):  # reserved for the constants of the loops
            name += "_"
        while name in taken:
            name += "_"
        taken.add(name)
        names[value] = name

    for name, value in backward.forward.names.items():
        give(value, name)
    for value, op in enumerate(graph.ops):
        if op.kind == "previous":
            give(value, op.name + PREVIOUS)
        elif op.kind == "vector":
            give(value, op.name)
        elif op.kind == "input":
            give(value, "x")
    temporary = iter(range(1, len(graph.ops) + 1))
    for value, op in enumerate(graph.ops[: backward.forward.count]):
        if op.kind == "product":
            give(value, f"{op.name}_{names.get(op.args[0], 'v')}")
        elif op.kind != "number":
            give(value, f"t{next(temporary)}") if value not in names else None
    for value, d in backward.d_values.items():
        if graph.ops[d].kind not in ("d_operand", "d_state") and value in names:
            give(d, f"d_{names[value]}")
    for value, op in enumerate(graph.ops):
        if op.kind == "d_state":
            give(value, f"d_{op.name}_total" if op.name == "h" else f"d_{op.name}_next")
        elif op.kind == "d_operand":
            give(value, f"back_{op.name}")
        elif op.kind != "number" and value not in names:
            give(value, f"t{next(temporary)}")
    return names


def _text(op: Op, value: int, names: dict[int, str]) -> str:
    return repr(op.number) if op.kind == "number" else names[value]


def _equation(assignment: BufferAssignment, value: int, names: dict[int, str]) -> str:
    op = assignment.graph.ops[value]
    args = [_text(assignment.graph.ops[a], a, names) for a in op.args]
    return f"{names[value]} = " + SCALARS[op.kind].format(*args, n=repr(op.number))


# ------------------------------------------------------------------------------------ calls


def _span(slot: Slot) -> Span:
    return Span(slot.array, slot.index, slot.index + 1)


def _argument(assignment: BufferAssignment, value: int) -> Span | float:
    op = assignment.graph.ops[value]
    return op.number if op.kind == "number" else _span(assignment.slot_of[value])


def _calls(assignment: BufferAssignment, stage: Stage) -> Iterator[Call]:
    """Merge statements of the same operation over adjacent slots."""
    pending: Call | None = None
    for value in stage.values:
        op = assignment.graph.ops[value]
        out = _span(assignment.slot_of[value])
        call = Call((value,), out, tuple(_argument(assignment, a) for a in op.args))
        merged = _merged(assignment, pending, call) if pending else None
        if merged is None and pending is not None:
            yield pending
        pending = merged or call
    if pending is not None:
        yield pending


def _merged(assignment: BufferAssignment, first: Call, second: Call) -> Call | None:
    a, b = assignment.graph.ops[first.values[0]], assignment.graph.ops[second.values[0]]
    if (a.kind, a.number) != (b.kind, b.number) or not _follows(first.out, second.out):
        return None
    args: list[Span | float] = []
    for left, right in zip(first.args, second.args, strict=True):
        if isinstance(left, Span) and isinstance(right, Span) and _follows(left, right):
            if _overlap(first.out, right) or _overlap(second.out, left):
                return None
            args.append(_union(left, right))
        elif isinstance(left, float) and left == right:
            args.append(left)
        else:
            return None
    return Call((*first.values, *second.values), _union(first.out, second.out), tuple(args))


def _follows(left: Span, right: Span) -> bool:
    if left.array in ("x", "features") or left.array.startswith(("now.", "prev.")):
        return False
    return left.array == right.array and left.stop == right.start


def _overlap(left: Span, right: Span) -> bool:
    return left.array == right.array and left.start < right.stop and right.start < left.stop


def _union(left: Span, right: Span) -> Span:
    return Span(left.array, left.start, right.stop)


def _span_titles(calls: list[Call], assignment: BufferAssignment, names: dict[int, str]) -> dict[Span, str]:
    """Return parameter names for arrays, after the values that they hold last."""
    holds: dict[Slot, str] = {}
    for call in calls:
        for value in call.values:
            for a in assignment.graph.ops[value].args:
                if assignment.graph.ops[a].kind != "number":
                    holds.setdefault(assignment.slot_of[a], names[a])
    for call in calls:
        for value in call.values:
            holds[assignment.slot_of[value]] = names[value]
    titles: dict[Span, str] = {}
    taken: set[str] = {"np", "logsigmoid", "negative", "sigmoid", "where"}
    spans = [s for call in calls for s in (call.out, *call.args) if isinstance(s, Span)]
    for span in dict.fromkeys(spans):
        title = "_".join(holds[Slot(span.array, k)] for k in range(span.start, span.stop))[:60]
        while title in taken:
            title += "_"
        taken.add(title)
        titles[span] = title
    return titles
