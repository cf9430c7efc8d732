"""Arrays aligned to cache lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE = 64  # bytes


def zeros(size: int, dtype: DTypeLike) -> NDArray[Any]:
    """Return ``(size,)`` zeros aligned to a cache line.

    A register of 64 bytes is then loaded from one line. NumPy's large arrays begin 16 bytes after one.
    """
    kind = np.dtype(dtype)
    memory = np.zeros(size + LINE // kind.itemsize, kind)
    start = -memory.ctypes.data % LINE // kind.itemsize
    return memory[start : start + size]
