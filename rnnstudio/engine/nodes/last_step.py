"""Last step: the value of a sequence at its own last valid step."""

from rnnstudio.design.model import Params
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import NodeSpec, PortSpec, Shapes
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import RunningNode
from rnnstudio.engine.registries import register_node


def _infer(_params: Params, inputs: Shapes, _facts: Facts) -> Shapes:
    return {"vector": inputs["sequence"].become(Signal.VECTOR)}


SPEC = NodeSpec(
    kind="last_step",
    title="Last step",
    family="structure",
    description="Gives a sequence's value at its own last step, as one vector a sequence.",
    inputs=(PortSpec("sequence", "Sequence", (Signal.SEQUENCE,)),),
    outputs=(PortSpec("vector", "Vector", (Signal.VECTOR,)),),
    infer=_infer,
    reads="last",
    summary=lambda _params: "sequence to vector",
)


@register_node(SPEC)
class LastStep(RunningNode):
    """``vector[b] = sequence[length of b - 1, b]``."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class, for the sequences that end in the range."""
        ending = self.timeline.ending(t0, t1)
        self.outputs["vector"][ending] = self.inputs["sequence"][self.timeline.last_rows[ending]]

    def backward(self, t0: int, t1: int) -> None:
        """``d_sequence[last row] += d_vector``."""
        ending = self.timeline.ending(t0, t1)
        self.d_inputs["sequence"][self.timeline.last_rows[ending]] += self.d_outputs["vector"][ending]
