"""The child's loop: commands, one training step, a little of what is tried, telemetry, and again.

All on one thread, so that no two of them ever see weights half written.
"""

from __future__ import annotations

import math
import os
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Literal

from rnnstudio.design.channel import Channel
from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import Message, message
from rnnstudio.design.model import Design
from rnnstudio.engine import pool
from rnnstudio.worker import commands as c
from rnnstudio.worker import messages as m
from rnnstudio.worker.coalescing import TRACE_INTERVAL, Pending, Speed
from rnnstudio.worker.engines import Engine, PulseLike, SamplerLike, TrainerLike
from rnnstudio.worker.inspection import Inspection
from rnnstudio.worker.payloads import Array, PackedCheckpoint, pack_arrays, unpack_arrays
from rnnstudio.worker.run_copy import RunCopy

SHORT_SLICE = 0.005  # seconds of generating between two training steps, at most
LONG_SLICE = 0.02  # seconds of generating between two looks at the commands, with nothing to train

NOTHING = Message("")
NO_WEIGHTS = message("There is nothing to try yet. Train the network, or open weights.")
NO_MEMORY_TO_TRAIN = message(
    "There is not enough memory for this network and its training batch. Use smaller layers, a smaller "
    "batch or shorter sequences."
)
NO_MEMORY_FOR_STEP = message(
    "There is not enough memory for a training step. Use smaller layers, a smaller batch or shorter "
    "sequences."
)
NO_MEMORY_TO_TRY = message(
    "There is not enough memory for this network. Use smaller layers, a smaller batch or shorter sequences."
)
NO_MEMORY = message(
    "There is not enough memory for this. Use smaller layers, a smaller batch or shorter sequences."
)


class Run:
    """One run of training and where it stands; ``steps_due`` counts down while it is paused."""

    def __init__(
        self, design: Design, trainer: TrainerLike, steps_due: int | None, trace_interval: float
    ) -> None:
        self.design = design
        self.trainer = trainer
        self.events: Iterator[Any] = trainer.run()
        self.paused = steps_due is not None
        self.steps_due = steps_due or 0
        self.goes_on = True  # whether it may, after its last step
        self.failed = False  # whether it ended within a step, with weights half changed
        self.pending, self.speed = Pending(trace_interval), Speed()

    @property
    def moves(self) -> bool:
        """Whether the next turn of the loop takes a step."""
        return not self.paused or self.steps_due > 0


class Trial:
    """What is being generated, piece by piece, and how some pieces are told."""

    def __init__(self, number: int, pieces: Iterator[Any], tell: Callable[[list[Any]], m.Message]) -> None:
        self.number = number
        self.pieces = pieces
        self.tell = tell


