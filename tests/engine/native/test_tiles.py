"""The innermost loop of a product."""

import re

import pytest

from rnnstudio.engine.compiler.runtime import kernels

pytestmark = pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")


def code_of(tile, real):
    """Return what LLVM makes of a function that does nothing but call a tile."""
    from rnnstudio.engine.native.language import WHOLE, Pointer, functions_in
    from rnnstudio.engine.native.lowering import Unit
    from rnnstudio.engine.native.machine import optimized
    from rnnstudio.engine.native.options import FLAGS

    source = "def function(a, a_stride, b, c, c_stride, depth, valid, add):\n"
    source += "    tile(a, a_stride, b, c, c_stride, depth, valid, add)\n"
    numbers, unit = Pointer(real.number), Unit(real.number, FLAGS)
    function = functions_in(source, {"tile": tile})["function"]
    unit.export("function", function, [numbers, WHOLE, numbers, numbers, *[WHOLE] * 4])
    return str(optimized(str(unit.module)))


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
