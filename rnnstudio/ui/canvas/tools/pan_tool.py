"""Panning: dragging the canvas with the middle button, or with Space held."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.hit_test import Hit
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.registry import Press, ToolSpec, register_tool


class Pan(Gesture):
    """Drag the canvas."""

    def start(self, at: QPoint) -> None:
        """Grab the canvas."""
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
        """Stop; the view stays where it is."""
        self.context.show_cursor()


def _matches(press: Press, _hit: Hit) -> bool:
    return press.button == Qt.MouseButton.MiddleButton or (press.is_left and press.space)


def _make(context: CanvasContext, _press: Press, _hit: Hit) -> Pan:
    return Pan(context)


register_tool(ToolSpec("pan", 0, _matches, _make, cursor=lambda _hit: Qt.CursorShape.OpenHandCursor))
