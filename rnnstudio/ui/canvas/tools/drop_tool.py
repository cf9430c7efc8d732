"""Dropping a node from the palette: a ghost shows its new position."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt

from rnnstudio.design import edits
from rnnstudio.design.model import Node, NodeId
from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.geometry.node_metrics import FIRST_PORT
from rnnstudio.ui.canvas.items.gesture_overlays import Ghost
from rnnstudio.ui.canvas.link_insertion import LinkInsertion
from rnnstudio.ui.canvas.node_mime import KIND_MIME, DraggedNode
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.registry import ToolSpec, register_tool
from rnnstudio.ui.canvas.tools.snapping import Snapping

_ALT = Qt.KeyboardModifier.AltModifier


class Drop(Gesture):
    """Drag a new node over the canvas.

    Dropped on a link that it fits into, it is inserted there; with Alt over a node, it replaces that node.
    """

    def __init__(self, context: CanvasContext, spec: NodeSpec, filled: DraggedNode) -> None:
        super().__init__(context)
        self._spec = spec
        self._filled = filled
        node = Node(NodeId(""), spec.kind, title=filled.title, params=filled.params)
        self._ghost = Ghost(node, spec)
        self._splice = LinkInsertion(context, spec)

    @classmethod
    def of(cls, context: CanvasContext, data: QMimeData) -> Drop | None:
        """Return the gesture for what is dragged, or None if it is not a kind of node."""
        if not data.hasFormat(KIND_MIME):
            return None
        kind = bytes(data.data(KIND_MIME).data()).decode(errors="replace")
        spec = context.canvas.spec(kind)
        return cls(context, spec, DraggedNode.of(data)) if spec is not None else None

    def start(self, at: QPoint) -> None:
        """Show the ghost."""
        self.scene.addItem(self._ghost)
        self._snapping = Snapping(self.context, self._ghost, self._ghost.layout.rect, QPointF(), ())
        self.move(at)

    def move(self, at: QPoint) -> None:
        """Move the ghost, snapped to the grid and to neighbours."""
        point = self.context.mapToScene(at)
        corner = QPointF(point.x() - self._ghost.layout.rect.width() / 2, point.y() - FIRST_PORT)
        self._ghost.setPos(self._snapping.rest(corner, free=False))
        over = self.scene.node_at(point)
        self._victim = over.node.id if over is not None and self.context.held & _ALT else None
        if over is None:
            self._splice.hover(point)
        else:
            self._splice.clear()
        words = self.context.tr("It replaces this node.") if self._victim is not None else ""
        self.context.hint.say(words, self.context.from_viewport(at), "accent")

    def end(self, at: QPoint) -> None:
        """Add the node at the position of the ghost."""
        self.move(at)
        link, victim, filled = self._splice.link, self._victim, self._filled
        self.cancel()
        if victim is not None:
            self.context.node_search.replace(victim, self._spec, filled.title, filled.params)
            return
        if link is not None:
            design, kind, at_ = self.document.design, self._spec.kind, self._ghost.pos()
            node = Node(edits.new_node_id(design, kind), kind, at_.x(), at_.y(), filled.title, filled.params)
            name = filled.title or self._spec.title
            self.document.edit(self.context.tr("Insert {0}").format(name), self._splice.put(link, node))
            self.selection.set([node.id])
            return
        self.context.add_node(self._spec.kind, self._ghost.pos(), title=filled.title, params=filled.params)

    def cancel(self) -> None:
        """Remove the ghost."""
        self._splice.clear()
        self._snapping.end()
        self.context.hint.say("", QPoint())
        self.scene.removeItem(self._ghost)


register_tool(ToolSpec("drop", 80, drop=Drop.of))
