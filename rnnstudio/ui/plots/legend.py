"""The legend of a plot, in its header."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.text_format import tooltip

Entry = tuple[str, str, str]  # theme colour, label, short label
_LINE, _GAP, _BETWEEN = 9.0, 3.0, 7.0


class Legend(QWidget):
    """Line samples with labels, which are shortened if there is not enough space."""

    def __init__(self, entries: Sequence[Entry] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._font = fonts.small()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)
        self.show_entries(entries)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Set the entries."""
        self._entries = tuple(entries)
        labels = ", ".join(entry[1] for entry in self._entries)
        self.setAccessibleName(self.tr("Lines: {0}").format(labels))
        self.setToolTip(tooltip(labels))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size with full labels."""
        metrics = QFontMetricsF(self._font)
        return QSize(math.ceil(_width_of(metrics, [labels for _, labels, _ in self._entries])), 20)

    def minimumSizeHint(self) -> QSize:
        """Return the size with short labels."""
        metrics = QFontMetricsF(self._font)
        return QSize(math.ceil(_width_of(metrics, [short for _, _, short in self._entries])), 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the entries, aligned to the right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        entries = [(token, labels) for token, labels, _ in self._entries]
        if _width_of(metrics, [labels for _, labels in entries]) > self.width():
            entries = [(token, short) for token, _, short in self._entries]
        x, middle = self.width() - _width_of(metrics, [labels for _, labels in entries]), self.height() / 2
        for token, labels in entries:
            pen = QPen(theme.color(token), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(x + 1, middle), QPointF(x + _LINE - 1, middle))
            painter.setPen(theme.color("quiet"))
            painter.drawText(QPointF(x + _LINE + _GAP, middle + metrics.ascent() / 2 - 1), labels)
            x += _LINE + _GAP + metrics.horizontalAdvance(labels) + _BETWEEN
        painter.end()


def _width_of(metrics: QFontMetricsF, labels: Sequence[str]) -> float:
    """Return the width of a legend with these labels, in logical pixels."""
    return sum(_LINE + _GAP + metrics.horizontalAdvance(label) + _BETWEEN for label in labels) - _BETWEEN
