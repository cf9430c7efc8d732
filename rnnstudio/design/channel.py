"""What can be watched while a network trains: channels, and the traces that are recorded of them.

A *channel* names one signal inside the network. A *trace* is what was recorded of it over the time steps
``T`` of one example, the probe:

=================  ================================================================  ==================
kind               trace                                                             shape
=================  ================================================================  ==================
``GATE``           a gate of a cell                                                  ``(units, T)``
``STATE``          a state of a cell                                                 ``(units, T)``
``GRADIENT_FLOW``  the norm of dL/dh_t, over all layers and directions of a cell     ``(T,)``
``ATTENTION``      how much each step looks at each step of the memory               ``(memory steps, T)``
=================  ================================================================  ==================
"""

from __future__ import annotations

from typing import NamedTuple

from rnnstudio.design.model import NodeId

GATE = "gate"
STATE = "state"
GRADIENT_FLOW = "gradient_flow"
ATTENTION = "attention"


class Channel(NamedTuple):
    """One signal inside a node. It can be hashed and ordered, and a message carries it as it is.

    Attributes
    ----------
    kind : `GATE`, `STATE`, `GRADIENT_FLOW`, `ATTENTION`, or the word of a plug-in
    name : the gate or state, as in the equations of the cell; otherwise empty
    part : the layer and direction of the cell, as they stand before the names of its weights:
        ``"layer2.reverse."``; empty for the first layer in its only or forward direction
    """

    kind: str
    node: NodeId
    name: str = ""
    part: str = ""
