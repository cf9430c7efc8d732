"""Inline editor: a field over the canvas, for a title or the text of a note."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QLineEdit, QPlainTextEdit, QWidget

from rnnstudio.design import annotation
from rnnstudio.design.model import Comment, NodeId
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.style import paint_cache

_LONGEST = 80
_LOWEST = 22
_LEAST = QRect(0, 0, 120, _LOWEST)


def _claims(event: QEvent) -> bool:
    """Claim every key for the field, including shortcuts of the canvas."""
    if event.type() != QEvent.Type.ShortcutOverride:
        return False
    event.accept()
    return True


class TitleField(QLineEdit):
    """A single-line field for a title."""

    done = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("title-field")
        self.setMaxLength(_LONGEST)
        self.setAccessibleName(self.tr("Title"))
        self.setToolTip(self.tr("Enter accepts the title, Esc rejects it"))

    def event(self, event: QEvent) -> bool:
        """Claim keys that are shortcuts."""
        return _claims(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Tab accept the text, Esc rejects it."""
        if event.key() == Qt.Key.Key_Escape:
            self.done.emit(False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.done.emit(True)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Accept the text; Tab does not move the focus."""
        self.done.emit(True)
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Accept the text."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.done.emit(True)


class NoteField(QPlainTextEdit):
    """A multi-line field for a note."""

    done = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("note-field")
        self.setAccessibleName(self.tr("Text of the note"))
        self.setToolTip(self.tr("Ctrl+Enter accepts the text, Esc rejects it"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setTabChangesFocus(True)

    def event(self, event: QEvent) -> bool:
        """Claim keys that are shortcuts."""
        return _claims(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter accepts the text, Esc rejects it."""
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape:
            self.done.emit(False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and ctrl:
            self.done.emit(True)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Accept the text; Tab does not move the focus."""
        self.done.emit(True)
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Accept the text."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.done.emit(True)


class InlineEditor(QObject):
    """The fields of one canvas. At most one is open; both are created once and reused."""

    def __init__(self, context: CanvasContext) -> None:
        super().__init__(context.widget)
        self._context = context
        self._thing: NodeId | None = None
        self._line: TitleField | None = None
        self._note: NoteField | None = None
        self.field: TitleField | NoteField | None = None
        context.zoom_changed.connect(self._follow)
        for bar in (context.widget.horizontalScrollBar(), context.widget.verticalScrollBar()):
            bar.valueChanged.connect(self._follow)
        context.document.changed.connect(self._document_changed)

    def begin(self, item_id: NodeId) -> None:
        """Open a field over the text of an item."""
        self.finish(keep=True)
        element = annotation.find(self._context.document.design, item_id)
        item = self._context.canvas.item(item_id)
        if element is None or item is None:
            return
        self._thing = item_id
        if isinstance(element, Comment):
            self.field = self._note_field(element.text)
        else:
            title = item.layout.full_title if isinstance(item, NodeItem) else item.title()
            self.field = self._title_field(element.title, title)
        self._follow()
        self.field.show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _title_field(self, text: str, otherwise: str) -> TitleField:
        if self._line is None:
            self._line = TitleField(self._context.widget)
            self._line.done.connect(self._done)
        self._line.setText(text)
        self._line.setPlaceholderText(otherwise)
        self._line.selectAll()
        return self._line

    def _note_field(self, text: str) -> NoteField:
        if self._note is None:
            self._note = NoteField(self._context.widget)
            self._note.done.connect(self._done)
        self._note.setPlainText(text)
        self._note.moveCursor(QTextCursor.MoveOperation.End)
        return self._note

    def finish(self, *, keep: bool) -> None:
        """Close the field, and accept the text or reject it."""
        field, item_id = self.field, self._thing
        if field is None or item_id is None:
            return
        self.field = self._thing = None
        had_keyboard = field.hasFocus()
        text = field.toPlainText().strip() if isinstance(field, NoteField) else " ".join(field.text().split())
        field.hide()
        if had_keyboard:
            self._context.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        if keep:
            self._context.annotations.set_text(item_id, text)

    def _done(self, keep: bool) -> None:
        self.finish(keep=keep)

    def _document_changed(self) -> None:
        if self._thing is None:
            return
        if annotation.find(self._context.document.design, self._thing) is None:
            self.finish(keep=False)
        else:
            self._follow()

    def _follow(self, _value: object = None) -> None:
        """Cover the text of the item, in the same font size."""
        if self.field is None or self._thing is None:
            return
        item = self._context.canvas.item(self._thing)
        if item is None:
            return
        words = _title_rect(item) if isinstance(item, NodeItem) else item.text_rect()
        zoom = max(self._context.zoom, 0.8)
        font = QFont(
            paint_cache.body_font() if isinstance(self.field, NoteField) else paint_cache.title_font()
        )
        font.setPointSizeF(font.pointSizeF() * zoom)
        self.field.setFont(font)
        corner = self._context.from_viewport(self._context.mapFromScene(words.topLeft()))
        far = self._context.from_viewport(self._context.mapFromScene(words.bottomRight()))
        place = QRect(corner, far)
        place.setWidth(max(place.width(), round(_LEAST.width() * zoom)))
        place.setHeight(max(place.height(), round(_LEAST.height() * zoom)))
        self.field.setGeometry(place)


def _title_rect(item: NodeItem) -> QRectF:
    frame, line = item.frame(), item.layout.title_line
    return QRectF(frame.x() + 6.0, frame.y() + line - 12.0, frame.width() - 12.0, 24.0)
