"""Mean over steps: the average over the valid steps of a sequence."""

from rnnstudio.engine.nodes.base import RunningNode, register_node
from rnnstudio.engine.nodes.pooling import pooling_spec

SPEC = pooling_spec(
    "mean_steps",
    "Mean over steps",
    "Gives the mean of all steps of a sequence, each of its own length.",
    reads="all",
)


@register_node(SPEC)
class MeanSteps(RunningNode):
    """``vector[b] = sum over t of sequence[t, b] / length of b``."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """Sum over the range; divide at the end of each sequence."""
        vector, packing = self.outputs["vector"], self.packing
        if t0 == 0:
            vector[...] = 0
        packing.sum_over_steps(self.inputs["sequence"], vector, t0, t1)
        ending = packing.ending_sequences(t0, t1)
        vector[ending] /= packing.lengths[ending, None]

    def backward(self, t0: int, t1: int) -> None:
        """``d_sequence[t, b] += d_vector[b] / length of b``."""
        d_vector = self.d_outputs["vector"]
        each = d_vector / self.packing.lengths[:, None].astype(d_vector.dtype)
        for block in self.packing.blocks(self.d_inputs["sequence"], t0, t1):
            block += each[: block.shape[1]]
