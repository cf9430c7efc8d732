"""What the keys do while the canvas has the keyboard.

All but three are keys of actions, which a person may change: Space is held to drag the canvas, Esc ends a
gesture under way, and Tab goes from node to node as it goes from control to control.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.commands import navigation_commands
from rnnstudio.ui.canvas.geometry.node_metrics import GRID

Key = Qt.Key
BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_PARTS = ("adding", "arranging", "editing", "gathering", "joining", "keys", "knife")
_PLAIN = Qt.KeyboardModifier.NoModifier


def parts(context: CanvasContext) -> dict[str, object]:
    """Return what the actions of a canvas call, by the names that `actions` has for it."""
    return {"canvas": context} | {name: getattr(context, name) for name in _PARTS}


class Keyboard:
    """Walks, moves, opens and lets go: what actions do that nothing but keys asks for."""

    def __init__(self, context: CanvasContext) -> None:
        self._context = context

    def walk_left(self) -> None:
        """Select the node that a link comes from."""
        navigation_commands.step(self._context, Key.Key_Left)

    def walk_right(self) -> None:
        """Select the node that a link leads to."""
        navigation_commands.step(self._context, Key.Key_Right)

    def walk_up(self) -> None:
        """Select the nearest node above."""
        navigation_commands.step(self._context, Key.Key_Up)

    def walk_down(self) -> None:
        """Select the nearest node below."""
        navigation_commands.step(self._context, Key.Key_Down)

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
        if self._context.selection.nodes:
            self._context.show_keyboard(True)
            self._context.editing.nudge(dx, dy)

    def open_chosen(self) -> None:
        """Fold or open the selected group, or tell which node was asked for."""
        if len(self._context.selection.nodes) == 1:
            (chosen,) = self._context.selection.nodes
            if not self._context.gathering.toggle(chosen):
                self._context.activate(chosen)

    def let_go(self) -> None:
        """Lay the knife down, or else select nothing."""
        if not self._context.knife.lay_down():
            self._context.selection.clear()

    # ------------------------------------------------------------------------------- events

    def claims(self) -> bool:
        """Return whether no key is a shortcut now: nothing may change under a gesture."""
        return self._context.gesture is not None

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key says that belongs to no action; return whether it says anything."""
        if self._context.gesture is not None:
            hold(self._context, event.modifiers())
            if event.key() == Key.Key_Escape:
                self._context.cancel_gesture()
            return True
        if event.key() == Key.Key_Space and event.modifiers() == _PLAIN:
            if not event.isAutoRepeat():
                self._context.hold_space(True)
            return True
        return False


def hold(context: CanvasContext, modifiers: Qt.KeyboardModifier) -> None:
    """Say which modifier keys are held; a gesture under way follows at once."""
    if modifiers != context.held:
        context.held = modifiers
        if context.gesture is not None and context.pointer is not None:
            context.gesture.move(context.pointer)


def tab_adds(context: CanvasContext) -> bool:
    """Return whether Tab asks for a node: the hand is on the mouse, over a spot that is empty.

    With a node selected, or once a key has shown that the keyboard acts on the canvas, Tab walks.
    """
    at = context.pointer
    return (
        at is not None
        and not context.canvas.keyboard
        and not context.selection
        and context.adding.can_ask_at(at)
    )


def walk(context: CanvasContext, forward: bool) -> bool:
    """Select the next node, or what else stands there, in reading order; return False past the last."""
    drawn = [thing for thing in context.document.design.placed if context.canvas.item(thing.id) is not None]
    order = sorted(drawn, key=lambda thing: (thing.x, thing.y))
    places = [place for place, thing in enumerate(order) if thing.id in context.selection.nodes]
    if not places:
        place = 0 if forward else len(order) - 1
    else:
        place = places[-1] + 1 if forward else places[0] - 1
    if not 0 <= place < len(order):
        return False
    context.show_keyboard(True)
    context.focus_node(order[place].id)
    return True
