"""Compiler options, and the floating-point types for this processor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnstudio.engine.native.language import DOUBLE, SINGLE
from rnnstudio.engine.native.machine import FEATURES

# No reassociation, no promise that numbers are finite: the same operations in the same order wherever a loop
# is split, and NaN stays NaN. Division by zero gives infinity. A product and a sum may be fused into
# one operation: always the same ones, as each loop is compiled once for all callers.
FLAGS = ("contract", "nsz")


@dataclass(frozen=True)
class Real:
    """A floating-point type, and the shape of product tiles that suits it on this processor.

    Attributes
    ----------
    number : LLVM's type
    letter : its letter in names of BLAS
    suffix : its suffix in names of LLVM
    lanes : numbers in one vector register
    columns : vectors side by side in a tile
    rows : heights of tiles, tallest first; each is used while at least as many rows are left. The last is 1
    """

    number: Any
    letter: str
    suffix: str
    lanes: int
    columns: int
    rows: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of a number."""
        return 4 if self.suffix == "f32" else 8

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
        return Real(number, letter, suffix, 64 // size, 2, (12, 8, 4, 2, 1))
    if FEATURES.get("avx2"):  # 16 registers of 32 bytes: 12 sums
        return Real(number, letter, suffix, 32 // size, 2, (6, 4, 2, 1))
    return Real(number, letter, suffix, 16 // size, 4, (4, 2, 1))  # NEON: 32 of 16 bytes: 16 sums


FLOAT32 = _real(SINGLE, "s", "f32", 4)
FLOAT64 = _real(DOUBLE, "d", "f64", 8)
