"""Code generation for compiled kernels: loops that run a cell over whole sequences.

Each function takes a table of addresses, a table of integers and the part of the work to do, so that parts
of a batch can run on several threads:

====================  ====================================================================================
function              does
====================  ====================================================================================
``pack_weights``      packs the weights in the order in which products read them, for one of the two passes
                      and one of ``parts`` parts
``forward_hoisted``   computes the rows ``first <= row < last`` of values known for all steps at once
``forward``           runs the steps ``t0 <= t < t1`` of the sequences ``low <= b < high``
``backward``          differentiates the same steps in reverse
``backward_hoisted``  computes gradients for all steps at once
``gather``            computes the gradients of the weights, one of ``parts`` parts
====================  ====================================================================================
"""

from __future__ import annotations

import re

from rnnstudio.engine.compiler.backend.address_table import AddressTable, variable
from rnnstudio.engine.compiler.backend.buffer_assignment import BufferAssignment, Slot, vector_runs
from rnnstudio.engine.compiler.backend.loop_stages import constants, stage_loops, stride_name
from rnnstudio.engine.compiler.backend.numpy_codegen import header, value_names
from rnnstudio.engine.compiler.ir.autodiff import ProductGroup
from rnnstudio.engine.compiler.ir.graph import Phase, ProgramPoint

GIVEN = (
    "add_rows, arguments_apart, call, clear_rows, copy_rows, exp, increase_rows, log, logsigmoid, loop",
    "magnitude, maximum, minimum, move, one, pointer, power, product, real, relu, sigmoid, sign, softplus",
    "sqrt, squares, sum_rows, tanh, tile_width, zero",
)

# The table of integers, in order.
SIZES = (
    "units",
    "features",
    "batch",
    "all_rows",
    "all_steps",
    "equal",  # whether all sequences have one length
    "x_stride",
    "dh_stride",
    "dx_stride",  # 0 if the gradient of the input is not needed
    "has_final",  # whether there is a gradient of the final states
    "record_flow",
    "multiply",  # the address of the product with packed weights
    "pack",  # the address of the function that packs them
    "multiply_turned",  # the address of the product of a transpose
    "room_size",  # size of its workspace
)
# The packing has one row for each step: its first row, the number of running sequences, the first row of the
# previous states, and the number of sequences that continue after it.
STEP_HEAD = [
    "    rows = min(steps[t, 1], high) - low",
    "    if rows <= 0:",
    "        continue",
    "    first = steps[t, 0] + low",
    "    before = steps[t, 2]",
    "    ended = max(steps[t, 3], low)",
    "    ending = low + rows - ended",
]
# A single step reads its weights once, so packing them would cost more than it saves.
ONE_STEP = "multiply = multiply if all_steps > 1 else 0"
PAD = " " * 4


