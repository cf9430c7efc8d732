"""What the keys do while the canvas has the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from rnnstudio.ui.canvas import stepping
from rnnstudio.ui.canvas.layout import GRID

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.view import CanvasView

Key = Qt.Key
Standard = QKeySequence.StandardKey

_ARROWS = {
    Key.Key_Left: (-GRID, 0.0),
    Key.Key_Right: (GRID, 0.0),
    Key.Key_Up: (0.0, -GRID),
    Key.Key_Down: (0.0, GRID),
}
_GATHERING = {Key.Key_F2: "rename", Key.Key_G: "fold", Key.Key_N: "note"}
_KEYPAD = Qt.KeyboardModifier.KeypadModifier  # macOS sets it on every arrow
_PLAIN = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier


def press(view: CanvasView, event: QKeyEvent) -> bool:
    """Do what a key says; return whether it says anything.

    While a gesture is under way only Esc counts, so that nothing changes under the hand.
    """
    if view.gesture is not None:
        hold(view, event.modifiers())
        if event.key() == Key.Key_Escape:
            view.cancel_gesture()
        return True
    if event.key() == Key.Key_T and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
        view.arranging.tidy()
        return True
    return _edit(view, event) or (event.modifiers() in _PLAIN and _plain(view, event))


def _edit(view: CanvasView, event: QKeyEvent) -> bool:
    """Do the keys of the edit menu, for a canvas that stands in no window with one."""
    for key, action in (
        (Standard.SelectAll, view.select_all),
        (Standard.Copy, view.copy),
        (Standard.Cut, view.cut),
        (Standard.Paste, view.paste),
        (Standard.Undo, view.document.undo_stack.undo),
        (Standard.Redo, view.document.undo_stack.redo),
        (Standard.Delete, view.delete),
    ):
        if event.matches(key):
            action()
            return True
    control = event.modifiers() & ~_KEYPAD == Qt.KeyboardModifier.ControlModifier
    arrow = _ARROWS.get(Key(event.key())) if control else None
    if arrow is not None and view.selection.nodes:
        view.show_keyboard(True)
        view.editing.nudge(*arrow)
        return True
    if control and event.key() in (Key.Key_D, Key.Key_G):
        (view.duplicate if event.key() == Key.Key_D else view.gathering.group)()
        return True
    if event.modifiers() == Qt.KeyboardModifier.ShiftModifier and event.key() == Key.Key_F:
        view.gathering.frame()
        return True
    if control and event.key() in (Key.Key_Delete, Key.Key_Backspace):
        view.editing.heal()
        return True
    if event.modifiers() == Qt.KeyboardModifier.ShiftModifier and event.key() == Key.Key_A:
        view.adding.ask()
        return True
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    if event.modifiers() == both and event.key() == Key.Key_G:
        view.gathering.unpack()
        return True
    return False


def _plain(view: CanvasView, event: QKeyEvent) -> bool:
    key = Key(event.key())
    if key in (Key.Key_Delete, Key.Key_Backspace):
        view.delete()
    elif key in _ARROWS:
        stepping.step(view, key)
    elif key == Key.Key_F:
        view.fit()
    elif key == Key.Key_Insert:
        view.adding.ask()
    elif key == Key.Key_C:
        view.joining.ask()
    elif key == Key.Key_X:
        view.adding.ask_instead()
    elif key == Key.Key_K:
        view.knife.take()
    elif key == Key.Key_Z:
        view.editing.toggle_delay()
    elif key == Key.Key_1:
        view.zoom_to(1.0)
    elif key == Key.Key_Escape:
        if not view.knife.lay_down():
            view.selection.clear()
    elif key in (Key.Key_Return, Key.Key_Enter) and len(view.selection.nodes) == 1:
        (chosen,) = view.selection.nodes
        if not view.gathering.toggle(chosen):
            view.activated.emit(chosen)
    elif key in _GATHERING:
        getattr(view.gathering, _GATHERING[key])()
    elif key == Key.Key_Space:
        if not event.isAutoRepeat():
            view.hold_space(True)
    else:
        return False
    return True


def hold(view: CanvasView, modifiers: Qt.KeyboardModifier) -> None:
    """Say which modifier keys are held; a gesture under way follows at once."""
    if modifiers != view.held:
        view.held = modifiers
        if view.gesture is not None and view.pointer is not None:
            view.gesture.move(view.pointer)


def tab_adds(view: CanvasView) -> bool:
    """Return whether Tab asks for a node: the hand is on the mouse, over a spot that is empty.

    With a node selected, or once a key has shown that the keyboard acts on the canvas, Tab walks.
    """
    at = view.pointer
    return at is not None and not view.canvas.keyboard and not view.selection and view.adding.may_ask_at(at)


def walk(view: CanvasView, forward: bool) -> bool:
    """Select the next node, or what else stands there, in reading order; return False past the last."""
    drawn = [thing for thing in view.document.design.placed if view.canvas.item(thing.id) is not None]
    order = sorted(drawn, key=lambda thing: (thing.x, thing.y))
    places = [place for place, thing in enumerate(order) if thing.id in view.selection.nodes]
    if not places:
        place = 0 if forward else len(order) - 1
    else:
        place = places[-1] + 1 if forward else places[0] - 1
    if not 0 <= place < len(order):
        return False
    view.show_keyboard(True)
    view.focus_node(order[place].id)
    return True
