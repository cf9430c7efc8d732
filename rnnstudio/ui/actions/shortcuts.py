"""The current keys of every action. Menus, tooltips and fields with keys of their own ask here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from rnnstudio.ui.actions.registry import actions
from rnnstudio.ui.widgets.text_format import tooltip


class Keys(QObject):
    """The keys by action, written as `actions` writes them.

    Signals
    -------
    changed(str) : the action of that id has other keys
    """

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._changed: dict[str, str] = {}  # other keys than the default ones

    @cached_property
    def _defaults(self) -> dict[str, str]:
        return {spec.id: spec.keys for spec in actions()}

    def of(self, action_id: str) -> str:
        """Return the keys of an action, several separated by ``"; "``; ``KeyError`` for an unknown one."""
        return self._changed.get(action_id, self._defaults[action_id])

    def set(self, action_id: str, text: str) -> None:
        """Give an action other keys; none takes them away."""
        if text != self.of(action_id):
            self._changed[action_id] = text
            self.changed.emit(action_id)

    def choose(self, chosen: Mapping[str, str]) -> None:
        """Give actions the keys that a person chose, and all others those that they came with.

        An action that came later may have keys that were chosen for another one before: it goes without.
        What is no keys, or was chosen for an action that is gone, counts for nothing.
        """
        chosen = {name: text for name, text in chosen.items() if name in self._defaults and _is_keys(text)}
        taken = {one for text in chosen.values() for one in text.split("; ")}
        for action_id, default in self._defaults.items():
            free = "; ".join(one for one in default.split("; ") if one not in taken)
            self.set(action_id, chosen.get(action_id, free))

    def reset(self) -> None:
        """Give every action the keys that it came with."""
        self.choose({})

    def sequences(self, action_id: str) -> list[QKeySequence]:
        """Return the keys of an action, the first of them the one that is shown."""
        return [QKeySequence(one) for one in self.of(action_id).split("; ") if one]

    def press(self, event: QKeyEvent, action_id: str) -> bool:
        """Return whether a key that was pressed is one of an action's."""
        return QKeySequence(event.keyCombination()) in self.sequences(action_id)


def _is_keys(text: str) -> bool:
    """Say whether every part of a text is a key; no text is no keys."""
    return not text or all(QKeySequence(one).toString() for one in text.split("; "))


keys = Keys()


def with_keys(words: str, action_id: str) -> str:
    """Return what an action does, with the first of its keys."""
    first = next(iter(keys.sequences(action_id)), QKeySequence())
    shown = first.toString(QKeySequence.SequenceFormat.NativeText)
    return f"{words} ({shown})" if shown else words


class KeyTip(QObject):
    """Keeps the tooltip of a widget true to the keys of an action; it lives and dies with the widget."""

    def __init__(self, widget: QWidget, action_id: str, words: str) -> None:
        super().__init__(widget)
        self._widget, self._action_id, self._words = widget, action_id, words
        keys.changed.connect(self._follow)
        self.say(words)

    def say(self, words: str, *, keyed: bool = True) -> None:
        """Let the tooltip say something else, with the same action's keys or with none."""
        self._words, self._keyed = words, keyed
        self._widget.setToolTip(tooltip(with_keys(words, self._action_id) if keyed else words))

    def _follow(self, action_id: str) -> None:
        if action_id == self._action_id:
            self.say(self._words, keyed=self._keyed)
