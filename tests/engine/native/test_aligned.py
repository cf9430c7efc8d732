"""Arrays begin at a cache line."""

import pytest

from rnnstudio.engine import aligned


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize("size", [1, 17, 100_000])
def test_zeros_begin_at_a_line_of_the_cache(size, dtype):
    several = [aligned.zeros(size, dtype) for _ in range(5)]  # none of which may be so by chance alone
    assert all(zeros.shape == (size,) and zeros.dtype == dtype and not zeros.any() for zeros in several)
    assert all(zeros.ctypes.data % aligned.LINE == 0 for zeros in several)
