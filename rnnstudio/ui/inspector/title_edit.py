"""A node's title: a line edit that looks like a heading until it has the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from rnnstudio.ui.actions.shortcuts import KeyTip
from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.theme.theme import themes


class TitleEdit(QLineEdit):
    """Renames in place: click or press the rename shortcut, type, then Enter to accept or Esc to cancel.

    Signals
    -------
    renamed(str) : another title; empty for the kind's own
    """

    renamed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("heading")
        self.setFont(fonts.title())
        self.setMaxLength(80)
        self.setAccessibleName(self.tr("Title"))
        KeyTip(self, "edit.rename", self.tr("Rename"))
        self._title = ""
        self._own = ""
        self.editingFinished.connect(self._finish)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_title(self, title: str, kind_title: str) -> None:
        """Show a node's title, or its kind's title if it has none. Text being typed is kept."""
        self._own, self._title = title, title or kind_title
        self.setPlaceholderText(kind_title)
        if not (self.hasFocus() and self.isModified()):
            self.setText(self._title)
            self.setCursorPosition(0)

    def start_editing(self) -> None:
        """Take the focus and select the whole title."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _finish(self) -> None:
        if not self.isModified():  # a title longer than the field takes is left alone
            self.setCursorPosition(0)
            return
        text = " ".join(self.text().split())
        new = "" if text == self.placeholderText() else text
        self.setModified(False)
        if new != self._own:
            self.renamed.emit(new)
        else:
            self.setText(self._title)
        self.setCursorPosition(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cancel with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._title)
            self.setModified(False)
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select the title when the focus arrives by key."""
        super().focusInEvent(event)
        self._apply_theme()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Restore the look of a heading."""
        super().focusOutEvent(event)
        self._apply_theme()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that the title can be edited."""
        super().enterEvent(event)
        self._apply_theme(hovered=True)

    def leaveEvent(self, event: QEvent) -> None:
        """Restore the look of a heading."""
        super().leaveEvent(event)
        self._apply_theme()

    def _apply_theme(self, *, hovered: bool = False) -> None:
        now = theme.current()
        edge = now.accent if self.hasFocus() else now.hairline if hovered else "transparent"
        ground = now.field if self.hasFocus() else "transparent"
        self.setStyleSheet(
            f"QLineEdit#heading {{ border: 1px solid {edge}; border-radius: 6px; background: {ground};"
            f" color: {now.text}; padding: 0 5px; margin-left: -8px; min-height: 26px; }}"
        )
