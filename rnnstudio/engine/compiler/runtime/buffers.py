"""The arrays a kernel works on, and the views of them that belong to a range of steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.engine import aligned
from rnnstudio.engine.compiler.backend.buffer_assignment import (
    Storage,
    operand_has_all_rows,
    product_has_all_rows,
)
from rnnstudio.engine.compiler.ir.autodiff import Group
from rnnstudio.engine.compiler.ir.graph import Op, Phase
from rnnstudio.engine.program.packed_sequence import PackedSequence

Array = NDArray[Any]


def row_length(numbers: int) -> int:
    """Return how far apart rows of so many numbers lie.

    Rows that are a multiple of half a page apart would share a few lines of the cache, which a product of
    a dozen rows at a time then reads again and again: a little more apart, they do not.
    """
    return numbers + 16 if numbers % 512 == 0 else numbers


class Buffers:
    """Arrays by name (see `storage`); memory is kept from one packing to the next.

    A state's array has the B initial rows in front of its N rows, so that in a batch of equal
    lengths the previous states of all rows are its first N rows.
    """

    def __init__(self, storage: Storage, features: int, units: int, dtype: np.dtype[Any]) -> None:
        self.storage = storage
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
        self._side_by_side = {"gradient"}
        self._d_operands: dict[str, tuple[str, int]] = {}
        graph = storage.graph
        for group in storage.layout.groups:
            if product_has_all_rows(storage, group):
                self._all_rows.add(f"product.{group.key}")
            if group.place.phase is Phase.STEP:
                self._side_by_side.add(f"product.{group.key}")
            if operand_has_all_rows(storage, group):
                self._all_rows.add(f"operand.{group.key}")
            if graph.places[group.operand].phase is Phase.INPUT:
                self._wide.add(f"operand.{group.key}")
        for value, op in enumerate(graph.ops):
            if op.kind == "d_operand":
                slot = storage.place_of[value]
                self._d_operands[op.name] = (slot.array, slot.index)

    # ------------------------------------------------------------------------------- memory

    def _own(self) -> list[tuple[str, int]]:
        """Return the arrays that are made here with their slots; states have arrays of another form."""
        elsewhere = ("now.", "prev.", "d_prev.", "d_next.")
        slots = self.storage.slots.items()
        return [(a, n) for a, n in slots if a not in ("x", "vectors") and not a.startswith(elsewhere)]

    def count(self) -> tuple[int, int, int]:
        """Return the numbers that `allocate` takes by unit and row, feature and row, unit and sequence."""
        states = len(self.storage.backward.forward.equations.states)
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
        """Make the arrays for a packing."""
        self.packing = packing
        rows, batch, n = packing.rows, packing.batch, self.units
        for array, slots in self._own():
            width = self.features if array in self._wide else n
            height = rows if array in self._all_rows else batch
            if array in self._side_by_side:
                self.arrays[array] = self.array(array, height, row_length(slots * width))
            else:
                self.arrays[array] = self.array(array, slots, height, width)
        equations = self.storage.backward.forward.equations
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
        """Return an array of its own memory, which is kept for the next one of this name."""
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
        if array in self._side_by_side:
            columns = self.columns(array, start, stop, t0, t1)
            if stop == start + 1:
                return columns
            return columns.reshape(len(columns), stop - start, n).transpose(1, 0, 2)
        part = rows if array in self._all_rows else slice(0, running)
        slots = self.arrays[array]
        return slots[start, part] if stop == start + 1 else slots[start:stop, part]

    def columns(self, array: str, start: int, stop: int, t0: int, t1: int) -> Array:
        """Return slots that lie side by side, ``(rows, slots * n)``."""
        n, packing = self.units, self.packing
        part = packing.slice(t0, t1) if array in self._all_rows else slice(0, int(packing.active[t0]))
        return self.arrays[array][part, start * n : stop * n]

    def value(self, value: int, t0: int, t1: int) -> Array:
        """Return where a value stands, in the rows of the steps ``t0 <= t < t1``."""
        slot = self.storage.place_of[value]
        return self.window(slot.array, slot.index, slot.index + 1, t0, t1)

    def d_next(self, t: int) -> dict[str, Array]:
        """Return the gradients that arrive at step ``t`` from the next one, (B, n) by state."""
        return self._carries[t % 2]

    def d_operand(self, group: Group, t0: int, t1: int) -> Array | None:
        """Return where the gradient of a group's operand goes, None for ``x`` and for no gradient."""
        known = self._d_operands.get(group.key)
        return None if known is None else self.window(known[0], known[1], known[1] + 1, t0, t1)

    def all_rows(self, value: int) -> Array:
        """Return a product's operand in all rows of the batch."""
        op: Op = self.storage.graph.ops[value]
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
        names = self.storage.backward.forward.names
        return {name: self.value(value, 0, self.packing.steps) for name, value in names.items()}
