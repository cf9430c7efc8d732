"""The training session: state, signals and trained weights.

Everything here lives in the window's thread; the worker's thread only hands messages over.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal

from rnnstudio.design.channel import Channel
from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Design
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.training.checkpoint import Checkpoint
from rnnstudio.engine.weights.symbols import symbols_digest
from rnnstudio.ui.translation import translated
from rnnstudio.worker import commands as c
from rnnstudio.worker import messages as m
from rnnstudio.worker.client import WorkerClient
from rnnstudio.worker.payloads import unpack_arrays
from rnnstudio.worker.requests import AnswerRequest, ExampleRequest, Request, TextRequest

Weights = Mapping[str, NDArray[Any]]

STARTING, IDLE, TRAINING, PAUSED, FAILED = "starting", "idle", "training", "paused", "failed"
SNAPSHOT_INTERVAL = 10.0  # seconds between the weights that are kept in case the process dies


class TrainingSession(QObject):
    """Owns the training process of the window.

    Attributes
    ----------
    state : str
        ``"starting"``, ``"idle"``, ``"training"``, ``"paused"`` or ``"failed"`` (there is no process;
        Train starts one).
    weights : arrays by ``node.weight``
        The last weights that a run handed over or a file gave; empty before. While a run goes on they
        are at most an epoch and ten seconds old, so that little is lost if its process dies.
    record : dict
        The training record that belongs to them.
    checkpoint : Checkpoint or None
        What their run needs to go on where it stopped.
    weights_design : Design or None
        The design that they belong to.

    ``told(sentence, severity)`` carries what a person should read; severity is ``"info"``,
    ``"warning"`` or ``"error"``, and ``details`` then holds what is behind the button.
    """

    state_changed = Signal(str)
    ready = Signal(object)  # messages.Ready
    waiting = Signal(str)  # what a run that was asked for waits for
    unresponsive = Signal(str)  # the process does not answer; the sentence says so
    responded = Signal()  # it does again
    started = Signal(object)  # messages.Started
    frame = Signal(object)  # messages.Frame
    epoch_done = Signal(object)  # messages.EpochDone
    finished = Signal(object)  # messages.Finished; weights and record are already set
    weights_changed = Signal()
    sample_token = Signal(str)
    answers = Signal(object)  # messages.Answers: the candidates so far
    example = Signal(object)  # messages.Example
    sample_done = Signal(str)  # the sentence that says why, where it did not just end
    run_starting = Signal()  # a run is about to be asked for
    recovery_failed = Signal(
        str, str
    )  # the run could not be written to its copy: the sentence and its details
    inspected = Signal(object)  # messages.Inspected or messages.Source: the answer to `inspect`
    questions_lost = Signal()  # what `inspect` asked is not answered: the process has ended
    reported = Signal(str, str)
    _arrived = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        make_client: Callable[[Callable[[m.Message], None]], WorkerClient] = WorkerClient,
    ) -> None:
        super().__init__(parent)
        self.state = FAILED
        self.weights: dict[str, NDArray[Any]] = {}
        self.record: dict[str, Any] = {}
        self.checkpoint: Checkpoint | None = None
        self.weights_design: Design | None = None
        self.details = ""
        self._runs: deque[Design] = deque()  # asked for and not over; the first may be under way
        self._has_started = False  # the first of them
        self._questions: dict[int, c.Inspect | c.FindSource] = {}  # asked and not answered
        self._sample_number: int | None = None
        self._kept_at = 0.0
        self._closed = False
        self._arrived.connect(self._handle, Qt.ConnectionType.QueuedConnection)
        self.client = make_client(self._arrived.emit)

    # ----------------------------------------------------------------------- the process

    def start(self) -> None:
        """Start the process, so that training can start at once."""
        self._set_state(STARTING)
        self.client.start()
        for question in self._questions.values():
            self.client.send(question)

    def end(self) -> None:
        """Kill a process that does not respond, and its run. The last snapshot is kept."""
        self.client.end()

    def shutdown(self) -> None:
        """End the process and its threads; no signal is emitted afterwards."""
        self._closed = True
        self.client.close()

    # --------------------------------------------------------------------------- training

    @property
    def is_running(self) -> bool:
        """Whether a run is starting, active or paused."""
        return bool(self._runs)

    @property
    def run_design(self) -> Design | None:
        """The design of the current run."""
        return self._runs[0] if self._runs else None

    def train(self, design: Design) -> None:
        """Begin a run of ``design``, ending one that is under way; `resume` goes on with a paused one."""
        self._begin(design, None, None)

    def train_further(self, design: Design, schedule: ScheduleExtension = ScheduleExtension.STRETCH) -> None:
        """Continue the run of the current weights, or start another run from them.

        ``schedule`` says how that of the learning rate goes on where the run becomes longer.
        """
        self._begin(design, self.weights, None, self.checkpoint, schedule)

    def step(self, design: Design) -> None:
        """Take one step, then pause; start a run of ``design`` first if there is none."""
        if self.is_running:
            self.client.step()
        else:
            self._begin(design, None, 1)

    def pause(self) -> None:
        """Pause between two steps."""
        self.client.pause()

    def resume(self) -> None:
        """Resume after a pause."""
        self.client.resume()

    def stop(self) -> None:
        """Stop the run and keep its weights."""
        self.client.stop()

    def subscribe(self, channels: Iterable[Channel]) -> None:
        """Ask for the traces of these channels."""
        self.client.subscribe(channels)

    def configure(self, threads: int | None, trace_rate: int) -> None:
        """Set the threads of the next run, and how often a second traces are recorded at most."""
        self.client.tune(threads, trace_rate)

    def set_recovery_copy(self, path: Path | None, interval: float) -> None:
        """Set the recovery copy of runs; see `WorkerClient.set_recovery_copy`."""
        self.client.set_recovery_copy(path, interval)

    def snapshot(self) -> None:
        """Request the current weights; `weights_changed` is emitted when they arrive."""
        self.client.snapshot()

    def set_weights(
        self,
        design: Design,
        weights: Weights,
        record: Mapping[str, Any],
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """Set weights from a file, for the playground and further training."""
        self.weights, self.record, self.weights_design = dict(weights), dict(record), design
        self.checkpoint = checkpoint
        self.weights_changed.emit()

    # ------------------------------------------------------------------------- generating

    def send_request(self, request: Request) -> None:
        """Send a playground request, for the run's weights or else the last ones."""
        if self.state == FAILED and self.weights:
            self.start()
        design = weights = None
        if not self.is_running:
            if self.weights_design is None or self.state == FAILED:
                self.sample_done.emit(
                    self.tr("There is nothing to try yet. Train the network, or open weights.")
                )
                return
            design, weights = self.weights_design, self.weights
        try:
            self._sample_number = self._send_request(request, design, weights)
        except StudioError as error:
            self.sample_done.emit(translated(error))

    def _send_request(self, request: Request, design: Design | None, weights: Weights | None) -> int:
        client = self.client
        symbols = None if weights is None else symbols_digest(self.record)
        match request:
            case TextRequest(prompt, length, temperature, seed):
                return client.sample(
                    prompt, length, temperature, seed, design=design, weights=weights, symbols=symbols
                )
            case AnswerRequest(source, width, penalty):
                return client.answer(source, width, penalty, design=design, weights=weights, symbols=symbols)
            case ExampleRequest(number):
                return client.show_example(number, design=design, weights=weights, symbols=symbols)

    def inspect(self, question: c.Inspect | c.FindSource) -> None:
        """Ask what is known of data; `inspected` tells. A process that has ended is started again."""
        if self._closed:
            return
        self._questions[question.number] = question
        if self.client.is_alive:
            self.client.send(question)
        else:
            self.start()

    def stop_sampling(self) -> None:
        """Stop the playground request."""
        self.client.stop_sampling()

    # ---------------------------------------------------------------------------- inside

    def _begin(
        self,
        design: Design,
        weights: Weights | None,
        steps: int | None,
        checkpoint: Checkpoint | None = None,
        schedule: ScheduleExtension = ScheduleExtension.STRETCH,
    ) -> None:
        if not self.client.is_alive:
            self._forget_runs()
            self.start()
            if not self.client.is_alive:
                return  # why is already on its way
        self._kept_at = time.monotonic()
        self.run_starting.emit()
        try:
            symbols = None if weights is None else symbols_digest(self.record)
            self.client.train(
                design, weights, steps=steps, checkpoint=checkpoint, symbols=symbols, schedule=schedule
            )
        except StudioError as error:
            self._tell(translated(error), "error", error.details)
            return
        self._runs.append(design)
        self._set_state(TRAINING)

    def _forget_runs(self) -> None:
        self._runs.clear()
        self._has_started = False

    def _end_run(self) -> None:
        if self._runs:
            self._runs.popleft()
        self._has_started = False
        self._set_state(TRAINING if self._runs else IDLE)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)

    def _tell(self, sentence: str, severity: str, details: str = "") -> None:
        self.details = details
        self.reported.emit(sentence, severity)

    def _handle(self, message: m.Message) -> None:
        if self._closed:
            return
        match message:
            case m.Ready():
                if self.state == STARTING:
                    self._set_state(IDLE)
                self.ready.emit(message)
            case m.Waiting():
                self.waiting.emit(translated(message))
            case m.Inspected() | m.Source():
                self._questions.pop(message.number, None)
                self.inspected.emit(message)
            case m.Unresponsive():
                self.unresponsive.emit(translated(message))
            case m.Responded():
                self.responded.emit()
            case m.Started():
                self._has_started = True
                self._set_state(TRAINING)
                self.started.emit(message)
            case m.Frame():
                try:
                    self.frame.emit(message)
                finally:
                    self.client.ack(message.number)
            case m.EpochDone():
                self.epoch_done.emit(message)
                self._keep()
            case m.Paused():
                self._set_state(PAUSED)
            case m.Resumed():
                self._set_state(TRAINING)
            case m.Snapshot():
                self._take(message)
            case m.RecoveryCopyFailed():
                self.recovery_failed.emit(translated(message), message.details)
            case m.Finished():
                self._finish(message)
            case m.SampleToken() | m.Answers() | m.Example() | m.SampleDone():
                self._tried(message)
            case m.Failed():
                self._fail(message)
            case m.Died():
                self._die(message)

    def _keep(self) -> None:
        """Request the weights at intervals, in case the process dies."""
        now = time.monotonic()
        if now - self._kept_at > SNAPSHOT_INTERVAL:
            self._kept_at = now
            self.client.snapshot()

    def _take(self, message: m.Snapshot | m.Finished) -> None:
        if message.arrays and self._has_started:
            checkpoint = None if message.checkpoint is None else message.checkpoint.unpacked()
            self.set_weights(self._runs[0], unpack_arrays(message.arrays), message.record, checkpoint)

    def _finish(self, message: m.Finished) -> None:
        self._take(message)
        self._end_run()
        self.finished.emit(message)
        if told := translated(message):
            self._tell(told, "error")

    def _fail(self, message: m.Failed) -> None:
        if message.ends_run:
            self._end_run()
        self._tell(translated(message), "error", message.details)

    def _die(self, message: m.Died) -> None:
        if self.client.is_alive:  # told of the process before this one, which Train has replaced already
            self._tell(translated(message), "error", message.details)
            return
        self._forget_runs()
        self._set_state(FAILED)
        if self._questions:
            self._questions.clear()
            self.questions_lost.emit()
        if self._sample_number is not None:
            self._sample_number = None
            self.sample_done.emit("")
        self._tell(translated(message), "error", message.details)

    def _tried(self, message: m.SampleToken | m.Answers | m.Example | m.SampleDone) -> None:
        if message.number != self._sample_number:
            return  # of what has been replaced since
        match message:
            case m.SampleToken():
                self.sample_token.emit(message.text)
            case m.Answers():
                self.answers.emit(message)
            case m.Example():
                self.example.emit(message)
            case m.SampleDone():
                self._sample_number = None
                self.sample_done.emit(translated(message))
