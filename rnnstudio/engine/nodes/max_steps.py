"""Max over steps: the maximum of each feature over the valid steps of a sequence."""

import numpy as np

from rnnstudio.engine.nodes.base import RunningNode, register_node
from rnnstudio.engine.nodes.pooling import pooling_spec

SPEC = pooling_spec(
    "max_steps",
    "Max over steps",
    "Gives each feature's largest value over all steps of a sequence, each of its own length.",
    reads="all",
    reference="Collobert & Weston 2008",
)


@register_node(SPEC)
class MaxSteps(RunningNode):
    """``vector[b, f] = max over t of sequence[t, b, f]``; of equal values the first counts, as in PyTorch."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class, over the range and all earlier steps."""
        vector = self.outputs["vector"]
        if t0 == 0:
            vector[...] = -np.inf
        for block in self.packing.blocks(self.inputs["sequence"], t0, t1):
            count = block.shape[1]
            np.maximum(vector[:count], block.max(axis=0), out=vector[:count])

    def backward(self, t0: int, t1: int) -> None:
        """``d_sequence[row of the maximum] += d_vector``, after the backward pass of the first step."""
        if t0 > 0:
            return
        vector, packing = self.outputs["vector"], self.packing
        features = vector.shape[1]
        # Positions as integers ``row * F + feature``. Among equal values the first is written last.
        places = np.zeros(vector.size, np.intp)
        for start, end, count in reversed(list(packing.runs(0, packing.steps))):
            rows = packing.slice(start, end)
            block = self.inputs["sequence"][rows].reshape(end - start, count * features)
            found = np.flatnonzero(block == vector[:count].reshape(-1))[::-1]
            places[found % (count * features)] = rows.start * features + found
        d_sequence = self.d_inputs["sequence"].reshape(-1)
        d_sequence[places] += self.d_outputs["vector"].reshape(-1)
