"""Commands of the Edit menu that are not of the canvas alone."""

from __future__ import annotations

from rnnstudio.ui.translation import QT_TRANSLATE_NOOP
from rnnstudio.ui.window.window_action import WindowContext, window_action


@window_action(
    "edit.undo",
    QT_TRANSLATE_NOOP("Actions", "&Undo"),
    QT_TRANSLATE_NOOP("Actions", "Undo the last edit"),
    keys="Ctrl+Z",
)
def undo(context: WindowContext) -> None:
    """Undo the last edit."""
    context.document.undo_stack.undo()


@window_action(
    "edit.redo",
    QT_TRANSLATE_NOOP("Actions", "&Redo"),
    QT_TRANSLATE_NOOP("Actions", "Redo the last undone edit"),
    keys="Ctrl+Shift+Z; Ctrl+Y",
    order=1,
)
def redo(context: WindowContext) -> None:
    """Redo the last undone edit."""
    context.document.undo_stack.redo()


@window_action(
    "edit.mend",
    QT_TRANSLATE_NOOP("Actions", "Fi&x the problem"),
    QT_TRANSLATE_NOOP("Actions", "Apply the fix of the current problem"),
    keys="Ctrl+.",
    section=2,
)
def fix_problem(context: WindowContext) -> None:
    """Apply the fix of the current problem."""
    context.problems.apply_fix()


@window_action(
    "edit.select_none",
    QT_TRANSLATE_NOOP("Actions", "Select n&othing"),
    QT_TRANSLATE_NOOP("Actions", "Clear the selection, or leave cut mode"),
    keys="Esc",
    section=2,
    order=4,
    canvas_keys=True,
    canvas_only=True,
)
def select_none(context: WindowContext) -> None:
    """Clear the selection, or leave cut mode."""
    context.network_stack.deselect()


@window_action(
    "edit.open",
    QT_TRANSLATE_NOOP("Actions", "Show in the &inspector"),
    QT_TRANSLATE_NOOP(
        "Actions", "Go to the parameters of the selected node; a group is collapsed or expanded"
    ),
    keys="Return; Enter",
    section=3,
    canvas_keys=True,
    canvas_only=True,
)
def open_selected(context: WindowContext) -> None:
    """Go to the parameters of the selected node; a group is collapsed or expanded."""
    context.network_stack.open_selected()


@window_action(
    "edit.find",
    QT_TRANSLATE_NOOP("Actions", "F&ind…"),
    QT_TRANSLATE_NOOP("Actions", "Find nodes by title, kind, id or parameter"),
    keys="Ctrl+F",
    section=3,
    order=6,
)
def find(context: WindowContext) -> None:
    """Find nodes by title, kind, id or parameter."""
    context.search.show_find_bar()


@window_action(
    "edit.find_next",
    QT_TRANSLATE_NOOP("Actions", "Find ne&xt"),
    QT_TRANSLATE_NOOP("Actions", "Go to the next found node"),
    keys="F3",
    section=3,
    order=7,
)
def find_next(context: WindowContext) -> None:
    """Go to the next found node."""
    context.search.find_next()


@window_action(
    "edit.find_previous",
    QT_TRANSLATE_NOOP("Actions", "Find pre&vious"),
    QT_TRANSLATE_NOOP("Actions", "Go to the previous found node"),
    keys="Shift+F3",
    section=3,
    order=8,
)
def find_previous(context: WindowContext) -> None:
    """Go to the previous found node."""
    context.search.find_previous()


@window_action(
    "edit.walk_up",
    QT_TRANSLATE_NOOP("Actions", "Go up"),
    QT_TRANSLATE_NOOP("Actions", "Select the nearest node above"),
    keys="Up",
    section=3,
    order=11,
    canvas_keys=True,
    canvas_only=True,
    in_menu=False,
)
def select_above(context: WindowContext) -> None:
    """Select the nearest node above."""
    context.network_stack.select_above()


@window_action(
    "edit.walk_down",
    QT_TRANSLATE_NOOP("Actions", "Go down"),
    QT_TRANSLATE_NOOP("Actions", "Select the nearest node below"),
    keys="Down",
    section=3,
    order=12,
    canvas_keys=True,
    canvas_only=True,
    in_menu=False,
)
def select_below(context: WindowContext) -> None:
    """Select the nearest node below."""
    context.network_stack.select_below()
