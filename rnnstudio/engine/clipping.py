"""Clipping the gradient by its global norm.

Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks",
algorithm 1.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def global_norm(gradients: NDArray[Any]) -> float:
    """Return the Euclidean norm of a flat gradient; not finite where an entry is not."""
    squares = float(np.dot(gradients, gradients))
    if not math.isfinite(squares):  # squares overflow long before the norm does
        return float(np.linalg.norm(gradients.astype(np.float64)))
    return math.sqrt(squares)


def clip_global_norm(gradients: NDArray[Any], limit: float | None) -> tuple[float, float]:
    """Scale ``gradients`` in place so that their norm is at most ``limit``; return norm before and after."""
    norm = global_norm(gradients)
    if limit is None or norm <= limit:
        return norm, norm
    gradients *= limit / norm
    return norm, limit
