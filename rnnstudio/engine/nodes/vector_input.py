"""Vector input: numbers that the task gives, once for each example."""

from typing import Any

from rnnstudio.design.model import Params
from rnnstudio.design.spec import (
    Content,
    Facts,
    NodeSpec,
    ParamSpec,
    PortSpec,
    Shape,
    Shapes,
    Signal,
    StreamName,
)
from rnnstudio.engine.nodes.data import InputNode
from rnnstudio.engine.registries import register_node


def _infer(params: Params, _inputs: Shapes, facts: Facts) -> Shapes:
    stream = facts.stream("input", str(params["stream"]), (Signal.VECTOR,), Content.REAL)
    return {"vector": Shape(Signal.VECTOR, Content.REAL, 0) if stream is None else stream.shape}


SPEC = NodeSpec(
    kind="vector_input",
    title="Vector",
    family="input",
    description="The vector of numbers that the task gives, one for each example.",
    outputs=(PortSpec("vector", "Vector", (Signal.VECTOR,)),),
    params=(
        ParamSpec(
            "stream",
            "From",
            StreamName("input", Content.REAL),
            "",
            "Which of the task's inputs; empty for the first vector of numbers.",
        ),
    ),
    infer=_infer,
    summary=lambda params: str(params["stream"] or "from the task"),
)


@register_node(SPEC)
class VectorInput(InputNode):
    """Gives ``vector``: ``(B, F)``."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.stream = self.facts.stream("input", str(self.params["stream"]), (Signal.VECTOR,), Content.REAL)
