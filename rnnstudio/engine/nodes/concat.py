"""Concat: the concatenated features of several inputs."""

from rnnstudio.design.model import Params
from rnnstudio.design.spec import NodeSpec, PortShapes, PortSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import EITHER, register_node
from rnnstudio.engine.nodes.joining import JOINED, Joining, joined


def _infer(_params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    return joined(inputs, sum(shape.size for shape in inputs.values()))


SPEC = NodeSpec(
    kind="concat",
    title="Concat",
    family="structure",
    description="Puts the features of its inputs beside each other. A vector stands at every step of a "
    "sequence.",
    reference="y = [a, b, …]",
    inputs=JOINED,
    outputs=(PortSpec("output", "Output", EITHER),),
    infer=_infer,
    summary=lambda _params: "side by side",
)


@register_node(SPEC)
class Concat(Joining):
    """``output = [a, b, c, d]``, over the linked inputs."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        output, start = self.outputs["output"], 0
        rows = self.output_rows(t0, t1)
        for port, shape in self.joined.items():
            columns = slice(start, start + shape.size)
            if self.is_broadcast(port):
                self.packing.broadcast(self.inputs[port], output[:, columns], t0, t1)
            else:
                output[rows, columns] = self.inputs[port][rows]
            start = columns.stop

    def backward(self, t0: int, t1: int) -> None:
        """``d_a += the columns of d_output that contain a``."""
        d_output, start = self.d_outputs["output"][self.output_rows(t0, t1)], 0
        for port, shape in self.joined.items():
            self.add_output_gradient(port, d_output[:, start : start + shape.size], t0, t1)
            start += shape.size
