"""Where every value lives: which array, which columns of it.

Arrays are named; the kernel makes them, one slot of ``n`` units a value. Slots lie one after the other,
each contiguous, but for what a matrix product of one step reads or writes: there they lie side by
side in each row.

==================  ===============================  ================================================
array               rows                             holds
==================  ===============================  ================================================
``now.s``           N, the row of the step           state ``s`` of this step, and before it a hoisted product
``prev.s``          the rows one step before         the same array, one step back
``product.g``       N, or B for scratch              products of group ``g``
``tape``            N                                what must outlive its step
``gradient``        N                                product gradients, and what is summed over rows
``operand.g``       N, or B for scratch              gradient of the operand of group ``g``
``d_next.s``        B                                gradient of ``s`` that came from the next step
``d_prev.s``        B                                gradient of ``s`` that goes to the previous step
``d_now.h``         B                                whole gradient of ``h`` at this step
``scratch``         B                                what dies within its step
``wide``            N                                what dies within the hoisted phase
``vectors``         1                                vectors of weights
``x``               N, as wide as the features       the input
``features``        N, as wide as the features       elementwise results on the input
==================  ===============================  ================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rnnstudio.engine.compiler.backend.code_sinking import sink
from rnnstudio.engine.compiler.backend.gemm_fusion import Layout, lay_out
from rnnstudio.engine.compiler.backend.instruction_schedule import (
    Schedule,
    Stage,
    plain_schedule,
    schedule,
)
from rnnstudio.engine.compiler.ir.autodiff import Backward, Group
from rnnstudio.engine.compiler.ir.derivative_rules import NOT_IN_PLACE
from rnnstudio.engine.compiler.ir.graph import Graph, Phase, Place
from rnnstudio.engine.compiler.ir.rematerialization import recompute

REUSED = ("scratch", "wide")


@dataclass(frozen=True, order=True)
class Slot:
    """One slot of an array."""

    array: str
    index: int = 0


@dataclass
class Storage:
    """Everything the generator and the kernel need to know of a cell.

    ``slots`` counts the slots of each array; ``vectors`` are in the order of their slots;
    ``d_vectors`` says which slot of ``gradient`` is summed for each; ``kept_products`` are the
    groups whose products the backward pass reads, ``kept_operands`` those of whose operands the
    hoisted phase reads the gradients. ``reuses`` says whether a slot may hold one value after another.
    """

    backward: Backward
    layout: Layout
    schedule: Schedule
    reuses: bool = True
    place_of: dict[int, Slot] = field(default_factory=dict)
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
        """Give a value its slot."""
        self.place_of[value] = slot
        self.slots[slot.array] = max(self.slots.get(slot.array, 0), slot.index + 1)

    def new(self, value: int, array: str) -> None:
        """Give a value a slot of its own at the end of an array."""
        self.put(value, Slot(array, self.slots.get(array, 0)))


def allocate(backward: Backward, *, sinks: bool = False, reuses: bool = True) -> Storage:
    """Return where every value lives.

    Parameters
    ----------
    backward : the differentiated cell; its graph is extended
    sinks : whether the schedule is that of compiled loops, see `sinking`
    reuses : whether a slot may hold one value after another. Without it every value has a slot of its own
        and is computed once, where and in the order in which the graph has it.
    """
    if reuses:
        recompute(backward)
    layout = lay_out(backward)
    graph = backward.forward.graph
    ends = _own_ends(backward, layout)
    vectors = _own_vectors(backward, layout)
    roots = [*ends.values(), *vectors.values()]
    if backward.d_input is not None:
        roots.append(backward.d_input)
    order = schedule(backward, layout, roots) if reuses else plain_schedule(backward, layout, roots)
    if sinks and reuses:
        order = sink(backward, layout.groups, order)
    storage = Storage(backward, layout, order, reuses)
    _place_leaves(storage, vectors)
    _place_forward(storage)
    _place_backward(storage, ends, vectors)
    for value in range(len(graph.ops)):
        slot = storage.place_of.get(value)
        if slot is not None and slot.array == "gradient":
            for name, d in vectors.items():
                if d == value:
                    storage.d_vectors[name] = slot.index
    if backward.d_input is not None:
        storage.d_input = storage.place_of[backward.d_input]
    return storage


def _own_ends(backward: Backward, layout: Layout) -> dict[str, int]:
    """Return the gradient of each previous state as a value that may have a fixed slot."""
    graph = backward.forward.graph
    end = Place(Phase.STEP, -1)
    taken = set(layout.columns) | set(backward.d_vectors.values())
    # What the hoisted phase reads has a row for each step, which what is handed back has not.
    hoisted = [op for op, p in zip(graph.ops, graph.places, strict=True) if p.phase is not Phase.STEP]
    taken.update(a for op in hoisted for a in op.args)
    ends: dict[str, int] = {}
    for state, d in backward.d_previous.items():
        if d is None:
            d = graph.fresh_copy(graph.number(0.0), end)
        elif d in taken or d in ends.values() or graph.ops[d].kind in ("d_state", "number"):
            d = graph.fresh_copy(d, end)
        ends[state] = d
    return ends


def _own_vectors(backward: Backward, layout: Layout) -> dict[str, int]:
    """Return the gradient of each vector as a statement's result; those that share a column stay so."""
    graph = backward.forward.graph
    places = backward.forward.stages(Phase.STEP)
    vectors: dict[str, int] = {}
    for name, d in backward.d_vectors.items():
        if graph.ops[d].leaf:
            place = graph.places[d]  # a leaf is there for the stage before
            last = max(places, default=0) if place.phase is Phase.STEP else place.stage
            d = graph.fresh_copy(d, Place(place.phase, min(max(place.stage - 1, 0), last)))
        vectors[name] = d
    return vectors


