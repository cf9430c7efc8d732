"""Connects the playground with the training session."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from rnnstudio.design.model import Choice, Design
from rnnstudio.engine.inference.modes import ANSWER, inference_modes
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.playground import Playground
from rnnstudio.ui.training.session import TrainingSession
from rnnstudio.ui.training.weight_files import WeightFiles


class PlaygroundController(QObject):
    """Keeps the playground up to date with the session and the trained design's task."""

    def __init__(
        self,
        playground: Playground,
        document: Document,
        session: TrainingSession,
        weights: WeightFiles,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._playground, self._document = playground, document
        self._session, self._weights = session, weights
        self._task: Choice | None = None
        self._offers = False  # what the data of that task allow
        self._source = 0
        playground.requested.connect(session.send_request)
        playground.stop_requested.connect(session.stop_sampling)
        playground.source_requested.connect(self._take_another)
        session.sample_token.connect(playground.append)
        session.answers.connect(playground.show_answers)
        session.example.connect(playground.show_example)
        session.sample_done.connect(playground.finish)
        session.epoch_done.connect(self._refresh)
        session.finished.connect(self._refresh)
        session.weights_changed.connect(self.update)
        session.state_changed.connect(self.update)
        document.changed.connect(self.update)
        document.data.changed.connect(self.update)
        self.update()

    def update(self, _what: object = None) -> None:
        """Offer the task's modes, and show why nothing can be requested yet."""
        ready = self._weights.has_weights
        reason = "" if ready else self.tr("Train the network, or open weights, to try it here.")
        task = self._design.task
        if task != self._task:
            self._task, self._offers = task, False
            self._source = 0
            self._playground.clear()
            self._offer_prompt()
        if not self._offers:
            self._offer()
        self._playground.set_enabled_reason(reason)

    @property
    def _design(self) -> Design:
        """The design of the weights in use; the document's design if there are none."""
        known = self._session.run_design or self._session.weights_design
        return known if known is not None else self._document.located_design

    def _offer_prompt(self) -> None:
        design, known = self._design, self._document.catalogue.tasks
        spec = known.get(design.task.kind) if design.task.kind in known else None
        self._playground.set_sample_prompt(getattr(spec, "sample_prompt", ""))

    def _offer(self) -> None:
        """Offer the manners and a beginning as soon as the data of the task are known."""
        design = self._design
        if not design.nodes:
            self._offers = True
            return  # the data is not read before there is something to learn from it
        report = self._document.data.report(design.task)
        if report is None:
            return
        self._offers = True
        offered = inference_modes(report.facts)
        self._playground.set_modes(offered)
        if ANSWER in offered:
            self._find_source(self._playground.answers.suggest_source)

    def _find_source(self, then: Callable[[str], None]) -> None:
        design = self._design
        self._document.data.find_source(design.task, design.plan, self._source, then)

    def _take_another(self) -> None:
        self._source += 1
        self._find_source(self._answer)

    def _answer(self, source: str) -> None:
        self._playground.answers.set_source(source)
        self._playground.submit()

    def _refresh(self, _what: object = None) -> None:
        self._playground.refresh()
