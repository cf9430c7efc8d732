"""Connects the training buttons, the toolbar and the status bar with the session."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from rnnstudio.design.problems import Problem, Report
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.training.baseline import in_nats
from rnnstudio.engine.training.resumption import ScheduleChoice, offered_choice
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.training.session import TrainingSession
from rnnstudio.ui.training.weight_files import WeightFiles, same_network
from rnnstudio.ui.translation import translated
from rnnstudio.ui.window.menus import Actions
from rnnstudio.ui.window.notice_bar import Notice, NoticeAction, NoticeBar
from rnnstudio.ui.window.status_bar import StatusBar
from rnnstudio.ui.window.training_toolbar import TrainingToolbar
from rnnstudio.worker import messages as m


class RunController(QObject):
    """Trains the design of the document.

    Signals
    -------
    problem_shown(Problem) : why it cannot run; the canvas may show where
    """

    problem_found = Signal(object)

    def __init__(
        self,
        document: Document,
        session: TrainingSession,
        weights: WeightFiles,
        notices: NoticeBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._session, self._weights = document, session, weights
        self._notices = notices
        self._bar: TrainingToolbar
        self._status: StatusBar
        self._actions: Actions
        self._started: m.Started | None = None
        self._unresponsive_notice: Notice | None = None
        self._unit, self._in_nats = "token", True
        self._deferred: Callable[[], None] | None = None  # waits until the data are read

    def bind_widgets(self, bar: TrainingToolbar, status: StatusBar, actions: Actions) -> None:
        """Show the session on these widgets from now on."""
        self._bar, self._status, self._actions = bar, status, actions
        session = self._session
        session.state_changed.connect(self._show_state)
        session.waiting.connect(self._status.set_waiting)
        session.unresponsive.connect(self._show_unresponsive)
        session.responded.connect(self._show_responded)
        session.started.connect(self._show_started)
        session.frame.connect(self._show_frame)
        session.epoch_done.connect(self._show_epoch)
        session.finished.connect(self._show_finished)
        session.weights_changed.connect(self._show_weights)
        session.reported.connect(self._tell)
        self._document.report_changed.connect(self._show_report)
        self._show_state(session.state)
        self._show_weights()

    # --------------------------------------------------------------------------- commands

    def run(self) -> None:
        """Start training; pause or resume a run."""
        if self._session.state == "training":
            self._session.pause()
        elif self._session.state == "paused":
            self._warn_of_edits()
            self._session.resume()
        elif self._may_train(self.run):
            self._session.train(self._document.located_design)

    def step(self) -> None:
        """Take one training step, then pause."""
        if self._session.is_running or self._may_train(self.step):
            self._session.step(self._document.located_design)

    def stop(self) -> None:
        """Stop the run and keep its weights."""
        self._session.stop()

    def train_further(self) -> None:
        """Train from the present weights; ask first how the schedule goes on, where there is a choice."""
        if not self._may_train_further(self.train_further):
            return
        choice = offered_choice(self._document.design.plan, self._session.checkpoint)
        if choice is None:
            self._session.train_further(self._document.located_design)
        else:
            self._offer(choice)

    def _offer(self, choice: ScheduleChoice) -> None:
        sentence = self.tr(
            "The {0} schedule was laid over {1} epochs, and training goes on to epoch {2}. "
            "How should the learning rate go on?"
        )
        words = {
            ScheduleExtension.STRETCH: self.tr("Lay it anew over {0} epochs").format(f"{choice.after:,}"),
            ScheduleExtension.CONTINUE: self.tr("Go on as it was laid"),
        }
        offers = [
            NoticeAction(text, choice.sentence(how), partial(self._train_further, how))
            for how, text in words.items()
        ]
        figures = (choice.schedule.lower(), f"{choice.before:,}", f"{choice.after:,}")
        self._notices.show_actions(sentence.format(*figures), offers)

    def _train_further(self, schedule: ScheduleExtension) -> None:
        if self._may_train_further(partial(self._train_further, schedule)):
            self._session.train_further(self._document.located_design, schedule)

    def _may_train_further(self, again: Callable[[], None]) -> bool:
        return not self._session.is_running and self._weights.belong_to_document and self._may_train(again)

    def clear(self) -> None:
        """Clear the display: another document is open."""
        self._started = self._deferred = None
        self._bar.clear()

    def _may_train(self, again: Callable[[], None]) -> bool:
        """Return whether training can begin; ``again`` is called once the data are read, if they are not."""
        was_deferred, self._deferred = self._deferred is not None, None
        if not self._document.design.nodes:
            self._notices.report(
                self.tr("There is no network yet. Drag nodes from the palette, or open an example."),
                "warning",
            )
            return False
        if not was_deferred:  # the person asks: what failed is read again
            self._document.data.forget_errors()
        report = self._document.check_now()
        if self._document.is_reading_data:
            self._deferred = again
            self._status.set_waiting(self.tr("reading the data"))
            return False
        error = next((problem for problem in report.problems if problem.severity == "error"), None)
        if error is not None:
            self._show_problem(error)
            return False
        self._notices.dismiss()
        return True

    def _show_problem(self, problem: Problem) -> None:
        severity = "warning" if problem.severity == "warning" else "error"
        self._notices.report(translated(problem), severity)
        self.problem_found.emit(problem)

    def _warn_of_edits(self) -> None:
        design = self._session.run_design
        if design is not None and not same_network(design, self._document.located_design):
            self._notices.report(
                self.tr(
                    "The run continues with the old network. Stop it and train again to use your changes."
                )
            )

    # ---------------------------------------------------------------------------- showing

    def _show_state(self, state: str) -> None:
        self._bar.set_running(state)
        self._status.set_state(state)
        self._actions["train.stop"].setEnabled(self._session.is_running)
        if self._session.is_running:
            self._deferred = None
        self._show_weights()

    def _show_weights(self) -> None:
        running = self._session.is_running
        self._actions["train.further"].setEnabled(self._weights.belong_to_document and not running)
        self._actions["file.export"].setEnabled(self._weights.has_weights)

    def _show_report(self, report: Report) -> None:
        design = self._document.design
        self._status.set_network(report, len(design.nodes), design.plan.dtype)
        self._show_weights()
        if self._deferred is not None and not self._document.is_reading_data:
            self._status.set_waiting("")
            self._deferred()

    def _show_unresponsive(self, sentence: str) -> None:
        end = NoticeAction(
            self.tr("End it now"),
            self.tr("End the training process; the progress of the last seconds is lost"),
            self._session.end,
        )
        self._notices.show_actions(sentence, [end], "warning")
        self._unresponsive_notice = self._notices.notice

    def _show_responded(self) -> None:
        if self._notices.notice is self._unresponsive_notice:
            self._notices.dismiss()

    def _show_started(self, started: m.Started) -> None:
        self._started = started
        self._bar.clear()
        self._bar.set_progress(1, started.epochs, 0.0, None)
        self._status.set_kernel(started.kernel)
        self._unit = started.unit
        design = self._session.run_design
        self._in_nats = design is None or in_nats(design)
        if started.start:
            self._notices.report(started.start)

    def _show_frame(self, frame: m.Frame) -> None:
        steps = frame.step.numpy()
        if self._started is None or not len(steps):
            return
        share = float(steps[-1]) / max(self._started.total_steps, 1)
        self._bar.set_progress(frame.epoch, self._started.epochs, share, frame.seconds_left)
        losses = frame.loss.numpy()
        counted = losses[~np.isnan(losses)]
        if len(counted):
            self._bar.figures.set_loss(float(counted.mean()))
        self._status.set_waiting("")
        self._status.set_speed(frame.steps_per_second)

    def _show_epoch(self, epoch: m.EpochDone) -> None:
        bits = epoch.bits if self._in_nats else None
        self._bar.figures.set_validation(epoch.validation_loss, bits, self._unit, epoch.metrics)

    def _show_finished(self, finished: m.Finished) -> None:
        started, self._started = self._started, None
        if started is not None and finished.reason == "completed":
            self._bar.set_progress(started.epochs, started.epochs, 1.0, None)
        else:
            self._bar.left.setText("")
        self._show_state(self._session.state)

    def _tell(self, sentence: str, severity: str) -> None:
        self._notices.report(sentence, severity, self._session.details if severity == "error" else "")