def _place_leaves(storage: Storage, vectors: dict[str, int]) -> None:
    graph, layout = storage.graph, storage.layout
    for index, d in enumerate(layout.columns):
        storage.put(d, Slot("gradient", index))
    columns = list(layout.columns)
    late = len(columns)

    def column(name: str) -> int:
        d = vectors.get(name)
        return columns.index(d) if d in columns else late

    storage.vectors = tuple(sorted(storage.backward.forward.equations.vectors, key=column))
    for group in layout.groups:
        for index, product in enumerate(group.products):
            storage.put(product, Slot(f"product.{group.key}", index))
    for value, op in enumerate(graph.ops):
        if op.kind == "vector":
            storage.put(value, Slot("vectors", storage.vectors.index(op.name)))
        elif op.kind == "input":
            storage.put(value, Slot("x"))
        elif op.kind == "previous":
            storage.put(value, Slot(f"prev.{op.name}"))
        elif op.kind == "d_state":
            storage.put(value, Slot("d_now.h" if op.name == "h" else f"d_next.{op.name}"))
        elif op.kind == "d_operand":
            storage.put(value, Slot(f"operand.{op.name}"))


def _place_forward(storage: Storage) -> None:
    backward, graph = storage.backward, storage.graph
    forward = backward.forward
    read_back = {a for stage in storage.schedule.backward for v in stage.values for a in graph.ops[v].args}
    kept = {v for v in read_back if v < forward.count}
    kept |= set(forward.names.values()) | {group.operand for group in storage.layout.groups}
    for group in storage.layout.groups:
        if any(p in kept for p in group.products):
            storage.kept_products.add(group.key)
    for state in forward.equations.states:
        storage.put(forward.names[state], Slot(f"now.{state}"))
    by_key = {group.key: group for group in storage.layout.groups}

    def lasting(slot: Slot) -> bool:
        """Whether the slot has a row for each step."""
        if slot.array == "tape":
            return True
        group = by_key.get(slot.array.removeprefix("product."))
        return group is not None and group.place.phase is Phase.HOISTED

    _Placing(storage, storage.schedule.forward, kept, lasting).run()
    statements = [v for stage in storage.schedule.forward for v in stage.values]
    written = sorted((forward.names[state] for state in forward.equations.states), key=statements.index)
    for value in written if storage.reuses else ():
        _lodge(storage, value, statements, kept)


def _lodge(storage: Storage, state: int, statements: list[int], kept: set[int]) -> None:
    """Let a hoisted product, and what is made of it in its slot, stand in the rows that a state will take.

    That is one which nobody reads any more when the state of its own step is written.
    """
    graph, place_of = storage.graph, storage.place_of
    last_use, written = _last_uses(graph, statements), statements.index(state)
    stays = kept | (set(graph.ops[state].args) if graph.ops[state].kind in NOT_IN_PLACE else set())
    hoisted = (g for g in storage.layout.groups if g.place.phase is Phase.HOISTED)
    for slot in [place_of[product] for group in hoisted for product in group.products]:
        lodgers = [v for v, place in place_of.items() if place == slot]
        lodged = not slot.array.startswith("product.")  # with another state
        if lodged or any(v in stays or last_use.get(v, 0) > written for v in lodgers):
            continue
        place_of.update(dict.fromkeys(lodgers, place_of[state]))
        _close_up(storage, slot)
        return


def _close_up(storage: Storage, gap: Slot) -> None:
    """Move the slots behind one that is free now."""
    for value, slot in storage.place_of.items():
        if slot.array == gap.array and slot.index > gap.index:
            storage.place_of[value] = replace(slot, index=slot.index - 1)
    storage.slots[gap.array] -= 1
    if not storage.slots[gap.array]:
        del storage.slots[gap.array]


def product_has_all_rows(storage: Storage, group: Group) -> bool:
    """Whether a group's products are kept for all rows rather than for one step."""
    return group.place.phase is Phase.HOISTED or group.key in storage.kept_products


def operand_has_all_rows(storage: Storage, group: Group) -> bool:
    """Whether the gradient of a group's operand is kept for all rows rather than for one step."""
    return group.place.phase is not Phase.STEP or group.key in storage.kept_operands


