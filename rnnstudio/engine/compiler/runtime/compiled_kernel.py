"""Compiled kernels: run the functions that were compiled from the equations of a cell.

Buffers, tape and interface are those of `CellKernel`. A range of steps is one call of a function that does
not hold the global interpreter lock, so other threads run meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from rnnstudio.engine import aligned, pool
from rnnstudio.engine.compiler.backend.loop_codegen import SIZES, LoopCode
from rnnstudio.engine.compiler.ir.graph import Phase
from rnnstudio.engine.compiler.runtime.buffers import Array
from rnnstudio.engine.compiler.runtime.numpy_kernel import CellKernel
from rnnstudio.engine.native.library import Library, product_library
from rnnstudio.engine.native.options import FLOAT32, FLOAT64
from rnnstudio.engine.native.products import DEPTH
from rnnstudio.engine.program.packed_sequence import PackedSequence

# Hoisted values of a block stay in the second-level cache; products of fewer rows are slow.
BLOCK_BYTES, LEAST_ROWS = 512 * 1024, 192
# Floating-point operations of a pass below which another thread costs more than it saves.
LEAST_WORK = 150_000_000
LEAST_PACKED = (
    200_000  # number of weights below which packing them on several threads costs more than it saves
)


class CompiledKernel(CellKernel):
    """See `CellKernel`.

    Parameters
    ----------
    loop_code : the generator of the source
    library : the compiled functions
    """

    def __init__(
        self, loop_code: LoopCode, library: Library, features: int, units: int, dtype: np.dtype[Any]
    ) -> None:
        super().__init__(loop_code.assignment, (), {}, features, units, dtype)
        self._loop_code, self._library = loop_code, library
        self._hoists_back = loop_code.has_hoisted_backward
        self._at = np.zeros(len(loop_code.addresses.entries), np.int64)
        self._index = {name: k for k, name in enumerate(loop_code.addresses.entries)}
        self._slots: dict[str, list[int]] = {}
        for name, k in self._index.items():
            self._slots.setdefault(name.rpartition("/")[0], []).append(k)
        self._size = np.zeros(len(SIZES), np.int64)
        self._tables = (self._at.ctypes.data, self._size.ctypes.data)  # the arguments of compiled functions
        self._size_index = {name: k for k, name in enumerate(SIZES)}
        self._tile = (FLOAT32 if self.dtype == np.float32 else FLOAT64).width
        self._held: dict[str, Array] = {}
        name = self.dtype.name
        self._set_size("units", self.units)
        self._set_size("features", self.features)
        self._products = product_library(name)  # the functions live as long as it does
        for function in ("multiply", "pack", "multiply_turned"):
            self._set_size(function, self._products.address(function))
        # Space for both factors of the current part of a product.
        self._room = DEPTH * (self._tile + max(self.units, self.features))
        self._set_size("room_size", self._room)
        self._set_array("factors", np.array([0, 1], self.dtype))
        widths = [len(g.products) for g in self.assignment.layout.groups if g.point.phase is Phase.HOISTED]
        row = max(1, sum(widths)) * self.units * self.dtype.itemsize
        self._block_rows = max(LEAST_ROWS, BLOCK_BYTES // row)
        library.compile()

    def _set_size(self, name: str, value: int) -> None:
        self._size[self._size_index[name]] = value

    def _set_array(self, name: str, array: Array, numbers: int | None = None) -> None:
        """Store the address of an array in the table and keep the array alive; see `_set_address`."""
        self._held[name] = array
        self._set_address(name, array.ctypes.data, numbers)

    def _set_address(self, name: str, address: int, numbers: int | None = None) -> None:
        """Store an address in the table.

        ``numbers`` is the distance between two slots if the table has an address for each slot.
        """
        if numbers is None:
            self._at[self._index[name]] = address
            return
        for index in self._slots.get(name, ()):
            self._at[index] = address
            address += numbers * self.dtype.itemsize

    # ------------------------------------------------------------------------------ weights

    def bind(self, weights: Array, gradients: Array) -> None:
        """See `CellKernel.bind`."""
        self._weights, self._gradients = weights, gradients
        self._buffers.vectors = self.parameters.vectors(weights)
        self._set_array("vectors", self._buffers.vectors, self.units)
        self._set_array("d_vectors", self.parameters.vectors(gradients), self.units)
        self._packed = np.zeros(0, self.dtype)  # the largest
        for group in self.assignment.layout.groups:
            block = self.parameters.block(weights, group)
            self._set_array(f"block.{group.key}", block, self.units)
            self._set_array(f"d_block.{group.key}", self.parameters.block(gradients, group))
            depth, width = block.shape
            # A hoisted group is packed matrix by matrix, a group of a step as a whole. The backward pass
            # reuses the memory of what the forward pass packed.
            is_interleaved = f"product.{group.key}" in self._loop_code.addresses.interleaved
            count = 1 if is_interleaved else len(group.products)
            one = depth * self._padded(width // count)
            packed = aligned.zeros(max(count * one, width * self._padded(depth)), self.dtype)
            self._set_array(f"packed.{group.key}", packed, one)
            self._set_array(f"packed_back.{group.key}", packed)
            self._packed = max(self._packed, packed, key=len)

    def _padded(self, columns: int) -> int:
        return -(-columns // self._tile) * self._tile

    # ------------------------------------------------------------------------------ buffers

    def _allocate(self, packing: PackedSequence) -> None:
        """Allocate the buffers for a packing, and store their addresses in the table."""
        super()._allocate(packing)
        buffers = self._buffers
        self._set_size("batch", packing.batch)
        self._set_size("all_rows", packing.rows)
        self._set_size("all_steps", packing.steps)
        self._set_size("equal", int(buffers.equal))
        # The buffers keep their memory alive and mostly reuse it.
        addresses = buffers.addresses
        for name, array in buffers.arrays.items():
            if name in self._index:
                self._set_address(name, addresses[name])
            else:
                interleaved = name in self._loop_code.addresses.interleaved
                self._set_address(name, addresses[name], self.units if interleaved else array[0].size)
        initial = packing.batch * self.units * self.dtype.itemsize
        for state in buffers.states:
            self._set_address(f"prev.{state}", addresses[f"now.{state}"])
            self._set_address(f"now.{state}", addresses[f"now.{state}"] + initial)
            for carry in (f"carry0.{state}", f"carry1.{state}"):
                self._set_address(carry, addresses[carry])
        if not buffers.equal:
            for previous in self._loop_code.addresses.saved_previous.values():
                if previous.startswith("previous."):
                    buffers.array(previous, packing.rows, self.units)
                    self._set_address(previous, addresses[previous])
        self._set_array("final", self.final_block)
        self._set_array("d_initial", self.d_initial_block)
        self._set_array("d_final", np.zeros_like(self.final_block))
        self._whole = [(0, packing.batch)]
        self._shards = self._shard_sequences(packing)
        room = len(self._shards) * self._room
        if len(self._packed) >= room:  # they are packed again before the next pass
            self._set_array("room", self._packed)
        else:
            buffers.array("room", room)
            self._set_address("room", addresses["room"])
        # A shard that has ended adds nothing.
        self._set_array("flow", np.zeros(len(self._shards) * packing.steps, self.dtype))
        self._steps = steps = np.zeros((packing.steps, 4), np.int64)
        steps[:, 0], steps[:, 1], steps[:, 2] = packing.offsets[:-1], packing.active, buffers.before
        steps[:-1, 3] = packing.active[1:]  # sequences that continue
        self._given = (*self._tables, steps.ctypes.data)

    def _clear_steps(self) -> None:
        pass  # there are no lists of calls

    def _rows_of(self, name: str, rows: Array) -> Array:
        """Store the address and the row stride of an array of the caller."""
        if rows.dtype != self.dtype or rows.strides[1] != rows.itemsize:
            rows = np.ascontiguousarray(rows, self.dtype)
        self._set_array(name, rows)
        self._set_size(f"{name}_stride", rows.strides[0] // rows.itemsize)
        return rows

    def _shard_sequences(self, packing: PackedSequence) -> list[tuple[int, int]]:
        """Return a range of sequences for each thread, with about the same number of steps in each.

        Sequences are sorted by length and adjacent in each step, so every shard is itself a sorted batch.
        Small amounts of work are not divided.
        """
        threads = min(pool.count(), packing.batch)
        if threads == 1:
            return self._whole
        wide = (
            self.assignment.graph.points[g.operand].phase is Phase.INPUT
            for g in self.assignment.layout.groups
        )
        depths = (self.features if w else self.units for w in wide)
        widths = (len(g.products) * self.units for g in self.assignment.layout.groups)
        work = 2 * packing.rows * sum(d * w for d, w in zip(depths, widths, strict=True))
        if work < LEAST_WORK:
            return self._whole
        ends = np.cumsum(packing.lengths)
        cuts = [int(np.searchsorted(ends, packing.rows * k / threads)) + 1 for k in range(1, threads)]
        bounds = sorted({0, *cuts, packing.batch})
        return list(pairwise(bounds))

    def _row_shards(self, t0: int, t1: int) -> list[tuple[int, int]]:
        """Divide the rows of a range of steps into equal parts, one for each shard."""
        rows, parts = self._buffers.packing.slice(t0, t1), len(self._shards)
        bounds = [rows.start + (rows.stop - rows.start) * k // parts for k in range(parts + 1)]
        return list(pairwise(bounds))

    def _step_blocks(self, t0: int, t1: int) -> list[tuple[int, int]]:
        """Divide a range of steps into blocks whose hoisted values stay in the cache until their steps."""
        if t1 - t0 == 1:
            return [(t0, t1)]
        offsets = self._buffers.packing.offsets
        blocks, start = [], t0
        while start < t1:
            stop = int(np.searchsorted(offsets, offsets[start] + self._block_rows))
            stop = min(max(stop, start + 1), t1)
            blocks.append((start, stop))
            start = stop
        return blocks

    # ------------------------------------------------------------------------------- passes

    def forward(self, x: Array, initial: Sequence[Array] | None, t0: int, t1: int) -> None:
        """See `CellKernel.forward`."""
        buffers, packing = self._buffers, self._buffers.packing
        buffers.x = self._rows_of("x", x)
        if t0 == 0:
            for k, state in enumerate(self.states):
                buffers.states[state][: packing.batch] = 0.0 if initial is None else initial[k]
            if packing.steps > 1:
                self._pack(0)
        hoisted, steps = self._library["forward_hoisted"], self._library["forward"]
        shards = self._shards if t1 - t0 > 1 else self._whole
        if len(shards) > 1:
            pool.run_all([partial(hoisted, *self._tables, *rows) for rows in self._row_shards(t0, t1)])
            pool.run_all([partial(steps, *self._given, t0, t1, *shard) for shard in shards])
            return
        for start, stop in self._step_blocks(t0, t1):
            rows = packing.slice(start, stop)
            hoisted(*self._tables, rows.start, rows.stop)
            steps(*self._given, start, stop, 0, packing.batch)

    def backward(
        self, dh: Array, d_final: Sequence[Array] | None, dx: Array | None, t0: int, t1: int
    ) -> None:
        """See `CellKernel.backward`."""
        packing = self._buffers.packing
        self._rows_of("dh", dh)
        self._set_size("dx_stride", 0)
        if dx is not None:
            if dx.dtype != self.dtype or dx.strides[1] != dx.itemsize:
                raise ValueError(f"the gradient of the input must be rows of {self.dtype}")
            self._set_array("dx", dx)
            self._set_size("dx_stride", dx.strides[0] // dx.itemsize)
        ended = packing.ending_sequences(t0, t1)
        if ended.start < ended.stop:
            self._set_size("has_final", int(d_final is not None))
            if d_final is not None:
                block = self._held["d_final"]
                for k, d in enumerate(d_final):
                    block[:, k * self.units : (k + 1) * self.units] = d
        self._set_size("record_flow", int(self.record_flow))
        if t1 == packing.steps:
            self._pack(1)
        steps, hoisted = self._library["backward"], self._library["backward_hoisted"]
        shards = self._shards if t1 - t0 > 1 else self._whole
        if len(shards) > 1:
            numbered = enumerate(shards)
            pool.run_all([partial(steps, *self._given, t0, t1, *shard, k) for k, shard in numbered])
            if dx is not None or self._hoists_back:
                pool.run_all([partial(hoisted, *self._tables, *rows) for rows in self._row_shards(t0, t1)])
        else:
            for start, stop in reversed(self._step_blocks(t0, t1)):
                rows = packing.slice(start, stop)
                steps(*self._given, start, stop, 0, packing.batch, 0)
                hoisted(*self._tables, rows.start, rows.stop)
        if self.record_flow:
            squares = self._held["flow"].reshape(-1, packing.steps)[: len(shards), t0:t1]
            np.sqrt(squares.sum(axis=0), out=self.flow[t0:t1])

    def gather(self, x: Array) -> None:
        """See `CellKernel.gather`."""
        self._buffers.x = self._rows_of("x", x)
        self._in_parts("gather", len(self._shards))

    def _pack(self, back: int) -> None:
        """Pack the weights for the forward pass (0) or the backward pass (1)."""
        self._in_parts("pack_weights", len(self._shards) if self.size >= LEAST_PACKED else 1, back)

    def _in_parts(self, name: str, parts: int, *given: int) -> None:
        """Run the parts of a function on the threads of the pool."""
        function = self._library[name]
        pool.run_all([partial(function, *self._tables, *given, part, parts) for part in range(parts)])
