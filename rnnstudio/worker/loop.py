"""The loop of the training process: commands, one training step, some generating, telemetry.

Everything runs in one thread, so that nothing sees weights that are partly updated.
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
from rnnstudio.worker.coalescing import TRACE_INTERVAL, PendingSteps, Speed
from rnnstudio.worker.engines import Engine, SamplerLike, StepClock, TrainerLike
from rnnstudio.worker.inspection import Inspection
from rnnstudio.worker.payloads import Array, PackedCheckpoint, pack_arrays, unpack_arrays
from rnnstudio.worker.recovery_copy import RecoveryCopy

SHORT_SLICE = 0.005  # seconds of generating between two training steps, at most
LONG_SLICE = 0.02  # seconds of generating between two checks for commands, without training

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
    """A run and its state; while it is paused, ``steps_due`` is the number of single steps left."""

    def __init__(
        self, design: Design, trainer: TrainerLike, steps_due: int | None, trace_interval: float
    ) -> None:
        self.design = design
        self.trainer = trainer
        self.events: Iterator[Any] = trainer.run()
        self.paused = steps_due is not None
        self.steps_due = steps_due or 0
        self.can_continue = True  # whether it can be resumed after its last step
        self.failed = False  # whether a step failed, with weights partly updated
        self.pending, self.speed = PendingSteps(trace_interval), Speed()

    @property
    def has_next_step(self) -> bool:
        """Whether the next turn of the loop runs a step."""
        return not self.paused or self.steps_due > 0


class Generation:
    """A request that is generated piece by piece; ``to_message`` makes a message of some pieces."""

    def __init__(
        self, number: int, pieces: Iterator[Any], to_message: Callable[[list[Any]], m.Message]
    ) -> None:
        self.number = number
        self.pieces = pieces
        self.to_message = to_message


class Loop:
    """Executes commands from ``inbox`` (None ends the loop) and sends messages with ``send``."""

    def __init__(
        self,
        engine: Engine,
        inbox: queue.SimpleQueue[c.Command | None],
        send: Callable[[m.Message], None],
        heartbeat: StepClock,
    ) -> None:
        self._engine, self._inbox, self._send, self._heartbeat = engine, inbox, send, heartbeat
        self._channels: tuple[Channel, ...] = ()
        self._threads_at_start = self._threads = os.environ.get(pool.VARIABLE)
        self._trace_interval = TRACE_INTERVAL
        self._run: Run | None = None
        self._last: Run | None = None  # the previous run, for generating and snapshots
        self._generation: Generation | None = None
        self._deferred: deque[c.Command | None] = deque()  # taken from the inbox, not yet executed
        self._interrupts: tuple[type[c.Command], ...] = ()  # commands that end the current preparation
        self._recovery_copy = RecoveryCopy(send)
        self._inspection = Inspection(engine, send)

    def run(self) -> None:
        """Run until the window closes."""
        while self._handle_commands():
            begun = time.monotonic()
            if self._run is not None and self._run.has_next_step:
                self._run_step(self._run)
            if self._run is not None:
                self._recovery_copy.write_if_due(self._run.design, self._run.trainer)
            if self._generation is not None:
                self._continue_generation(self._generation, time.monotonic() - begun)
            if self._run is not None:
                self._flush(self._run)

    @property
    def has_unwritten(self) -> bool:
        """Whether a run has to be written before the process ends."""
        return self._recovery_copy.is_wanted and (self._run or self._last) is not None

    def close(self) -> None:
        """Write the current or last run, because the window is gone."""
        self._inspection.close()
        self._write_recovery_copy(self._run or self._last)

    def _write_recovery_copy(self, run: Run | None) -> None:
        if run is not None and not run.failed:
            self._recovery_copy.write(run.design, run.trainer, can_continue=run.can_continue)

    # ------------------------------------------------------------------------- commands

    def _handle_commands(self) -> bool:
        """Execute all pending commands, or wait for one if there is nothing to do. False at the end."""
        try:
            command = self._next(0 if self._is_busy else self._timeout())
            while command is not None:
                self._handle(command)
                command = self._next(0)
        except queue.Empty:
            return True
        return False

    def _next(self, timeout: float | None) -> c.Command | None:
        return self._deferred.popleft() if self._deferred else self._inbox.get(timeout=timeout)

    def is_interrupted(self) -> bool:
        """Whether a command interrupts the current preparation, such as the compilation of kernels."""
        with suppress(queue.Empty):
            while True:
                self._deferred.append(self._inbox.get_nowait())
        return any(command is None or isinstance(command, self._interrupts) for command in self._deferred)

    @property
    def _is_busy(self) -> bool:
        return self._generation is not None or (self._run is not None and self._run.has_next_step)

    def _timeout(self) -> float | None:
        run = self._run
        return (
            None if run is None else run.pending.seconds_until_frame(time.monotonic(), bool(self._channels))
        )

    def _handle(self, command: c.Command) -> None:
        match command:
            case c.Train():
                self._train(command)
            case c.Inspect() | c.FindSource():
                self._inspection.ask(command)
            case c.Sample() | c.Answer() | c.ShowExample():
                self._start_generation(command)
            case c.StopSampling():
                self._end_generation("stopped")
            case c.Subscribe():
                self._subscribe(command.channels)
            case c.Tune():
                self._tune(command)
            case c.SetRecoveryCopy():
                self._recovery_copy.set(command)
            case c.TakeSnapshot():
                self._snapshot()
            case _ if self._run is not None:
                self._handle_run_command(self._run, command)

    def _handle_run_command(self, run: Run, command: c.Command) -> None:
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
        run.pending.reset_trace_interval()
        self._send(m.Paused(run.trainer.step_index))

    # ------------------------------------------------------------------------- training

    def _train(self, command: c.Train) -> None:
        if self._run is not None:
            self._finish(self._run, "stopped")
        # Never within a run, because the bits of the result depend on the number of threads.
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
            self._recovery_copy.begin()
            self._run = Run(command.design, trainer, command.steps, self._trace_interval)

    def _run_step(self, run: Run) -> None:
        """Continue to the next step, or to the end of an epoch or of the run."""
        run.speed.begin(time.monotonic())
        self._heartbeat.begin()
        try:
            event = next(run.events, None)
        except self._engine.diverged as error:
            self._finish(run, "diverged", error.message)
        except StudioError as error:
            self._fail(run, m.Failed.of(error, ends_run=True))
        except MemoryError as error:
            self._fail(run, m.Failed(str(error), ends_run=True, message=NO_MEMORY_FOR_STEP))
        else:
            self._report_event(run, event)
        finally:
            self._heartbeat.end()

    def _report_event(self, run: Run, event: Any) -> None:
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
        self._flush(run, force=True)
        run.can_continue = reason != "diverged"
        self._run, self._last = None, run
        arrays = pack_arrays(run.trainer.weights)
        checkpoint = None if reason == "diverged" else PackedCheckpoint.of(run.trainer.checkpoint())
        self._send(m.Finished(reason, arrays, run.trainer.record(), checkpoint, message=message))
        self._write_recovery_copy(run)  # last, because a closing window waits for its weights

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

    def _flush(self, run: Run, *, force: bool = False) -> None:
        """Send a frame if one is due; ``force`` for the last steps of a run."""
        now = time.monotonic()
        pending, watched = run.pending, bool(self._channels)
        if not (pending.has_unsent(watched) if force else pending.seconds_until_frame(now, watched) == 0.0):
            return
        traces: dict[Channel, Array] = {}
        if watched and (force or pending.can_record(now)):
            traces = pack_arrays(run.trainer.telemetry.record_traces())
            pending.record_cost(time.monotonic(), time.monotonic() - now)
        trainer = run.trainer
        number, step, loss, grad_norm, clipped_norm = pending.take(now)
        left = run.speed.seconds_left(trainer.total_steps - trainer.step_index)
        speed = run.speed.steps_per_second
        self._send(m.Frame(number, step, loss, grad_norm, clipped_norm, traces, trainer.epoch, speed, left))

    # ----------------------------------------------------------------------- generating

    def _start_generation(self, command: c.Sample | c.Answer | c.ShowExample) -> None:
        self._end_generation("stopped")
        self._interrupts = (c.StopSampling, c.Sample, c.Answer, c.ShowExample, c.Train)
        try:
            self._generation = self._make_generation(command, self._sampler(command))
        except self._engine.interrupted:
            self._send(m.SampleDone(command.number, "stopped"))
        except StudioError as error:
            self._send(m.SampleDone(command.number, "failed", message=error.message))
        except MemoryError:
            self._send(m.SampleDone(command.number, "failed", message=NO_MEMORY_TO_TRY))

    @staticmethod
    def _make_generation(command: c.Sample | c.Answer | c.ShowExample, sampler: SamplerLike) -> Generation:
        number = command.number
        match command:
            case c.Sample():
                tokens = sampler.generate(command.prompt, command.length, command.temperature, command.seed)
                return Generation(number, tokens, lambda pieces: m.SampleToken(number, "".join(pieces)))
            case c.Answer():
                candidates = sampler.translate(command.source, command.width, command.length_penalty)
                return Generation(number, candidates, lambda pieces: m.Answers.of(number, pieces[-1]))
            case c.ShowExample():
                shown = (sampler.example(place) for place in [command.example])  # lazily, in its turn
                return Generation(number, shown, lambda pieces: m.Example.of(number, pieces[-1]))

    def _sampler(self, command: c.Sample | c.Answer | c.ShowExample) -> SamplerLike:
        if command.design is not None and command.weights is not None:
            return self._engine.sampler(command.design, unpack_arrays(command.weights), command.symbols)
        run = self._run or self._last
        if run is None:
            raise StudioError(NO_WEIGHTS)
        return run.trainer.sampler()

    def _continue_generation(self, generation: Generation, step_seconds: float) -> None:
        """Generate at least one piece, for at most as long as the last step took, within limits."""
        training = self._run is not None and self._run.has_next_step
        end = time.monotonic() + (min(step_seconds, SHORT_SLICE) if training else LONG_SLICE)
        pieces: list[Any] = []
        reason: Literal["", "completed", "failed"] = ""
        message = NOTHING
        try:
            for piece in generation.pieces:
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
            self._send(generation.to_message(pieces))
        if reason:
            self._end_generation(reason, message)

    def _end_generation(
        self, reason: Literal["completed", "stopped", "failed"], message: Message = NOTHING
    ) -> None:
        if self._generation is not None:
            self._send(m.SampleDone(self._generation.number, reason, message=message))
            self._generation = None
