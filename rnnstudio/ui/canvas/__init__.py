"""The canvas: the document drawn as nodes and wires, and the gestures that edit it."""

from rnnstudio.ui.canvas.view import KIND_MIME, CanvasView

__all__ = ["KIND_MIME", "CanvasView"]
