"""What can be watched: pictures of one probe sequence, for the channels that someone asked for.

Channels: ``gate.<node>.<name>`` and ``state.<node>.<name>``, arrays ``(units, T)``, and
``grad.flow.<node>``, the norm of dL/dh at each time step, ``(T,)``. Node ids have no dots.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.engine.batches import next_token_batch
from rnnstudio.engine.program import Program
from rnnstudio.engine.tasks.base import TaskData

PROBE_STEPS = 64  # steps of the probe that are shown at most


class Telemetry:
    """Pictures of the network at work on one sequence, taken when asked for."""

    def __init__(self, program: Program, data: TaskData, probe: NDArray[Any]) -> None:
        self.program = program.twin()
        self.batch = next_token_batch([probe[: PROBE_STEPS + 1]])
        self.probe_text = [data.symbols[token] for token in self.batch.streams["tokens"]]
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
                channel = f"grad.flow.{node_id}" if what == "flow" else f"{what}.{node_id}.{rest}"
                if channel in self.channels:
                    pictures[channel] = np.array(values.T, np.float32, order="C")
        return pictures


def choose_probe(sequences: list[NDArray[Any]]) -> NDArray[Any]:
    """Return the longest of the first hundred sequences."""
    return max(sequences[:100], key=len)
