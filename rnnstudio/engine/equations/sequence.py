"""Source that runs a cell over a whole sequence, for a compiler of loops.

Each function takes a table of addresses and one of whole numbers, and what part of the work it is to do, so
that parts of a batch may run on several threads:

====================  ====================================================================================
function              does
====================  ====================================================================================
``pack_weights``      put the weights in the order in which products read them, for one of the two passes
``forward_hoisted``   what is computed for all steps at once, of the rows ``first <= row < last``
``forward``           the steps ``t0 <= t < t1`` of the sequences ``low <= b < high``
``backward``          the same steps back
``backward_hoisted``  what goes back for all steps at once
``gather``            the gradients of the weights, one of so many parts of them
====================  ====================================================================================
"""

from __future__ import annotations

import re

from rnnstudio.engine.equations.differentiate import Group
from rnnstudio.engine.equations.generate import header, value_names
from rnnstudio.engine.equations.graph import Phase, Place
from rnnstudio.engine.equations.loops import stage_loops, stride_name
from rnnstudio.engine.equations.places import Places, variable
from rnnstudio.engine.equations.storage import Slot, Storage, vector_runs

GIVEN = (
    "add_rows, arguments_apart, blas, call, clear_rows, copy_rows, exp, increase_rows, log, loop, magnitude",
    "maximum, minimum, move, pointer, power, product, real, relu, sigmoid, sign, softplus, sqrt, squares",
    "sum_rows, tanh, tile_width",
)

# The table of whole numbers, in order.
SIZES = (
    "units",
    "features",
    "batch",
    "all_rows",
    "all_steps",
    "equal",  # whether all sequences have one length
    "x_stride",
    "dh_stride",
    "dx_stride",  # 0 where nobody needs the gradient of the input
    "has_final",  # whether there is a gradient of the final states
    "record_flow",
    "multiply",  # the address of the product over packed weights
    "pack",  # the address of what packs them
)
# The timeline, a line a step: its first row, the sequences that run, the row of the states before, the
# sequences that go on after it.
STEP_HEAD = [
    "        rows = min(steps[t, 1], high) - low",
    "        if rows <= 0:",
    "            continue",
    "        first = steps[t, 0] + low",
    "        before = steps[t, 2]",
    "        ended = max(steps[t, 3], low)",
    "        ending = low + rows - ended",
]
# A single step reads its weights once: packing them would cost more than it saves.
ONE_STEP = "    multiply = multiply if all_steps > 1 else 0"


