"""Token input: the sequence of token ids from the task."""

from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.engine.nodes.base import register_node
from rnnstudio.engine.nodes.data import InputNode, input_spec

SPEC = input_spec(
    "tokens",
    "Tokens",
    "The sequence of characters, words or symbols that the task gives.",
    "tokens",
    Shape(Signal.SEQUENCE, Content.TOKENS, 0),
)


@register_node(SPEC)
class Tokens(InputNode):
    """Outputs ``tokens``, int32 ``(N,)``."""
