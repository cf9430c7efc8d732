"""What the parts of a scene may ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem

from rnnstudio.design.model import LinkId, NodeId
from rnnstudio.ui.canvas.items.annotation_items import AnnotationItem
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.items.port_appearance import Port
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection


class SceneAccess(Protocol):
    """The scene, as its link router and its annotation layer see it.

    Attributes
    ----------
    keyboard : whether keys act on the canvas
    """

    document: Document
    selection: Selection
    node_items: dict[NodeId, NodeItem]
    link_items: dict[LinkId, LinkItem]
    keyboard: bool

    def block(self, node_id: NodeId) -> NodeItem | None:
        """Return the item of a node, or that of the collapsed group it is in."""

    def item(self, item_id: NodeId) -> NodeItem | AnnotationItem | None:
        """Return the item of a node, group, frame or note."""

    def port_position(self, port: Port) -> QPointF | None:
        """Return the position of a port in the scene."""

    def items(self, rect: QRectF, /) -> Sequence[QGraphicsItem]:
        """Return the items in a rectangle of the scene, the topmost first."""

    def addItem(self, item: QGraphicsItem, /) -> None:
        """Add an item."""

    def removeItem(self, item: QGraphicsItem, /) -> None:
        """Remove an item."""
