"""One direction of a layer: a kernel, and the order in which it reads the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rnnstudio.engine.cells.stack import DirectionSpec
from rnnstudio.engine.compiler.compile import CompiledCell
from rnnstudio.engine.nodes.base import Array
from rnnstudio.engine.program.packed_sequence import PackedSequence

BLOCK = 256  # rows that are reversed at a time when they are added
Allocate = Callable[[str, tuple[int, ...]], Array]


class LayerDirection:
    """A kernel that reads sequences forward, or in reverse from their own ends.

    For the reverse direction the packed rows are permuted before and after the kernel, so kernels always
    read forward. The reverse direction runs over all steps at once.

    Attributes
    ----------
    h : (N, n) outputs in the order of time; may be columns of a wider array
    size : number of floats of its weights
    """

    def __init__(self, cell: CompiledCell, spec: DirectionSpec, features: int, units: int) -> None:
        self.cell, self.spec = cell, spec
        self.features, self.units = features, units
        self.layout = cell.parameters(features, units)
        self.size = self.layout.size

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the weights by their full names, as views in textbook shape."""
        return {f"{self.spec.prefix}{name}": view for name, view in self.layout.views(flat).items()}

    def bind(self, weights: Array, gradients: Array) -> None:
        """Create the kernel for the dtype of the weights, and bind it to both slices."""
        self.kernel = self.cell.kernel(self.features, self.units, weights.dtype)
        self.kernel.bind(weights, gradients)

    def allocate(
        self, packing: PackedSequence, array: Allocate, shared: Allocate, h: Array | None = None
    ) -> None:
        """Allocate the buffers for a packing. ``array`` returns an array by name and shape.

        ``shared`` returns one that all layers use in turn. Outputs are written to ``h``, if given.
        """
        self.packing = packing
        self.kernel.allocate(packing)
        self.copies = h is not None
        if self.spec.reverse:
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
        if not self.spec.reverse:
            self.x = x
            self.kernel.forward(x, initial, t0, t1)
            if self.copies:
                rows = self.packing.slice(t0, t1)
                self.h[rows] = self.kernel.tape["h"][rows]
            return
        self._require_all_steps(t0, t1)
        self._reverse(x, self.x)
        self.kernel.forward(self.x, initial, t0, t1)
        self._reverse(self.kernel.tape["h"], self.h)

    def backward(
        self, d_h: Array, d_final: Sequence[Array] | None, d_x: Array | None, t0: int, t1: int
    ) -> None:
        """Backpropagate; forward adds to ``d_x``, reverse stores the gradient for `add_to`."""
        if not self.spec.reverse:
            self.kernel.backward(d_h, d_final, d_x, t0, t1)
            return
        self._require_all_steps(t0, t1)
        self._reverse(d_h, self.d_h)
        if d_x is not None:
            self.d_x[...] = 0
        self.kernel.backward(self.d_h, d_final, None if d_x is None else self.d_x, t0, t1)

    def add_to(self, d_x: Array) -> None:
        """Add the stored gradient of the input of the reverse direction."""
        if self.spec.reverse:
            for start in range(0, len(d_x), BLOCK):
                some = slice(start, start + BLOCK)
                d_x[some] += self.d_x.take(self.order[some], axis=0, mode="clip")

    def gather(self) -> None:
        """Add the weight gradients of all steps."""
        self.kernel.gather(self.x)

    def in_time(self, rows: Array) -> Array:
        """Return rows of the kernel in the order of time."""
        return rows[self.order] if self.spec.reverse else rows

    def flow(self) -> Array:
        """Return the norm of dL/dh by time step, (T,).

        For the reverse direction, steps are counted from the ends of the sequences and then reversed. They
        are time steps if all sequences have one length.
        """
        flow: Array = self.kernel.flow
        return flow[::-1] if self.spec.reverse else flow

    def _reverse(self, rows: Array, out: Array) -> None:
        """Reverse packed rows; both arrays may be columns of wider arrays."""
        if rows.flags.c_contiguous and out.flags.c_contiguous:
            # mode="clip" avoids a copy of the result that NumPy makes to check the indices.
            np.take(rows, self.order, axis=0, out=out, mode="clip")
        else:
            out[self.order] = rows  # the same, because the permutation is its own inverse

    def _require_all_steps(self, t0: int, t1: int) -> None:
        if (t0, t1) != (0, self.packing.steps):
            raise ValueError("a cell that reads in reverse runs over all steps at once")
