"""Sequence input: numbers that the task gives, at each time step."""

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
    stream = facts.stream("input", str(params["stream"]), (Signal.SEQUENCE,), Content.REAL)
    return {"sequence": Shape(Signal.SEQUENCE, Content.REAL, 0) if stream is None else stream.shape}


SPEC = NodeSpec(
    kind="sequence_input",
    title="Sequence",
    family="input",
    description="The sequence of numbers that the task gives, some features a time step.",
    outputs=(PortSpec("sequence", "Sequence", (Signal.SEQUENCE,)),),
    params=(
        ParamSpec(
            "stream",
            "From",
            StreamName("input", Content.REAL),
            "",
            "Which of the task's inputs; empty for the first sequence of numbers.",
        ),
    ),
    infer=_infer,
    summary=lambda params: str(params["stream"] or "from the task"),
)


@register_node(SPEC)
class SequenceInput(InputNode):
    """Gives ``sequence``: ``(N, F)``."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.stream = self.facts.stream("input", str(self.params["stream"]), (Signal.SEQUENCE,), Content.REAL)
