"""Base of the playground's pages: a request, the button that sends it, and a status line."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from rnnstudio.worker.requests import Request


class PlaygroundPage(QWidget):
    """Base class of the pages.

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
        """Whether a request is running."""
        return self._running

    def set_ready(self, ready: bool) -> None:
        """Set whether there is a trained network."""
        self._ready = ready
        self.update_button()

    def request(self) -> Request:
        """Return the request of the controls."""
        raise NotImplementedError

    def clear(self) -> None:
        """Clear the page."""
        raise NotImplementedError

    def submit(self) -> None:
        """Send the request, if there is a network and no request is running."""
        if self._ready and not self._running:
            self._running = True
            self._say(self._refusal)  # it stays while what was asked for comes
            self._refusal = ""
            self.start()
            self.update_button()
            self.requested.emit(self.request())

    def start(self) -> None:
        """Prepare for the results."""

    def finish(self, sentence: str = "") -> None:
        """End the request; ``sentence`` says why, unless it ended normally."""
        self._running = False
        self._say(sentence)
        self.update_button()

    def show_refusal(self, sentence: str) -> None:
        """Report that the text of a number field is not used."""
        self._refusal = sentence
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    def update_button(self) -> None:
        """Update the button."""
        self.go.setText(self.tr("Stop") if self._running else self._words)
        self.go.setToolTip(self.tr("Stop") if self._running else self._tip)
        self.go.setAccessibleName(self.go.text())
        self.go.setEnabled(self._running or self._ready)

    def _go_clicked(self) -> None:
        if self._running:
            self.stop_requested.emit()
        else:
            self.submit()
