"""The page that answers a source, with the candidates of a beam search, best first."""

from __future__ import annotations

import math

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from rnnstudio.ui.playground.page import PlaygroundPage
from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.widgets.spin_boxes import IntegerSpinBox, RealSpinBox
from rnnstudio.ui.widgets.text_format import elided, tooltip, visible
from rnnstudio.worker import messages as m
from rnnstudio.worker.requests import AnswerRequest

_CANDIDATE = Qt.ItemDataRole.UserRole
ROW = 34
_Index = QModelIndex | QPersistentModelIndex


def format_percent(share: float) -> str:
    """Return a probability as text: "93 %", "0.4 %", "< 0.01 %"."""
    if share < 1e-4:
        return "< 0.01 %"
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def format_score(score: float) -> str:
    """Return a score with a real minus sign."""
    return f"{score:.2f}".replace("-", "−")


class CandidateDelegate(QStyledItemDelegate):
    """Paints a candidate: text, a probability bar below it, and the figures at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of a row."""
        return QSize(120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a row."""
        candidate = index.data(_CANDIDATE)
        if not isinstance(candidate, m.AnswerCandidate):
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        inner = QRectF(rect).adjusted(0.5, 1.5, -0.5, -1.5)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(theme.color("pressed"))
            painter.drawRoundedRect(inner, 6, 6)
        first, share = index.row() == 0, math.exp(candidate.log_probability)
        figures = f"{format_percent(share)}   {format_score(candidate.score)}"
        small = QFontMetricsF(fonts.small())
        room = small.horizontalAdvance(figures) + 16
        font = fonts.strong() if first else fonts.body()
        painter.setFont(font)
        painter.setPen(theme.color("text" if candidate.ended else "quiet"))
        words = visible(candidate.text) + ("" if candidate.ended else " …")
        text = inner.adjusted(8, 2, -room, -8)
        shown = elided(words, QFontMetricsF(font), text.width())
        left = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(text, left, shown)
        painter.setFont(fonts.small())
        painter.setPen(theme.color("quiet"))
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(inner.adjusted(0, 2, -8, -8), right, figures)
        bar = QRectF(inner.left() + 8, inner.bottom() - 6, inner.width() - 16, 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("hairline"))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.setBrush(theme.color("accent" if first else "quiet"))
        bar.setWidth(max(bar.width() * share, 1.0))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.restore()


class CandidateList(QListWidget):
    """The candidates of an answer. Ctrl+C copies the text of the current one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(CandidateDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def show_candidates(self, candidates: tuple[m.AnswerCandidate, ...]) -> None:
        """Show these candidates, best first. Rows are reused, so that the list does not flicker."""
        while self.count() > len(candidates):
            self.takeItem(self.count() - 1)
        while self.count() < len(candidates):
            self.addItem(QListWidgetItem())
        for row, candidate in enumerate(candidates):
            item = self.item(row)
            item.setData(_CANDIDATE, candidate)
            share = format_percent(math.exp(candidate.log_probability))
            words = self.tr("{0}, probability {1}, score {2}").format(
                candidate.text, share, format_score(candidate.score)
            )
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
            tip = words if candidate.ended else self.tr("{0}; it did not come to its end").format(words)
            item.setToolTip(tooltip(tip))

    def texts(self) -> list[str]:
        """Return the candidates' texts, best first."""
        return [self.item(row).data(_CANDIDATE).text for row in range(self.count())]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy with the system's shortcut."""
        item = self.currentItem()
        if event.matches(QKeySequence.StandardKey.Copy) and item is not None:
            QGuiApplication.clipboard().setText(item.data(_CANDIDATE).text)
            return
        super().keyPressEvent(event)


class AnswerPage(PlaygroundPage):
    """Requests an answer and shows its candidates as they grow.

    Signals
    -------
    source_requested() : the person wants a source from the data
    """

    source_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            QCoreApplication.translate("AnswerPage", "Answer"),
            QCoreApplication.translate("AnswerPage", "Answer (Enter)"),
            parent,
        )
        self.source = QLineEdit(self)
        self.source.setPlaceholderText(self.tr("Type a text for the network to read"))
        self.source.setAccessibleName(self.tr("Source"))
        self.source.setToolTip(self.tr("The encoder reads this text; Enter answers"))
        self.source.returnPressed.connect(self.submit)
        self.another = QPushButton(self.tr("Another"), self)
        self.another.setProperty("role", "plain")
        self.another.setToolTip(self.tr("Take a source from the data that was held out"))
        self.another.clicked.connect(self.source_requested)
        self.width_box = IntegerSpinBox(self)
        self.width_box.setRange(1, 50)
        self.width_box.setValue(4)
        self.width_box.setAccessibleName(self.tr("Beam width"))
        self.width_box.setToolTip(self.tr("Candidates that are followed at a time; 1 is greedy"))
        self.penalty = RealSpinBox(self)
        self.penalty.setRange(0.0, 2.0)
        self.penalty.setSingleStep(0.1)
        self.penalty.setDecimals(1)
        self.penalty.setAccessibleName(self.tr("Length penalty"))
        self.penalty.setToolTip(
            self.tr("0 ranks by probability; above 0 longer answers lose less (Wu et al. 2016)")
        )
        for box in (self.width_box, self.penalty):
            box.refused.connect(self.show_refusal)
        self.candidates = CandidateList(self)
        self.candidates.setAccessibleName(self.tr("Answers, best first"))
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.source, 1)
        first.addWidget(self.another)
        first.addWidget(self.go)
        second = QHBoxLayout()
        second.setSpacing(8)
        for words, spin in (
            (self.tr("Beam width"), self.width_box),
            (self.tr("Length penalty"), self.penalty),
        ):
            name = QLabel(words, self)
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.setProperty("role", "quiet")
            name.setBuddy(spin)
            second.addWidget(name)
            second.addWidget(spin)
        second.addStretch(1)
        self.caption = QLabel(self.tr("probability   score"), self)
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.caption.setProperty("role", "faint")
        self.caption.setFont(fonts.small())
        self.caption.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.caption.setContentsMargins(0, 0, 8, 0)
        self.caption.hide()
        self.box.addLayout(first)
        self.box.addLayout(second)
        self.box.addWidget(self.said)
        self.box.addWidget(self.caption)
        self.box.addWidget(self.candidates, 1)
        self.update_button()

    def set_source(self, source: str) -> None:
        """Set the source."""
        self.source.setText(source)

    def suggest_source(self, source: str) -> None:
        """Suggest a source unless the user typed one."""
        if not self.source.isModified():
            self.source.setText(source)

    def request(self) -> AnswerRequest:
        """See `PlaygroundPage`."""
        return AnswerRequest(self.source.text(), self.width_box.value(), round(self.penalty.value(), 1))

    def start(self) -> None:
        """See `PlaygroundPage`."""
        self.clear()

    def show_answers(self, answers: m.Answers) -> None:
        """Show the candidates so far."""
        self.candidates.show_candidates(answers.candidates)
        self.caption.setVisible(bool(answers.candidates))

    def clear(self) -> None:
        """See `PlaygroundPage`."""
        self.candidates.clear()
        self.caption.hide()
