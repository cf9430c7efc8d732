"""Where actions register themselves. Adding one is one function in a `commands` folder, or in a plug-in.

An action is a function with its data in front of it::

    @canvas_action("edit.delete", "De&lete", "Delete the selection", keys="Del", section=2)
    def delete(context): ...
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Generic, TypedDict, TypeVar, Unpack

from rnnstudio.design.plugins import load_plugins
from rnnstudio.design.registry import Registry
from rnnstudio.ui.actions.spec import ActionSpec, always
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP

PLUGINS = "rnnstudio.actions"
MENUS = {
    "file": QT_TRANSLATE_NOOP("Actions", "&File"),
    "edit": QT_TRANSLATE_NOOP("Actions", "&Edit"),
    "arrange": QT_TRANSLATE_NOOP("Actions", "&Arrange"),
    "view": QT_TRANSLATE_NOOP("Actions", "&View"),
    "train": QT_TRANSLATE_NOOP("Actions", "&Train"),
    "help": QT_TRANSLATE_NOOP("Actions", "&Help"),
}
ACTIONS: Registry[ActionSpec] = Registry("action")
_FOLDERS = ("rnnstudio.ui.window.commands", "rnnstudio.ui.canvas.commands")

Context = TypeVar("Context")


class Options(TypedDict, total=False):
    """What an action may say besides; see `ActionSpec`."""

    keys: str
    section: int
    order: int
    canvas_keys: bool
    canvas_only: bool
    on_canvas: bool
    group: str
    checkable: bool
    in_menu: bool


class ActionScope(Generic[Context]):
    """Registers functions that take one type of context as actions."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(
        self,
        action_id: str,
        title: str,
        tip: str,
        *,
        why_not: Callable[[Context], str] = always,
        **options: Unpack[Options],
    ) -> Callable[[Callable[[Context], object]], Callable[[Context], object]]:
        """Return a decorator that registers a function as an action; see `ActionSpec`."""

        def register(run: Callable[[Context], object]) -> Callable[[Context], object]:
            ACTIONS.register(ActionSpec(action_id, title, tip, run, self.name, why_not, **options))
            return run

        return register


def actions() -> tuple[ActionSpec, ...]:
    """Import every command of the program and of plug-ins; return their actions in the order of the menus."""
    broken_plugins()
    return tuple(sorted(ACTIONS, key=_position))


def _position(spec: ActionSpec) -> tuple[int, int, int]:
    menus = list(MENUS)
    menu = menus.index(spec.menu) if spec.menu in menus else len(menus)
    return menu, spec.section, spec.order


@cache
def broken_plugins() -> tuple[str, ...]:
    """Import every command once; return a sentence for each plug-in that could not be loaded."""
    for folder in _FOLDERS:
        package = importlib.import_module(folder)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{folder}.{module.name}")
    return load_plugins(PLUGINS, {ACTIONS: ActionSpec})
