"""The layout of a cell's weights in one flat vector.

The weights of one product group are one matrix ``(K, G * n)``, its transposed textbook matrices
side by side, so that one product computes the whole group. After them come the vectors.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from rnnstudio.engine.compiler.backend.buffer_assignment import BufferAssignment
from rnnstudio.engine.compiler.ir.autodiff import ProductGroup
from rnnstudio.engine.compiler.ir.graph import Phase

Array = NDArray[Any]


class ParameterLayout:
    """The layout for given sizes; ``size`` is the number of floats."""

    def __init__(self, assignment: BufferAssignment, features: int, units: int) -> None:
        self.assignment = assignment
        self.units = units
        self._starts: dict[str, int] = {}
        self._heights: dict[str, int] = {}
        self._column_of: dict[str, tuple[str, int]] = {}
        start = 0
        for group in assignment.layout.groups:
            if not group.owns_weights:
                continue
            wide = assignment.graph.points[group.operand].phase is Phase.INPUT
            height = features if wide else units
            self._starts[group.key] = start
            self._heights[group.key] = height
            self._column_of.update({name: (group.key, k) for k, name in enumerate(group.matrices)})
            start += height * units * len(group.matrices)
        self._vectors = start
        self.size = start + len(assignment.vectors) * units
        self._widths = {g.key: len(g.matrices) * units for g in assignment.layout.groups}

    def block(self, flat: Array, group: ProductGroup) -> Array:
        """Return the weights of a group, ``(K, G * n)``, as a view."""
        n = self.units
        key, column = self._column_of[group.matrices[0]]
        start, height, width = self._starts[key], self._heights[key], self._widths[key]
        whole = flat[start : start + height * width].reshape(height, width)
        return whole[:, column * n : (column + len(group.matrices)) * n]

    def vectors(self, flat: Array) -> Array:
        """Return all vectors as one view."""
        return flat[self._vectors : self.size]

    def views(self, flat: Array) -> dict[str, Array]:
        """Return every weight by name in textbook shape, as views; matrices are transposed views."""
        n = self.units
        named: dict[str, Array] = {}
        for group in self.assignment.layout.groups:
            if group.owns_weights:
                block = self.block(flat, group)
                named.update({m: block[:, k * n : (k + 1) * n].T for k, m in enumerate(group.matrices)})
        vectors = self.vectors(flat)
        named.update({v: vectors[k * n : (k + 1) * n] for k, v in enumerate(self.assignment.vectors)})
        equations = self.assignment.backward.forward.equations
        order = (*equations.input_matrices, *equations.recurrent_matrices, *equations.vectors)
        return {name: named[name] for name in order}
