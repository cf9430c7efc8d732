"""The cost of telemetry: every channel is subscribed to, and recorded five times a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from rnnstudio import resources
from rnnstudio.bench.timing import without_collecting
from rnnstudio.design import codec
from rnnstudio.design.channel import GRADIENT_FLOW, Channel
from rnnstudio.engine.training.telemetry import Telemetry
from rnnstudio.engine.training.trainer import StepDone, Trainer

TRACES_PER_SECOND = 5


def telemetry_cost(template: str, times: int) -> float:
    """Return the share of training time that recording every channel takes for a template.

    Steps with and without recording alternate. The difference of their medians contains the recording
    itself and the cache misses that it causes in the step after it.
    """
    trainer = Trainer(codec.load(resources.templates()[template]))
    subscribe_to_all(trainer.telemetry)
    steps = (event for event in _endless_run(trainer) if isinstance(event, StepDone))
    recorded, plain = [], []
    with without_collecting():
        for _ in range(5):
            trainer.telemetry.record_traces()
            next(steps)
        for _ in range(times):
            started = time.perf_counter()
            trainer.telemetry.record_traces()
            next(steps)
            halfway = time.perf_counter()
            next(steps)
            recorded.append(halfway - started)
            plain.append(time.perf_counter() - halfway)
    return TRACES_PER_SECOND * max(0.0, median(recorded) - median(plain))


def _endless_run(trainer: Trainer) -> Iterator[object]:
    while True:
        yield from trainer.run()


def subscribe_to_all(telemetry: Telemetry) -> None:
    """Subscribe to every channel of the network."""
    nodes = telemetry.program.nodes.values()
    telemetry.subscribe(Channel(GRADIENT_FLOW, node.node.id) for node in nodes)  # nodes list it from then on
    telemetry.record_traces()
    telemetry.subscribe(channel for node in nodes for channel in node.traces())
