"""Resizing frames and notes by their edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtWidgets import QApplication

from rnnstudio.design import annotation
from rnnstudio.design.annotation import LEAST_HEIGHT, LEAST_WIDTH
from rnnstudio.design.geometry import Rect
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.hit_test import Hit, Target
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.registry import Press, ToolSpec, register_tool
from rnnstudio.ui.canvas.tools.snapping import Snapping

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.items.annotation_items import AnnotationItem

_CURSORS = {
    "left": Qt.CursorShape.SizeHorCursor,
    "right": Qt.CursorShape.SizeHorCursor,
    "top": Qt.CursorShape.SizeVerCursor,
    "bottom": Qt.CursorShape.SizeVerCursor,
    "top left": Qt.CursorShape.SizeFDiagCursor,
    "bottom right": Qt.CursorShape.SizeFDiagCursor,
    "top right": Qt.CursorShape.SizeBDiagCursor,
    "bottom left": Qt.CursorShape.SizeBDiagCursor,
}


class Resize(Gesture):
    """Drag edges of a frame or a note, snapped to the grid and to neighbours; one undo step."""

    def __init__(self, context: CanvasContext, item: AnnotationItem, edges: str) -> None:
        super().__init__(context)
        self._item = item
        self._edges = edges.split()
        self._before = self._now = item.frame()
        self._snapping: Snapping | None = None

    def start(self, at: QPoint) -> None:
        """Remember where the edges were."""
        self._origin = at
        self.context.viewport().setCursor(_CURSORS[" ".join(self._edges)])

    def move(self, at: QPoint) -> None:
        """Show the rectangle with the dragged edges at the pointer; Alt turns snapping off."""
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
        """Resize the annotation in the document."""
        self.move(at)
        self._end_snapping()
        if self._now == self._before:
            self._put_back()
            return
        box = Rect(self._now.x(), self._now.y(), self._now.width(), self._now.height())
        text = self.context.tr("Resize {0}").format(self._item.kind().lower())
        self.document.edit(text, annotation.resize(self.document.design, self._item.id, box))

    def cancel(self) -> None:
        """Restore the size."""
        self._end_snapping()
        self._put_back()

    def _put_back(self) -> None:
        self._item.set_annotation(self._item.annotation)


def _matches(press: Press, hit: Hit) -> bool:
    return press.is_left and hit.target is Target.EDGE


def _make(context: CanvasContext, _press: Press, hit: Hit) -> Resize:
    assert hit.annotation is not None
    context.selection.set([hit.annotation.id])
    return Resize(context, hit.annotation, hit.edges)


def _double_click(context: CanvasContext, hit: Hit) -> bool:
    """Edit the title or text."""
    assert hit.annotation is not None
    context.selection.set([hit.annotation.id])
    context.annotations.edit_text(hit.annotation.id)
    return True


register_tool(
    ToolSpec(
        "resize",
        60,
        _matches,
        _make,
        cursor=lambda hit: _CURSORS[hit.edges],
        double_click=_double_click,
    )
)
