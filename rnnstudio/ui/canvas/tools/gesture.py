"""The base of all gestures: an object with start, move, end and cancel.

Points are in pixels of the viewport. A gesture shows what it would do; the document changes only in
``end``, by one undoable edit. ``cancel`` leaves everything as it was.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint

from rnnstudio.ui.canvas.canvas_context import CanvasContext


class Gesture:
    """The base: does nothing."""

    def __init__(self, context: CanvasContext) -> None:
        self.context = context
        self.scene = context.canvas
        self.document = context.document
        self.selection = context.selection

    def start(self, at: QPoint) -> None:
        """Begin at a point of the viewport."""

    def move(self, at: QPoint) -> None:
        """Follow the pointer."""

    def end(self, at: QPoint) -> None:
        """Do it."""

    def cancel(self) -> None:
        """Leave everything as it was."""
