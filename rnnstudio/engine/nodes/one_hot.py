"""One-hot: each token as a vector with a single one."""

import numpy as np

from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import NodeSpec, PortShapes, PortSpec
from rnnstudio.design.streams import Facts
from rnnstudio.engine.nodes.base import RunningNode, register_node


def _infer(_params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    return {"sequence": inputs["tokens"].with_size(inputs["tokens"].size)}


SPEC = NodeSpec(
    kind="one_hot",
    title="One-hot",
    family="layer",
    description="Turns each token into a vector that is 1 at the token's place and 0 elsewhere.",
    inputs=(PortSpec("tokens", "Tokens", (Signal.SEQUENCE,), (Content.TOKENS,)),),
    outputs=(PortSpec("sequence", "Sequence", (Signal.SEQUENCE,)),),
    infer=_infer,
    summary=lambda _params: "one feature a token",
    hue="output",
)


@register_node(SPEC)
class OneHot(RunningNode):
    """``sequence[n, tokens[n]] = 1``."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        rows = self.packing.slice(t0, t1)
        one_hot = self.outputs["sequence"][rows]
        one_hot[...] = 0
        one_hot[np.arange(len(one_hot)), self.inputs["tokens"][rows]] = 1
