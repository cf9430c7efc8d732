"""The canvas: the document drawn as nodes and links, and the tools and commands that edit it."""

from rnnstudio.ui.canvas.view import CanvasView

__all__ = ["CanvasView"]
