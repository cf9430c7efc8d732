"""Max over steps: the largest value of each feature in a sequence's own steps."""

from typing import Any

import numpy as np

from rnnstudio.design.model import Params
from rnnstudio.design.spec import Facts, NodeSpec, PortSpec, Shapes, Signal
from rnnstudio.engine.nodes.base import RunningNode
from rnnstudio.engine.registries import register_node
from rnnstudio.engine.timeline import Timeline


def _infer(_params: Params, inputs: Shapes, _facts: Facts) -> Shapes:
    return {"vector": inputs["sequence"].become(Signal.VECTOR)}


SPEC = NodeSpec(
    kind="max_steps",
    title="Max over steps",
    family="structure",
    description="Gives each feature's largest value over all steps of a sequence, each of its own length.",
    reference="Collobert & Weston 2008",
    inputs=(PortSpec("sequence", "Sequence", (Signal.SEQUENCE,)),),
    outputs=(PortSpec("vector", "Vector", (Signal.VECTOR,)),),
    infer=_infer,
    summary=lambda _params: "sequence to vector",
    inserted=False,
)


@register_node(SPEC)
class MaxSteps(RunningNode):
    """``vector[b, f] = max over t of sequence[t, b, f]``; of equal ones the first counts, as in PyTorch."""

    def allocate(self, timeline: Timeline, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; keeps the packed row at which each maximum stands."""
        super().allocate(timeline, dtype)
        self.row = self.array("row", self.outputs["vector"].shape, np.dtype(np.intp))

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class, over the range and what came before."""
        vector, timeline = self.outputs["vector"], self.timeline
        if t0 == 0:
            vector[...] = -np.inf
            self.row[...] = np.arange(timeline.batch)[:, None]
        for start, end, count in timeline.runs(t0, t1):
            rows = timeline.slice(start, end)
            block = self.inputs["sequence"][rows].reshape(end - start, count, -1)
            step = block.argmax(axis=0)
            largest = np.take_along_axis(block, step[None], axis=0)[0]
            row = rows.start + step * count + np.arange(count)[:, None]
            np.copyto(self.row[:count], row, where=largest > vector[:count])
            np.maximum(vector[:count], largest, out=vector[:count])

    def backward(self, t0: int, t1: int) -> None:
        """``d_sequence[row of the maximum] += d_vector``, when the first step has been gone back over."""
        if t0 == 0:
            features = np.arange(self.row.shape[1])
            self.d_inputs["sequence"][self.row, features] += self.d_outputs["vector"]
