"""Buffer assignment: the array and the slot that hold each value.

Arrays have names. The kernel allocates them, with one slot of ``n`` units for each value. Slots follow each
other, each contiguous, except in arrays that a matrix product of one step reads or writes. There the slots
are interleaved: side by side in each row.

==================  ===============================  ================================================
array               rows                             holds
==================  ===============================  ================================================
``now.s``           N, the row of the step           state ``s`` of this step, and earlier a hoisted product
``prev.s``          the rows one step before         the same array, one step back
``product.g``       N, or B for scratch              products of group ``g``
``tape``            N                                values that are read after their step
``gradient``        N                                gradients of products, and values summed over rows
``operand.g``       N, or B for scratch              gradient of the operand of group ``g``
``d_next.s``        B                                gradient of ``s`` from the next step
``d_prev.s``        B                                gradient of ``s`` for the previous step
``d_now.h``         B                                complete gradient of ``h`` at this step
``scratch``         B                                temporary values of a step
``wide``            N                                temporary values of the hoisted phase
``vectors``         1                                vectors of weights
``x``               N, as wide as the features       the input
``features``        N, as wide as the features       elementwise results on the input
==================  ===============================  ================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rnnstudio.engine.compiler.backend.code_sinking import sink_code
from rnnstudio.engine.compiler.backend.gemm_fusion import GradientLayout, fuse_products
from rnnstudio.engine.compiler.backend.instruction_schedule import (
    Schedule,
    Stage,
    plain_schedule,
    schedule,
)
from rnnstudio.engine.compiler.ir.autodiff import Backward, ProductGroup
from rnnstudio.engine.compiler.ir.derivative_rules import NOT_IN_PLACE
from rnnstudio.engine.compiler.ir.graph import Graph, Phase, ProgramPoint
from rnnstudio.engine.compiler.ir.rematerialization import rematerialize

REUSED = ("scratch", "wide")


@dataclass(frozen=True, order=True)
class Slot:
    """One slot of an array."""

    array: str
    index: int = 0


@dataclass
class BufferAssignment:
    """The slots of all values of a cell, and what else code generation and kernels need.

    Attributes
    ----------
    reuses_slots : whether a slot may hold several values one after the other
    slot_of : the slot of each value
    slots : number of slots of each array
    vectors : vectors of weights in the order of their slots
    d_vectors : the slot of ``gradient`` that is summed over rows for each vector
    d_input : the slot of the elementwise gradient of the input, if there is one
    kept_products : keys of the groups whose products the backward pass reads
    kept_operands : keys of the groups whose operand gradients the hoisted phase reads
    """

    backward: Backward
    layout: GradientLayout
    schedule: Schedule
    reuses_slots: bool = True
    slot_of: dict[int, Slot] = field(default_factory=dict)
    slots: dict[str, int] = field(default_factory=dict)
    vectors: tuple[str, ...] = ()
    d_vectors: dict[str, int] = field(default_factory=dict)
    d_input: Slot | None = None
    kept_products: set[str] = field(default_factory=set)
    kept_operands: set[str] = field(default_factory=set)

    @property
    def graph(self) -> Graph:
        """The graph of values."""
        return self.backward.forward.graph

    def put(self, value: int, slot: Slot) -> None:
        """Assign a slot to a value."""
        self.slot_of[value] = slot
        self.slots[slot.array] = max(self.slots.get(slot.array, 0), slot.index + 1)

    def new(self, value: int, array: str) -> None:
        """Assign a new slot at the end of an array to a value."""
        self.put(value, Slot(array, self.slots.get(array, 0)))


def assign_buffers(
    backward: Backward, *, sinks_code: bool = False, reuses_slots: bool = True
) -> BufferAssignment:
    """Return the buffer assignment of a differentiated cell.

    Parameters
    ----------
    backward : the differentiated cell; its graph is extended
    sinks_code : whether the schedule is that of compiled loops, see `code_sinking`
    reuses_slots : if not, every value has its own slot and is computed once, in the order of the graph
    """
    if reuses_slots:
        rematerialize(backward)
    layout = fuse_products(backward)
    graph = backward.forward.graph
    d_previous = _d_previous_values(backward, layout)
    vectors = _d_vector_values(backward, layout)
    roots = [*d_previous.values(), *vectors.values()]
    if backward.d_input is not None:
        roots.append(backward.d_input)
    order = schedule(backward, layout, roots) if reuses_slots else plain_schedule(backward, layout, roots)
    if sinks_code and reuses_slots:
        order = sink_code(backward, layout.groups, order)
    assignment = BufferAssignment(backward, layout, order, reuses_slots)
    _assign_leaves(assignment, vectors)
    _assign_forward(assignment)
    _assign_backward(assignment, d_previous, vectors)
    for value in range(len(graph.ops)):
        slot = assignment.slot_of.get(value)
        if slot is not None and slot.array == "gradient":
            for name, d in vectors.items():
                if d == value:
                    assignment.d_vectors[name] = slot.index
    if backward.d_input is not None:
        assignment.d_input = assignment.slot_of[backward.d_input]
    return assignment


def _d_previous_values(backward: Backward, layout: GradientLayout) -> dict[str, int]:
    """Return the gradient of each previous state, copied where its value cannot have a fixed slot."""
    graph = backward.forward.graph
    end = ProgramPoint(Phase.STEP, -1)
    taken = set(layout.columns) | set(backward.d_vectors.values())
    # Values that the hoisted phase reads have a row for each step; gradients of previous states have not.
    hoisted = [op for op, p in zip(graph.ops, graph.points, strict=True) if p.phase is not Phase.STEP]
    taken.update(a for op in hoisted for a in op.args)
    d_previous: dict[str, int] = {}
    for state, d in backward.d_previous.items():
        if d is None:
            d = graph.fresh_copy(graph.number(0.0), end)
        elif d in taken or d in d_previous.values() or graph.ops[d].kind in ("d_state", "number"):
            d = graph.fresh_copy(d, end)
        d_previous[state] = d
    return d_previous


def _d_vector_values(backward: Backward, layout: GradientLayout) -> dict[str, int]:
    """Return the gradient of each vector as the result of a statement. Shared columns stay shared."""
    graph = backward.forward.graph
    stages = backward.forward.stages(Phase.STEP)
    vectors: dict[str, int] = {}
    for name, d in backward.d_vectors.items():
        if graph.ops[d].is_leaf:
            point = graph.points[d]  # a leaf is available to the stage before
            last = max(stages, default=0) if point.phase is Phase.STEP else point.stage
            d = graph.fresh_copy(d, ProgramPoint(point.phase, min(max(point.stage - 1, 0), last)))
        vectors[name] = d
    return vectors


def _assign_leaves(assignment: BufferAssignment, vectors: dict[str, int]) -> None:
    graph, layout = assignment.graph, assignment.layout
    for index, d in enumerate(layout.columns):
        assignment.put(d, Slot("gradient", index))
    columns = list(layout.columns)
    late = len(columns)

    def column(name: str) -> int:
        d = vectors.get(name)
        return columns.index(d) if d in columns else late

    assignment.vectors = tuple(sorted(assignment.backward.forward.equations.vectors, key=column))
    for group in layout.groups:
        for index, product in enumerate(group.products):
            assignment.put(product, Slot(f"product.{group.key}", index))
    for value, op in enumerate(graph.ops):
        if op.kind == "vector":
            assignment.put(value, Slot("vectors", assignment.vectors.index(op.name)))
        elif op.kind == "input":
            assignment.put(value, Slot("x"))
        elif op.kind == "previous":
            assignment.put(value, Slot(f"prev.{op.name}"))
        elif op.kind == "d_state":
            assignment.put(value, Slot("d_now.h" if op.name == "h" else f"d_next.{op.name}"))
        elif op.kind == "d_operand":
            assignment.put(value, Slot(f"operand.{op.name}"))


def _assign_forward(assignment: BufferAssignment) -> None:
    backward, graph = assignment.backward, assignment.graph
    forward = backward.forward
    read_back = {a for stage in assignment.schedule.backward for v in stage.values for a in graph.ops[v].args}
    kept = {v for v in read_back if v < forward.count}
    kept |= set(forward.names.values()) | {group.operand for group in assignment.layout.groups}
    for group in assignment.layout.groups:
        if any(p in kept for p in group.products):
            assignment.kept_products.add(group.key)
    for state in forward.equations.states:
        assignment.put(forward.names[state], Slot(f"now.{state}"))
    by_key = {group.key: group for group in assignment.layout.groups}

    def has_all_rows(slot: Slot) -> bool:
        """Return whether the slot has a row for each step."""
        if slot.array == "tape":
            return True
        group = by_key.get(slot.array.removeprefix("product."))
        return group is not None and group.point.phase is Phase.HOISTED

    _SlotAllocator(assignment, assignment.schedule.forward, kept, has_all_rows).run()
    statements = [v for stage in assignment.schedule.forward for v in stage.values]
    written = sorted((forward.names[state] for state in forward.equations.states), key=statements.index)
    for value in written if assignment.reuses_slots else ():
        _share_state_slots(assignment, value, statements, kept)


def _share_state_slots(
    assignment: BufferAssignment, state: int, statements: list[int], kept: set[int]
) -> None:
    """Move a hoisted product, and the values that reuse its slot, to the rows of a state.

    This is possible if none of them is read after the state of the same step has been written.
    """
    graph, slot_of = assignment.graph, assignment.slot_of
    last_use, written = _last_uses(graph, statements), statements.index(state)
    stays = kept | (set(graph.ops[state].args) if graph.ops[state].kind in NOT_IN_PLACE else set())
    hoisted = (g for g in assignment.layout.groups if g.point.phase is Phase.HOISTED)
    for slot in [slot_of[product] for group in hoisted for product in group.products]:
        values = [v for v, other in slot_of.items() if other == slot]
        is_moved = not slot.array.startswith("product.")  # to another state
        if is_moved or any(v in stays or last_use.get(v, 0) > written for v in values):
            continue
        slot_of.update(dict.fromkeys(values, slot_of[state]))
        _remove_slot(assignment, slot)
        return


def _remove_slot(assignment: BufferAssignment, gap: Slot) -> None:
    """Remove a free slot by moving the slots after it."""
    for value, slot in assignment.slot_of.items():
        if slot.array == gap.array and slot.index > gap.index:
            assignment.slot_of[value] = replace(slot, index=slot.index - 1)
    assignment.slots[gap.array] -= 1
    if not assignment.slots[gap.array]:
        del assignment.slots[gap.array]


def product_has_all_rows(assignment: BufferAssignment, group: ProductGroup) -> bool:
    """Return whether a group's products are stored for all rows rather than for one step."""
    return group.point.phase is Phase.HOISTED or group.key in assignment.kept_products


