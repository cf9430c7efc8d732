"""One layer of a cell: its one or two strands, how their outputs merge, and the dropout behind it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from rnnstudio.engine.cells.layer_direction import Allocate, Strand
from rnnstudio.engine.nodes.base import Array
from rnnstudio.engine.pool import run_all
from rnnstudio.engine.program.packed_sequence import PackedSequence

States = Sequence[Sequence[Array]]  # strand by strand, one (B, n) array a state


class Layer:
    """A layer.

    Parameters
    ----------
    strands : the forward one, the reverse one, or both in that order
    merge : how two outputs become one: concat, sum, mean or product
    dropout : share of the outputs that is set to zero in training, and the rest scaled up for it

    Attributes
    ----------
    output : (N, width) what the next layer reads
    """

    def __init__(self, strands: Sequence[Strand], merge: str, dropout: float) -> None:
        self.strands = tuple(strands)
        self.merge = merge
        self.dropout = dropout
        self.units = self.strands[0].units

    def allocate(self, packing: PackedSequence, array: Allocate, shared: Allocate) -> None:
        """Make the buffers for a packing; an output that is one strand's alone is that strand's array.

        See `Strand.allocate`.
        """
        self.packing = packing
        shape = (packing.rows, self.units)
        if self.side_by_side:
            self.merged = array("merged", (packing.rows, 2 * self.units))
            for strand, half in zip(self.strands, self._halves(self.merged), strict=True):
                strand.allocate(packing, array, shared, half)
        else:
            for strand in self.strands:
                strand.allocate(packing, array, shared)
            self.merged = self.strands[0].h
            if len(self.strands) == 2:
                self.merged = array("merged", shape)
                self.d_strands = [array(name, shape) for name in ("d forward", "d reverse")]
        self.output = self.merged
        self.mask: Array | None = None
        if self.dropout > 0:
            shape = self.merged.shape
            self.output, self.mask = array("dropped", shape), array("mask", shape)
            self.d_merged = array("d merged", shape)

    @property
    def side_by_side(self) -> bool:
        """Whether each strand has columns of its own in the output, and nothing is to be worked out."""
        return len(self.strands) == 2 and self.merge == "concat"

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
        """Compute ``output`` of the steps ``t0 <= t < t1``; dropout draws from ``noise``, if given."""
        states = [None] * len(self.strands) if initial is None else initial
        run_all([partial(s.forward, x, given, t0, t1) for s, given in zip(self.strands, states, strict=True)])
        rows = self.packing.slice(t0, t1)
        if len(self.strands) == 2 and not self.side_by_side:
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
        forward, reverse = (strand.h[rows] for strand in self.strands)
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
        """Push ``d_output`` (N, width) back through the steps; adds to ``d_x`` (N, F), if given.

        ``d_final`` holds the gradient of each strand's final states, or None for zeros.
        """
        rows = self.packing.slice(t0, t1)
        if self.mask is not None:
            np.multiply(d_output[rows], self.mask[rows], out=self.d_merged[rows])
            d_output = self.d_merged
        d_strands = [d_output]
        if self.side_by_side:
            d_strands = self._halves(d_output)
        elif len(self.strands) == 2:
            self._split(d_output[rows], rows)
            d_strands = self.d_strands
        arriving = zip(self.strands, d_strands, d_final, strict=True)
        run_all([partial(s.backward, d_h, d_last, d_x, t0, t1) for s, d_h, d_last in arriving])
        if d_x is not None:
            for strand in self.strands:
                strand.add_to(d_x)

    def _split(self, d_merged: Array, rows: slice) -> None:
        """Undo `_merge`: the gradient of each strand's output."""
        d_forward, d_reverse = (d[rows] for d in self.d_strands)
        if self.merge == "product":
            forward, reverse = (strand.h[rows] for strand in self.strands)
            np.multiply(d_merged, reverse, out=d_forward)
            np.multiply(d_merged, forward, out=d_reverse)
        else:
            np.multiply(d_merged, 0.5 if self.merge == "mean" else 1.0, out=d_forward)
            d_reverse[...] = d_forward

    def gather(self) -> None:
        """Add the weight gradients of all steps."""
        run_all([strand.gather for strand in self.strands])
