"""The arrays of a kernel, and views of them for a range of steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.engine import aligned
from rnnstudio.engine.compiler.backend.buffer_assignment import (
    BufferAssignment,
    operand_has_all_rows,
    product_has_all_rows,
)
from rnnstudio.engine.compiler.ir.autodiff import ProductGroup
from rnnstudio.engine.compiler.ir.graph import Op, Phase
from rnnstudio.engine.program.packed_sequence import PackedSequence

Array = NDArray[Any]


def row_length(numbers: int) -> int:
    """Return the row stride for rows of ``numbers`` values.

    Rows at a distance that is a multiple of half a page map to the same few cache lines, which a product of
    a dozen rows at a time would read again and again. Some padding avoids this.
    """
    return numbers + 16 if numbers % 512 == 0 else numbers


class Buffers:
    """Arrays by name (see `buffer assignment`); memory is kept from one packing to the next.

    A state's array has the B initial rows in front of its N rows, so that in a batch of equal
    lengths the previous states of all rows are its first N rows.
    """

    def __init__(self, assignment: BufferAssignment, features: int, units: int, dtype: np.dtype[Any]) -> None:
        self.assignment = assignment
        self.features, self.units, self.dtype = features, units, dtype
        self.arrays: dict[str, Array] = {}
        self.states: dict[str, Array] = {}
        self.vectors: Array = np.zeros(0, dtype)
        self.x: Array = np.zeros((0, features), dtype)
        self._memory: dict[str, Array] = {}
        #: where the memory of each array begins, and with it every array made of it
        self.addresses: dict[str, int] = {}
        self._all_rows = {"tape", "gradient", "wide", "features"}
        self._wide = {"features"}
        self._interleaved = {"gradient"}
        self._d_operands: dict[str, tuple[str, int]] = {}
        graph = assignment.graph
        for group in assignment.layout.groups:
            if product_has_all_rows(assignment, group):
                self._all_rows.add(f"product.{group.key}")
            if group.point.phase is Phase.STEP:
                self._interleaved.add(f"product.{group.key}")
            if operand_has_all_rows(assignment, group):
                self._all_rows.add(f"operand.{group.key}")
            if graph.points[group.operand].phase is Phase.INPUT:
                self._wide.add(f"operand.{group.key}")
        for value, op in enumerate(graph.ops):
            if op.kind == "d_operand":
                slot = assignment.slot_of[value]
                self._d_operands[op.name] = (slot.array, slot.index)

    # ------------------------------------------------------------------------------- memory

    def _own(self) -> list[tuple[str, int]]:
        """Return the arrays that have slots, with their number of slots; states have other arrays."""
        elsewhere = ("now.", "prev.", "d_prev.", "d_next.")
        slots = self.assignment.slots.items()
        return [(a, n) for a, n in slots if a not in ("x", "vectors") and not a.startswith(elsewhere)]

    def count(self) -> tuple[int, int, int]:
        """Return the numbers allocated for each unit and row, feature and row, unit and sequence."""
        states = len(self.assignment.backward.forward.equations.states)
        by_row, by_feature, by_sequence = states, 0, 3 * states + 1
        for array, slots in self._own():
            if array in self._wide:
                by_feature += slots  # for all rows, or at most as many
            elif array in self._all_rows:
                by_row += slots
            else:
                by_sequence += slots
        return by_row, by_feature, by_sequence

    def allocate(self, packing: PackedSequence) -> None:
        """Allocate the arrays for a packing."""
        self.packing = packing
        rows, batch, n = packing.rows, packing.batch, self.units
        for array, slots in self._own():
            width = self.features if array in self._wide else n
            height = rows if array in self._all_rows else batch
            if array in self._interleaved:
                self.arrays[array] = self.array(array, height, row_length(slots * width))
            else:
                self.arrays[array] = self.array(array, slots, height, width)
        equations = self.assignment.backward.forward.equations
        self._carries: list[dict[str, Array]] = [{}, {}]
        for state in equations.states:
            self.states[state] = self.array(f"now.{state}", batch + rows, n)
            for parity in (0, 1):
                self._carries[parity][state] = self.array(f"carry{parity}.{state}", batch, n)
        self.arrays["d_now.h"] = self.array("d_now.h", 1, batch, n)
        before = np.concatenate(([0], packing.offsets[:-2] + batch)).astype(np.intp)
        #: first row, in a state's array, of the states before each step
        self.before = before
        #: whether all sequences have one length
        self.equal = bool(packing.lengths[0] == packing.lengths[-1])
        self._previous_rows: Array | None = None

    def array(self, name: str, *shape: int) -> Array:
        """Return an array. Its memory is reused by the next array of that name."""
        size = math.prod(shape)
        memory = self._memory.get(name)
        if memory is None or memory.size < size:
            self._memory[name] = memory = aligned.zeros(size, self.dtype)
            self.addresses[name] = memory.ctypes.data
        return memory[:size].reshape(shape)

    # -------------------------------------------------------------------------------- views

    def window(self, array: str, start: int, stop: int, t0: int, t1: int) -> Array:
        """Return the slots ``start <= k < stop`` of an array in the rows of the steps ``t0 <= t < t1``.

        One slot is ``(rows, n)``, several are ``(slots, rows, n)``; vectors have one row.
        """
        n, packing = self.units, self.packing
        if array == "vectors":
            several = self.vectors[start * n : stop * n].reshape(stop - start, 1, n)
            return several[0, 0] if stop == start + 1 else several
        rows = packing.slice(t0, t1)
        if array == "x":
            return self.x[rows]
        kind, _, name = array.partition(".")
        if kind == "now":
            return self.states[name][packing.batch + rows.start : packing.batch + rows.stop]
        running = int(packing.active[t0])
        if kind == "prev":
            first = int(self.before[t0])
            return self.states[name][first : first + running]
        if kind == "d_next":
            return self.d_next(t0)[name][:running]
        if kind == "d_prev":
            return self.d_next(t0 - 1)[name][:running]
        if array in self._interleaved:
            columns = self.columns(array, start, stop, t0, t1)
            if stop == start + 1:
                return columns
            return columns.reshape(len(columns), stop - start, n).transpose(1, 0, 2)
        part = rows if array in self._all_rows else slice(0, running)
        slots = self.arrays[array]
        return slots[start, part] if stop == start + 1 else slots[start:stop, part]

    def columns(self, array: str, start: int, stop: int, t0: int, t1: int) -> Array:
        """Return interleaved slots, ``(rows, slots * n)``."""
        n, packing = self.units, self.packing
        part = packing.slice(t0, t1) if array in self._all_rows else slice(0, int(packing.active[t0]))
        return self.arrays[array][part, start * n : stop * n]

    def value(self, value: int, t0: int, t1: int) -> Array:
        """Return the array of a value in the rows of the steps ``t0 <= t < t1``."""
        slot = self.assignment.slot_of[value]
        return self.window(slot.array, slot.index, slot.index + 1, t0, t1)

    def d_next(self, t: int) -> dict[str, Array]:
        """Return the gradients at step ``t`` from the next step, (B, n) by state."""
        return self._carries[t % 2]

    def d_operand(self, group: ProductGroup, t0: int, t1: int) -> Array | None:
        """Return the array for the gradient of a group's operand; None for ``x`` or without gradient."""
        known = self._d_operands.get(group.key)
        return None if known is None else self.window(known[0], known[1], known[1] + 1, t0, t1)

    def all_rows(self, value: int) -> Array:
        """Return the operand of a product in all rows of the batch."""
        op: Op = self.assignment.graph.ops[value]
        if op.kind != "previous":
            return self.value(value, 0, self.packing.steps)
        states, packing = self.states[op.name], self.packing
        if self.equal:
            return states[: packing.rows]
        if self._previous_rows is None:
            moved = self.before - packing.offsets[:-1]
            self._previous_rows = np.arange(packing.rows) + np.repeat(moved, packing.active)
        rows: Array = states[self._previous_rows]
        return rows

    def tape(self) -> dict[str, Array]:
        """Return the (N, n) array of every assigned name."""
        names = self.assignment.backward.forward.names
        return {name: self.value(value, 0, self.packing.steps) for name, value in names.items()}
