"""Repeat: one vector at every step of a sequence."""

from rnnstudio.design.model import Params
from rnnstudio.design.signals import MAIN_CLOCK, Content, Shape, Signal
from rnnstudio.design.spec import NodeSpec, PortShapes, PortSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import RunningNode, register_node


def _infer(_params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    along = inputs.get("along")
    clock = MAIN_CLOCK if along is None else along.clock
    return {"sequence": Shape(Signal.SEQUENCE, Content.REAL, inputs["vector"].size, clock)}


SPEC = NodeSpec(
    kind="repeat",
    title="Repeat",
    family="structure",
    description="Gives a vector at every step: of the sequence on “Along”, or of the targets.",
    inputs=(
        PortSpec("vector", "Vector", (Signal.VECTOR,)),
        PortSpec("along", "Along", (Signal.SEQUENCE,), (Content.REAL, Content.TOKENS), required=False),
    ),
    outputs=(PortSpec("sequence", "Sequence", (Signal.SEQUENCE,)),),
    infer=_infer,
    summary=lambda _params: "vector to sequence",
)


@register_node(SPEC)
class Repeat(RunningNode):
    """``sequence[t, b] = vector[b]``; of the sequence at ``along``, only the steps matter."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        self.packing.broadcast(self.inputs["vector"], self.outputs["sequence"], t0, t1)

    def backward(self, t0: int, t1: int) -> None:
        """``d_vector[b] += sum over t of d_sequence[t, b]``."""
        self.packing.sum_over_steps(self.d_outputs["sequence"], self.d_inputs["vector"], t0, t1)