class Sequence:
    """Writes the source of a cell."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.places = Places(storage)
        self.stages = {phase: list(storage.backward.forward.stages(phase)) for phase in Phase}
        self.loops = stage_loops(storage)
        self._by_place = {("forward" in loop.name, loop.place): loop for loop in self.loops}
        ops = enumerate(storage.graph.ops)
        self._d_operands = {op.name: storage.place_of[v] for v, op in ops if op.kind == "d_operand"}

    def source(self, dtype: str) -> str:
        """Return the source for ``float32`` or ``float64``."""
        lines = [*header(self.storage, value_names(self.storage))]
        lines += [f"from rnnstudio.engine.native.{dtype} import (", *(f"    {line}," for line in GIVEN), ")"]
        for loop in self.loops:
            lines += ["", "", "@loop", *loop.lines]
        ranges = "t0, t1, low, high"
        lines += self._function("pack_weights", "back", self._packing())
        lines += self._function("forward_hoisted", "first, last", self._forward_hoisted())
        lines += self._function("forward", f"steps, {ranges}", self._forward())
        lines += self._function("backward", f"steps, {ranges}, part", self._backward())
        lines += self._function("backward_hoisted", "first, last", self._backward_hoisted())
        lines += self._function("gather", "part, parts", self._gather())
        return "\n".join(lines) + "\n"

    def _function(self, name: str, parameters: str, body: list[str]) -> list[str]:
        """Return a function with the entries of the tables that it uses as variables."""
        used = set(re.findall(r"\w+", "\n".join(body)))
        strides = {stride: array for stride, array in self.places.strides.items() if stride in used}
        if strides:
            used.add("units")
        lines = ["", "", f"def {name}(at, size, {parameters}):"]
        lines += [f"    {size} = size[{k}]" for k, size in enumerate(SIZES) if size in used]
        lines += [f"    {stride} = {self.storage.slots[array]} * units" for stride, array in strides.items()]
        for k, array in enumerate(self.places.arrays):
            if variable(array) in used:
                lines.append(f"    {variable(array)} = pointer(at[{k}])")
        return [*lines, *(body or ["    return"])]

    def _at(self, phase: Phase, stage: int) -> list[Group]:
        return [g for g in self.places.groups if g.place == Place(phase, stage)]

    def _call(self, forward: bool, phase: Phase, stage: int, pad: str) -> list[str]:
        """Call the loop of a stage, if it has one."""
        loop = self._by_place.get((forward, Place(phase, stage)))
        if loop is None:
            return []
        given = ["rows", "features" if phase is Phase.INPUT else "units"]
        given += [self.places.pointer(slot) for slot in loop.slots]
        given += [stride_name(array) for array in loop.strides]
        return [f"{pad}{loop.name}(", *(f"{pad}    {g}," for g in given), f"{pad})"]

    # ------------------------------------------------------------------------------ forward

    def _packing(self) -> list[str]:
        ahead, back = [], []
        for group in self.places.groups:
            depth, stride = self.places.depth(group), self.places.block_stride(group)
            block, packed = variable(f"block.{group.key}"), variable(f"packed.{group.key}")
            for k, columns in self._parts(group):
                matrix = f"move({block}, {k} * units), {stride}, 0, {depth}, {columns}"
                ahead.append(f"        call(pack, ({matrix}, {self._part(packed, k, depth)}))")
            if group.key in self._d_operands or self._reads_input(group):
                matrix = f"{block}, {stride}, 1, {len(group.products)} * units, {depth}"
                back.append(f"        call(pack, ({matrix}, {variable(f'packed_back.{group.key}')}))")
        lines = ["    if back == 0:", *ahead] if ahead else []
        return lines + (["    if back != 0:", *back] if back else [])

    def _reads_input(self, group: Group) -> bool:
        return self.storage.graph.ops[group.operand].kind == "input"

    def _parts(self, group: Group) -> list[tuple[int, str]]:
        """Return the first slot and the width of each product of a group.

        Hoisted ones are one product for each matrix, whose results are contiguous; those of a step are one.
        """
        count = len(group.products)
        if group.place.phase is Phase.STEP:
            return [(0, f"{count} * units")]
        return [(k, "units") for k in range(count)]

    def _part(self, packed: str, k: int, depth: str) -> str:
        """Return where the ``k``-th packed matrix of a hoisted group begins."""
        padded = "(units + tile_width - 1) // tile_width * tile_width"
        return packed if k == 0 else f"move({packed}, {k} * ({padded}) * {depth})"

    def _products(self, group: Group, pad: str) -> list[str]:
        places, lines = self.places, []
        operand, depth = self.storage.place_of[group.operand], places.depth(group)
        block, packed = variable(f"block.{group.key}"), variable(f"packed.{group.key}")
        for k, columns in self._parts(group):
            out = Slot(f"product.{group.key}", k)
            lines += [
                f"{pad}product(",
                f"{pad}    {places.pointer(operand)}, {places.stride(operand)},",
                f"{pad}    {self._part(packed, k, depth)},",
                f"{pad}    move({block}, {k} * units), {places.block_stride(group)},",
                f"{pad}    {places.pointer(out)}, {places.stride(out)},",
                f"{pad}    rows, {depth}, {columns}, 0, multiply, factors,",
                f"{pad})",
            ]
        return lines

    def _forward_hoisted(self) -> list[str]:
        lines = [ONE_STEP, "    rows = last - first"]
        for phase in (Phase.INPUT, Phase.HOISTED):
            for stage in self.stages[phase]:
                for group in self._at(phase, stage):
                    lines += self._products(group, "    ")
                lines += self._call(True, phase, stage, "    ")
        return lines

    def _forward(self) -> list[str]:
        lines = [ONE_STEP, "    for t in range(t0, t1):", *STEP_HEAD]
        for stage in self.stages[Phase.STEP]:
            for group in self._at(Phase.STEP, stage):
                lines += self._products(group, " " * 8)
            lines += self._call(True, Phase.STEP, stage, " " * 8)
        lines.append("        if ending > 0:")
        states = self.places.states
        for k, state in enumerate(states):
            last = f"move({variable(f'now.{state}')}, (batch + first + ended - low) * units), units"
            out = f"move(final, (ended * {len(states)} + {k}) * units), {len(states)} * units"
            lines.append(f"            copy_rows(ending, units, {last}, {out})")
        return lines

    # ----------------------------------------------------------------------------- backward

    def _backward(self) -> list[str]:
        states = self.places.states
        lines = ["    for t in range(t1 - 1, t0 - 1, -1):", *STEP_HEAD, "        even = t % 2 == 0"]
        for state in states:
            lines.append(f"        d_next_{state} = carry0_{state} if even else carry1_{state}")
            lines.append(f"        d_prev_{state} = carry1_{state} if even else carry0_{state}")
        lines += ["        if ending > 0 and has_final != 0:"]
        for k, state in enumerate(states):
            given = f"move(d_final, (ended * {len(states)} + {k}) * units), {len(states)} * units"
            lines.append(
                f"            copy_rows(ending, units, {given}, move(d_next_{state}, ended * units), units)"
            )
        lines.append("        if ending > 0 and has_final == 0:")
        for state in states:
            lines.append(f"            clear_rows(ending, units, move(d_next_{state}, ended * units))")
        arriving = self.places.pointer(Slot("d_next.h"))
        lines += [
            "        total = move(d_now_h, low * units)",
            "        given = move(dh, first * dh_stride)",
            f"        add_rows(rows, units, given, dh_stride, {arriving}, units, total)",
            "        if record_flow != 0:",
            "            flow[part * all_steps + t] = squares(rows * units, total)",
        ]
        for state in self.places.previous:
            given = f"{self.places.pointer(Slot(f'prev.{state}'))}, units"
            lines.append("        if equal == 0:")
            lines.append(
                f"            copy_rows(rows, units, {given}, move(previous_{state}, first * units), units)"
            )
        for stage in (*reversed(self.stages[Phase.STEP] or [0]), -1):
            lines += self._call(False, Phase.STEP, stage, " " * 8)
            lines += self._products_back(Phase.STEP, stage, " " * 8)
        lines.append("    if t0 == 0 and low < high:")
        for k, state in enumerate(states):
            given = f"move(carry1_{state}, low * units), units"
            out = f"move(d_initial, (low * {len(states)} + {k}) * units), {len(states)} * units"
            lines.append(f"        copy_rows(high - low, units, {given}, {out})")
        return lines

    def _products_back(self, phase: Phase, stage: int, pad: str) -> list[str]:
        """``d operand = dA @ W.T`` of the groups of a stage, but for those of ``x`` itself."""
        lines = []
        for group in self._at(phase, stage):
            slot = self._d_operands.get(group.key)
            if slot is not None:
                lines += self._back_into(group, self.places.pointer(slot), self.places.stride(slot), 0, pad)
        return lines

    def _back_into(self, group: Group, out: str, stride: str, add: int, pad: str) -> list[str]:
        given = f"{self.places.window(group)}, gradient_stride, {variable(f'packed_back.{group.key}')}"
        sizes = f"rows, {len(group.products)} * units, {self.places.depth(group)}, {add}"
        return [f"{pad}call(multiply, ({given}, {out}, {stride}, {sizes}))"]

    def _backward_hoisted(self) -> list[str]:
        lines = ["    rows = last - first"]
        into_x = ("move(dx, first * dx_stride)", "dx_stride")
        for stage in reversed(self.stages[Phase.HOISTED]):
            lines += self._call(False, Phase.HOISTED, stage, "    ")
            lines += self._products_back(Phase.HOISTED, stage, "    ")
            for group in self._at(Phase.HOISTED, stage):
                if self._reads_input(group):
                    lines += ["    if dx_stride != 0:", *self._back_into(group, *into_x, 1, " " * 8)]
        slot = self.storage.d_input
        if slot is not None:
            lines += ["    if dx_stride != 0:", *self._call(False, Phase.INPUT, 0, " " * 8)]
            given = f"{self.places.pointer(slot)}, {self.places.stride(slot)}, {', '.join(into_x)}"
            lines.append(f"        increase_rows(rows, features, {given})")
        return lines

    # ------------------------------------------------------------------------------- gather

    def _gather(self) -> list[str]:
        lines = ["    first = 0"]
        for group in self.places.groups:
            op, depth = self.storage.graph.ops[group.operand], self.places.depth(group)
            slot, stride = self.storage.place_of[group.operand], self.places.block_stride(group)
            operand = self.places.pointer(slot)
            if op.kind == "previous":
                operand = f"{variable(f'now.{op.name}')} if equal != 0 else previous_{op.name}"
            lines += [
                f"    low, high = {depth} * part // parts, {depth} * (part + 1) // parts",
                "    if low < high:",
                f"        operand = {operand}",
                "        blas(",
                f"            move(operand, low), {self.places.stride(slot)}, True,",
                f"            {self.places.window(group)}, gradient_stride,",
                f"            move({variable(f'd_block.{group.key}')}, low * {stride}), {stride},",
                f"            high - low, all_rows, {len(group.products)} * units, factors, 1,",
                "        )",
            ]
        runs = vector_runs(self.storage)
        lines += ["    if part == 0:"] if runs else []
        for vector, column, count in runs:
            given = f"{self.places.pointer(Slot('gradient', column))}, gradient_stride"
            lines.append(
                f"        sum_rows(all_rows, {count} * units, {given}, move(d_vectors, {vector} * units))"
            )
        return lines
