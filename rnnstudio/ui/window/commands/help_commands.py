"""Commands of the Help menu."""

from __future__ import annotations

from rnnstudio.ui.translation import QT_TRANSLATE_NOOP
from rnnstudio.ui.window.window_action import WindowContext, window_action


@window_action(
    "help.shortcuts",
    QT_TRANSLATE_NOOP("Actions", "&Shortcuts…"),
    QT_TRANSLATE_NOOP("Actions", "List all shortcuts, and change them"),
    keys="Ctrl+Shift+K",
)
def show_shortcuts(context: WindowContext) -> None:
    """List all shortcuts, and change them."""
    context.search.show_shortcuts()


@window_action(
    "help.about",
    QT_TRANSLATE_NOOP("Actions", "&About RNN Studio"),
    QT_TRANSLATE_NOOP("Actions", "Version, licences and data sets"),
    order=1,
)
def show_about(context: WindowContext) -> None:
    """Version, licences and data sets."""
    context.search.show_about()
