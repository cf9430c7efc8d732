"""Collapsing a group by its button."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt

from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.hit_test import Hit, Target
from rnnstudio.ui.canvas.items.annotation_items import AnnotationItem
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.registry import Press, ToolSpec, register_tool


class Collapse(Gesture):
    """Press the button of an expanded group; it collapses if the button is released on it."""

    def __init__(self, context: CanvasContext, item: AnnotationItem) -> None:
        super().__init__(context)
        self._item = item

    def end(self, at: QPoint) -> None:
        """Collapse the group."""
        local: QPointF = self.context.mapToScene(at) - self._item.pos()
        if self._item.collapse_button_rect().contains(local):
            self.context.annotations.set_collapsed([self._item.id], collapsed=True)


def _matches(press: Press, hit: Hit) -> bool:
    return press.is_left and hit.target is Target.GROUP_BUTTON


def _make(context: CanvasContext, _press: Press, hit: Hit) -> Collapse:
    assert hit.annotation is not None
    return Collapse(context, hit.annotation)


def _double_click(context: CanvasContext, hit: Hit) -> bool:
    assert hit.annotation is not None
    return context.annotations.toggle(hit.annotation.id)


register_tool(
    ToolSpec(
        "collapse",
        40,
        _matches,
        _make,
        cursor=lambda _hit: Qt.CursorShape.PointingHandCursor,
        double_click=_double_click,
    )
)
