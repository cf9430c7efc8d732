"""Timing of contestants in turns, so that other processes disturb all of them equally."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

Step = Callable[[int], object]
TURN = 0.02  # seconds that a turn of the fastest contestant takes, at least


@contextmanager
def without_collecting() -> Iterator[None]:
    """Disable the garbage collector, which would interrupt the contestants at random."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def best_seconds(steps: Sequence[Step], cycle: int, seconds: float, least_turns: int = 3) -> list[float]:
    """Return the seconds per step of each contestant: the mean over the batches of the best time on each.

    The best, not the mean: what else a machine does adds to a time and never takes away.

    Parameters
    ----------
    steps : contestants, called with the number of the step
    cycle : steps after which the batches come round again; a turn is a whole number of cycles
    seconds : how long all of it may take, beyond ``least_turns`` turns each
    """
    with without_collecting():
        for step in steps:
            _turn(step, cycle)  # warm-up: allocates memory and fills caches
        fastest = min(sum(_turn(step, cycle)) for step in steps)
        count = cycle * max(1, round(TURN / fastest))
        best = [[float("inf")] * cycle for _ in steps]
        places = list(range(len(steps)))
        started, turns = time.perf_counter(), 0
        while turns < least_turns or time.perf_counter() - started < seconds:
            for place in places:
                for k, taken in enumerate(_turn(steps[place], count)):
                    best[place][k % cycle] = min(best[place][k % cycle], taken)
            places.reverse()  # vary which contestants follow each other
            turns += 1
    return [sum(each) / cycle for each in best]


def _turn(step: Step, count: int) -> list[float]:
    """Return the seconds of each of so many steps."""
    times = [time.perf_counter()]
    for k in range(count):
        step(k)
        times.append(time.perf_counter())
    return [after - before for before, after in pairwise(times)]