class Loop:
    """Obeys commands from ``inbox`` (``None`` ends it) and answers through ``send``."""

    def __init__(
        self,
        engine: Engine,
        inbox: queue.SimpleQueue[c.Command | None],
        send: Callable[[m.Message], None],
        pulse: PulseLike,
    ) -> None:
        self._engine, self._inbox, self._send, self._pulse = engine, inbox, send, pulse
        self._channels: tuple[Channel, ...] = ()
        self._threads_at_start = self._threads = os.environ.get(pool.VARIABLE)
        self._trace_interval = TRACE_INTERVAL
        self._run: Run | None = None
        self._last: Run | None = None  # the run before, for trials and snapshots
        self._trial: Trial | None = None
        self._later: deque[c.Command | None] = deque()  # taken from the inbox, and not yet obeyed
        self._interrupts: tuple[type[c.Command], ...] = ()  # the commands that end what is being prepared
        self._copy = RunCopy(send)
        self._inspection = Inspection(engine, send)

    def run(self) -> None:
        """Work until the window closes."""
        while self._obey():
            begun = time.monotonic()
            if self._run is not None and self._run.moves:
                self._advance(self._run)
            if self._run is not None:
                self._copy.write_if_due(self._run.design, self._run.trainer)
            if self._trial is not None:
                self._go_on(self._trial, time.monotonic() - begun)
            if self._run is not None:
                self._flush(self._run)

    @property
    def has_unwritten(self) -> bool:
        """Whether there is a run that is to be written before the process ends."""
        return self._copy.is_wanted and (self._run or self._last) is not None

    def close(self) -> None:
        """Write the run that is under way or was last: the window is gone."""
        self._inspection.close()
        self._write_copy(self._run or self._last)

    def _write_copy(self, run: Run | None) -> None:
        if run is not None and not run.failed:
            self._copy.write(run.design, run.trainer, goes_on=run.goes_on)

    # ------------------------------------------------------------------------- commands

    def _obey(self) -> bool:
        """Obey all that waits; with nothing else to do, wait for more. False at the end."""
        try:
            command = self._next(0 if self._busy else self._patience())
            while command is not None:
                self._do(command)
                command = self._next(0)
        except queue.Empty:
            return True
        return False

    def _next(self, timeout: float | None) -> c.Command | None:
        return self._later.popleft() if self._later else self._inbox.get(timeout=timeout)

    def is_interrupted(self) -> bool:
        """Whether a command has come that ends what is being prepared: kernels are compiled for a while."""
        with suppress(queue.Empty):
            while True:
                self._later.append(self._inbox.get_nowait())
        return any(command is None or isinstance(command, self._interrupts) for command in self._later)

    @property
    def _busy(self) -> bool:
        return self._trial is not None or (self._run is not None and self._run.moves)

    def _patience(self) -> float | None:
        run = self._run
        return None if run is None else run.pending.wait(time.monotonic(), bool(self._channels))

    def _do(self, command: c.Command) -> None:
        match command:
            case c.Train():
                self._train(command)
            case c.Inspect() | c.FindSource():
                self._inspection.ask(command)
            case c.Sample() | c.Answer() | c.ShowExample():
                self._try(command)
            case c.StopSampling():
                self._end_trial("stopped")
            case c.Subscribe():
                self._subscribe(command.channels)
            case c.Tune():
                self._tune(command)
            case c.KeepRun():
                self._copy.set(command)
            case c.TakeSnapshot():
                self._snapshot()
            case _ if self._run is not None:
                self._steer(self._run, command)

    def _steer(self, run: Run, command: c.Command) -> None:
        match command:
            case c.Ack():
                run.pending.acknowledge(command.number)
            case c.Pause():
                self._pause(run)
            case c.Resume():
                run.paused, run.steps_due = False, 0
                self._send(m.Resumed(run.trainer.step_index))
            case c.Step():
                run.steps_due = run.steps_due + 1 if run.paused else 1
                run.paused = True
            case c.Stop():
                self._finish(run, "stopped")

    def _pause(self, run: Run) -> None:
        run.paused, run.steps_due = True, 0
        run.speed.pause()
        run.pending.hurry()
        self._send(m.Paused(run.trainer.step_index))

    # ------------------------------------------------------------------------- training

    def _train(self, command: c.Train) -> None:
        if self._run is not None:
            self._finish(self._run, "stopped")
        # Never within a run: the parts of a step, and so its bits, depend on the number of threads.
        if self._threads is None:
            os.environ.pop(pool.VARIABLE, None)
        else:
            os.environ[pool.VARIABLE] = self._threads
        self._interrupts = (c.Stop, c.Train)
        try:
            weights = None if command.weights is None else unpack_arrays(command.weights)
            checkpoint = None if command.checkpoint is None else command.checkpoint.unpacked()
            trainer = self._engine.trainer(
                command.design, weights, checkpoint, command.symbols, command.schedule
            )
            trainer.telemetry.subscribe(set(self._channels))
            started = m.Started(
                total_steps=trainer.total_steps,
                steps_per_epoch=trainer.steps_per_epoch,
                epochs=trainer.epochs,
                weights=sum(array.size for array in trainer.weights.values()),
                labels={clock: tuple(texts) for clock, texts in trainer.telemetry.labels.items()},
                clocks=dict(trainer.telemetry.clocks),
                kernel=trainer.kernel,
                start=trainer.start_sentence,
                unit=trainer.unit,
                baseline=m.Baseline.of(trainer.baseline),
            )
        except self._engine.interrupted:
            self._send(m.Finished("stopped", {}, {}))
        except StudioError as error:
            self._send(m.Failed.of(error, ends_run=True))
        except MemoryError as error:
            self._send(m.Failed(str(error), ends_run=True, message=NO_MEMORY_TO_TRAIN))
        else:
            self._send(started)
            self._copy.begin()
            self._run = Run(command.design, trainer, command.steps, self._trace_interval)

    def _advance(self, run: Run) -> None:
        """Go on to the next step, or to the end of an epoch or of the run."""
        run.speed.begin(time.monotonic())
        self._pulse.begin()
        try:
            event = next(run.events, None)
        except self._engine.diverged as error:
            self._finish(run, "diverged", error.message)
        except StudioError as error:
            self._fail(run, m.Failed.of(error, ends_run=True))
        except MemoryError as error:
            self._fail(run, m.Failed(str(error), ends_run=True, message=NO_MEMORY_FOR_STEP))
        else:
            self._tell(run, event)
        finally:
            self._pulse.end()

    def _tell(self, run: Run, event: Any) -> None:
        if event is None:
            self._finish(run, "completed")
        elif self._engine.is_step(event):
            run.speed.step(time.monotonic())
            loss = math.nan if event.loss is None else event.loss
            run.pending.add(event.step, loss, event.grad_norm, event.clipped_norm)
            if run.paused:
                run.steps_due -= 1
                if run.steps_due == 0:
                    self._pause(run)
        else:
            losses = (event.training_loss, event.validation_loss)
            self._send(m.EpochDone(event.epoch, event.step, *losses, event.bits, dict(event.metrics)))

    def _finish(
        self, run: Run, reason: Literal["completed", "stopped", "diverged"], message: Message = NOTHING
    ) -> None:
        self._flush(run, whatever=True)
        run.goes_on = reason != "diverged"
        self._run, self._last = None, run
        arrays = pack_arrays(run.trainer.weights)
        checkpoint = None if reason == "diverged" else PackedCheckpoint.of(run.trainer.checkpoint())
        self._send(m.Finished(reason, arrays, run.trainer.record(), checkpoint, message=message))
        self._write_copy(run)  # after: the window waits for its weights when it closes

    def _fail(self, run: Run, failed: m.Failed) -> None:
        run.failed = True
        self._run, self._last = None, run
        self._send(failed)

    def _snapshot(self) -> None:
        run = self._run or self._last
        if run is None:
            self._send(m.Snapshot({}, {}))
        else:
            checkpoint = PackedCheckpoint.of(run.trainer.checkpoint())
            self._send(m.Snapshot(pack_arrays(run.trainer.weights), run.trainer.record(), checkpoint))

    # ------------------------------------------------------------------------ telemetry

    def _subscribe(self, channels: tuple[Channel, ...]) -> None:
        self._channels = channels
        if self._run is not None:
            self._run.trainer.telemetry.subscribe(set(channels))
            self._run.pending.stale = True

    def _tune(self, command: c.Tune) -> None:
        self._threads = self._threads_at_start if command.threads is None else str(command.threads)
        self._trace_interval = 1 / max(1, command.trace_rate)
        if self._run is not None:
            self._run.pending.trace_interval = self._trace_interval

    def _flush(self, run: Run, *, whatever: bool = False) -> None:
        """Send a frame if one may leave now; ``whatever`` for the last numbers of a run."""
        now = time.monotonic()
        pending, watched = run.pending, bool(self._channels)
        if not (pending.unsent(watched) if whatever else pending.wait(now, watched) == 0.0):
            return
        traces: dict[Channel, Array] = {}
        if watched and (whatever or pending.can_record(now)):
            traces = pack_arrays(run.trainer.telemetry.record_traces())
            pending.record_cost(time.monotonic(), time.monotonic() - now)
        trainer = run.trainer
        number, step, loss, grad_norm, clipped_norm = pending.take(now)
        left = run.speed.seconds_left(trainer.total_steps - trainer.step_index)
        speed = run.speed.steps_per_second
        self._send(m.Frame(number, step, loss, grad_norm, clipped_norm, traces, trainer.epoch, speed, left))

    # -------------------------------------------------------------------------- trials

    def _try(self, command: c.Sample | c.Answer | c.ShowExample) -> None:
        self._end_trial("stopped")
        self._interrupts = (c.StopSampling, c.Sample, c.Answer, c.ShowExample, c.Train)
        try:
            self._trial = self._begin_trial(command, self._sampler(command))
        except self._engine.interrupted:
            self._send(m.SampleDone(command.number, "stopped"))
        except StudioError as error:
            self._send(m.SampleDone(command.number, "failed", message=error.message))
        except MemoryError:
            self._send(m.SampleDone(command.number, "failed", message=NO_MEMORY_TO_TRY))

    @staticmethod
    def _begin_trial(command: c.Sample | c.Answer | c.ShowExample, sampler: SamplerLike) -> Trial:
        number = command.number
        match command:
            case c.Sample():
                tokens = sampler.generate(command.prompt, command.length, command.temperature, command.seed)
                return Trial(number, tokens, lambda pieces: m.SampleToken(number, "".join(pieces)))
            case c.Answer():
                sayings = sampler.translate(command.source, command.width, command.length_penalty)
                return Trial(number, sayings, lambda pieces: m.Answers.of(number, pieces[-1]))
            case c.ShowExample():
                shown = (sampler.example(place) for place in [command.example])  # in its turn, not now
                return Trial(number, shown, lambda pieces: m.Example.of(number, pieces[-1]))

    def _sampler(self, command: c.Sample | c.Answer | c.ShowExample) -> SamplerLike:
        if command.design is not None and command.weights is not None:
            return self._engine.sampler(command.design, unpack_arrays(command.weights), command.symbols)
        run = self._run or self._last
        if run is None:
            raise StudioError(NO_WEIGHTS)
        return run.trainer.sampler()

    def _go_on(self, trial: Trial, step_seconds: float) -> None:
        """Generate for as long as the step before took, within limits; one piece at least."""
        training = self._run is not None and self._run.moves
        end = time.monotonic() + (min(step_seconds, SHORT_SLICE) if training else LONG_SLICE)
        pieces: list[Any] = []
        reason: Literal["", "completed", "failed"] = ""
        message = NOTHING
        try:
            for piece in trial.pieces:
                pieces.append(piece)
                if time.monotonic() >= end:
                    break
            else:
                reason = "completed"
        except StudioError as error:
            reason, message = "failed", error.message
        except MemoryError:
            reason, message = "failed", NO_MEMORY
        if pieces:
            self._send(trial.tell(pieces))
        if reason:
            self._end_trial(reason, message)

    def _end_trial(
        self, reason: Literal["completed", "stopped", "failed"], message: Message = NOTHING
    ) -> None:
        if self._trial is not None:
            self._send(m.SampleDone(self._trial.number, reason, message=message))
            self._trial = None
