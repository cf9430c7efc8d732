"""Sums and exponentials over rows, by the ways that NumPy does fast."""

from __future__ import annotations

import numpy as np

from rnnstudio.engine.nodes.base import Array

NEAR = 30.0  # exp(-30) is far from the smallest float32


def column_sums(rows: Array) -> Array:
    """Return the sum of ``(N, F)`` over its rows, as a product: several times as fast as ``sum``."""
    sums: Array = np.ones(len(rows), rows.dtype) @ rows
    return sums


def row_sums(rows: Array) -> Array:
    """Return the sum of ``(..., F)`` over its last axis, which is kept: ``(..., 1)``."""
    sums: Array = rows @ np.ones((rows.shape[-1], 1), rows.dtype)
    return sums


def largest_if_close(values: Array) -> float | None:
    """Return the largest value if no other is far below it, else None.

    Subtracted from all, it keeps exponentials from overflowing and the sum of any of them from
    vanishing; to find it takes a tenth of the time that the largest of each row takes.
    """
    if not values.size:
        return 0.0
    largest = values.max()
    return float(largest) if largest - values.min() < NEAR else None
