"""How everything here is compiled, and what the processor can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import types
from numba.core import config

FEATURES = llvm.get_host_cpu_features()

# Numba takes the compiler's advice to use half of a 512-bit register, which is that for code with few
# wide instructions among others; a kernel is nothing but wide instructions. Left alone where the user
# has chosen the features.
if config.CPU_FEATURES is None and FEATURES.get("avx512f"):
    config.CPU_FEATURES = FEATURES.flatten() + ",-prefer-256-bit"

# No reassociation, no promise that numbers are finite: the same operations in the same order wherever
# a loop is cut, and a value that is not a number stays one. Division by zero gives infinity.
OPTIONS: dict[str, Any] = {"fastmath": {"contract", "nsz"}, "error_model": "numpy", "nogil": True}


@dataclass(frozen=True)
class Real:
    """A floating-point type and the shape of the tile of a product that suits it here.

    Attributes
    ----------
    number : Numba's type
    letter : how BLAS calls it
    suffix : how LLVM calls it
    lanes : numbers in one vector register
    columns : vectors side by side in a tile
    rows : rows of a tile, tallest first, each tried where as many are left; the last is 1
    """

    number: Any
    letter: int
    suffix: str
    lanes: int
    columns: int
    rows: tuple[int, ...]

    @property
    def zero(self) -> Any:
        """The number 0."""
        return np.float32(0) if self.suffix == "f32" else np.float64(0)

    @property
    def width(self) -> int:
        """Columns of a tile."""
        return self.lanes * self.columns


def _real(number: Any, letter: str, suffix: str, size: int) -> Real:
    if FEATURES.get("avx512f"):  # 32 registers of 64 bytes: 24 sums, 2 of the right factor, spare ones
        return Real(number, ord(letter), suffix, 64 // size, 2, (12, 8, 4, 2, 1))
    if FEATURES.get("avx2"):  # 16 registers of 32 bytes: 12 sums
        return Real(number, ord(letter), suffix, 32 // size, 2, (6, 4, 2, 1))
    return Real(number, ord(letter), suffix, 16 // size, 4, (4, 2, 1))  # NEON: 32 of 16 bytes: 16 sums


FLOAT32 = _real(types.float32, "s", "f32", 4)
FLOAT64 = _real(types.float64, "d", "f64", 8)
