"""The innermost loop of a product."""

import re

import pytest

from rnnstudio.engine import kernels

pytestmark = pytest.mark.skipif(not kernels.numba_is_there(), reason="Numba is not installed")


def code_of(tile, real):
    """Return what LLVM makes of a function that does nothing but call a tile."""
    from numba import cfunc, types

    from rnnstudio.engine.native.options import OPTIONS

    numbers, whole = types.CPointer(real.number), types.int64

    @cfunc(types.void(numbers, whole, numbers, numbers, *[whole] * 4), **OPTIONS)
    def function(a, a_stride, b, c, c_stride, depth, valid, add):
        tile(a, a_stride, b, c, c_stride, depth, valid, add)

    return function.inspect_llvm()


@pytest.mark.parametrize("turned", [False, True], ids=["plain", "turned"])
@pytest.mark.parametrize("kind", ["FLOAT32", "FLOAT64"])
def test_one_pass_of_the_loop_adds_to_each_sum_once(kind, turned):
    # Unrolled, the sums of a tile no longer fit into the registers of some processors.
    from rnnstudio.engine.native import options
    from rnnstudio.engine.native.tiles import tile_of

    real = getattr(options, kind)
    for rows in real.rows:
        code = code_of(tile_of(real, rows, turned=turned), real)
        assert len(re.findall(r"call .*@llvm\.fma\.", code)) == rows * real.columns
