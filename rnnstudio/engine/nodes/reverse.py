"""Reverse: a sequence from its own last step to its first."""

from rnnstudio.design.model import Params
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import NodeSpec, PortShapes, PortSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import RunningNode, register_node


def _infer(_params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    return {"output": inputs["input"]}


SPEC = NodeSpec(
    kind="reverse",
    title="Reverse",
    family="structure",
    description="Turns each sequence round at its own length: the last step comes first.",
    reference="Schuster & Paliwal 1997, where a cell behind it reads backwards",
    inputs=(PortSpec("input", "Input", (Signal.SEQUENCE,)),),
    outputs=(PortSpec("output", "Output", (Signal.SEQUENCE,)),),
    infer=_infer,
    is_causal=lambda _params: False,
    reads="mirror",
    summary=lambda _params: "last step first",
)


@register_node(SPEC)
class Reverse(RunningNode):
    """``output[t, b] = input[length of b - 1 - t, b]``."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        rows = self.packing.slice(t0, t1)
        source = self.packing.reversed_rows[rows]
        self.inputs["input"].take(source, axis=0, out=self.outputs["output"][rows], mode="clip")

    def backward(self, t0: int, t1: int) -> None:
        """``d_input[length of b - 1 - t, b] += d_output[t, b]``."""
        rows = self.packing.slice(t0, t1)
        # Rows are mirrored one to one, so none is written twice.
        self.d_inputs["input"][self.packing.reversed_rows[rows]] += self.d_outputs["output"][rows]
