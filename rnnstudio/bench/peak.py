"""The peak performance of the computer: floating-point operations per second of a matrix product."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

SIDE = 1536


def gemm_peak(threads: int, seconds: float = 1.0) -> float:
    """Return the best operations per second of float32 products, one on each thread."""
    rng = np.random.default_rng(0)
    operands = [rng.standard_normal((3, SIDE, SIDE)).astype(np.float32) for _ in range(threads)]
    best, started = float("inf"), time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        while time.perf_counter() - started < seconds:
            begun = time.perf_counter()
            list(pool.map(lambda three: np.matmul(three[0], three[1], out=three[2]), operands))
            best = min(best, time.perf_counter() - begun)
    return threads * 2.0 * SIDE**3 / best
