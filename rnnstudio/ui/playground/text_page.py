"""The page that continues a text, token by token."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QWidget,
)

from rnnstudio.ui.playground.page import PlaygroundPage
from rnnstudio.ui.theme import theme
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.spin_boxes import IntegerSpinBox, RealSpinBox
from rnnstudio.worker.requests import TextRequest

COLDEST, HOTTEST = 0.05, 2.0


class TextPage(PlaygroundPage):
    """Requests text and shows it as it arrives."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            QCoreApplication.translate("TextPage", "Generate"),
            QCoreApplication.translate("TextPage", "Generate (Enter)"),
            parent,
        )
        self._make_controls()
        self._lay_out()
        themes.changed.connect(self._apply_theme)
        self._apply_theme()
        self.update_button()

    def set_sample_prompt(self, prompt: str) -> None:
        """Suggest a prompt unless the user typed one."""
        if not self.prompt.isModified():
            self.prompt.setText(prompt)

    def append(self, text: str) -> None:
        """Append generated text, and scroll if the end was visible."""
        bar = self.output.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 2
        self._insert(text, generated=True)
        if follows:
            bar.setValue(bar.maximum())

    def text(self) -> str:
        """Return the prompt and what was generated after it."""
        return self.output.toPlainText()

    def request(self) -> TextRequest:
        """See `PlaygroundPage`."""
        return TextRequest(
            self.prompt.text(), self.length.value(), round(self.temperature.value(), 2), self.seed.value()
        )

    def start(self) -> None:
        """See `PlaygroundPage`."""
        self.output.clear()
        self._insert(self.prompt.text(), generated=False)

    def clear(self) -> None:
        """See `PlaygroundPage`."""
        self.output.clear()

    # -------------------------------------------------------------------------------- inner

    def _make_controls(self) -> None:
        self.prompt = QLineEdit(self)
        self.prompt.setPlaceholderText(self.tr("Type a beginning, or leave it empty"))
        self.prompt.setAccessibleName(self.tr("Beginning of the text"))
        self.prompt.setToolTip(self.tr("The network continues this text; Enter generates"))
        self.prompt.returnPressed.connect(self.submit)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(round(COLDEST * 100), round(HOTTEST * 100))
        self.slider.setPageStep(10)
        self.slider.setAccessibleName(self.tr("Temperature"))
        self.temperature = RealSpinBox(self)
        self.temperature.setRange(COLDEST, HOTTEST)
        self.temperature.setSingleStep(0.05)
        self.temperature.setDecimals(2)
        self.temperature.setAccessibleName(self.tr("Temperature"))
        hint = self.tr(
            "Low: only likely characters; 1: the network's own probabilities; high: more surprising"
        )
        self.slider.setToolTip(hint)
        self.temperature.setToolTip(hint)
        self.slider.valueChanged.connect(self._slid)
        self.temperature.valueChanged.connect(self._heated)
        self.temperature.setValue(0.8)
        self.length = IntegerSpinBox(self)
        self.length.setRange(1, 100_000)
        self.length.setValue(200)
        self.length.setAccessibleName(self.tr("Length"))
        self.length.setToolTip(self.tr("Tokens to generate"))
        self.seed = IntegerSpinBox(self)
        self.seed.setRange(0, 2**31 - 1)
        self.seed.setValue(1)
        self.seed.setAccessibleName(self.tr("Seed"))
        self.seed.setToolTip(self.tr("The same seed, the same text"))
        for box in (self.temperature, self.length, self.seed):
            box.refused.connect(self.show_refusal)
        self.copy = QPushButton(self.tr("Copy"), self)
        self.copy.setProperty("role", "plain")
        self.copy.setToolTip(self.tr("Copy the whole text"))
        self.copy.clicked.connect(self._copy_clicked)
        self.output = QPlainTextEdit(self)
        self.output.setReadOnly(True)
        self.output.setMaximumBlockCount(20_000)
        self.output.setUndoRedoEnabled(False)
        self.output.setAccessibleName(self.tr("Generated text"))
        self.output.setPlaceholderText(self.tr("The network's text appears here."))
        self.output.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.output.textChanged.connect(self.update_button)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.prompt, 1)
        first.addWidget(self.go)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (words, controls) in enumerate(
            (
                (self.tr("Temperature"), (self.slider, self.temperature)),
                (self.tr("Length"), (self.length,)),
            )
        ):
            name = QLabel(words, self)
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.setProperty("role", "quiet")
            name.setBuddy(controls[-1])
            grid.addWidget(name, row, 0)
            for column, control in enumerate(controls):
                grid.addWidget(control, row, 1 + column)
        seed = QHBoxLayout()
        seed.setSpacing(8)
        seed_name = QLabel(self.tr("Seed"), self)
        seed_name.setTextFormat(Qt.TextFormat.PlainText)
        seed_name.setProperty("role", "quiet")
        seed_name.setBuddy(self.seed)
        seed.addWidget(seed_name)
        seed.addWidget(self.seed, 1)
        grid.addLayout(seed, 1, 2)
        self.box.addLayout(first)
        self.box.addLayout(grid)
        self.box.addWidget(self.said)
        self.box.addWidget(self.output, 1)

    def _insert(self, text: str, *, generated: bool) -> None:
        cursor = QTextCursor(self.output.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, self._format(generated=generated))

    def _format(self, *, generated: bool) -> QTextCharFormat:
        """Return the text format. The prompt differs in weight, not only in colour."""
        look = QTextCharFormat()
        look.setForeground(QColor(theme.color("text" if generated else "quiet")))
        look.setFontWeight(QFont.Weight.Normal if generated else QFont.Weight.DemiBold)
        look.setProperty(QTextCharFormat.Property.UserProperty, generated)
        return look

    def _apply_theme(self) -> None:
        """Apply the colours of the theme to the existing text."""
        block = self.output.document().begin()
        cursor = QTextCursor(self.output.document())
        pieces: list[tuple[int, int, bool]] = []
        while block.isValid():
            for fragment in block:  # type: ignore[attr-defined]
                piece = fragment.fragment()
                generated = bool(piece.charFormat().property(QTextCharFormat.Property.UserProperty))
                pieces.append((piece.position(), piece.length(), generated))
            block = block.next()
        for start, length, generated in pieces:
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(self._format(generated=generated))

    def update_button(self) -> None:
        """See `PlaygroundPage`."""
        super().update_button()
        self.copy.setEnabled(not self.output.document().isEmpty())

    def _slid(self, value: int) -> None:
        if round(self.temperature.value() * 100) != value:  # else the box leads: it may be typed into
            self.temperature.setValue(value / 100)

    def _heated(self, value: float) -> None:
        self.slider.setValue(round(value * 100))

    def _copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.text())
