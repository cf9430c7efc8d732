"""Which line is which, in one line of a plot's head."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnstudio.ui import fonts, theme
from rnnstudio.ui.theme import themes

Entry = tuple[str, str, float]  # hue token, words, alpha
_LINE, _GAP, _BETWEEN = 10.0, 4.0, 9.0


class Legend(QWidget):
    """Samples of lines with their names, from the right; names that do not fit are left out."""

    def __init__(self, entries: Sequence[Entry] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._font = fonts.small()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(0)
        themes.changed.connect(self.update)
        self.show_entries(entries)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these lines."""
        self._entries = tuple(entries)
        words = ", ".join(words for _, words, _ in self._entries)
        self.setAccessibleName(self.tr("Lines: {0}").format(words))
        self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for every entry."""
        metrics = QFontMetricsF(self._font)
        wide = sum(metrics.horizontalAdvance(w) + _LINE + _GAP + _BETWEEN for _, w, _ in self._entries)
        return QSize(round(wide), 20)

    def minimumSizeHint(self) -> QSize:
        """Return no width: the legend gives way."""
        return QSize(0, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint from the right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        x, middle = float(self.width()), self.height() / 2
        for token, words, alpha in reversed(self._entries):
            wide = metrics.horizontalAdvance(words)
            if x - wide - _LINE - _GAP < 0:
                break
            x -= wide
            painter.setPen(theme.color("quiet"))
            painter.drawText(QPointF(x, middle + metrics.ascent() / 2 - 1), words)
            x -= _GAP + _LINE
            colour = theme.color(token)
            colour.setAlphaF(alpha)
            painter.setPen(QPen(colour, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(QPointF(x, middle), QPointF(x + _LINE, middle))
            x -= _BETWEEN
        painter.end()
