"""Gradient clipping: by the global norm, by the norm of each parameter, or by value.

By norm: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks",
algorithm 1. By value: Graves 2013, "Generating Sequences With Recurrent Neural Networks", section 2.1.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def global_norm(gradients: Array) -> float:
    """Return the Euclidean norm of a flat gradient; not finite if an entry is not finite."""
    with np.errstate(over="ignore"):
        squares = float(np.dot(gradients, gradients))
    if not math.isfinite(squares):  # the squares overflow long before the norm does
        return float(np.linalg.norm(gradients.astype(np.float64)))
    return math.sqrt(squares)


def clip(
    kind: str, limit: float | None, gradients: Array, parameters: Iterable[Array]
) -> tuple[float, float]:
    """Clip ``gradients`` in place; return the global norm before and after.

    Parameters
    ----------
    kind : {"norm", "parameter", "value", "none"}
        Whether ``limit`` bounds the global norm, the norm of each parameter's gradient, each value, or
        nothing.
    limit : float or None
        None disables clipping.
    gradients : (W,)
    parameters : arrays
        Views of ``gradients``, one for each parameter.
    """
    norm = global_norm(gradients)
    if limit is None or kind == "none" or not math.isfinite(norm):
        return norm, norm
    if kind == "norm":
        return norm, _scale(gradients, norm, limit)
    if kind == "parameter":
        for parameter in parameters:
            _scale(parameter, global_norm(parameter.reshape(-1)), limit)
    else:
        np.clip(gradients, -limit, limit, out=gradients)
    return norm, global_norm(gradients)


def _scale(gradient: Array, norm: float, limit: float) -> float:
    if norm <= limit:
        return norm
    gradient *= limit / norm
    return limit
