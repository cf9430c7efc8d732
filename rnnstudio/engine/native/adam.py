"""The Adam step as one loop over the weights: each number is read once and written once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.engine.native.language import DOUBLE, WHOLE, Pointer
from rnnstudio.engine.native.library import Library
from rnnstudio.engine.native.options import FLOAT32, FLOAT64

SOURCE = """\
# A step of Adam

from math import sqrt


def adam(count, weights, gradients, means, squares, constants):
    update(
        count, weights, gradients, means, squares, constants[0], constants[1], constants[2], constants[3],
        constants[4], constants[5], constants[6],
    )


def update(count, w, g, m, v, beta1, rest1, beta2, rest2, correction, epsilon, rate):
    arguments_apart()
    for k in range(count):
        m[k] = beta1 * m[k] + rest1 * g[k]
        v[k] = beta2 * v[k] + rest2 * (g[k] * g[k])
        w[k] -= m[k] / (sqrt(v[k]) / correction + epsilon) * rate
"""

Array = NDArray[Any]


@lru_cache(maxsize=2)
def adam_library(dtype: str) -> Library:
    """Return the library of ``adam`` for ``float32`` or ``float64``."""
    numbers = Pointer((FLOAT32 if dtype == "float32" else FLOAT64).number)
    return Library(f"adam-{dtype}", SOURCE, dtype, {"adam": (WHOLE, *[numbers] * 4, Pointer(DOUBLE))})


def adam_step(dtype: str) -> Callable[[Array, Array, Array, Array, tuple[float, ...]], None]:
    """Return ``adam(w, g, m, v, constants)``, on contiguous arrays of a type."""
    function = adam_library(dtype)["adam"]

    def adam(w: Array, g: Array, m: Array, v: Array, constants: tuple[float, ...]) -> None:
        table = np.array(constants, np.float64)
        function(w.size, *(array.ctypes.data for array in (w, g, m, v, table)))

    return adam
