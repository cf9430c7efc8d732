"""The playground: tries the trained network in the modes that its task supports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from rnnstudio.engine.inference.modes import ANSWER, EXAMPLE, TEXT
from rnnstudio.ui.playground.page import PlaygroundPage
from rnnstudio.ui.playground.text_page import TextPage
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.chips import Chips
from rnnstudio.worker import messages as m

if TYPE_CHECKING:
    from rnnstudio.ui.playground.answer_page import AnswerPage
    from rnnstudio.ui.playground.example_page import ExamplePage


class Playground(QWidget):
    """A page per mode. Only the task's modes are offered.

    Attributes
    ----------
    texts, answers, examples : the pages

    Signals
    -------
    asked(Request) : a page asks for something
    stop_requested() : what is coming shall end
    source_requested() : the person wants a source from the data
    """

    requested = Signal(object)
    stop_requested = Signal()
    source_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("playground")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Try it"))
        self.title = QLabel(self.tr("Try it"), self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setFont(fonts.strong())
        self.mode = Chips(self.tr("Manner"), parent=self)
        self.mode.chosen.connect(self._chosen)
        self.stack = QStackedWidget(self)
        self._pages: dict[
            str, PlaygroundPage
        ] = {}  # made when they are first asked for: the window comes first
        self._ready = False
        self.texts = TextPage(self)
        self._add(TEXT, self.texts)
        self.reason = QLabel(self)
        self.reason.setProperty("role", "quiet")
        self.reason.setWordWrap(True)
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.reason.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.title)
        head.addWidget(self.mode)
        head.addStretch(1)
        head.addWidget(self.texts.copy)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 6, 12, 10)
        box.setSpacing(8)
        box.addLayout(head)
        box.addWidget(self.reason)
        box.addWidget(self.stack, 1)
        self.set_modes((TEXT,))
        self.set_enabled_reason(self.tr("Nothing is trained yet. Press Train, or open weights."))

    @property
    def answers(self) -> AnswerPage:
        """The page for answers."""
        from rnnstudio.ui.playground.answer_page import AnswerPage

        page = self._pages.get(ANSWER)
        if not isinstance(page, AnswerPage):
            page = AnswerPage(self)
            page.source_requested.connect(self.source_requested)
            self._add(ANSWER, page)
        return page

    @property
    def examples(self) -> ExamplePage:
        """The page for examples."""
        from rnnstudio.ui.playground.example_page import ExamplePage

        page = self._pages.get(EXAMPLE)
        if not isinstance(page, ExamplePage):
            page = ExamplePage(self)
            self._add(EXAMPLE, page)
        return page

    def _add(self, manner: str, page: PlaygroundPage) -> None:
        self._pages[manner] = page
        self.stack.addWidget(page)
        page.requested.connect(self.requested)
        page.stop_requested.connect(self.stop_requested)
        page.set_ready(self._ready)

    @property
    def page(self) -> PlaygroundPage:
        """The current page."""
        manner = self.mode.choice
        return self.texts if manner == TEXT else self.answers if manner == ANSWER else self.examples

    @property
    def is_running(self) -> bool:
        """Whether a request is running."""
        return any(page.is_running for page in self._pages.values())

    def set_modes(self, inference_modes: Sequence[str]) -> None:
        """Offer these modes, best first. The current mode is kept if it is still offered."""
        words = {TEXT: self.tr("Text"), ANSWER: self.tr("Answer"), EXAMPLE: self.tr("Example")}
        before = tuple(self.mode.buttons)
        self.mode.show_chips([(manner, words[manner], "text") for manner in inference_modes])
        if before != tuple(inference_modes):
            self.mode.choose(inference_modes[0])
        self.mode.setVisible(len(inference_modes) > 1)
        self._chosen()

    def set_enabled_reason(self, reason: str) -> None:
        """Set why nothing can be requested; an empty reason enables requests."""
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        self._ready = not reason
        for page in self._pages.values():
            page.set_ready(self._ready)

    def set_sample_prompt(self, prompt: str) -> None:
        """Suggest a prompt unless the user typed one."""
        self.texts.set_sample_prompt(prompt)

    def submit(self) -> None:
        """Send the request of the current page."""
        self.page.submit()

    def append(self, text: str) -> None:
        """Show the next piece of the generated text."""
        self.texts.append(text)

    def show_answers(self, answers: m.Answers) -> None:
        """Show the candidates of an answer so far."""
        self.answers.show_answers(answers)

    def show_example(self, example: m.Example) -> None:
        """Show an example."""
        self.examples.show_example(example)

    def refresh(self) -> None:
        """Predict the shown example again with the new weights."""
        if self.mode.choice == EXAMPLE and self.examples.isVisible() and not self.is_running:
            self.examples.refresh()

    def finish(self, sentence: str = "") -> None:
        """End the request; ``sentence`` says why, unless it ended normally."""
        for page in self._pages.values():
            if page.is_running:
                page.finish(sentence)

    def clear(self) -> None:
        """Clear all pages: another design is open."""
        for page in self._pages.values():
            page.clear()

    def sizeHint(self) -> QSize:
        """Return a size that shows a few lines."""
        return QSize(340, 230)

    def _chosen(self) -> None:
        self.stack.setCurrentWidget(self.page)
        self.texts.copy.setVisible(self.page is self.texts)
        if self.mode.choice == EXAMPLE and self.examples.example is None:
            self.examples.submit()
