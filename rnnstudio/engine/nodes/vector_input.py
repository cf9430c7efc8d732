"""Vector input: numbers from the task, once for each example."""

from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.engine.nodes.base import register_node
from rnnstudio.engine.nodes.data import InputNode, input_spec

SPEC = input_spec(
    "vector_input",
    "Vector",
    "The vector of numbers that the task gives, one for each example.",
    "vector",
    Shape(Signal.VECTOR, Content.REAL, 0),
)


@register_node(SPEC)
class VectorInput(InputNode):
    """Outputs ``vector``, ``(B, F)``."""
