"""Commands of the View menu."""

from __future__ import annotations

from rnnstudio.ui.translation import QT_TRANSLATE_NOOP
from rnnstudio.ui.window.window_action import WindowContext, window_action


@window_action(
    "view.fit",
    QT_TRANSLATE_NOOP("Actions", "&Fit"),
    QT_TRANSLATE_NOOP("Actions", "Show the whole network"),
    keys="F",
    canvas_keys=True,
)
def fit(context: WindowContext) -> None:
    """Show the whole network."""
    context.network_stack.fit()


@window_action(
    "view.actual_size",
    QT_TRANSLATE_NOOP("Actions", "Zoom to &100 %"),
    QT_TRANSLATE_NOOP("Actions", "Show the network at 100 %"),
    keys="1",
    order=1,
    canvas_keys=True,
)
def zoom_to_actual_size(context: WindowContext) -> None:
    """Show the network at 100 %."""
    context.network_stack.actual_size()


@window_action(
    "view.unrolled",
    QT_TRANSLATE_NOOP("Actions", "&Unrolled over time"),
    QT_TRANSLATE_NOOP("Actions", "Show the network at every time step, or as it is built"),
    keys="U",
    order=2,
    canvas_keys=True,
)
def toggle_unrolled(context: WindowContext) -> None:
    """Show the network at every time step, or as it is built."""
    context.network_stack.toggle()


@window_action(
    "view.system",
    QT_TRANSLATE_NOOP("Actions", "&System colours"),
    QT_TRANSLATE_NOOP("Actions", "Use dark or light colours as the system does"),
    section=1,
    group="scheme",
)
def follow_system_colours(context: WindowContext) -> None:
    """Use dark or light colours as the system does."""
    context.scheme_actions.system()


@window_action(
    "view.light",
    QT_TRANSLATE_NOOP("Actions", "&Light"),
    QT_TRANSLATE_NOOP("Actions", "Always use light colours"),
    section=1,
    order=1,
    group="scheme",
)
def use_light_colours(context: WindowContext) -> None:
    """Use light colours always."""
    context.scheme_actions.light()


@window_action(
    "view.dark",
    QT_TRANSLATE_NOOP("Actions", "&Dark"),
    QT_TRANSLATE_NOOP("Actions", "Always use dark colours"),
    section=1,
    order=2,
    group="scheme",
)
def use_dark_colours(context: WindowContext) -> None:
    """Use dark colours always."""
    context.scheme_actions.dark()


@window_action(
    "view.minimap",
    QT_TRANSLATE_NOOP("Actions", "&Overview"),
    QT_TRANSLATE_NOOP("Actions", "Show a minimap of the network in the corner of the canvas"),
    keys="Ctrl+M",
    section=2,
    checkable=True,
)
def toggle_minimap(context: WindowContext) -> None:
    """Show a minimap of the network in the corner of the canvas."""
    context.search.toggle_minimap()


@window_action(
    "view.commands",
    QT_TRANSLATE_NOOP("Actions", "&Commands…"),
    QT_TRANSLATE_NOOP("Actions", "Search every action, node, kind of node and example"),
    keys="Ctrl+K",
    section=2,
    order=1,
)
def show_command_palette(context: WindowContext) -> None:
    """Search every action, node, kind of node and example."""
    context.search.toggle_command_palette()


@window_action(
    "view.problems",
    QT_TRANSLATE_NOOP("Actions", "P&roblems"),
    QT_TRANSLATE_NOOP("Actions", "List all problems, and go to the first"),
    keys="Ctrl+Shift+M",
    section=2,
    order=2,
)
def show_problems(context: WindowContext) -> None:
    """List all problems, and go to the first."""
    context.show_problems()


@window_action(
    "view.next_problem",
    QT_TRANSLATE_NOOP("Actions", "&Next problem"),
    QT_TRANSLATE_NOOP("Actions", "Go to the next problem"),
    keys="F8",
    section=2,
    order=3,
)
def show_next_problem(context: WindowContext) -> None:
    """Go to the next problem."""
    context.problems.next()


@window_action(
    "view.previous_problem",
    QT_TRANSLATE_NOOP("Actions", "Pre&vious problem"),
    QT_TRANSLATE_NOOP("Actions", "Go to the previous problem"),
    keys="Shift+F8",
    section=2,
    order=4,
)
def show_previous_problem(context: WindowContext) -> None:
    """Go to the previous problem."""
    context.problems.previous()


@window_action(
    "view.history",
    QT_TRANSLATE_NOOP("Actions", "&History"),
    QT_TRANSLATE_NOOP("Actions", "List all edits, to go back or forward to any of them"),
    keys="Ctrl+Shift+H",
    section=2,
    order=5,
)
def show_history(context: WindowContext) -> None:
    """List all edits, to go back or forward to any of them."""
    context.show_history()


@window_action(
    "view.reset_layout",
    QT_TRANSLATE_NOOP("Actions", "&Reset panels"),
    QT_TRANSLATE_NOOP("Actions", "Show every panel at its default position"),
    section=3,
)
def reset_panels(context: WindowContext) -> None:
    """Show every panel at its default position."""
    context.window.reset_layout()
