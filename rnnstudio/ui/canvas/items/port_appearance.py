"""What an item needs to know to paint its ports."""

from __future__ import annotations

from typing import Protocol

from rnnstudio.design.model import NodeId
from rnnstudio.design.signals import Shape

Port = tuple[NodeId, str, bool]  # node, port, whether it is an output


class PortAppearance(Protocol):
    """What a node item asks for when it paints its ports and its last line.

    Attributes
    ----------
    port_edition : how often the appearance of ports has changed
    """

    port_edition: int

    def port_shape(self, node: NodeId, port: str, output: bool) -> Shape | None:
        """Return the shape at a port if it is known."""

    def port_state(self, node: NodeId, port: str, output: bool) -> str:
        """Return the state of a port: "fits", "faded", "held" or "plain"."""

    def weights_text(self, count: int | None) -> str:
        """Return the last line of a node: the number of its weights."""
