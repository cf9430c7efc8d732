"""The position of a new node."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from rnnstudio.design.model import Design, Node, NodeId
from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.canvas.geometry.node_metrics import FIRST_PORT, lay_out, snap

_STEP = 24.0


def place_for(design: Design, centre: QPointF, spec: NodeSpec) -> QPointF:
    """Return a free top left corner on the grid near ``centre``."""
    width = lay_out(Node(NodeId(""), spec.kind), spec).rect.width()
    x, y = snap(centre.x() - width / 2), snap(centre.y() - FIRST_PORT)
    taken = {(node.x, node.y) for node in design.nodes}
    while (x, y) in taken:
        x, y = x + _STEP, y + _STEP
    return QPointF(x, y)
