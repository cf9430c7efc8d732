"""Modal dialogs. Tests replace them."""

from __future__ import annotations

import enum
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget

from rnnstudio.ui.widgets import file_dialogs
from rnnstudio.ui.widgets.common import breakable


class Answer(enum.Enum):
    """What to do with unsaved work."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class Dialogs(QObject):
    """Asks questions in modal dialogs; each method returns the answer."""

    def __init__(self) -> None:
        super().__init__()
        self._parent: QWidget | None = None

    def set_parent_window(self, window: QWidget) -> None:
        """Set the parent window of the dialogs."""
        self._parent = window

    def open_path(self, title: str, folder: str, filters: str) -> Path | None:
        """Ask for a file to open; return None if the user cancels."""
        return file_dialogs.open_path(self._parent, title, folder, filters)

    def save_path(self, title: str, suggestion: str, filters: str, suffixes: tuple[str, ...]) -> Path | None:
        """Ask for a file to write; see `file_dialogs.save_path`."""
        return file_dialogs.save_path(self._parent, title, suggestion, filters, suffixes)

    def ask(self, dialog: QDialog) -> bool:
        """Show a dialog until it is closed; return whether it was accepted."""
        dialog.setParent(self._parent, dialog.windowFlags())
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        dialog.deleteLater()
        return accepted

    def unsaved_design(self, name: str) -> Answer:
        """Ask about unsaved changes."""
        return self._ask(
            self.tr("Save the changes to “{0}”?").format(name),
            self.tr("They are lost if you do not save them."),
            self.tr("Save"),
            self.tr("Discard"),
        )

    def unexported_weights(self) -> Answer:
        """Ask about trained weights that were not exported."""
        return self._ask(
            self.tr("Export the trained weights?"),
            self.tr("Training is lost if you do not export them."),
            self.tr("Export…"),
            self.tr("Discard"),
        )

    def _ask(self, text: str, consequence: str, save: str, discard: str) -> Answer:
        question = Question(text, consequence, save, discard, self._parent)
        question.exec()
        answer = question.answer()
        question.deleteLater()
        return answer


class Question(QMessageBox):
    """Asks whether to save work that would be lost."""

    def __init__(
        self, text: str, consequence: str, save: str, discard: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("RNN Studio"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(breakable(text))
        self.setInformativeText(consequence)
        self._save = self.addButton(save, QMessageBox.ButtonRole.AcceptRole)
        self._discard = self.addButton(discard, QMessageBox.ButtonRole.DestructiveRole)
        cancel = self.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(self._save)
        self.setEscapeButton(cancel)

    def answer(self) -> Answer:
        """Return the answer; closing the dialog cancels."""
        if self.clickedButton() is self._save:
            return Answer.SAVE
        return Answer.DISCARD if self.clickedButton() is self._discard else Answer.CANCEL
