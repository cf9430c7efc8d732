"""Text of several lines in a fixed-width font: the box it is written in, and the editor of a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QTextEdit, QWidget

from rnnstudio.design.constraints import Mistake, Text
from rnnstudio.design.spec import ParamSpec
from rnnstudio.ui.forms.editors import Editor, Mixed, Shown, mixed_text, register_editor
from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.theme.theme import themes

LEAST_LINES, MOST_LINES = 4, 16


class CommentHighlighter(QSyntaxHighlighter):
    """Sets what stands after # in the quiet colour."""

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        start = text.find("#")
        if start >= 0:
            self.setFormat(start, len(text) - start, QColor(theme.current().quiet))


class CodeEdit(QPlainTextEdit):
    """A box for code: as high as its lines, and it marks a place.

    Ctrl+Z is the window's where nothing was typed here. Tab goes to the next control, so that the
    keyboard is never caught here.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("code")
        self.setFont(fonts.code())
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._place: Mistake | None = None
        self._hints: tuple[Mistake, ...] = ()
        self._comments = CommentHighlighter(self.document())
        # Later, because lines are wrapped while the layouts are at work, which then do not hear us.
        sized = self.document().documentLayout().documentSizeChanged
        sized.connect(self._fit, Qt.ConnectionType.QueuedConnection)
        themes.changed.connect(self._apply_theme)

    def sizeHint(self) -> QSize:
        """Return the height of the lines as they are wrapped, within limits."""
        line = QFontMetricsF(self.font()).lineSpacing()
        margin = self.document().documentMargin()
        # Each line as Qt lays it out, wrapped and rounded; without room to spare it shows a scroll bar.
        lines, block = 2 * margin, self.document().firstBlock()
        while block.isValid() and lines < (MOST_LINES + 1) * line:
            lines += self.blockBoundingRect(block).height()
            block = block.next()
        height = min(max(lines, LEAST_LINES * line + 2 * margin), MOST_LINES * line + 2 * margin)
        frame = self.contentsMargins()
        return QSize(200, ceil(height) + frame.top() + frame.bottom())

    def minimumSizeHint(self) -> QSize:
        """Return the height of the lines."""
        return QSize(80, self.sizeHint().height())

    def show_text(self, text: str) -> None:
        """Show another text; the cursor stays where it was, as far as it can."""
        if text == self.toPlainText():
            return
        at = self.textCursor().position()
        self.setPlainText(text)
        cursor = self.textCursor()
        cursor.setPosition(min(at, len(text)))
        self.setTextCursor(cursor)

    def mark(self, mistake: Mistake | None, hints: Sequence[Mistake] = ()) -> None:
        """Underline the place of a mistake, or else those of hints, to the end of the word."""
        self._place, self._hints = mistake, tuple(hints)
        if mistake is not None:
            self.setExtraSelections([self._underlined(mistake, "danger")])
        else:
            self.setExtraSelections([self._underlined(hint, "warning") for hint in hints])

    def marked(self) -> tuple[int, int] | None:
        """Return line and column of the mistake that is underlined, or None."""
        places = self._underlines() if self._place is not None else []
        return places[0] if places else None

    def hinted(self) -> list[tuple[int, int]]:
        """Return lines and columns of the hints that are underlined."""
        return self._underlines() if self._place is None else []

    def _underlines(self) -> list[tuple[int, int]]:
        places = []
        for selection in self.extraSelections():
            start = QTextCursor(selection.cursor)
            start.setPosition(start.selectionStart())
            places.append((start.blockNumber() + 1, start.positionInBlock() + 1))
        return places

    def _underlined(self, mistake: Mistake, colour: str) -> QTextEdit.ExtraSelection:
        block = self.document().findBlockByNumber(mistake.line - 1)
        line = block.text()
        start = min(mistake.column - 1, len(line))
        stop = start
        while stop < len(line) and (line[stop].isalnum() or line[stop] == "_"):
            stop += 1
        stop = min(max(stop, start + 1), len(line))
        if stop == start:  # after the last letter: what ends too early
            start = max(start - 1, 0)
        selection = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(block.position() + start)
        cursor.setPosition(block.position() + stop, QTextCursor.MoveMode.KeepAnchor)
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        look.setUnderlineColor(QColor(getattr(theme.current(), colour)))
        look.setBackground(QColor(theme.current().hairline))
        selection.cursor = cursor
        selection.format = look
        return selection

    def event(self, event: QEvent) -> bool:
        """Take undo and redo for what was typed here; when there is nothing, they are the design's."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            document = self.document()
            undo = event.matches(QKeySequence.StandardKey.Undo)
            redo = event.matches(QKeySequence.StandardKey.Redo)
            if (undo and not document.isUndoAvailable()) or (redo and not document.isRedoAvailable()):
                event.ignore()
                return False
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for another height where lines are wrapped otherwise now."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        if self.sizeHint().height() != self.height():
            self.updateGeometry()

    def forget_typing(self) -> None:
        """Let undo and redo be the design's, until something is typed again."""
        self.document().clearUndoRedoStacks(QTextDocument.Stacks.UndoAndRedoStacks)

    def _apply_theme(self) -> None:
        self._comments.rehighlight()
        self.mark(self._place, self._hints)


class CodeEditor(Editor):
    """A text of several lines; a mistake is underlined where it stands, at every key."""

    wide = True
    keeps_mistakes = True

    def __init__(self, param: ParamSpec, parent: QWidget | None = None) -> None:
        super().__init__(param, parent)
        assert isinstance(param.constraint, Text)
        self._text = param.constraint
        self._last = ""
        self.box = CodeEdit(self)
        self.box.textChanged.connect(self._changed)
        self.add_control(self.box)
        self.focus_lost.connect(self.box.forget_typing)

    def show_value(self, value: Shown) -> None:
        """See `Editor`."""
        mixed = isinstance(value, Mixed)
        self.box.setPlaceholderText(mixed_text() if mixed else "")
        self._last = "" if mixed else str(value)
        self.box.show_text(self._last)

    def mark(self, invalid: bool) -> None:
        """See `Editor`; the place is underlined too, or the places of hints."""
        super().mark(invalid)
        text = self.box.toPlainText()
        self.box.mark(*((self._text.mistake(text),) if invalid else (None, self._text.hints(text))))

    def _changed(self) -> None:
        text = self.box.toPlainText()
        if text != self._last:  # colours and our own texts are no change
            self._last = text
            self.changed.emit(text)


register_editor(Text, CodeEditor)
