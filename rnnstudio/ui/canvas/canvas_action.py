"""Registers a function of a `CanvasContext` as an action."""

from rnnstudio.ui.actions.registry import ActionScope
from rnnstudio.ui.canvas.canvas_context import CanvasContext

canvas_action: ActionScope[CanvasContext] = ActionScope("canvas")
