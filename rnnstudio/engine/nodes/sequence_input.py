"""Sequence input: numbers from the task, at each time step."""

from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.engine.nodes.base import register_node
from rnnstudio.engine.nodes.data import InputNode, input_spec

SPEC = input_spec(
    "sequence_input",
    "Sequence",
    "The sequence of numbers that the task gives, some features a time step.",
    "sequence",
    Shape(Signal.SEQUENCE, Content.REAL, 0),
)


@register_node(SPEC)
class SequenceInput(InputNode):
    """Outputs ``sequence``, ``(N, F)``."""
