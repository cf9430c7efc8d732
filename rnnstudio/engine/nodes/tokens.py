"""Token input: the sequence of token ids that the task gives."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnstudio.design.model import Params
from rnnstudio.design.spec import Content, Facts, NodeSpec, PortSpec, Shape, Shapes, Signal
from rnnstudio.engine.nodes.base import Array, InputNode
from rnnstudio.engine.registries import register_node
from rnnstudio.engine.timeline import Timeline


def _infer(_params: Params, _inputs: Shapes, facts: Facts) -> Shapes:
    return {"tokens": Shape(Signal.SEQUENCE, Content.TOKENS, facts.vocabulary)}


SPEC = NodeSpec(
    kind="tokens",
    title="Tokens",
    family="input",
    description="The sequence of characters, words or symbols that the task gives.",
    outputs=(PortSpec("tokens", "Tokens", (Signal.SEQUENCE,), (Content.TOKENS,)),),
    infer=_infer,
    summary=lambda _params: "from the task",
)


@register_node(SPEC)
class Tokens(InputNode):
    """Gives ``tokens``: ``(N,)`` int32."""

    def allocate(self, timeline: Timeline, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`: tokens are whole numbers and have no gradient."""
        self.timeline = timeline
        self.outputs["tokens"] = np.zeros(timeline.rows, np.int32)

    def feed(self, streams: Mapping[str, Array]) -> None:
        """Take the stream ``tokens``."""
        tokens = streams["tokens"]
        self.outputs["tokens"][: len(tokens)] = tokens

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """Nothing to compute: `feed` has copied the tokens."""
