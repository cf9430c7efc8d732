"""Small widgets and helpers used in several parts of the window."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from rnnstudio.ui.theme import fonts, icons
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.text_format import (
    elided,
    is_left_to_right,
    isolated,
    menu_text,
    tooltip,
    truncated,
    without_mnemonic,
)

_BREAK = 16  # letters of a long word after which a line may end
_LONG_WORD = re.compile(r"\S{32,}")


def set_role(widget: QWidget, role: str) -> None:
    """Set the style sheet role of a widget."""
    set_style_property(widget, "role", role)


def set_style_property(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet uses, and restyle the widget."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def label(text: str = "", role: str = "", font: QFont | None = None) -> QLabel:
    """Return a plain text label with a role and a font."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    if font is not None:
        made.setFont(font)
    return made


def wrapped_label(text: str = "", role: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a plain text label that wraps."""
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    if role:
        made.setProperty("role", role)
    return made


def breakable(text: str) -> str:
    """Return a sentence to be shown: without line breaks of its own, and long words may be broken.

    It is written from the left, whatever the name is that it begins with.
    """
    text = truncated(text)
    mark = "" if is_left_to_right(text) else "\u200e"
    return mark + _LONG_WORD.sub(_with_breaks, " ".join(text.split()))


def _with_breaks(word: re.Match[str]) -> str:
    return "\u200b".join(word.group()[k : k + _BREAK] for k in range(0, len(word.group()), _BREAK))


def line(*, vertical: bool = False) -> QFrame:
    """Return a hairline."""
    made = QFrame()
    set_role(made, "line")
    if vertical:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


class ElidedLabel(QLabel):
    """A label that elides its text to its width, with the full text as tooltip."""

    def __init__(self, text: str = "", *, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__(text)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """Return a small size: the text may be elided."""
        return QSize(24, self.sizeHint().height())

    def sizeHint(self) -> QSize:
        """Return the size of the full text."""
        return QSize(round(QFontMetricsF(self.font()).horizontalAdvance(self._line()) + 2), 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the elided text."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        line = self._line()
        shown = elided(line, QFontMetricsF(self.font()), self.width(), self._mode)
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        self.setToolTip(tooltip(line) if shown != isolated(line) else "")

    def _line(self) -> str:
        """Return the text on one line, without line breaks."""
        return " ".join(truncated(self.text()).splitlines())


class ActionButton(QPushButton):
    """A button that triggers an action, and follows its text, icon and state.

    ``icon_name`` and ``token`` name the icon and its colour; ``text`` shows the action's words.
    """

    def __init__(
        self, action: QAction, *, icon_name: str = "", token: str = "text", text: bool = True
    ) -> None:
        super().__init__()
        self._action = action
        self._icon_name, self._token, self._shows_text = icon_name, token, text
        self.setIconSize(QSize(15, 15))
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        themes.changed.connect(self._apply_theme)
        if not text:
            self.setFixedWidth(32)
            set_role(self, "plain")
        self._follow()
        self._apply_theme()

    def set_icon(self, icon_name: str, token: str) -> None:
        """Show another icon."""
        if (icon_name, token) != (self._icon_name, self._token):
            self._icon_name, self._token = icon_name, token
            self._apply_theme()

    def _apply_theme(self) -> None:
        if self._icon_name:
            self.setIcon(icons.icon(self._icon_name, self._token))

    def _follow(self) -> None:
        words = without_mnemonic(self._action.text()).rstrip("…")
        self.setText(menu_text(words) if self._shows_text else "")
        self.setAccessibleName(words)
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())


class ElidedButton(QPushButton):
    """A button that elides its text to its width."""

    def __init__(self, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = self._shown = ""
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Maximum, policy.Fixed)
        self.set_full_text(words)

    @property
    def full_text(self) -> str:
        """The full text of the button."""
        return self._words

    def set_full_text(self, words: str) -> None:
        """Set the text."""
        self._words = " ".join(truncated(words).split())
        self._shorten()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size of the full text."""
        metrics, hint = self.fontMetrics(), super().sizeHint()
        lacking = metrics.horizontalAdvance(self._words) - metrics.horizontalAdvance(self._shown)
        return QSize(hint.width() + max(lacking, 0) + 1, hint.height())

    def minimumSizeHint(self) -> QSize:
        """Return a small size: the text may be elided."""
        return QSize(64, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Elide the text again."""
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        around = super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self._shown)
        room = self.width() - max(around, 0)
        self._shown = elided(self._words, QFontMetricsF(self.font()), room)
        self.setText(self._shown.replace("&", "&&"))


class IconButton(QToolButton):
    """A small flat button with an icon that follows the theme."""

    def __init__(self, icon_name: str, words: str, *, size: int = 14, token: str = "quiet") -> None:
        super().__init__()
        self._icon_name, self._token = icon_name, token
        set_role(self, "plain")
        self.setIconSize(QSize(size, size))
        self.setToolTip(words)
        self.setAccessibleName(words)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def _apply_theme(self) -> None:
        self.setIcon(icons.icon(self._icon_name, self._token))


def heading(text: str) -> QLabel:
    """Return the heading of a section, in small capitals."""
    return label(text, "quiet", fonts.small_caps())
