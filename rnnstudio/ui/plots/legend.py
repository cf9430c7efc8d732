"""Which line is which, in one line of a plot's head."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.text_format import tooltip

Entry = tuple[str, str, str]  # hue token, words, and the words where room is short
_LINE, _GAP, _BETWEEN = 9.0, 3.0, 7.0


class Legend(QWidget):
    """Samples of lines with their names, shorter where room is short."""

    def __init__(self, entries: Sequence[Entry] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._font = fonts.small()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)
        self.show_entries(entries)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these lines."""
        self._entries = tuple(entries)
        words = ", ".join(entry[1] for entry in self._entries)
        self.setAccessibleName(self.tr("Lines: {0}").format(words))
        self.setToolTip(tooltip(words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for every entry."""
        metrics = QFontMetricsF(self._font)
        return QSize(math.ceil(_wide(metrics, [words for _, words, _ in self._entries])), 20)

    def minimumSizeHint(self) -> QSize:
        """Return room for every entry in its short words."""
        metrics = QFontMetricsF(self._font)
        return QSize(math.ceil(_wide(metrics, [short for _, _, short in self._entries])), 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint from the right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        entries = [(token, words) for token, words, _ in self._entries]
        if _wide(metrics, [words for _, words in entries]) > self.width():
            entries = [(token, short) for token, _, short in self._entries]
        x, middle = self.width() - _wide(metrics, [words for _, words in entries]), self.height() / 2
        for token, words in entries:
            pen = QPen(theme.color(token), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(x + 1, middle), QPointF(x + _LINE - 1, middle))
            painter.setPen(theme.color("quiet"))
            painter.drawText(QPointF(x + _LINE + _GAP, middle + metrics.ascent() / 2 - 1), words)
            x += _LINE + _GAP + metrics.horizontalAdvance(words) + _BETWEEN
        painter.end()


def _wide(metrics: QFontMetricsF, words: Sequence[str]) -> float:
    """Return the width of a legend of these words, in logical pixels."""
    return sum(_LINE + _GAP + metrics.horizontalAdvance(word) + _BETWEEN for word in words) - _BETWEEN
