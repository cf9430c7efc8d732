"""What it costs to be watched: every channel subscribed, pictures five times a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from rnnstudio import resources
from rnnstudio.bench.timing import without_collecting
from rnnstudio.design import codec
from rnnstudio.engine.training.telemetry import Telemetry
from rnnstudio.engine.training.trainer import StepDone, Trainer

PICTURES_A_SECOND = 5


def telemetry_cost(template: str, times: int) -> float:
    """Return the share of training time that pictures of every channel take, over the steps of a template.

    Watched and unwatched steps take turns. The difference of their medians holds the pictures
    and what they push out of the processor's caches.
    """
    trainer = Trainer(codec.load(resources.templates()[template]))
    subscribe_to_all(trainer.telemetry)
    steps = (event for event in _for_ever(trainer) if isinstance(event, StepDone))
    watched, alone = [], []
    with without_collecting():
        for _ in range(5):
            trainer.telemetry.pictures()
            next(steps)
        for _ in range(times):
            started = time.perf_counter()
            trainer.telemetry.pictures()
            next(steps)
            halfway = time.perf_counter()
            next(steps)
            watched.append(halfway - started)
            alone.append(time.perf_counter() - halfway)
    return PICTURES_A_SECOND * max(0.0, median(watched) - median(alone))


def _for_ever(trainer: Trainer) -> Iterator[object]:
    while True:
        yield from trainer.run()


def subscribe_to_all(telemetry: Telemetry) -> None:
    """Subscribe to every channel there is."""
    nodes = telemetry.program.nodes
    telemetry.subscribe(f"grad.flow.{node_id}" for node_id in nodes)  # from then on it can be observed
    telemetry.pictures()
    channels = []
    for node_id, node in nodes.items():
        for name in node.observe():
            what, _, rest = name.partition(".")
            channels.append(f"grad.flow.{node_id}" if what == "flow" else f"{what}.{node_id}.{rest}")
    telemetry.subscribe(channels)
