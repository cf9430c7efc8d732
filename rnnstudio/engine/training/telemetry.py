"""Records the traces of the subscribed channels on one example, the probe."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.channel import GRADIENT_FLOW, Channel
from rnnstudio.design.model import NodeId
from rnnstudio.design.signals import Signal
from rnnstudio.engine.program.batches import Batch, pack
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.tasks.columns import Indices

MAX_PROBE_STEPS = 64


class Telemetry:
    """Runs the probe through a copy of the program when traces are asked for; training is not affected.

    Attributes
    ----------
    labels : by clock, a label for each time step of the probe
    clocks : the clock of each node
    channels : the subscribed channels
    """

    def __init__(self, program: Program, data: TaskData, probe: int) -> None:
        self.program = program.with_shared_weights()
        columns = {name: [_cut(rows[probe], data, name)] for name, rows in data.streams.items()}
        self.batch = pack(data.facts, columns, 1)
        self.labels: dict[str, list[str]] = {
            clock: step_labels(data, self.batch, clock) for clock in self.batch.packings
        }
        self.clocks: dict[str, str] = {
            str(node_id): node.clock for node_id, node in self.program.nodes.items()
        }
        self.channels: frozenset[Channel] = frozenset()

    def subscribe(self, channels: Iterable[Channel]) -> None:
        """Record these channels only. Channels that no node has are ignored."""
        self.channels = frozenset(channels)
        for node_id, node in self.program.nodes.items():
            if Channel(GRADIENT_FLOW, NodeId(node_id)) in self.channels:
                node.record_gradient_flow()

    def record_traces(self) -> dict[Channel, NDArray[np.float32]]:
        """Run the probe forward, and backward if a gradient flow is recorded; return the traces."""
        if not self.channels:
            return {}
        with np.errstate(all="ignore"):
            self.program.loss(self.batch, training=False)
            if any(channel.kind == GRADIENT_FLOW for channel in self.channels):
                self.program.backward()
        return {
            channel: np.array(values.T, np.float32, order="C")
            for node in self.program.nodes.values()
            for channel, values in node.traces().items()
            if channel in self.channels
        }


def _cut(values: NDArray[Any], data: TaskData, name: str) -> NDArray[Any]:
    stream = next(stream for stream in data.facts.streams if stream.name == name)
    return values[:MAX_PROBE_STEPS] if stream.signal is Signal.SEQUENCE else values


def step_labels(data: TaskData, batch: Batch, clock: str) -> list[str]:
    """Return the labels of the first sequence: its tokens, inputs before targets, or the step numbers."""
    for role in ("input", "target"):
        for stream in data.facts.streams:
            if stream.role == role and stream.clock == clock and stream.name in data.symbols:
                symbols = data.symbols[stream.name]
                return [symbols[token] if token >= 0 else "" for token in batch.streams[stream.name]]
    return [str(step) for step in range(1, batch.packings[clock].steps + 1)]


def choose_probe(data: TaskData, indices: Indices) -> int:
    """Return the longest of the first hundred examples."""
    return int(indices[np.argmax(data.steps_of(indices[:100]))])
