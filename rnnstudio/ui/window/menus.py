"""Qt's actions and menus, made from the registered actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from rnnstudio.ui.actions.registry import MENUS, actions
from rnnstudio.ui.actions.shortcuts import keys, with_keys
from rnnstudio.ui.actions.spec import ActionSpec
from rnnstudio.ui.widgets.text_format import tooltip, truncated

Context = Qt.ShortcutContext


def translated(text: str) -> str:
    """Return an action's words in the person's language."""
    return QCoreApplication.translate("Actions", text)


class Actions(QObject):
    """The actions of one window, by id; their keys are those of `keys`.

    Parameters
    ----------
    window : has the keys of every action but those of the canvas
    canvas : has the keys of the actions that count only there
    """

    def __init__(self, window: QWidget, canvas: QWidget, specs: tuple[ActionSpec, ...] | None = None) -> None:
        super().__init__(window)
        self.specs = actions() if specs is None else specs
        self._groups: dict[str, QActionGroup] = {}
        self._by_id = {spec.id: self._make(spec, window, canvas) for spec in self.specs}
        keys.changed.connect(self._follow_keys)

    def __getitem__(self, action_id: str) -> QAction:
        return self._by_id[action_id]

    def spec(self, action_id: str) -> ActionSpec:
        """Return the data of an action; ``KeyError`` for an unknown one."""
        for spec in self.specs:
            if spec.id == action_id:
                return spec
        raise KeyError(action_id)

    def bind(self, contexts: Mapping[str, object], report: Callable[[str], None]) -> None:
        """Let each action run its function.

        Parameters
        ----------
        contexts : the context of each scope
        report : shows a sentence that says why an action does not apply
        """
        for spec in self.specs:
            self[spec.id].triggered.connect(_runner(spec, contexts[spec.scope], report))

    def _follow_keys(self, action_id: str) -> None:
        action = self._by_id.get(action_id)
        if action is not None:
            action.setShortcuts(keys.sequences(action_id))
            action.setToolTip(tooltip(with_keys(action.statusTip(), action_id)))

    def set_words(self, action_id: str, title: str, tip: str) -> None:
        """Give an action another title and tip; its keys stay."""
        tip = truncated(tip)
        action = self[action_id]
        action.setText(title)
        action.setToolTip(tooltip(with_keys(tip, action_id)))
        action.setStatusTip(tip)

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Put every action into its menu, sections apart; return the menus by name."""
        menus = {}
        for name, title in MENUS.items():
            menu = bar.addMenu(translated(title))
            menu.setObjectName(f"menu-{name}")
            menu.setToolTipsVisible(True)
            mine = [spec for spec in self.specs if spec.menu == name and spec.in_menu]
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
        action.setShortcuts(keys.sequences(spec.id))
        tip = translated(spec.tip)
        action.setToolTip(with_keys(tip, spec.id))
        action.setStatusTip(tip)
        if spec.canvas_keys:
            around = Context.WidgetShortcut if spec.canvas_only else Context.WidgetWithChildrenShortcut
            action.setShortcutContext(around)
            canvas.addAction(action)
        else:
            window.addAction(action)
        action.setCheckable(spec.checkable or bool(spec.group))
        if spec.group:
            self._groups.setdefault(spec.group, QActionGroup(window)).addAction(action)
        return action


def _runner(spec: ActionSpec, context: object, report: Callable[[str], None]) -> Callable[[bool], None]:
    """Return a slot that runs an action, or reports why it does not apply."""

    def run(_checked: bool = False) -> None:
        why_not = spec.why_not(context)
        if why_not:
            report(why_not)
        else:
            spec.run(context)

    return run
