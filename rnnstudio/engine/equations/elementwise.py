"""The elementwise functions of the equations that NumPy has no single call for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def sigmoid(x: Array, out: Array) -> None:
    """Write ``1 / (1 + exp(-x))`` into ``out``, as ``tanh(x / 2) / 2 + 1 / 2``, which cannot overflow."""
    np.multiply(x, 0.5, out)
    np.tanh(out, out)
    np.multiply(out, 0.5, out)
    np.add(out, 0.5, out)


def where(mask: Array, chosen: Array | float, otherwise: Array | float, out: Array) -> None:
    """Write ``chosen`` where ``mask`` is not zero and ``otherwise`` elsewhere into ``out``."""
    np.copyto(out, otherwise)
    np.copyto(out, chosen, where=mask != 0)
