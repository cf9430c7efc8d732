"""What the two text templates learn in a minute, in bits per character."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.figures import Figure
from rnnstudio.engine.training.trainer import EpochDone, Trainer
from tools.examples import TEMPLATES, template

LIMITS = {"names-gru": 2.9, "sonnets-lstm": 2.7}


def figures(seconds: float = 60.0) -> Iterator[Figure]:
    """Train each template for a minute, or to its end; yield its best validation loss and its time."""
    for name in TEMPLATES:
        started = time.perf_counter()
        best, when, epochs = float("inf"), 0.0, 0
        for event in Trainer(template(name)).run():
            elapsed = time.perf_counter() - started
            if isinstance(event, EpochDone) and event.bits is not None:
                epochs = event.epoch
                if event.bits < best and elapsed <= seconds:
                    best, when = event.bits, elapsed
            if elapsed > seconds:
                break
        note = f"validation, after {when:.0f} s, {epochs} epochs; setting up is counted"
        yield Figure(f"{name}: in {seconds:.0f} s", best, "bits/char", limit=LIMITS[name], note=note)
