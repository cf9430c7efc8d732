"""Fast sums over rows and columns."""

from __future__ import annotations

import numpy as np

from rnnstudio.engine.nodes.base import Array

NEAR = 30.0  # exp(-30) is much larger than the smallest float32


def column_sums(rows: Array) -> Array:
    """Return the sum of ``(N, F)`` over its rows, as a product: several times as fast as ``sum``."""
    sums: Array = np.ones(len(rows), rows.dtype) @ rows
    return sums


def row_sums(rows: Array) -> Array:
    """Return the sum of ``(..., F)`` over its last axis, which is kept: ``(..., 1)``."""
    sums: Array = rows @ np.ones((rows.shape[-1], 1), rows.dtype)
    return sums


def largest_if_close(values: Array) -> float | None:
    """Return the largest value if no value is much smaller, otherwise None.

    Subtracting it keeps exponentials from overflowing, and their sums from vanishing. Finding it takes a
    tenth of the time of a maximum for each row.
    """
    if not values.size:
        return 0.0
    largest = values.max()
    return float(largest) if largest - values.min() < NEAR else None
