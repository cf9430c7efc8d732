"""What can be watched: pictures of one probe sequence, for the channels that someone asked for.

Channels: ``gate.<node>.<name>`` and ``state.<node>.<name>``, arrays ``(units, T)``; ``grad.flow.<node>``,
the norm of dL/dh at each time step, ``(T,)``; ``attention.<node>``, the weights of each step of the
memory (down) at each step (across), ``(S, T)``. Node ids have no dots.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.signals import Signal
from rnnstudio.engine.program.batches import Batch, pack
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.tasks.columns import Indices

PROBE_STEPS = 64  # steps of the probe that are shown at most


class Telemetry:
    """Pictures of the network at work on one example, taken when asked for.

    ``labels`` are what stands at each step of each clock, ``clocks`` those on which the nodes run.
    """

    def __init__(self, program: Program, data: TaskData, probe: int) -> None:
        self.program = program.twin()
        columns = {name: [_cut(rows[probe], data, name)] for name, rows in data.streams.items()}
        self.batch = pack(data.facts, columns, 1)
        self.labels: dict[str, list[str]] = {
            clock: step_labels(data, self.batch, clock) for clock in self.batch.timelines
        }
        self.clocks: dict[str, str] = {
            str(node_id): node.clock for node_id, node in self.program.nodes.items()
        }
        self.channels: frozenset[str] = frozenset()

    def subscribe(self, channels: Iterable[str]) -> None:
        """Take pictures of these channels only; unknown ones are left out of the pictures."""
        self.channels = frozenset(channels)
        for node_id, node in self.program.nodes.items():
            if f"grad.flow.{node_id}" in self.channels:
                node.watch()

    def pictures(self) -> dict[str, NDArray[np.float32]]:
        """Run the probe forward, and backward if a gradient is asked for; return the pictures."""
        if not self.channels:
            return {}
        with np.errstate(all="ignore"):
            self.program.loss(self.batch, training=False)
            if any(channel.startswith("grad.") for channel in self.channels):
                self.program.backward()
        pictures = {}
        for node_id, node in self.program.nodes.items():
            for name, values in node.observe().items():
                what, _, rest = name.partition(".")
                channel = f"{what}.{node_id}.{rest}" if rest else f"{what}.{node_id}"
                if what == "flow":
                    channel = f"grad.flow.{node_id}"
                if channel in self.channels:
                    pictures[channel] = np.array(values.T, np.float32, order="C")
        return pictures


def _cut(values: NDArray[Any], data: TaskData, name: str) -> NDArray[Any]:
    stream = next(stream for stream in data.facts.streams if stream.name == name)
    return values[:PROBE_STEPS] if stream.signal is Signal.SEQUENCE else values


def step_labels(data: TaskData, batch: Batch, clock: str) -> list[str]:
    """Return what stands at each step of the first sequence: its tokens, inputs first, or its number."""
    for role in ("input", "target"):
        for stream in data.facts.streams:
            if stream.role == role and stream.clock == clock and stream.name in data.symbols:
                symbols = data.symbols[stream.name]
                return [symbols[token] if token >= 0 else "" for token in batch.streams[stream.name]]
    return [str(step) for step in range(1, batch.timelines[clock].steps + 1)]


def choose_probe(data: TaskData, indices: Indices) -> int:
    """Return the longest of the first hundred examples."""
    return int(indices[np.argmax(data.steps_of(indices[:100]))])
