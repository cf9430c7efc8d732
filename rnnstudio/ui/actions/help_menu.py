"""Shortcuts, and what RNN Studio is: the actions of the menu “Help”."""

from __future__ import annotations

from rnnstudio.ui.actions.spec import ActionSpec
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP

HELP_ACTIONS = (
    ActionSpec(
        "help.shortcuts",
        QT_TRANSLATE_NOOP("Actions", "&Shortcuts…"),
        "finding.shortcuts",
        QT_TRANSLATE_NOOP("Actions", "List every shortcut, and change them"),
        keys="Ctrl+Shift+K",
    ),
    ActionSpec(
        "help.about",
        QT_TRANSLATE_NOOP("Actions", "&About RNN Studio"),
        "finding.about",
        QT_TRANSLATE_NOOP("Actions", "Version, licences and data sets"),
    ),
)
