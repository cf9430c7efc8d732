"""A canvas tool from outside: drag from one node to another with Shift and Ctrl, and they change places."""

from PySide6.QtCore import Qt

from rnnstudio.design import edits
from rnnstudio.ui.canvas.hit_test import Target
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.registry import ToolSpec, register_tool

BOTH = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class Swap(Gesture):
    def __init__(self, context, node):
        super().__init__(context)
        self.first = node

    def move(self, at):
        self.context.report("swapping")

    def end(self, at):
        hit = self.context.hit_test(at, ports=False)
        if hit.target is Target.NODE and hit.node.node.id != self.first.id:
            second = hit.node.node
            places = {self.first.id: (second.x, second.y), second.id: (self.first.x, self.first.y)}
            self.document.edit("Swap nodes", edits.move(self.document.design, places))


register_tool(
    ToolSpec(
        id="demo_swap",
        order=45,
        matches=lambda press, hit: press.is_left and press.modifiers == BOTH and hit.target is Target.NODE,
        make=lambda context, press, hit: Swap(context, hit.node.node),
    )
)
