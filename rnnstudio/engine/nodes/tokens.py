"""Token input: the sequence of token ids that the task gives."""

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
    stream = facts.stream("input", str(params["stream"]), (Signal.SEQUENCE,), Content.TOKENS)
    return {"tokens": Shape(Signal.SEQUENCE, Content.TOKENS, 0) if stream is None else stream.shape}


SPEC = NodeSpec(
    kind="tokens",
    title="Tokens",
    family="input",
    description="The sequence of characters, words or symbols that the task gives.",
    outputs=(PortSpec("tokens", "Tokens", (Signal.SEQUENCE,), (Content.TOKENS,)),),
    params=(
        ParamSpec(
            "stream",
            "From",
            StreamName("input", Content.TOKENS),
            "",
            "Which of the task's inputs; empty for the first of tokens.",
        ),
    ),
    infer=_infer,
    summary=lambda params: str(params["stream"] or "from the task"),
)


@register_node(SPEC)
class Tokens(InputNode):
    """Gives ``tokens``: ``(N,)`` int32."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.stream = self.facts.stream(
            "input", str(self.params["stream"]), (Signal.SEQUENCE,), Content.TOKENS
        )
