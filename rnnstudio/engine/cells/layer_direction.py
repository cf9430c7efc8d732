"""One layer of a cell in one direction: a kernel, and the order in which it reads the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rnnstudio.engine.cells.stack import StrandPlace
from rnnstudio.engine.compiler.compile import CompiledCell
from rnnstudio.engine.nodes.base import Array
from rnnstudio.engine.program.packed_sequence import PackedSequence

AT_ONCE = 256  # rows that are turned round at a time where they are added to others
Allocate = Callable[[str, tuple[int, ...]], Array]


class Strand:
    """A kernel that reads forward, or in reverse from each sequence's own end.

    Read in reverse, the packed rows are permuted before the kernel and back behind it, so the kernel
    itself knows one direction only. A reverse strand runs over all steps at once.

    Attributes
    ----------
    h : (N, n) outputs, row by row in the order of time; may be columns of a wider array
    size : floats in the strand's slice of the flat weights
    """

    def __init__(self, cell: CompiledCell, place: StrandPlace, features: int, units: int) -> None:
        self.cell, self.place = cell, place
        self.features, self.units = features, units
        self.layout = cell.parameters(features, units)
        self.size = self.layout.size

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the strand's weights by their whole names, as views in textbook shape."""
        return {f"{self.place.prefix}{name}": view for name, view in self.layout.views(flat).items()}

    def bind(self, weights: Array, gradients: Array) -> None:
        """Make the kernel of the weights' type, and give it both slices."""
        self.kernel = self.cell.kernel(self.features, self.units, weights.dtype)
        self.kernel.bind(weights, gradients)

    def allocate(
        self, packing: PackedSequence, array: Allocate, shared: Allocate, h: Array | None = None
    ) -> None:
        """Make the buffers for a packing; ``array`` gives one of a name and a shape.

        ``shared`` gives one that other layers use as well, each while it runs. Outputs go into ``h``, if
        given.
        """
        self.packing = packing
        self.kernel.allocate(packing)
        self.copies = h is not None
        if self.place.reverse:
            self.order = packing.reversed_rows
            rows = packing.rows
            self.x = array("x", (rows, self.features))
            self.d_x = shared("d x", (rows, self.features))
            self.d_h = shared("d h", (rows, self.units))
            self.h = array("h", (rows, self.units)) if h is None else h
        else:
            self.h = self.kernel.tape["h"] if h is None else h

    def forward(self, x: Array, initial: Sequence[Array] | None, t0: int, t1: int) -> None:
        """Compute ``h`` of the steps ``t0 <= t < t1`` from ``x``, (N, F)."""
        if not self.place.reverse:
            self.x = x
            self.kernel.forward(x, initial, t0, t1)
            if self.copies:
                rows = self.packing.slice(t0, t1)
                self.h[rows] = self.kernel.tape["h"][rows]
            return
        self._needs_all(t0, t1)
        self._turn(x, self.x)
        self.kernel.forward(self.x, initial, t0, t1)
        self._turn(self.kernel.tape["h"], self.h)

    def backward(
        self, d_h: Array, d_final: Sequence[Array] | None, d_x: Array | None, t0: int, t1: int
    ) -> None:
        """Push gradients back; a forward strand adds to ``d_x``, a reverse one waits for `add_to`."""
        if not self.place.reverse:
            self.kernel.backward(d_h, d_final, d_x, t0, t1)
            return
        self._needs_all(t0, t1)
        self._turn(d_h, self.d_h)
        if d_x is not None:
            self.d_x[...] = 0
        self.kernel.backward(self.d_h, d_final, None if d_x is None else self.d_x, t0, t1)

    def add_to(self, d_x: Array) -> None:
        """Add what `backward` found for the input, where it did not do so itself."""
        if self.place.reverse:
            for start in range(0, len(d_x), AT_ONCE):
                some = slice(start, start + AT_ONCE)
                d_x[some] += self.d_x.take(self.order[some], axis=0, mode="clip")

    def gather(self) -> None:
        """Add the weight gradients of all steps."""
        self.kernel.gather(self.x)

    def in_time(self, rows: Array) -> Array:
        """Return rows of the kernel in the order of time."""
        return rows[self.order] if self.place.reverse else rows

    def flow(self) -> Array:
        """Return the norm of dL/dh by time step, (T,).

        A reverse strand's is counted from each sequence's end, and turned round: by time step where
        all sequences are equally long.
        """
        flow: Array = self.kernel.flow
        return flow[::-1] if self.place.reverse else flow

    def _turn(self, rows: Array, out: Array) -> None:
        """Turn packed rows round; both may be columns of wider arrays."""
        if rows.flags.c_contiguous and out.flags.c_contiguous:
            # With no check of the order, which would be paid for by a copy of the result.
            np.take(rows, self.order, axis=0, out=out, mode="clip")
        else:
            out[self.order] = rows  # the same: turned twice, rows are where they were

    def _needs_all(self, t0: int, t1: int) -> None:
        if (t0, t1) != (0, self.packing.steps):
            raise ValueError("a cell that reads in reverse runs over all steps at once")
