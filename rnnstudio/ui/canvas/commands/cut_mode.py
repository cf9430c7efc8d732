"""Cut mode: the next drag cuts links, whatever is under it."""

from __future__ import annotations

from PySide6.QtCore import QPoint

from rnnstudio.ui.canvas.canvas_context import CanvasContext


class Knife:
    """Taken up by a key or from the menu: the next drag cuts wires, whatever is under it.

    Attributes
    ----------
    held : whether the next drag cuts
    """

    def __init__(self, context: CanvasContext) -> None:
        self._context = context
        self.held = False

    def take(self) -> None:
        """Take the knife up, or lay it down again."""
        self._hold(not self.held)
        if self.held:
            self._context.report(self._context.tr("Draw across links to cut them; Esc lays the knife down."))
            self.hover(self._context.pointer)

    def lay_down(self) -> bool:
        """Lay the knife down; return whether it was held."""
        held = self.held
        self._hold(False)
        return held

    def _hold(self, held: bool) -> None:
        if held != self.held:
            self.held = held
            self._context.hint.say("", QPoint())
            self._context.show_cursor()

    def hover(self, at: QPoint | None) -> bool:
        """Say beside the pointer what a drag does; return whether the knife is held."""
        if self.held:
            words = self._context.tr("Draw across links to cut them") if at is not None else ""
            self._context.hint.say(words, self._context.from_viewport(at or QPoint()), "accent")
        return self.held
