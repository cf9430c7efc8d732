"""Clipping the gradient by its global norm.

Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks",
algorithm 1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def global_norm(gradients: NDArray[Any]) -> float:
    """Return the Euclidean norm of a flat gradient; infinite or NaN where it overflows."""
    return float(np.sqrt(np.dot(gradients, gradients)))


def clip_global_norm(gradients: NDArray[Any], limit: float | None) -> tuple[float, float]:
    """Scale ``gradients`` in place so that their norm is at most ``limit``; return norm before and after."""
    norm = global_norm(gradients)
    if limit is None or norm <= limit:
        return norm, norm
    gradients *= limit / norm
    return norm, limit