def vector_runs(storage: Storage) -> list[tuple[int, int, int]]:
    """Return (first vector, first gradient column, count) of vectors whose columns are neighbours too."""
    runs: list[tuple[int, int, int]] = []
    for k, name in enumerate(storage.vectors):
        column = storage.d_vectors.get(name)
        if column is None:
            continue
        if runs and runs[-1][0] + runs[-1][2] == k and runs[-1][1] + runs[-1][2] == column:
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((k, column, 1))
    return runs


def _place_backward(storage: Storage, ends: dict[str, int], vectors: dict[str, int]) -> None:
    graph, stages = storage.graph, storage.schedule.backward
    for state, d in ends.items():
        storage.put(d, Slot(f"d_prev.{state}"))
    for d in vectors.values():
        if d not in storage.place_of:
            storage.new(d, "gradient")
    mine = {v: stage.place.phase for stage in stages for v in stage.values}
    for v, phase in mine.items():  # what the steps hand to the hoisted phase
        for a in graph.ops[v].args if phase is not Phase.STEP else ():
            if mine.get(a) is Phase.STEP and a not in storage.place_of:
                storage.new(a, "gradient")
            if graph.ops[a].kind == "d_operand":
                storage.kept_operands.add(graph.ops[a].name)
    # What goes to the previous step is worked out there: its first free argument stands in it before.
    ordered = [v for stage in stages for v in stage.values]
    last_use = _last_uses(graph, ordered)
    for at in reversed(range(len(ordered) if storage.reuses else 0)):
        v = ordered[at]
        op = graph.ops[v]
        slot = storage.place_of.get(v)
        if slot is None or op.kind in NOT_IN_PLACE or not slot.array.startswith("d_prev."):
            continue
        for a in op.args:
            if a in mine and a not in storage.place_of and last_use[a] == at and mine[a] is mine[v]:
                storage.put(a, slot)
                break

    def never(_slot: Slot) -> bool:
        return False

    _Placing(storage, stages, set(), never).run()


def _last_uses(graph: Graph, ordered: list[int]) -> dict[int, int]:
    last: dict[int, int] = {}
    for at, v in enumerate(ordered):
        last.setdefault(v, at)
        for a in graph.ops[v].args:
            last[a] = at
    return last


class _Placing:
    """Gives the remaining values of one pass a slot, in the order of its statements."""

    def __init__(
        self, storage: Storage, stages: tuple[Stage, ...], kept: set[int], lasting: Callable[[Slot], bool]
    ) -> None:
        self.storage = storage
        self.graph = storage.graph
        self.stages = stages
        self.kept = kept
        self.lasting = lasting
        self.last = _last_uses(self.graph, [v for stage in stages for v in stage.values])
        self.used: dict[str, set[int]] = {array: set() for array in REUSED}
        self.previous: Slot | None = None

    def run(self) -> None:
        at = 0
        for stage in self.stages:
            for value in stage.values:
                if value not in self.storage.place_of:
                    self.storage.put(value, self.choose(value, stage.place, at))
                self.previous = self.storage.place_of[value]
                if self.storage.reuses:
                    self.release(value, at)
                at += 1

    def choose(self, value: int, place: Place, at: int) -> Slot:
        if place.phase is Phase.INPUT:
            return Slot("features", self.storage.slots.get("features", 0))
        inherited = self.inherited(value, place, at) if self.storage.reuses else None
        if inherited is not None:
            return inherited
        if value in self.kept:
            return Slot("tape", self.storage.slots.get("tape", 0))
        array = "scratch" if place.phase is Phase.STEP else "wide"
        if not self.storage.reuses:
            return Slot(array, self.storage.slots.get(array, 0))
        used = self.used[array]
        follows = self.previous
        if follows is not None and follows.array == array and follows.index + 1 not in used:
            index = follows.index + 1
        else:
            index = next(k for k in range(len(used) + 1) if k not in used)
        used.add(index)
        return Slot(array, index)

    def inherited(self, value: int, place: Place, at: int) -> Slot | None:
        """Return the slot of an argument that nobody reads after this statement."""
        op = self.graph.ops[value]
        if op.kind in NOT_IN_PLACE:
            return None
        found: list[tuple[bool, Slot]] = []
        for a in op.args:
            slot = self.storage.place_of.get(a)
            if slot is None or self.last[a] != at or a in self.kept:
                continue
            rows = self.lasting(slot)
            if not rows and slot.array not in REUSED:
                continue
            if value in self.kept and not rows:
                continue
            # A hoisted result needs all rows; a step's may stand in its row of them.
            if place.phase is Phase.HOISTED and not rows and slot.array != "wide":
                continue
            found.append((rows, slot))
        return max(found, key=lambda f: f[0])[1] if found else None

    def release(self, value: int, at: int) -> None:
        """Free the slots of what was read for the last time, unless the value took them over."""
        taken = self.storage.place_of[value]
        for a in set(self.graph.ops[value].args):
            slot = self.storage.place_of.get(a)
            if slot is not None and slot.array in REUSED and self.last[a] == at and slot != taken:
                self.used[slot.array].discard(slot.index)
        if self.last.get(value) == at and taken.array in REUSED and value not in self.kept:
            self.used[taken.array].discard(taken.index)  # nobody reads it