class LoopCode:
    """Generates the source of the loops of a cell."""

    def __init__(self, assignment: BufferAssignment) -> None:
        self.assignment = assignment
        self.addresses = AddressTable(assignment)
        self.stages = {phase: list(assignment.backward.forward.stages(phase)) for phase in Phase}
        self.loops = stage_loops(assignment)
        self._by_place = {("forward" in loop.name, loop.point): loop for loop in self.loops}
        ops = enumerate(assignment.graph.ops)
        self._sources: dict[str, str] = {}
        self._d_operands = {op.name: assignment.slot_of[v] for v, op in ops if op.kind == "d_operand"}

    def source(self, dtype: str) -> str:
        """Return the source for ``float32`` or ``float64``."""
        if dtype not in self._sources:
            self._sources[dtype] = self._write(dtype)
        return self._sources[dtype]

    def _write(self, dtype: str) -> str:
        lines = [*header(self.assignment, value_names(self.assignment))]
        lines += [
            f"from rnnstudio.engine.native.{dtype} import (",
            *(f"    {line}," for line in GIVEN),
            ")",
            "",
        ]
        lines += [f"{name} = real({number!r})" for name, number in constants(self.assignment).items()]
        for loop in self.loops:
            lines += ["", "", "@loop", *loop.lines]
        steps = "steps, t0, t1, low, high"
        hoisted = ["rows = last - first"]
        lines += self._function("pack_weights", "back, part, parts", [], self._packing(), "")
        lines += self._function("forward_hoisted", "first, last", hoisted, self._forward_hoisted(), "")
        ahead = ["for t in range(t0, t1):", *STEP_HEAD]
        lines += self._function("forward", steps, ahead, self._forward(), PAD)
        back = ["for t in range(t1 - 1, t0 - 1, -1):", *STEP_HEAD]
        lines += self._function("backward", f"{steps}, part", back, self._backward(), PAD, self._leave())
        lines += self._function("backward_hoisted", "first, last", hoisted, self._backward_hoisted(), "")
        lines += self._function("gather", "part, parts", ["first = 0"], self._gather(), "")
        return "\n".join(lines) + "\n"

    def _function(
        self,
        name: str,
        parameters: str,
        head: list[str],
        body: list[str],
        pad: str,
        end: list[str] | None = None,
    ) -> list[str]:
        """Return a function that first reads the table entries and row offsets that its body uses."""
        words = re.findall(r"\w+", "\n".join([*head, *body, *(end or [])]))
        rows = self.addresses.rows(words)
        used = {*words, *re.findall(r"\w+", "\n".join(rows))}
        if "product" in used:
            used.add("all_steps")
        strides = {stride_name(array): array for array in sorted(self.addresses.interleaved)}
        strides = {stride: array for stride, array in strides.items() if stride in used}
        if strides:
            used.add("units")
        ahead = [f"{size} = size[{k}]" for k, size in enumerate(SIZES) if size in used]
        for stride, array in strides.items():  # as `buffers.row_length` has it
            row = f"{self.assignment.slots[array]} * units"
            ahead.append(f"{stride} = {row} + (16 if {row} % 512 == 0 else 0)")
        entries = enumerate(self.addresses.entries)
        ahead += [f"{variable(e)} = pointer(at[{k}])" for k, e in entries if variable(e) in used]
        if "product" in used:
            ahead += [ONE_STEP]
        lines = [*ahead, *head, *(pad + line for line in [*rows, *body]), *(end or [])]
        return ["", "", f"def {name}(at, size, {parameters}):", *(PAD + line for line in lines or ["return"])]

    def _at(self, phase: Phase, stage: int) -> list[ProductGroup]:
        return [g for g in self.addresses.groups if g.point == ProgramPoint(phase, stage)]

    def _call(self, forward: bool, phase: Phase, stage: int, pad: str = "") -> list[str]:
        """Return a call of the loop of a stage, or nothing if it has none."""
        loop = self._by_place.get((forward, ProgramPoint(phase, stage)))
        if loop is None:
            return []
        given = ["rows", "features" if phase is Phase.INPUT else "units"]
        given += [self.addresses.pointer(slot) for slot in loop.slots]
        given += [stride_name(array) for array in loop.strides]
        return [f"{pad}{loop.name}(", *(f"{pad}{PAD}{g}," for g in given), f"{pad})"]

    # ------------------------------------------------------------------------------ forward

    def _packing(self) -> list[str]:
        ahead, back = [], []
        for group in self.addresses.groups:
            depth, stride, key = self.addresses.depth(group), self.addresses.block_stride(group), group.key
            for k, columns in self._parts(group):
                block, packed = variable(f"block.{key}/{k}"), variable(f"packed.{key}/{k}")
                given = f"{block}, {stride}, 0, {depth}, {columns}, {packed}"
                ahead.append(f"{PAD}call(pack, ({given}, part, parts))")
            if key in self._d_operands or self._reads_input(group):
                block, packed = variable(f"block.{key}/0"), variable(f"packed_back.{key}")
                given = f"{block}, {stride}, 1, {len(group.products)} * units, {depth}, {packed}"
                pad = PAD
                if self._reads_input(group):
                    back.append(f"{PAD}if dx_stride != 0:")
                    pad += PAD
                back.append(f"{pad}call(pack, ({given}, part, parts))")
        lines = ["if back == 0:", *ahead] if ahead else []
        return lines + (["if back != 0:", *back] if back else [])

    def _reads_input(self, group: ProductGroup) -> bool:
        return self.assignment.graph.ops[group.operand].kind == "input"

    def _parts(self, group: ProductGroup) -> list[tuple[int, str]]:
        """Return the first slot and the width of each matrix product of a group.

        A hoisted group has one product for each matrix, so that each result is contiguous. A group of a step
        is one product.
        """
        count = len(group.products)
        if group.point.phase is Phase.STEP:
            return [(0, f"{count} * units")]
        return [(k, "units") for k in range(count)]

    def _products(self, group: ProductGroup) -> list[str]:
        addresses, lines, key = self.addresses, [], group.key
        operand, depth = self.assignment.slot_of[group.operand], addresses.depth(group)
        for k, columns in self._parts(group):
            out = self.assignment.slot_of[group.products[k]]
            packed = variable(f"packed.{key}/{k}")
            lines += [
                "product(",
                f"{PAD}{addresses.pointer(operand)}, {addresses.stride(operand)}, {packed},",
                f"{PAD}{variable(f'block.{key}/{k}')}, {addresses.block_stride(group)},",
                f"{PAD}{addresses.pointer(out)}, {addresses.stride(out)},",
                f"{PAD}rows, {depth}, {columns}, 0, multiply, {variable('factors')},",
                ")",
            ]
        return lines

    def _forward_hoisted(self) -> list[str]:
        lines = []
        for phase in (Phase.INPUT, Phase.HOISTED):
            for stage in self.stages[phase]:
                for group in self._at(phase, stage):
                    lines += self._products(group)
                lines += self._call(True, phase, stage)
        return lines

    def _forward(self) -> list[str]:
        lines = []
        for stage in self.stages[Phase.STEP]:
            for group in self._at(Phase.STEP, stage):
                lines += self._products(group)
            lines += self._call(True, Phase.STEP, stage)
        lines.append("if ending > 0:")
        states = self.addresses.states
        for k, state in enumerate(states):
            last = f"move({variable(f'now.{state}')}, (first + ended - low) * units), units"
            out = f"move({variable('final')}, (ended * {len(states)} + {k}) * units), {len(states)} * units"
            lines.append(f"{PAD}copy_rows(ending, units, {last}, {out})")
        return lines

    # ----------------------------------------------------------------------------- backward

    def _backward(self) -> list[str]:
        states = self.addresses.states
        lines = ["even = t % 2 == 0"]
        for state in states:
            zero, one = variable(f"carry0.{state}"), variable(f"carry1.{state}")
            lines.append(f"d_next_{state} = {zero} if even else {one}")
            lines.append(f"d_prev_{state} = {one} if even else {zero}")
        lines.append("if ending > 0 and has_final != 0:")
        for k, state in enumerate(states):
            given = (
                f"move({variable('d_final')}, (ended * {len(states)} + {k}) * units), {len(states)} * units"
            )
            lines.append(
                f"{PAD}copy_rows(ending, units, {given}, move(d_next_{state}, ended * units), units)"
            )
        lines.append("if ending > 0 and has_final == 0:")
        for state in states:
            lines.append(f"{PAD}clear_rows(ending, units, move(d_next_{state}, ended * units))")
        arriving = self.addresses.pointer(Slot("d_next.h"))
        lines += [
            f"total = {self.addresses.pointer(Slot('d_now.h'))}",
            f"given = move({variable('dh')}, first * dh_stride)",
            f"add_rows(rows, units, given, dh_stride, {arriving}, units, total)",
            "if record_flow != 0:",
            f"{PAD}{variable('flow')}[part * all_steps + t] = squares(rows * units, total)",
        ]
        for stage in (*reversed(self.stages[Phase.STEP] or [0]), -1):
            lines += self._call(False, Phase.STEP, stage)
            lines += self._products_back(Phase.STEP, stage)
        for state, entry in self.addresses.saved_previous.items():
            given = f"{self.addresses.pointer(Slot(f'prev.{state}'))}, units"
            kept = f"move({variable(entry)}, first_units), units"
            lines += ["if equal == 0:", f"{PAD}copy_rows(rows, units, {given}, {kept})"]
        return lines

    @property
    def has_hoisted_backward(self) -> bool:
        """Whether ``backward_hoisted`` does anything if the gradient of the input is not needed."""
        stages = self.stages[Phase.HOISTED]
        loops = any((False, ProgramPoint(Phase.HOISTED, stage)) in self._by_place for stage in stages)
        return loops or any(self._products_back(Phase.HOISTED, stage) for stage in stages)

    def _leave(self) -> list[str]:
        lines, states = ["if t0 == 0 and low < high:"], self.addresses.states
        for k, state in enumerate(states):
            given = f"move({variable(f'carry1.{state}')}, low * units), units"
            out = f"move({variable('d_initial')}, (low * {len(states)} + {k}) * units), {len(states)} * units"
            lines.append(f"{PAD}copy_rows(high - low, units, {given}, {out})")
        return lines

    def _products_back(self, phase: Phase, stage: int) -> list[str]:
        """``d operand = dA @ W.T`` for the groups of a stage, except those of ``x`` itself."""
        lines = []
        for group in self._at(phase, stage):
            slot = self._d_operands.get(group.key)
            if slot is not None:
                lines.append(
                    self._back_into(group, self.addresses.pointer(slot), self.addresses.stride(slot), 0)
                )
        return lines

    def _back_into(self, group: ProductGroup, out: str, stride: str, add: int) -> str:
        given = f"{self.addresses.window(group)}, gradient_stride, {variable(f'packed_back.{group.key}')}"
        sizes = f"rows, {len(group.products)} * units, {self.addresses.depth(group)}, {add}"
        return f"call(multiply, ({given}, {out}, {stride}, {sizes}))"

    def _backward_hoisted(self) -> list[str]:
        lines = []
        into_x = (f"move({variable('dx')}, first * dx_stride)", "dx_stride")
        for stage in reversed(self.stages[Phase.HOISTED]):
            lines += self._call(False, Phase.HOISTED, stage)
            lines += self._products_back(Phase.HOISTED, stage)
            for group in self._at(Phase.HOISTED, stage):
                if self._reads_input(group):
                    lines += ["if dx_stride != 0:", PAD + self._back_into(group, *into_x, 1)]
        slot = self.assignment.d_input
        if slot is not None:
            lines += ["if dx_stride != 0:", *self._call(False, Phase.INPUT, 0, PAD)]
            given = f"{self.addresses.pointer(slot)}, {self.addresses.stride(slot)}, {', '.join(into_x)}"
            lines.append(f"{PAD}increase_rows(rows, features, {given})")
        return lines

    # ------------------------------------------------------------------------------- gather

    def _gather(self) -> list[str]:
        lines = []
        for group in self.addresses.groups:
            op, depth = self.assignment.graph.ops[group.operand], self.addresses.depth(group)
            slot, stride = self.assignment.slot_of[group.operand], self.addresses.block_stride(group)
            operand = self.addresses.pointer(slot)
            if op.kind == "previous":
                entries = (f"prev.{op.name}", self.addresses.saved_previous[op.name])
                operand = " if equal != 0 else ".join(map(variable, entries))
            lines += [
                f"operand = {operand}",
                "call(multiply_turned, (",
                f"    operand, {self.addresses.stride(slot)},",
                f"    {self.addresses.window(group)}, gradient_stride,",
                f"    {variable(f'd_block.{group.key}')}, {stride},",
                f"    {depth}, all_rows, {len(group.products)} * units,",
                f"    move({variable('room')}, part * room_size), part, parts,",
                "))",
            ]
        for vector, column, count in vector_runs(self.assignment):
            given, out = self.addresses.pointer(Slot("gradient", column)), variable(f"d_vectors/{vector}")
            lines += [
                f"low, high = {count} * units * part // parts, {count} * units * (part + 1) // parts",
                f"sum_rows(all_rows, high - low, move({given}, low), gradient_stride, move({out}, low))",
            ]
        return lines
