"""The one owner of the training process. Knows no window; its callbacks come from its own thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from rnnstudio import threads as blas
from rnnstudio.child_process import environment, module_command
from rnnstudio.design.channel import Channel
from rnnstudio.design.message import joined, message
from rnnstudio.design.model import Design
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.training.checkpoint import Checkpoint
from rnnstudio.worker import commands as c
from rnnstudio.worker import messages as m
from rnnstudio.worker.connection import CALM, Connection
from rnnstudio.worker.payloads import PackedCheckpoint, pack_arrays

Weights = Mapping[str, NDArray[Any]]


class WorkerClient:
    """Starts a training process, sends it commands, and passes on what it says.

    Parameters
    ----------
    on_message : called with each message, from a thread of the client. It must not wait for long: the
        child's telemetry waits meanwhile. After `Died` nothing more comes until `start`.
    threads : threads of the child's linear algebra. One is fastest at the sizes that recurrent steps
        have, leaves a core to the window, and gives the weights that the command line gives.
    interpreter : the Python to run; this one unless given.
    engine : the module that gives the child its engine; see ``worker.engines``.

    Commands may be given as soon as `start` has returned; the child obeys once it is ready.
    """

    def __init__(
        self,
        on_message: Callable[[m.Message], None],
        *,
        threads: int = 1,
        interpreter: str = "",
        engine: str = "",
    ) -> None:
        self._on_message = on_message
        self._threads = threads
        options = ("--engine", engine) if engine else ()
        self._command = module_command("rnnstudio.worker.child", *options, interpreter=interpreter)
        self._connection: Connection | None = None
        self._channels: tuple[Channel, ...] = ()
        self._tuning: c.Tune | None = None
        self._keeping: c.KeepRun | None = None
        self._sample_number = 0

    # ------------------------------------------------------------------------- process

    def start(self) -> None:
        """Start the process, after the end of an earlier one; `Died` is told where it cannot start."""
        self.close()
        try:
            variables = environment(**dict.fromkeys(blas.VARIABLES, str(self._threads)))
            self._connection = Connection(self._command, variables, self._on_message)
        except OSError as error:
            reason = message(
                "The training process could not start: {reason}.", reason=error.strerror or error
            )
            self._on_message(m.Died(f"{' '.join(self._command)}\n{error}", message=joined((reason, CALM))))
            return
        if self._tuning is not None:
            self.send(self._tuning)
        if self._keeping is not None:
            self.send(self._keeping)
        if self._channels:
            self.send(c.Subscribe(self._channels))

    def close(self) -> None:
        """End the process and the client's threads; returns within about two seconds."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def end(self) -> None:
        """End a process that does not answer; `Died` tells of it."""
        if self._connection is not None:
            self._connection.end()

    @property
    def alive(self) -> bool:
        """Whether there is a process to talk to."""
        return self._connection is not None and self._connection.alive

    @property
    def pid(self) -> int | None:
        """The process id, while there is a process."""
        return self._connection.pid if self._connection is not None and self.alive else None

    @property
    def step_seconds(self) -> float:
        """Seconds that the current training step has taken, as of the last heartbeat."""
        return self._connection.step_seconds if self._connection is not None else 0.0

    # ------------------------------------------------------------------------ training

    def train(
        self,
        design: Design,
        weights: Weights | None = None,
        *,
        steps: int | None = None,
        checkpoint: Checkpoint | None = None,
        symbols: str | None = None,
        schedule: ScheduleExtension = ScheduleExtension.STRETCH,
    ) -> None:
        """Begin a run (ending one that is under way); pause after ``steps`` steps where given.

        With the ``checkpoint`` of the run that the weights are of, it goes on where that stopped.
        ``symbols`` is the digest of those that the weights were trained on, ``schedule`` how the schedule
        goes on where the run becomes longer.
        """
        arrays = None if weights is None else pack_arrays(weights)
        self.send(c.Train(design, arrays, steps, PackedCheckpoint.of(checkpoint), symbols, schedule))

    def pause(self) -> None:
        """Wait between two training steps."""
        self.send(c.Pause())

    def resume(self) -> None:
        """Go on after a pause."""
        self.send(c.Resume())

    def step(self) -> None:
        """Take exactly one step of the run, then pause."""
        self.send(c.Step())

    def stop(self) -> None:
        """End the run; its weights come with `Finished`."""
        self.send(c.Stop())

    def snapshot(self) -> None:
        """Ask for the weights as they are now."""
        self.send(c.TakeSnapshot())

    def subscribe(self, channels: Iterable[Channel]) -> None:
        """Ask for the traces of these channels only. Later processes are asked too."""
        self._channels = tuple(sorted(set(channels)))
        self.send(c.Subscribe(self._channels))

    def tune(self, threads: int | None, trace_rate: int) -> None:
        """Set the threads of the next run, and how often a second traces are recorded at most.

        Later processes are told too. ``threads`` is None where ``RNNSTUDIO_THREADS`` decides.
        """
        self._tuning = c.Tune(threads, trace_rate)
        self.send(self._tuning)

    def keep_run(self, path: Path | None, every: float) -> None:
        """Let runs be written to a weight file every so many seconds, in this process and in later ones.

        They are written at their end too, and when this process is gone; where that fails, `KeepFailed`
        tells. None ends that and removes the file.
        """
        self._keeping = c.KeepRun(b"" if path is None else os.fsencode(path), every)
        self.send(self._keeping)

    def ack(self, frame_number: int) -> None:
        """Tell that a frame has been shown, so that the next may come."""
        self.send(c.Ack(frame_number))

    # ----------------------------------------------------------------------- generating

    def sample(
        self,
        prompt: str,
        length: int,
        temperature: float,
        seed: int,
        *,
        design: Design | None = None,
        weights: Weights | None = None,
        symbols: str | None = None,
    ) -> int:
        """Continue a text; return the number that its messages carry.

        Uses the weights of the run that is under way or was last, or ``weights`` of ``design``;
        ``symbols`` is the digest of those that they were trained on.
        """
        self._sample_number += 1
        arrays = None if weights is None else pack_arrays(weights)
        self.send(c.Sample(self._sample_number, prompt, length, temperature, seed, design, arrays, symbols))
        return self._sample_number

    def answer(
        self,
        source: str,
        width: int,
        length_penalty: float,
        *,
        design: Design | None = None,
        weights: Weights | None = None,
        symbols: str | None = None,
    ) -> int:
        """Answer a source by a beam of candidates; otherwise as `sample`."""
        self._sample_number += 1
        arrays = None if weights is None else pack_arrays(weights)
        self.send(c.Answer(self._sample_number, source, width, length_penalty, design, arrays, symbols))
        return self._sample_number

    def show_example(
        self,
        example: int,
        *,
        design: Design | None = None,
        weights: Weights | None = None,
        symbols: str | None = None,
    ) -> int:
        """Predict the ``example``-th of the examples held out, from 0; otherwise as `sample`."""
        self._sample_number += 1
        arrays = None if weights is None else pack_arrays(weights)
        self.send(c.ShowExample(self._sample_number, example, design, arrays, symbols))
        return self._sample_number

    def stop_sampling(self) -> None:
        """End what is being generated."""
        self.send(c.StopSampling())

    def send(self, command: c.Command) -> None:
        """Send a command; a process that has ended gets none."""
        if self._connection is not None:
            self._connection.send(command)
