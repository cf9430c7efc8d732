"""Cut mode: the next drag cuts links, whatever is under it."""

from __future__ import annotations

from PySide6.QtCore import QPoint

from rnnstudio.ui.canvas.canvas_action import canvas_action
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP


class CutMode:
    """Whether the next drag cuts links, and the hint at the pointer.

    Attributes
    ----------
    is_on : whether the next drag cuts
    """

    def __init__(self, context: CanvasContext) -> None:
        self._context = context
        self.is_on = False

    def start(self) -> None:
        """Start the mode."""
        self._set(True)
        self._context.report(self._context.tr("Drag across links to cut them; Esc cancels."))
        self.hover(self._context.pointer)

    def end(self) -> bool:
        """End the mode; return whether it was on."""
        was_on = self.is_on
        self._set(False)
        return was_on

    def _set(self, on: bool) -> None:
        if on != self.is_on:
            self.is_on = on
            self._context.hint.say("", QPoint())
            self._context.show_cursor()

    def hover(self, at: QPoint | None) -> bool:
        """Show at the pointer what a drag does; return whether the mode is on."""
        if self.is_on:
            words = self._context.tr("Drag across links to cut them") if at is not None else ""
            self._context.hint.say(words, self._context.from_viewport(at or QPoint()), "accent")
        return self.is_on


@canvas_action(
    "edit.cut_links",
    QT_TRANSLATE_NOOP("Actions", "C&ut links"),
    QT_TRANSLATE_NOOP(
        "Actions", "Drag across links to cut them; Alt and a drag, or Ctrl and the right button, work too"
    ),
    keys="K",
    section=3,
    order=5,
    canvas_keys=True,
    on_canvas=True,
)
def toggle_cut_mode(context: CanvasContext) -> None:
    """Start cut mode, or end it."""
    if not context.cut_mode.end():
        context.cut_mode.start()
