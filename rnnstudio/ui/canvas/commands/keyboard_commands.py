"""What the keys do while the canvas has the keyboard.

All but three are keys of actions, which a person may change: Space is held to drag the canvas, Esc ends a
gesture under way, and Tab goes from node to node as it goes from control to control.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from rnnstudio.ui.canvas.commands import navigation_commands
from rnnstudio.ui.canvas.geometry.node_metrics import GRID

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.view import CanvasView

Key = Qt.Key
BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_PARTS = ("adding", "arranging", "editing", "gathering", "joining", "keys", "knife")
_PLAIN = Qt.KeyboardModifier.NoModifier


def parts(view: CanvasView) -> dict[str, object]:
    """Return what the actions of a canvas call, by the names that `actions` has for it."""
    return {"canvas": view} | {name: getattr(view, name) for name in _PARTS}


class Keyboard:
    """Walks, moves, opens and lets go: what actions do that nothing but keys asks for."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view

    def walk_left(self) -> None:
        """Select the node that a link comes from."""
        navigation_commands.step(self._view, Key.Key_Left)

    def walk_right(self) -> None:
        """Select the node that a link leads to."""
        navigation_commands.step(self._view, Key.Key_Right)

    def walk_up(self) -> None:
        """Select the nearest node above."""
        navigation_commands.step(self._view, Key.Key_Up)

    def walk_down(self) -> None:
        """Select the nearest node below."""
        navigation_commands.step(self._view, Key.Key_Down)

    def move_left(self) -> None:
        """Move what is selected by one place of the grid."""
        self._move(-GRID, 0.0)

    def move_right(self) -> None:
        """See `move_left`."""
        self._move(GRID, 0.0)

    def move_up(self) -> None:
        """See `move_left`."""
        self._move(0.0, -GRID)

    def move_down(self) -> None:
        """See `move_left`."""
        self._move(0.0, GRID)

    def _move(self, dx: float, dy: float) -> None:
        if self._view.selection.nodes:
            self._view.show_keyboard(True)
            self._view.editing.nudge(dx, dy)

    def open_chosen(self) -> None:
        """Fold or open the selected group, or tell which node was asked for."""
        if len(self._view.selection.nodes) == 1:
            (chosen,) = self._view.selection.nodes
            if not self._view.gathering.toggle(chosen):
                self._view.activated.emit(chosen)

    def let_go(self) -> None:
        """Lay the knife down, or else select nothing."""
        if not self._view.knife.lay_down():
            self._view.selection.clear()

    # ------------------------------------------------------------------------------- events

    def claims(self) -> bool:
        """Return whether no key is a shortcut now: nothing may change under a gesture."""
        return self._view.gesture is not None

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key says that belongs to no action; return whether it says anything."""
        if self._view.gesture is not None:
            hold(self._view, event.modifiers())
            if event.key() == Key.Key_Escape:
                self._view.cancel_gesture()
            return True
        if event.key() == Key.Key_Space and event.modifiers() == _PLAIN:
            if not event.isAutoRepeat():
                self._view.hold_space(True)
            return True
        return False


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
