"""What keys do on the canvas that are not keys of actions.

Space is held to drag the canvas, Esc cancels a gesture under way, and Tab moves from node to node as it moves
from control to control.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from rnnstudio.ui.canvas.canvas_context import CanvasContext

BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_PLAIN = Qt.KeyboardModifier.NoModifier


def open_selected(context: CanvasContext) -> None:
    """Collapse or expand the selected group, or activate the selected node."""
    if len(context.selection.nodes) == 1:
        (chosen,) = context.selection.nodes
        if not context.annotations.toggle(chosen):
            context.activate(chosen)


def deselect(context: CanvasContext) -> None:
    """End cut mode; if it is not on, select nothing."""
    if not context.cut_mode.end():
        context.selection.clear()


def press(context: CanvasContext, event: QKeyEvent) -> bool:
    """Do what a key does that belongs to no action; return whether it did anything."""
    if context.gesture is not None:
        hold(context, event.modifiers())
        if event.key() == Qt.Key.Key_Escape:
            context.cancel_gesture()
        return True
    if event.key() == Qt.Key.Key_Space and event.modifiers() == _PLAIN:
        if not event.isAutoRepeat():
            context.hold_space(True)
        return True
    return False


def hold(context: CanvasContext, modifiers: Qt.KeyboardModifier) -> None:
    """Set which modifier keys are held; a gesture under way follows at once."""
    if modifiers != context.held:
        context.held = modifiers
        if context.gesture is not None and context.pointer is not None:
            context.gesture.move(context.pointer)


def tab_adds_node(context: CanvasContext) -> bool:
    """Return whether Tab adds a node: the mouse was used last, and the pointer is over an empty point.

    With a node selected, or after the keyboard was used on the canvas, Tab moves the selection.
    """
    at = context.pointer
    return (
        at is not None
        and not context.canvas.keyboard
        and not context.selection
        and context.node_search.is_free(at)
    )
