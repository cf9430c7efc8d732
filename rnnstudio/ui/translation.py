"""Texts in the language of the window: messages from below, and `QT_TRANSLATE_NOOP` with its types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication

from rnnstudio.design.message import Message, as_message

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
        """Return ``text``; lupdate finds the words to translate by this name."""
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

__all__ = ["QT_TRANSLATE_NOOP", "translated"]


class Told(Protocol):
    """What has something to tell: a problem, a fix, an error, a message of the worker."""

    @property
    def message(self) -> Message | str:
        """What to tell."""


def translated(told: Told | Message | str) -> str:
    """Return a message as the installed translator has it, in English where it has none."""
    said = told if isinstance(told, Message | str) else told.message
    return as_message(said).text(lambda text: QCoreApplication.translate("Messages", text))
