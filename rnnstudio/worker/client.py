"""The client of the training process. It does not use Qt; callbacks come from a thread of its own."""

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
from rnnstudio.worker.connection import DESIGN_UNCHANGED, Connection
from rnnstudio.worker.payloads import PackedCheckpoint, pack_arrays

Weights = Mapping[str, NDArray[Any]]


class WorkerClient:
    """Starts the training process, sends commands to it and passes on its messages.

    Parameters
    ----------
    on_message : called with each message, from a thread of the client. It must return quickly, because no
        further message is read until then. After `Died` no message follows until `start`.
    threads : threads of the linear algebra library. One is fastest for the sizes of recurrent steps, leaves
        a core to the window, and gives the same weights as the command line.
    interpreter : the Python interpreter to run; this one by default
    engine : the module that provides the engine; see ``worker.engines``

    Commands can be sent as soon as `start` has returned. They are executed when the process is ready.
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
        self._recovery_copy: c.SetRecoveryCopy | None = None
        self._request_number = 0

    # ------------------------------------------------------------------------- process

    def start(self) -> None:
        """Start the process, after ending an earlier one. If it cannot start, `Died` is sent."""
        self.close()
        try:
            variables = environment(**dict.fromkeys(blas.VARIABLES, str(self._threads)))
            self._connection = Connection(self._command, variables, self._on_message)
        except OSError as error:
            reason = message(
                "The training process could not start: {reason}.", reason=error.strerror or error
            )
            self._on_message(
                m.Died(f"{' '.join(self._command)}\n{error}", message=joined((reason, DESIGN_UNCHANGED)))
            )
            return
        if self._tuning is not None:
            self.send(self._tuning)
        if self._recovery_copy is not None:
            self.send(self._recovery_copy)
        if self._channels:
            self.send(c.Subscribe(self._channels))

    def close(self) -> None:
        """End the process and the threads of the client; returns within about two seconds."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def end(self) -> None:
        """End a process that does not answer; `Died` is sent."""
        if self._connection is not None:
            self._connection.end()

    @property
    def is_alive(self) -> bool:
        """Whether the process can receive commands."""
        return self._connection is not None and self._connection.is_alive

    @property
    def pid(self) -> int | None:
        """The process id; None without a process."""
        return self._connection.pid if self._connection is not None and self.is_alive else None

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
        """Begin a run, after ending the current one; pause after ``steps`` steps if given.

        With the ``checkpoint`` of the run that produced the weights, that run is resumed. ``symbols`` is the
        digest of the symbols that the weights were trained on; ``schedule`` is how the schedule continues if
        the run becomes longer.
        """
        arrays = None if weights is None else pack_arrays(weights)
        self.send(c.Train(design, arrays, steps, PackedCheckpoint.of(checkpoint), symbols, schedule))

    def pause(self) -> None:
        """Pause after the current training step."""
        self.send(c.Pause())

    def resume(self) -> None:
        """Continue after a pause."""
        self.send(c.Resume())

    def step(self) -> None:
        """Run exactly one step, then pause."""
        self.send(c.Step())

    def stop(self) -> None:
        """End the run; `Finished` contains its weights."""
        self.send(c.Stop())

    def snapshot(self) -> None:
        """Request the current weights."""
        self.send(c.TakeSnapshot())

    def subscribe(self, channels: Iterable[Channel]) -> None:
        """Subscribe to these channels only, in this process and in later ones."""
        self._channels = tuple(sorted(set(channels)))
        self.send(c.Subscribe(self._channels))

    def tune(self, threads: int | None, trace_rate: int) -> None:
        """Set the threads of the next run, and how often a second traces are recorded at most.

        This also applies to later processes. With None, ``RNNSTUDIO_THREADS`` sets the threads.
        """
        self._tuning = c.Tune(threads, trace_rate)
        self.send(self._tuning)

    def set_recovery_copy(self, path: Path | None, interval: float) -> None:
        """Write runs to a weight file every ``interval`` seconds, in this process and in later ones.

        A run is also written when it ends and when the window is gone. A failure is reported by
        `RecoveryCopyFailed`. None ends this and removes the file.
        """
        self._recovery_copy = c.SetRecoveryCopy(b"" if path is None else os.fsencode(path), interval)
        self.send(self._recovery_copy)

    def ack(self, frame_number: int) -> None:
        """Acknowledge a frame, so that the next one is sent."""
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
        """Generate a continuation of a text; return the number of the request, which its messages contain.

        The weights are those of the current or last run, or ``weights`` of ``design``. ``symbols`` is the
        digest of the symbols that they were trained on.
        """
        self._request_number += 1
        arrays = None if weights is None else pack_arrays(weights)
        self.send(c.Sample(self._request_number, prompt, length, temperature, seed, design, arrays, symbols))
        return self._request_number

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
        """Answer a source by beam search; otherwise like `sample`."""
        self._request_number += 1
        arrays = None if weights is None else pack_arrays(weights)
        self.send(c.Answer(self._request_number, source, width, length_penalty, design, arrays, symbols))
        return self._request_number

    def show_example(
        self,
        example: int,
        *,
        design: Design | None = None,
        weights: Weights | None = None,
        symbols: str | None = None,
    ) -> int:
        """Predict a held-out example, counted from 0; otherwise like `sample`."""
        self._request_number += 1
        arrays = None if weights is None else pack_arrays(weights)
        self.send(c.ShowExample(self._request_number, example, design, arrays, symbols))
        return self._request_number

    def stop_sampling(self) -> None:
        """Stop generating."""
        self.send(c.StopSampling())

    def send(self, command: c.Command) -> None:
        """Send a command, if the process is alive."""
        if self._connection is not None:
            self._connection.send(command)
