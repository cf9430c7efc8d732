"""First step: the value of a sequence at its first step."""

from rnnstudio.design.model import Params
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import NodeSpec, PortSpec, Shapes
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import RunningNode
from rnnstudio.engine.registries import register_node


def _infer(_params: Params, inputs: Shapes, _facts: Facts) -> Shapes:
    return {"vector": inputs["sequence"].become(Signal.VECTOR)}


SPEC = NodeSpec(
    kind="first_step",
    title="First step",
    family="structure",
    description="Gives a sequence's value at its first step, as one vector a sequence.",
    inputs=(PortSpec("sequence", "Sequence", (Signal.SEQUENCE,)),),
    outputs=(PortSpec("vector", "Vector", (Signal.VECTOR,)),),
    infer=_infer,
    reads="first",
    summary=lambda _params: "sequence to vector",
    inserted=False,
)


@register_node(SPEC)
class FirstStep(RunningNode):
    """``vector[b] = sequence[0, b]``: the first ``B`` packed rows."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        if t0 == 0:
            self.outputs["vector"][...] = self.inputs["sequence"][: self.timeline.batch]

    def backward(self, t0: int, t1: int) -> None:
        """``d_sequence[0, b] += d_vector[b]``."""
        if t0 == 0:
            self.d_inputs["sequence"][: self.timeline.batch] += self.d_outputs["vector"]
