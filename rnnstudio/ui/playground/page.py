"""What every page of the playground has: a request, the button that makes it, and what was said of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from rnnstudio.worker.requests import Request


class PlaygroundPage(QWidget):
    """Base of the pages.

    Signals
    -------
    asked(Request) : the page's button was pressed, or Enter
    stop_requested() : the button was pressed while something comes
    """

    requested = Signal(object)
    stop_requested = Signal()

    def __init__(self, words: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._tip = words, tip
        self._running, self._ready = False, False
        self._refusal = ""
        self.go = QPushButton(words, self)
        self.go.setProperty("role", "primary")
        self.go.clicked.connect(self._go_clicked)
        self.said = QLabel(self)
        self.said.setProperty("role", "quiet")
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.said.hide()
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(8)

    @property
    def is_running(self) -> bool:
        """Whether what was asked for is coming."""
        return self._running

    def set_ready(self, ready: bool) -> None:
        """Say whether there is a network to try."""
        self._ready = ready
        self.update_button()

    def request(self) -> Request:
        """Return what the controls ask for."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget what was shown."""
        raise NotImplementedError

    def submit(self) -> None:
        """Ask for it, if there is a network and nothing is coming."""
        if self._ready and not self._running:
            self._running = True
            self._say(self._refusal)  # it stays while what was asked for comes
            self._refusal = ""
            self.start()
            self.update_button()
            self.requested.emit(self.request())

    def start(self) -> None:
        """Make room for what will come."""

    def finish(self, sentence: str = "") -> None:
        """End what was coming; ``sentence`` says why, where it did not just end."""
        self._running = False
        self._say(sentence)
        self.update_button()

    def show_refusal(self, sentence: str) -> None:
        """Say that what was typed into a number field is not used."""
        self._refusal = sentence
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    def update_button(self) -> None:
        """Keep the button in step with what can be done."""
        self.go.setText(self.tr("Stop") if self._running else self._words)
        self.go.setToolTip(self.tr("Stop what is coming") if self._running else self._tip)
        self.go.setAccessibleName(self.go.text())
        self.go.setEnabled(self._running or self._ready)

    def _go_clicked(self) -> None:
        if self._running:
            self.stop_requested.emit()
        else:
            self.submit()
