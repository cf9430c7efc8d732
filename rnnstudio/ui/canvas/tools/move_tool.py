"""Moving what is selected."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication

from rnnstudio.design import annotation, edits
from rnnstudio.design.model import NodeId
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.hit_test import Hit, Target
from rnnstudio.ui.canvas.link_insertion import LinkInsertion
from rnnstudio.ui.canvas.scene.drag_group import DragGroup
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.group_drop_target import GroupDropTarget
from rnnstudio.ui.canvas.tools.registry import Press, ToolSpec, register_tool
from rnnstudio.ui.canvas.tools.snapping import Snapping
from rnnstudio.ui.document import undo_text

_ALT, _CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
_TITLE = 9.0  # half the height of a node's title


class Move(Gesture):
    """Drag the selected nodes over the grid; one undo step."""

    def __init__(self, context: CanvasContext, grabbed: NodeId) -> None:
        super().__init__(context)
        self._grabbed = grabbed
        self._moving = False
        self._snapping: Snapping | None = None
        self._belonging: GroupDropTarget | None = None
        self._shift = QPointF()

    def start(self, at: QPoint) -> None:
        """Remember where everything was."""
        self._origin = at
        self._from = self.scene.dragged_with(self.selection.nodes)
        self._load = DragGroup(self.scene, self._from)
        alone = len(self._from) == 1
        self._splice = LinkInsertion.of_loose(self.context, self._grabbed) if alone else None

    def move(self, at: QPoint) -> None:
        """Move the nodes with the pointer; the grabbed one snaps to neighbours or to the grid.

        The others keep their distance from it. Alt turns snapping off; Ctrl keeps nodes in their groups.
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
            self._belonging = GroupDropTarget(self.context, self._from)
        shift = self._snapping.rest(first + shift, free=bool(self.context.held & _ALT)) - first
        if shift != self._shift:
            self._shift = shift
            self._load.carry(shift)
        self._belonging.follow(at, shift, stay=bool(self.context.held & _CTRL))
        if self._splice is not None:
            self._splice.hover(self.context.mapToScene(at))

    def _end_showing(self) -> dict[NodeId, str]:
        """Remove guides and highlights; return the new group of all that changes its group."""
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
            self.scene.reset_positions(self._from)
        else:
            moved = ((node_id, origin + self._shift) for node_id, origin in self._from.items())
            positions = {node_id: (place.x(), place.y()) for node_id, place in moved}
            text = undo_text.step("move", self.document.design, self.selection.nodes)
            self.document.edit(
                text, annotation.set_groups(edits.move(self.document.design, positions), homes)
            )

    def _put_into_wire(self) -> bool:
        """Insert a node without links into the link that it was dragged onto; return whether there is one."""
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
        self.scene.reset_positions(self._from)


def _matches(press: Press, hit: Hit) -> bool:
    if not press.is_left:
        return False
    if hit.target is Target.EDGE:
        return press.adds
    return hit.target in (Target.NODE, Target.ANNOTATION)


def _make(context: CanvasContext, press: Press, hit: Hit) -> Move | None:
    """Select what is pressed, and begin to move what is selected."""
    pressed = _id_of(hit)
    if press.adds:
        context.selection.toggle(node=pressed)
    elif pressed not in context.selection.nodes:
        context.selection.set([pressed])
    return Move(context, pressed) if pressed in context.selection.nodes else None


def _id_of(hit: Hit) -> NodeId:
    if hit.node is not None:
        return hit.node.node.id
    assert hit.annotation is not None
    return hit.annotation.id


def _double_click(context: CanvasContext, hit: Hit) -> bool:
    """Collapse or expand a group, edit a title or a note, or activate a node."""
    pressed = _id_of(hit)
    if context.annotations.toggle(pressed):
        return True
    node = hit.node
    if node is not None and abs(hit.at.y() - node.pos().y() - node.layout.title_line) > _TITLE:
        context.activate(pressed)
        return True
    context.selection.set([pressed])
    context.annotations.edit_text(pressed)
    return True


register_tool(ToolSpec("move", 50, _matches, _make, double_click=_double_click))
