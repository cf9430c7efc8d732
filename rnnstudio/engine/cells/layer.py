"""One layer of a cell: its one or two directions, the merge of their outputs, and dropout."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from rnnstudio.engine.cells.layer_direction import Allocate, LayerDirection
from rnnstudio.engine.nodes.base import Array
from rnnstudio.engine.pool import run_all
from rnnstudio.engine.program.packed_sequence import PackedSequence

States = Sequence[Sequence[Array]]  # for each direction one (B, n) array for each state


class Layer:
    """A layer.

    Parameters
    ----------
    directions : forward, reverse, or both in that order
    merge : how two outputs are merged: concat, sum, mean or product
    dropout : fraction of the outputs that is set to zero in training; the others are scaled up

    Attributes
    ----------
    output : (N, width) output, the input of the next layer
    """

    def __init__(self, directions: Sequence[LayerDirection], merge: str, dropout: float) -> None:
        self.directions = tuple(directions)
        self.merge = merge
        self.dropout = dropout
        self.units = self.directions[0].units

    def allocate(self, packing: PackedSequence, array: Allocate, shared: Allocate) -> None:
        """Allocate the buffers for a packing. The output of a single direction is that direction's array.

        See `LayerDirection.allocate`.
        """
        self.packing = packing
        shape = (packing.rows, self.units)
        if self.is_interleaved:
            self.merged = array("merged", (packing.rows, 2 * self.units))
            for direction, half in zip(self.directions, self._halves(self.merged), strict=True):
                direction.allocate(packing, array, shared, half)
        else:
            for direction in self.directions:
                direction.allocate(packing, array, shared)
            self.merged = self.directions[0].h
            if len(self.directions) == 2:
                self.merged = array("merged", shape)
                self.d_directions = [array(name, shape) for name in ("d forward", "d reverse")]
        self.output = self.merged
        self.mask: Array | None = None
        if self.dropout > 0:
            shape = self.merged.shape
            self.output, self.mask = array("dropped", shape), array("mask", shape)
            self.d_merged = array("d merged", shape)

    @property
    def is_interleaved(self) -> bool:
        """Whether the directions write to columns of their own, so that no merge is computed."""
        return len(self.directions) == 2 and self.merge == "concat"

    def _halves(self, rows: Array) -> list[Array]:
        return [rows[:, : self.units], rows[:, self.units :]]

    # ------------------------------------------------------------------------------ forward

    def forward(
        self,
        x: Array,
        initial: States | None,
        t0: int,
        t1: int,
        *,
        noise: np.random.Generator | None,
    ) -> None:
        """Compute ``output`` of the steps ``t0 <= t < t1``, with dropout if ``noise`` is given."""
        states = [None] * len(self.directions) if initial is None else initial
        run_all(
            [partial(s.forward, x, given, t0, t1) for s, given in zip(self.directions, states, strict=True)]
        )
        rows = self.packing.slice(t0, t1)
        if len(self.directions) == 2 and not self.is_interleaved:
            self._merge(rows)
        if self.mask is not None:
            mask = self.mask[rows]
            if noise is None:
                mask[...] = 1
            else:
                mask[...] = noise.random(mask.shape, np.float32) >= self.dropout
                mask *= 1 / (1 - self.dropout)
            np.multiply(self.merged[rows], mask, out=self.output[rows])

    def _merge(self, rows: slice) -> None:
        merged = self.merged[rows]
        forward, reverse = (direction.h[rows] for direction in self.directions)
        if self.merge == "product":
            np.multiply(forward, reverse, out=merged)
        else:
            np.add(forward, reverse, out=merged)
            if self.merge == "mean":
                merged *= 0.5

    # ------------------------------------------------------------------------------ backward

    def backward(
        self, d_output: Array, d_final: Sequence[Sequence[Array] | None], d_x: Array | None, t0: int, t1: int
    ) -> None:
        """Backpropagate ``d_output`` (N, width) through the steps; add to ``d_x`` (N, F), if given.

        ``d_final`` has the gradients of the final states of each direction, or None for zeros.
        """
        rows = self.packing.slice(t0, t1)
        if self.mask is not None:
            np.multiply(d_output[rows], self.mask[rows], out=self.d_merged[rows])
            d_output = self.d_merged
        d_directions = [d_output]
        if self.is_interleaved:
            d_directions = self._halves(d_output)
        elif len(self.directions) == 2:
            self._split(d_output[rows], rows)
            d_directions = self.d_directions
        arriving = zip(self.directions, d_directions, d_final, strict=True)
        run_all([partial(s.backward, d_h, d_last, d_x, t0, t1) for s, d_h, d_last in arriving])
        if d_x is not None:
            for direction in self.directions:
                direction.add_to(d_x)

    def _split(self, d_merged: Array, rows: slice) -> None:
        """Compute the gradient of each direction's output from that of the merged output."""
        d_forward, d_reverse = (d[rows] for d in self.d_directions)
        if self.merge == "product":
            forward, reverse = (direction.h[rows] for direction in self.directions)
            np.multiply(d_merged, reverse, out=d_forward)
            np.multiply(d_merged, forward, out=d_reverse)
        else:
            np.multiply(d_merged, 0.5 if self.merge == "mean" else 1.0, out=d_forward)
            d_reverse[...] = d_forward

    def gather(self) -> None:
        """Add the weight gradients of all steps."""
        run_all([direction.gather for direction in self.directions])
