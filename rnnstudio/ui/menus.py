"""Actions and menus, made from the table in `actions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from rnnstudio.ui.actions import ACTIONS, MENUS
from rnnstudio.ui.actions.spec import ActionSpec


def translated(text: str) -> str:
    """Return an action's words in the person's language."""
    return QCoreApplication.translate("Actions", text)


def tooltip(tip: str, shortcut: QKeySequence) -> str:
    """Return what an action does, with its keys."""
    keys = shortcut.toString(QKeySequence.SequenceFormat.NativeText)
    return f"{tip} ({keys})" if keys else tip


class Actions:
    """The actions of one window, by id.

    Parameters
    ----------
    window : has the keys of every action but those of the canvas
    canvas : has the keys of the actions that count only there
    """

    def __init__(self, window: QWidget, canvas: QWidget, specs: tuple[ActionSpec, ...] = ACTIONS) -> None:
        self.specs = specs
        self._groups: dict[str, QActionGroup] = {}
        self._keys = {spec.id: spec.keys for spec in specs}
        self._by_id = {spec.id: self._make(spec, window, canvas) for spec in specs}

    def __getitem__(self, action_id: str) -> QAction:
        return self._by_id[action_id]

    def spec(self, action_id: str) -> ActionSpec:
        """Return what the table says of an action; ``KeyError`` for an unknown one."""
        for spec in self.specs:
            if spec.id == action_id:
                return spec
        raise KeyError(action_id)

    def bind(self, parts: Mapping[str, object]) -> None:
        """Let each action call its part; ``KeyError`` or ``AttributeError`` where the table names none."""
        for spec in self.specs:
            part, method = spec.callback.split(".")
            self[spec.id].triggered.connect(_without_arguments(getattr(parts[part], method)))

    def keys(self, action_id: str) -> str:
        """Return the keys that an action has now, as the table writes them."""
        return self._keys[action_id]

    def set_keys(self, action_id: str, keys: str) -> None:
        """Give an action other keys, written as in the table; none takes them away."""
        action = self[action_id]
        self._keys[action_id] = keys
        action.setShortcuts([QKeySequence(one) for one in keys.split("; ") if one])
        action.setToolTip(tooltip(action.statusTip(), action.shortcut()))

    def set_words(self, action_id: str, title: str, tip: str) -> None:
        """Give an action another title and tip; its keys stay."""
        action = self[action_id]
        action.setText(title)
        action.setToolTip(tooltip(tip, action.shortcut()))
        action.setStatusTip(tip)

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Put every action into its menu, sections apart; return the menus by name."""
        menus = {}
        for name, title in MENUS.items():
            menu = bar.addMenu(translated(title))
            menu.setObjectName(f"menu-{name}")
            menu.setToolTipsVisible(True)
            mine = [spec for spec in self.specs if spec.menu == name]
            for section, specs in groupby(mine, key=lambda spec: spec.section):
                if section != mine[0].section:
                    menu.addSeparator()
                for spec in specs:
                    menu.addAction(self[spec.id])
            menus[name] = menu
        return menus

    def _make(self, spec: ActionSpec, window: QWidget, canvas: QWidget) -> QAction:
        action = QAction(translated(spec.title), window)
        action.setObjectName(spec.id)
        action.setShortcuts([QKeySequence(keys) for keys in spec.keys.split("; ") if keys])
        tip = translated(spec.tip)
        action.setToolTip(tooltip(tip, action.shortcut()))
        action.setStatusTip(tip)
        if spec.canvas:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            canvas.addAction(action)
        else:
            window.addAction(action)
        action.setCheckable(spec.checkable or bool(spec.group))
        if spec.group:
            self._groups.setdefault(spec.group, QActionGroup(window)).addAction(action)
        return action


def _without_arguments(callback: Callable[[], object]) -> Callable[[bool], None]:
    """Return a slot that drops the checked state that ``triggered`` carries."""

    def call(_checked: bool = False) -> None:
        callback()

    return call
