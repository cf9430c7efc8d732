"""The notice bar above the canvas: shows one sentence instead of a modal dialog."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.design.message import LONGEST_DETAILS, brief, cut
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.common import IconButton, breakable, label, set_role, set_style_property
from rnnstudio.ui.widgets.screen_reader import announce
from rnnstudio.ui.widgets.text_format import menu_text, tooltip, truncated

MOST_LINES = 8  # of the details that show without scrolling


@dataclass(frozen=True)
class Notice:
    """A sentence, its severity (``info``, ``warning``, ``error``), and the details of its button."""

    sentence: str
    severity: str = "info"
    details: str = ""


@dataclass(frozen=True)
class NoticeAction:
    """A button of a notice: its text, tooltip and callback."""

    text: str
    tip: str
    callback: Callable[[], object]


class NoticeBar(QFrame):
    """Shows one notice until it is dismissed or replaced.

    Signals
    -------
    dismissed() : the person closed it
    """

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        set_role(self, "notice")
        self.notice: Notice | None = None
        self._waiting: deque[tuple[str, str, str]] = deque()
        self._mark = label("", font=fonts.strong())
        self._mark.setFixedWidth(14)
        self._text = QLabel()
        self._text.setObjectName("notice-text")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        # However long a name in it is, the sentence takes the room there is and no more.
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._offers = QHBoxLayout()
        self._offers.setSpacing(8)
        self._details_button = QPushButton(self.tr("Details"))
        self._details_button.setObjectName("notice-details")
        self._details_button.setToolTip(self.tr("Show the details of this message"))
        self._details_button.setCheckable(True)
        self._copy_button = QPushButton(self.tr("Copy"))
        self._copy_button.setObjectName("notice-copy")
        self._copy_button.setToolTip(self.tr("Copy the message and its details"))
        self._close_button = IconButton("close", self.tr("Dismiss this message (Esc)"))
        self._close_button.setObjectName("notice-close")
        self._details = QPlainTextEdit()
        self._details.setObjectName("notice-details-text")
        self._details.setAccessibleName(self.tr("Details of the message"))
        self._details.setReadOnly(True)
        self._details.hide()

        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(self._text, 1)
        row.addLayout(self._offers)
        row.addWidget(self._details_button)
        row.addWidget(self._copy_button)
        row.addWidget(self._close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 5, 8, 5)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self._details)
        self._details_button.toggled.connect(self._details.setVisible)
        self._copy_button.clicked.connect(self._copy)
        self._close_button.clicked.connect(self.dismiss)
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Show a notice, replacing the previous one."""
        self.notice = notice
        self._forget_offers()
        set_style_property(self, "severity", notice.severity)
        # Not by colour alone: a mark says it too.
        self._mark.setText({"error": "!", "warning": "!"}.get(notice.severity, "i"))
        self._text.setText(breakable(notice.sentence))
        self._details_button.setChecked(False)
        self._details_button.setVisible(bool(notice.details))
        self._copy_button.setVisible(notice.severity == "error" or bool(notice.details))
        self._details.setPlainText(notice.details)
        lines = min(self._details.blockCount(), MOST_LINES) + 1
        self._details.setFixedHeight(lines * self._details.fontMetrics().lineSpacing() + 8)
        spoken = truncated(notice.sentence)
        self.setAccessibleName(spoken)
        self.show()
        announce(self, spoken)

    def report(self, sentence: str, severity: str = "info", details: str = "") -> None:
        """Show a sentence."""
        self.show_notice(Notice(brief(sentence), severity, cut(details, LONGEST_DETAILS)))

    def report_next(self, sentence: str, severity: str = "info", details: str = "") -> None:
        """Show a sentence as soon as no other is shown."""
        if self.notice is None:
            self.report(sentence, severity, details)
        else:
            self._waiting.append((sentence, severity, details))

    def show_actions(self, sentence: str, offers: Sequence[NoticeAction], severity: str = "info") -> None:
        """Show a sentence with buttons; a press on one takes the notice away and calls what it offers."""
        self.report(sentence, severity)
        for offer in offers:
            button = QPushButton(menu_text(offer.text))
            button.setObjectName("notice-offer")
            button.setToolTip(tooltip(offer.tip))
            button.clicked.connect(self.dismiss)
            button.clicked.connect(_called(offer.callback))
            self._offers.addWidget(button)

    def _forget_offers(self) -> None:
        while (item := self._offers.takeAt(0)) is not None:
            button = item.widget()
            if button is not None:
                button.hide()
                button.deleteLater()

    def dismiss(self) -> None:
        """Dismiss the notice."""
        self.notice = None
        self.hide()
        self.dismissed.emit()
        if self._waiting and self.notice is None:
            self.report(*self._waiting.popleft())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Dismiss on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def _copy(self) -> None:
        if self.notice is not None:
            parts = [self.notice.sentence, self.notice.details]
            QGuiApplication.clipboard().setText("\n\n".join(part for part in parts if part))


def _called(callback: Callable[[], object]) -> Callable[[bool], None]:
    """Return a slot that drops the checked state that ``clicked`` carries."""

    def call(_checked: bool = False) -> None:
        callback()

    return call
