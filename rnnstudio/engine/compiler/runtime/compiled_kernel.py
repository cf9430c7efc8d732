"""Runs a compiled cell by the functions that were compiled from its equations.

The same buffers, tapes and promises as `CellKernel`; a range of steps is one call of a function that holds
no lock, so that other threads run meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence as Several
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from rnnstudio.engine import aligned, pool
from rnnstudio.engine.compiler.backend.loop_codegen import SIZES, Sequence
from rnnstudio.engine.compiler.ir.graph import Phase
from rnnstudio.engine.compiler.runtime.buffers import Array
from rnnstudio.engine.compiler.runtime.numpy_kernel import CellKernel
from rnnstudio.engine.native.library import Library, product_library
from rnnstudio.engine.native.options import FLOAT32, FLOAT64
from rnnstudio.engine.native.products import DEPTH
from rnnstudio.engine.program.packed_sequence import PackedSequence

# What is hoisted of so many rows stays in a second-level cache; fewer rows make poor products.
BLOCK_BYTES, LEAST_ROWS = 512 * 1024, 192
# Floating-point operations of a pass below which handing work to a thread costs more than it saves.
LEAST_WORK = 150_000_000
LEAST_PACKED = 200_000  # and numbers of weights below which packing them does


class CompiledKernel(CellKernel):
    """See `CellKernel`.

    Parameters
    ----------
    sequence : what the source was written by
    library : its compiled functions
    """

    def __init__(
        self, sequence: Sequence, library: Library, features: int, units: int, dtype: np.dtype[Any]
    ) -> None:
        super().__init__(sequence.storage, (), {}, features, units, dtype)
        self._sequence, self._library = sequence, library
        self._hoists_back = sequence.hoists_back
        self._at = np.zeros(len(sequence.places.entries), np.int64)
        self._index = {name: k for k, name in enumerate(sequence.places.entries)}
        self._slots: dict[str, list[int]] = {}
        for name, k in self._index.items():
            self._slots.setdefault(name.rpartition("/")[0], []).append(k)
        self._size = np.zeros(len(SIZES), np.int64)
        self._tables = (self._at.ctypes.data, self._size.ctypes.data)  # as compiled functions take them
        self._size_index = {name: k for k, name in enumerate(SIZES)}
        self._tile = (FLOAT32 if self.dtype == np.float32 else FLOAT64).width
        self._kept: dict[str, Array] = {}
        name = self.dtype.name
        self._set("units", self.units)
        self._set("features", self.features)
        self._products = product_library(name)  # the functions live as long as it does
        for function in ("multiply", "pack", "multiply_turned"):
            self._set(function, self._products.address(function))
        # Both factors of the part of a product that is being read.
        self._room = DEPTH * (self._tile + max(self.units, self.features))
        self._set("room_size", self._room)
        self._hold("factors", np.array([0, 1], self.dtype))
        widths = [len(g.products) for g in self.storage.layout.groups if g.place.phase is Phase.HOISTED]
        row = max(1, sum(widths)) * self.units * self.dtype.itemsize
        self._block_rows = max(LEAST_ROWS, BLOCK_BYTES // row)
        library.compile()

    def _set(self, name: str, value: int) -> None:
        self._size[self._size_index[name]] = value

    def _hold(self, name: str, array: Array, numbers: int | None = None) -> None:
        """Put the address of an array into the table, and keep the array alive; see `_point`."""
        self._kept[name] = array
        self._point(name, array.ctypes.data, numbers)

    def _point(self, name: str, address: int, numbers: int | None = None) -> None:
        """Put an address into the table.

        ``numbers`` is how many lie between two slots, where the table has one address for each.
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
        self._hold("vectors", self._buffers.vectors, self.units)
        self._hold("d_vectors", self.parameters.vectors(gradients), self.units)
        self._packed = np.zeros(0, self.dtype)  # the largest
        for group in self.storage.layout.groups:
            block = self.parameters.block(weights, group)
            self._hold(f"block.{group.key}", block, self.units)
            self._hold(f"d_block.{group.key}", self.parameters.block(gradients, group))
            depth, width = block.shape
            # A hoisted group is packed matrix by matrix, one of a step as a whole. What the forward pass
            # packed is done with when the backward pass packs.
            count = 1 if f"product.{group.key}" in self._sequence.places.beside else len(group.products)
            one = depth * self._padded(width // count)
            packed = aligned.zeros(max(count * one, width * self._padded(depth)), self.dtype)
            self._hold(f"packed.{group.key}", packed, one)
            self._hold(f"packed_back.{group.key}", packed)
            self._packed = max(self._packed, packed, key=len)

    def _padded(self, columns: int) -> int:
        return -(-columns // self._tile) * self._tile

    # ------------------------------------------------------------------------------ buffers

    def _allocate(self, packing: PackedSequence) -> None:
        """Make the buffers for a packing, and put their addresses into the table."""
        super()._allocate(packing)
        buffers = self._buffers
        self._set("batch", packing.batch)
        self._set("all_rows", packing.rows)
        self._set("all_steps", packing.steps)
        self._set("equal", int(buffers.equal))
        # The buffers keep their memory alive, and most packings find all of it where it was.
        addresses = buffers.addresses
        for name, array in buffers.arrays.items():
            if name in self._index:
                self._point(name, addresses[name])
            else:
                beside = name in self._sequence.places.beside
                self._point(name, addresses[name], self.units if beside else array[0].size)
        initial = packing.batch * self.units * self.dtype.itemsize
        for state in buffers.states:
            self._point(f"prev.{state}", addresses[f"now.{state}"])
            self._point(f"now.{state}", addresses[f"now.{state}"] + initial)
            for carry in (f"carry0.{state}", f"carry1.{state}"):
                self._point(carry, addresses[carry])
        if not buffers.equal:
            for previous in self._sequence.places.kept_previous.values():
                if previous.startswith("previous."):
                    buffers.array(previous, packing.rows, self.units)
                    self._point(previous, addresses[previous])
        self._hold("final", self.final_block)
        self._hold("d_initial", self.d_initial_block)
        self._hold("d_final", np.zeros_like(self.final_block))
        self._whole = [(0, packing.batch)]
        self._shards = self._share_out(packing)
        room = len(self._shards) * self._room
        if len(self._packed) >= room:  # they are done with, and packed anew before the next pass
            self._hold("room", self._packed)
        else:
            buffers.array("room", room)
            self._point("room", addresses["room"])
        # Where a shard has ended it adds nothing.
        self._hold("flow", np.zeros(len(self._shards) * packing.steps, self.dtype))
        self._steps = steps = np.zeros((packing.steps, 4), np.int64)
        steps[:, 0], steps[:, 1], steps[:, 2] = packing.offsets[:-1], packing.active, buffers.before
        steps[:-1, 3] = packing.active[1:]  # those that go on
        self._given = (*self._tables, steps.ctypes.data)

    def _forget_steps(self) -> None:
        pass  # no lists of calls here

    def _rows_of(self, name: str, rows: Array) -> Array:
        """Take rows of the caller: their address and the distance between two of them."""
        if rows.dtype != self.dtype or rows.strides[1] != rows.itemsize:
            rows = np.ascontiguousarray(rows, self.dtype)
        self._hold(name, rows)
        self._set(f"{name}_stride", rows.strides[0] // rows.itemsize)
        return rows

    def _share_out(self, packing: PackedSequence) -> list[tuple[int, int]]:
        """Return one range of sequences for each thread, with equally many steps in each.

        Rows of neighbouring sequences are neighbours in each step, and the longest come first: every shard
        is itself a batch sorted by length. Little work is not shared out.
        """
        threads = min(pool.count(), packing.batch)
        if threads == 1:
            return self._whole
        wide = (self.storage.graph.places[g.operand].phase is Phase.INPUT for g in self.storage.layout.groups)
        depths = (self.features if w else self.units for w in wide)
        widths = (len(g.products) * self.units for g in self.storage.layout.groups)
        work = 2 * packing.rows * sum(d * w for d, w in zip(depths, widths, strict=True))
        if work < LEAST_WORK:
            return self._whole
        ends = np.cumsum(packing.lengths)
        cuts = [int(np.searchsorted(ends, packing.rows * k / threads)) + 1 for k in range(1, threads)]
        bounds = sorted({0, *cuts, packing.batch})
        return list(pairwise(bounds))

    def _cut_rows(self, t0: int, t1: int) -> list[tuple[int, int]]:
        """Cut the rows of a range of steps into equal parts, one for each shard."""
        rows, parts = self._buffers.packing.slice(t0, t1), len(self._shards)
        bounds = [rows.start + (rows.stop - rows.start) * k // parts for k in range(parts + 1)]
        return list(pairwise(bounds))

    def _pieces(self, t0: int, t1: int) -> list[tuple[int, int]]:
        """Cut a range of steps into pieces of which what is hoisted stays in the cache until its steps."""
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

    def forward(self, x: Array, initial: Several[Array] | None, t0: int, t1: int) -> None:
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
            pool.run_all([partial(hoisted, *self._tables, *rows) for rows in self._cut_rows(t0, t1)])
            pool.run_all([partial(steps, *self._given, t0, t1, *shard) for shard in shards])
            return
        for start, stop in self._pieces(t0, t1):
            rows = packing.slice(start, stop)
            hoisted(*self._tables, rows.start, rows.stop)
            steps(*self._given, start, stop, 0, packing.batch)

    def backward(self, dh: Array, d_final: Several[Array] | None, dx: Array | None, t0: int, t1: int) -> None:
        """See `CellKernel.backward`."""
        packing = self._buffers.packing
        self._rows_of("dh", dh)
        self._set("dx_stride", 0)
        if dx is not None:
            if dx.dtype != self.dtype or dx.strides[1] != dx.itemsize:
                raise ValueError(f"the gradient of the input must be rows of {self.dtype}")
            self._hold("dx", dx)
            self._set("dx_stride", dx.strides[0] // dx.itemsize)
        ended = packing.ending_sequences(t0, t1)
        if ended.start < ended.stop:
            self._set("has_final", int(d_final is not None))
            if d_final is not None:
                block = self._kept["d_final"]
                for k, d in enumerate(d_final):
                    block[:, k * self.units : (k + 1) * self.units] = d
        self._set("record_flow", int(self.record_flow))
        if t1 == packing.steps:
            self._pack(1)
        steps, hoisted = self._library["backward"], self._library["backward_hoisted"]
        shards = self._shards if t1 - t0 > 1 else self._whole
        if len(shards) > 1:
            numbered = enumerate(shards)
            pool.run_all([partial(steps, *self._given, t0, t1, *shard, k) for k, shard in numbered])
            if dx is not None or self._hoists_back:
                pool.run_all([partial(hoisted, *self._tables, *rows) for rows in self._cut_rows(t0, t1)])
        else:
            for start, stop in reversed(self._pieces(t0, t1)):
                rows = packing.slice(start, stop)
                steps(*self._given, start, stop, 0, packing.batch, 0)
                hoisted(*self._tables, rows.start, rows.stop)
        if self.record_flow:
            squares = self._kept["flow"].reshape(-1, packing.steps)[: len(shards), t0:t1]
            np.sqrt(squares.sum(axis=0), out=self.flow[t0:t1])

    def gather(self, x: Array) -> None:
        """See `CellKernel.gather`."""
        self._buffers.x = self._rows_of("x", x)
        self._in_parts("gather", len(self._shards))

    def _pack(self, back: int) -> None:
        """Pack the weights for the pass forward, 0, or back, 1."""
        self._in_parts("pack_weights", len(self._shards) if self.size >= LEAST_PACKED else 1, back)

    def _in_parts(self, name: str, parts: int, *given: int) -> None:
        """Run so many parts of a function on the threads."""
        function = self._library[name]
        pool.run_all([partial(function, *self._tables, *given, part, parts) for part in range(parts)])
