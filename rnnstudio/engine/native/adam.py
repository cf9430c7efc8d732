"""The step of Adam as one loop over the weights: each number is read once and written once."""

from __future__ import annotations

from functools import lru_cache

from numba import types

from rnnstudio.engine.native.library import Library

SOURCE = """\
from math import sqrt


def adam(w, g, m, v, constants):
    beta1, rest1, beta2, rest2, correction, epsilon, rate = constants
    for k in range(len(w)):
        m[k] = beta1 * m[k] + rest1 * g[k]
        v[k] = beta2 * v[k] + rest2 * (g[k] * g[k])
        w[k] -= m[k] / (sqrt(v[k]) / correction + epsilon) * rate
"""


@lru_cache(maxsize=2)
def adam_library(dtype: str) -> Library:
    """Return ``adam(w, g, m, v, constants)`` for ``float32`` or ``float64``."""
    number = getattr(types, dtype)
    numbers = types.Array(number, 1, "C")
    signature = types.void(numbers, numbers, numbers, numbers, types.UniTuple(number, 7))
    return Library(f"adam-{dtype}", SOURCE, {"adam": signature})