def operand_has_all_rows(assignment: BufferAssignment, group: ProductGroup) -> bool:
    """Return whether the gradient of a group's operand is stored for all rows rather than for one step."""
    return group.point.phase is not Phase.STEP or group.key in assignment.kept_operands


def vector_runs(assignment: BufferAssignment) -> list[tuple[int, int, int]]:
    """Return (first vector, first gradient column, count) of vectors whose columns are adjacent as well."""
    runs: list[tuple[int, int, int]] = []
    for k, name in enumerate(assignment.vectors):
        column = assignment.d_vectors.get(name)
        if column is None:
            continue
        if runs and runs[-1][0] + runs[-1][2] == k and runs[-1][1] + runs[-1][2] == column:
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((k, column, 1))
    return runs


def _assign_backward(
    assignment: BufferAssignment, d_previous: dict[str, int], vectors: dict[str, int]
) -> None:
    graph, stages = assignment.graph, assignment.schedule.backward
    for state, d in d_previous.items():
        assignment.put(d, Slot(f"d_prev.{state}"))
    for d in vectors.values():
        if d not in assignment.slot_of:
            assignment.new(d, "gradient")
    mine = {v: stage.point.phase for stage in stages for v in stage.values}
    for v, phase in mine.items():  # values that steps compute for the hoisted phase
        for a in graph.ops[v].args if phase is not Phase.STEP else ():
            if mine.get(a) is Phase.STEP and a not in assignment.slot_of:
                assignment.new(a, "gradient")
            if graph.ops[a].kind == "d_operand":
                assignment.kept_operands.add(graph.ops[a].name)
    # The gradient for the previous step is computed in place: its first free argument takes the same slot.
    ordered = [v for stage in stages for v in stage.values]
    last_use = _last_uses(graph, ordered)
    for at in reversed(range(len(ordered) if assignment.reuses_slots else 0)):
        v = ordered[at]
        op = graph.ops[v]
        slot = assignment.slot_of.get(v)
        if slot is None or op.kind in NOT_IN_PLACE or not slot.array.startswith("d_prev."):
            continue
        for a in op.args:
            if a in mine and a not in assignment.slot_of and last_use[a] == at and mine[a] is mine[v]:
                assignment.put(a, slot)
                break

    _SlotAllocator(assignment, stages, set(), lambda _slot: False).run()


