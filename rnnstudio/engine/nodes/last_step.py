"""Last step: the value of a sequence at its own last valid step."""

from rnnstudio.engine.nodes.base import RunningNode, register_node
from rnnstudio.engine.nodes.pooling import pooling_spec

SPEC = pooling_spec(
    "last_step",
    "Last step",
    "Gives a sequence's value at its own last step, as one vector a sequence.",
    reads="last",
    is_insertable=True,
)


@register_node(SPEC)
class LastStep(RunningNode):
    """``vector[b] = sequence[length of b - 1, b]``."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class, for the sequences that end in the range."""
        ending = self.packing.ending_sequences(t0, t1)
        self.outputs["vector"][ending] = self.inputs["sequence"][self.packing.last_rows[ending]]

    def backward(self, t0: int, t1: int) -> None:
        """``d_sequence[last row] += d_vector``."""
        ending = self.packing.ending_sequences(t0, t1)
        self.d_inputs["sequence"][self.packing.last_rows[ending]] += self.d_outputs["vector"][ending]
