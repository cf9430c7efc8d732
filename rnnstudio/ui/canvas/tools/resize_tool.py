"""What a hand does with groups, frames and comments: size them, and fold a group by its button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication

from rnnstudio.design import annotation
from rnnstudio.design.annotation import LEAST_HEIGHT, LEAST_WIDTH, Box
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.snapping import Snapping

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.items.annotation_items import ThingItem

_TITLE = 9.0  # half the height of a node's title
_CURSORS = {
    "left": Qt.CursorShape.SizeHorCursor,
    "right": Qt.CursorShape.SizeHorCursor,
    "top": Qt.CursorShape.SizeVerCursor,
    "bottom": Qt.CursorShape.SizeVerCursor,
    "top left": Qt.CursorShape.SizeFDiagCursor,
    "bottom right": Qt.CursorShape.SizeFDiagCursor,
    "top right": Qt.CursorShape.SizeBDiagCursor,
    "bottom left": Qt.CursorShape.SizeBDiagCursor,
    "move": Qt.CursorShape.SizeAllCursor,
    "fold": Qt.CursorShape.PointingHandCursor,
}


def cursor(hold: str) -> Qt.CursorShape:
    """Return the pointer for what a press would take hold of."""
    return _CURSORS[hold]


class Resize(Gesture):
    """Drag edges of a frame or a comment over the grid, and to edges near them; one undo step."""

    def __init__(self, context: CanvasContext, item: ThingItem, edges: str) -> None:
        super().__init__(context)
        self._item = item
        self._edges = edges.split()
        self._before = self._now = item.frame()
        self._snapping: Snapping | None = None

    def start(self, at: QPoint) -> None:
        """Remember where the edges were."""
        self._origin = at
        self.context.viewport().setCursor(cursor(" ".join(self._edges)))

    def move(self, at: QPoint) -> None:
        """Show the rectangle with its held edges at the pointer; Alt holds grid and neighbours off."""
        if self._snapping is None:
            if (at - self._origin).manhattanLength() < QApplication.startDragDistance():
                return
            before = self._before
            self._snapping = Snapping(self.context, self._item, before, before.topLeft(), {self._item.id})
        shift = self.context.mapToScene(at) - self.context.mapToScene(self._origin)
        rect = QRectF(self._before)
        for edge in self._edges:
            if edge == "left":
                rect.setLeft(min(rect.left() + shift.x(), rect.right() - LEAST_WIDTH))
            elif edge == "right":
                rect.setRight(max(rect.right() + shift.x(), rect.left() + LEAST_WIDTH))
            elif edge == "top":
                rect.setTop(min(rect.top() + shift.y(), rect.bottom() - LEAST_HEIGHT))
            else:
                rect.setBottom(max(rect.bottom() + shift.y(), rect.top() + LEAST_HEIGHT))
        free = bool(self.context.held & Qt.KeyboardModifier.AltModifier)
        self._now = self._snapping.sized(rect, self._edges, free=free)
        self._item.set_rect(self._now)

    def _end_snapping(self) -> None:
        self.context.show_cursor()
        if self._snapping is not None:
            self._snapping.end()
            self._snapping = None

    def end(self, at: QPoint) -> None:
        """Give it that size in the document."""
        self.move(at)
        self._end_snapping()
        if self._now == self._before:
            self._put_back()
            return
        box = Box(self._now.x(), self._now.y(), self._now.width(), self._now.height())
        text = self.context.tr("Resize {0}").format(self._item.kind().lower())
        self.document.edit(text, annotation.resize(self.document.design, self._item.id, box))

    def cancel(self) -> None:
        """Give it its size back."""
        self._end_snapping()
        self._put_back()

    def _put_back(self) -> None:
        self._item.set_thing(self._item.thing)


class PressFold(Gesture):
    """Press the button of an open group; it folds where the button is also let go."""

    def __init__(self, context: CanvasContext, item: ThingItem) -> None:
        super().__init__(context)
        self._item = item

    def end(self, at: QPoint) -> None:
        """Fold the group."""
        local: QPointF = self.context.mapToScene(at) - self._item.pos()
        if self._item.fold_rect().contains(local):
            self.context.gathering.set_folded([self._item.id], folded=True)


def press(context: CanvasContext, at: QPoint, *, adding: bool) -> bool:
    """Begin the gesture of the thing under the pointer; return whether there is one."""
    found = context.canvas.things.at(context.mapToScene(at), 1.0 / context.zoom)
    if found is None:
        return False
    item, hold = found
    if hold == "fold":
        context.begin(PressFold(context, item), at)
    elif hold == "move" or adding:
        context.press_thing(item.id, at, adding=adding)
    else:
        context.selection.set([item.id])
        context.begin(Resize(context, item, hold), at)
    return True


def hover(context: CanvasContext, at: QPoint) -> bool:
    """Show by the pointer what a press would do with a thing; return whether there is one."""
    point = context.mapToScene(at)
    if context.canvas.node_at(point) is not None or context.canvas.link_at(point) is not None:
        return False
    found = context.canvas.things.at(point, 1.0 / context.zoom)
    if found is None or found[1] == "move":
        return False
    context.viewport().setCursor(cursor(found[1]))
    return True


def double_click(context: CanvasContext, at: QPoint) -> bool:
    """Fold or open a group, or write on what has words; return whether there is something to do."""
    point = context.mapToScene(at)
    node = context.canvas.node_at(point)
    if node is not None:
        if context.gathering.toggle(node.node.id):
            return True
        if abs(point.y() - node.pos().y() - node.layout.title_line) > _TITLE:
            return False
        context.selection.set([node.node.id])
        context.gathering.rename()
        return True
    found = context.canvas.things.at(point, 1.0 / context.zoom)
    if found is None or context.canvas.link_at(point) is not None:
        return False
    if not context.gathering.toggle(found[0].id):
        context.selection.set([found[0].id])
        context.gathering.rename()
    return True
