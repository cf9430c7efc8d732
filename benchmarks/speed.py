"""Whole training steps against PyTorch's, if it is installed: what ``rnnstudio bench`` measures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

from benchmarks.figures import Figure
from rnnstudio.bench.report import Figures, figures_of

LIMITS = {"rnn": 2.0, "gru": 2.0, "lstm": 1.0, "lstm-ragged": 5.0, "gru-ragged": 5.0, "lstm-both-ragged": 5.0}
WORST = 0.9  # of any point
PEAK, PEAK_FROM = 0.6, 256  # share of the machine's own, asked for from so many units on
MEMORY, WATCHED = 1.3, 0.03


def figures() -> Iterator[Figure]:
    """Measure at one thread and, where there are as many processors, at two."""
    against = find_spec("torch") is not None
    for found in figures_of(range(1, min(2, os.cpu_count() or 1) + 1), against=against):
        if found.get("event") == "summary":
            for family, mean in found["geomean"].items():
                yield Figure(f"{family}: mean", mean, "times", LIMITS.get(family), "", True)
        else:
            yield from of_point(found)


def of_point(found: Figures) -> Iterator[Figure]:
    """Yield the figures of a point."""
    size = ", ".join(str(found[key]) for key in ("T", "B", "input", "units"))
    name = f"{found['family']} ({size}) on {found['threads']}"
    note = "" if found["torch_ms"] is None else f"PyTorch {found['torch_ms']:.3g} ms"
    yield Figure(name, found["ours_ms"], "ms", note=note)
    if found["ratio"] is not None:
        yield Figure(f"{name}: PyTorch's time over ours", found["ratio"], "times", WORST, "", True)
    if found["units"] >= PEAK_FROM:
        yield Figure(f"{name}: of the peak", 100 * found["peak_share"], "%", 100 * PEAK, "", True)
    if found["memory_share"] is not None:
        yield Figure(f"{name}: memory over its plan", found["memory_share"], "times", MEMORY)
    if found["telemetry_share"] is not None:
        yield Figure(f"{name}: every channel watched", 100 * found["telemetry_share"], "%", 100 * WATCHED)