def _last_uses(graph: Graph, ordered: list[int]) -> dict[int, int]:
    last: dict[int, int] = {}
    for at, v in enumerate(ordered):
        last.setdefault(v, at)
        for a in graph.ops[v].args:
            last[a] = at
    return last


class _SlotAllocator:
    """Assigns slots to the remaining values of a pass, in the order of its statements."""

    def __init__(
        self,
        assignment: BufferAssignment,
        stages: tuple[Stage, ...],
        kept: set[int],
        has_all_rows: Callable[[Slot], bool],
    ) -> None:
        self.assignment = assignment
        self.graph = assignment.graph
        self.stages = stages
        self.kept = kept
        self.has_all_rows = has_all_rows
        self.last = _last_uses(self.graph, [v for stage in stages for v in stage.values])
        self.used: dict[str, set[int]] = {array: set() for array in REUSED}
        self.previous: Slot | None = None

    def run(self) -> None:
        at = 0
        for stage in self.stages:
            for value in stage.values:
                if value not in self.assignment.slot_of:
                    self.assignment.put(value, self.choose(value, stage.point, at))
                self.previous = self.assignment.slot_of[value]
                if self.assignment.reuses_slots:
                    self.release(value, at)
                at += 1

    def choose(self, value: int, point: ProgramPoint, at: int) -> Slot:
        if point.phase is Phase.INPUT:
            return Slot("features", self.assignment.slots.get("features", 0))
        inherited = self.inherited(value, point, at) if self.assignment.reuses_slots else None
        if inherited is not None:
            return inherited
        if value in self.kept:
            return Slot("tape", self.assignment.slots.get("tape", 0))
        array = "scratch" if point.phase is Phase.STEP else "wide"
        if not self.assignment.reuses_slots:
            return Slot(array, self.assignment.slots.get(array, 0))
        used = self.used[array]
        follows = self.previous
        if follows is not None and follows.array == array and follows.index + 1 not in used:
            index = follows.index + 1
        else:
            index = next(k for k in range(len(used) + 1) if k not in used)
        used.add(index)
        return Slot(array, index)

    def inherited(self, value: int, point: ProgramPoint, at: int) -> Slot | None:
        """Return the slot of an argument that is not read after this statement."""
        op = self.graph.ops[value]
        if op.kind in NOT_IN_PLACE:
            return None
        found: list[tuple[bool, Slot]] = []
        for a in op.args:
            slot = self.assignment.slot_of.get(a)
            if slot is None or self.last[a] != at or a in self.kept:
                continue
            rows = self.has_all_rows(slot)
            if not rows and slot.array not in REUSED:
                continue
            if value in self.kept and not rows:
                continue
            # A hoisted result needs all rows. The result of a step may use its row of them.
            if point.phase is Phase.HOISTED and not rows and slot.array != "wide":
                continue
            found.append((rows, slot))
        return max(found, key=lambda f: f[0])[1] if found else None

    def release(self, value: int, at: int) -> None:
        """Free the slots of arguments that are read for the last time, unless the value reuses them."""
        taken = self.assignment.slot_of[value]
        for a in set(self.graph.ops[value].args):
            slot = self.assignment.slot_of.get(a)
            if slot is not None and slot.array in REUSED and self.last[a] == at and slot != taken:
                self.used[slot.array].discard(slot.index)
        if self.last.get(value) == at and taken.array in REUSED and value not in self.kept:
            self.used[taken.array].discard(taken.index)  # never read
