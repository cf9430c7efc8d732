"""First step: the value of a sequence at its first step."""

from rnnstudio.engine.nodes.base import RunningNode, register_node
from rnnstudio.engine.nodes.pooling import pooling_spec

SPEC = pooling_spec(
    "first_step",
    "First step",
    "Gives a sequence's value at its first step, as one vector a sequence.",
    reads="first",
)


@register_node(SPEC)
class FirstStep(RunningNode):
    """``vector[b] = sequence[0, b]``: the first ``B`` packed rows."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        if t0 == 0:
            self.outputs["vector"][...] = self.inputs["sequence"][: self.packing.batch]

    def backward(self, t0: int, t1: int) -> None:
        """``d_sequence[0, b] += d_vector[b]``."""
        if t0 == 0:
            self.d_inputs["sequence"][: self.packing.batch] += self.d_outputs["vector"]
