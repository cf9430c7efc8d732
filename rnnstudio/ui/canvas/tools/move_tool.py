"""Tools that move what is selected, select by a rubber band, and pan."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication

from rnnstudio.design import annotation, edits
from rnnstudio.design.model import LinkId, NodeId
from rnnstudio.ui.canvas import undo_text
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.commands.insert_into_link import Splice
from rnnstudio.ui.canvas.items.gesture_overlays import Band
from rnnstudio.ui.canvas.scene.drag_group import Load
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.group_drop_target import Belonging
from rnnstudio.ui.canvas.tools.snapping import Snapping

_ALT, _CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


class Pan(Gesture):
    """Move the canvas under the window."""

    def start(self, at: QPoint) -> None:
        """Take hold of the canvas."""
        self._last = at
        self.context.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, at: QPoint) -> None:
        """Keep the held point under the pointer."""
        self.context.pan(at - self._last)
        self._last = at

    def end(self, at: QPoint) -> None:
        """Let go."""
        self.context.show_cursor()

    def cancel(self) -> None:
        """Let go; a view is not an edit, so it stays where it is."""
        self.context.show_cursor()


class Move(Gesture):
    """Drag the selected nodes over the grid; one undo step."""

    def __init__(self, context: CanvasContext, grabbed: NodeId) -> None:
        super().__init__(context)
        self._grabbed = grabbed
        self._moving = False
        self._snapping: Snapping | None = None
        self._belonging: Belonging | None = None
        self._shift = QPointF()

    def start(self, at: QPoint) -> None:
        """Remember where everything was."""
        self._origin = at
        self._from = self.scene.carried(self.selection.nodes)
        self._load = Load(self.scene, self._from)
        alone = len(self._from) == 1
        self._splice = Splice.of_loose(self.context, self._grabbed) if alone else None

    def move(self, at: QPoint) -> None:
        """Show the nodes at the pointer: the grabbed one lines up with what is near or is on the grid.

        The others stay beside it as before. Alt holds that off; Ctrl keeps them in their groups.
        """
        if not self._moving:
            if (at - self._origin).manhattanLength() < QApplication.startDragDistance():
                return
            self._moving = True
            self.context.viewport().setCursor(Qt.CursorShape.SizeAllCursor)
        shift = self.context.mapToScene(at) - self.context.mapToScene(self._origin)
        first = self._from[self._grabbed]
        if self._snapping is None:
            item = self.scene.item(self._grabbed)
            frame = item.frame() if item is not None else QRectF(first, first)
            self._snapping = Snapping(self.context, item, frame, first, self._from)
        if self._belonging is None:
            self._belonging = Belonging(self.context, self._from)
        shift = self._snapping.rest(first + shift, free=bool(self.context.held & _ALT)) - first
        if shift != self._shift:
            self._shift = shift
            self._load.carry(shift)
        self._belonging.follow(at, shift, stay=bool(self.context.held & _CTRL))
        if self._splice is not None:
            self._splice.hover(self.context.mapToScene(at))

    def _end_showing(self) -> dict[NodeId, str]:
        """Take guides and marks away; return what comes into which group."""
        if self._snapping is not None:
            self._snapping.end()
            self._snapping = None
        self.context.show_cursor()
        return self._belonging.end() if self._belonging is not None else {}

    def end(self, at: QPoint) -> None:
        """Move the nodes in the document."""
        homes = self._end_showing()
        if self._put_into_wire():
            return
        if self._shift.isNull() and not homes:
            self.scene.put_back(self._from)
        else:
            moved = ((node_id, origin + self._shift) for node_id, origin in self._from.items())
            positions = {node_id: (place.x(), place.y()) for node_id, place in moved}
            text = undo_text.step("move", self.document.design, self.selection.nodes)
            self.document.edit(text, annotation.put(edits.move(self.document.design, positions), homes))

    def _put_into_wire(self) -> bool:
        """Put a node without links into the wire that it was dragged to; return whether there is one."""
        link = self._splice.link if self._splice is not None else None
        if self._splice is None or link is None:
            return False
        self._splice.clear()
        place, node = self._from[self._grabbed] + self._shift, self.document.design.node(self._grabbed)
        node = replace(node, x=place.x(), y=place.y())
        self.document.edit(self.context.tr("Insert a node into a link"), self._splice.put(link, node))
        return True

    def cancel(self) -> None:
        """Put the nodes back."""
        self._end_showing()
        if self._splice is not None:
            self._splice.clear()
        self.scene.put_back(self._from)


class Select(Gesture):
    """Span a rubber band; with Shift or Ctrl it adds to what is selected."""

    def __init__(self, context: CanvasContext, *, add: bool) -> None:
        super().__init__(context)
        self._before = (self.selection.nodes, self.selection.links)
        self._kept: tuple[frozenset[NodeId], frozenset[LinkId]] = (
            self._before if add else (frozenset(), frozenset())
        )
        self._band = Band()

    def start(self, at: QPoint) -> None:
        """Begin to span."""
        self._corner = self.context.mapToScene(at)
        self.selection.set(*self._kept)
        self.scene.addItem(self._band)

    def move(self, at: QPoint) -> None:
        """Select what the band touches: nodes, and wires that lie wholly inside."""
        rect = QRectF(self._corner, self.context.mapToScene(at)).normalized()
        self._band.set_rect(rect)
        nodes = {i for i, item in self.scene.node_items.items() if item.frame().intersects(rect)}
        nodes |= self.scene.things.touched(rect)
        links = {i for i, wire in self.scene.link_items.items() if rect.contains(wire.extent())}
        self.selection.set(self._kept[0] | nodes, self._kept[1] | links)

    def end(self, at: QPoint) -> None:
        """Keep the selection."""
        self.scene.removeItem(self._band)

    def cancel(self) -> None:
        """Select what was selected before."""
        self.scene.removeItem(self._band)
        self.selection.set(*self._before)
