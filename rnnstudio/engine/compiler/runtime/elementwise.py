"""Elementwise functions of the equations for which NumPy has no single correct call."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def negative(x: Array, out: Array) -> None:
    """Write ``-x`` into ``out``; ``x`` and ``out`` may be the same array.

    `numpy.negative` gives wrong numbers where those of ``x`` lie 16 bytes apart, or 64 in double precision,
    and ``out`` is not contiguous (NumPy 2.4.6 with AVX-512). Slots of one unit and one row
    can have such strides.
    """
    np.multiply(x, -1.0, out)


def sigmoid(x: Array, out: Array) -> None:
    """Write ``1 / (1 + exp(-x))`` into ``out``; ``x`` and ``out`` may be the same array.

    The result is in [0, 1], and small values keep full precision. Where exp overflows the result is 0, which
    is correct; callers make NumPy ignore the overflow.
    """
    negative(x, out)
    np.exp(out, out)
    np.add(out, 1.0, out)
    np.divide(1.0, out, out)


def logsigmoid(x: Array, out: Array) -> None:
    """Write ``log(sigmoid(x)) = -log(1 + exp(-x))`` into ``out``; finite wherever ``x`` is."""
    negative(x, out)
    np.logaddexp(out, 0.0, out)
    negative(out, out)


def where(mask: Array, chosen: Array | float, otherwise: Array | float, out: Array) -> None:
    """Write ``chosen`` where ``mask`` is not zero and ``otherwise`` elsewhere into ``out``."""
    np.copyto(out, otherwise)
    np.copyto(out, chosen, where=mask != 0)
