"""Every action of the window, as data, a file to a menu."""

from __future__ import annotations

from rnnstudio.ui.actions.arrange_menu import ARRANGE_ACTIONS
from rnnstudio.ui.actions.edit_menu import EDIT_ACTIONS
from rnnstudio.ui.actions.file_menu import FILE_ACTIONS
from rnnstudio.ui.actions.help_menu import HELP_ACTIONS
from rnnstudio.ui.actions.spec import ActionSpec
from rnnstudio.ui.actions.train_menu import TRAIN_ACTIONS
from rnnstudio.ui.actions.view_menu import VIEW_ACTIONS
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP

MENUS = {
    "file": QT_TRANSLATE_NOOP("Actions", "&File"),
    "edit": QT_TRANSLATE_NOOP("Actions", "&Edit"),
    "arrange": QT_TRANSLATE_NOOP("Actions", "&Arrange"),
    "view": QT_TRANSLATE_NOOP("Actions", "&View"),
    "train": QT_TRANSLATE_NOOP("Actions", "&Train"),
    "help": QT_TRANSLATE_NOOP("Actions", "&Help"),
}

ACTIONS: tuple[ActionSpec, ...] = (
    *FILE_ACTIONS,
    *EDIT_ACTIONS,
    *ARRANGE_ACTIONS,
    *VIEW_ACTIONS,
    *TRAIN_ACTIONS,
    *HELP_ACTIONS,
)
