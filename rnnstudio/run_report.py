"""Reports of a run on the command line: a line for each epoch and a progress bar, or JSON lines."""

from __future__ import annotations

import errno
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NoReturn, Protocol, TypeVar

from rich import console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from rnnstudio.design.message import LONGEST_QUOTE, cut
from rnnstudio.engine import strict_json
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.training.trainer import EpochDone, StepDone
from rnnstudio.terminal import OutputLost, show_data, show_line, writing

T = TypeVar("T")
REFRESH_EVERY = 0.1  # seconds between updates of the progress bar


class RunListener(Protocol):
    """Receives the events of a run."""

    def waiting(self, sentence: str) -> None:
        """Report why the run waits."""

    def started(self, facts: dict[str, Any]) -> None:
        """Report that training starts."""

    def step(self, done: StepDone) -> None:
        """Report a step."""

    def epoch(self, done: EpochDone) -> None:
        """Report an epoch."""

    def finished(self, facts: dict[str, Any]) -> None:
        """Report the end of the run, the last event."""


class JsonReport:
    """Prints one JSON object per line on standard output."""

    def waiting(self, sentence: str) -> None:
        """See `RunListener`."""
        self._print("waiting", {"sentence": sentence})

    def started(self, facts: dict[str, Any]) -> None:
        """See `RunListener`."""
        self._print("started", facts)

    def step(self, done: StepDone) -> None:
        """See `RunListener`."""
        self._print("step", asdict(done))

    def epoch(self, done: EpochDone) -> None:
        """See `RunListener`."""
        self._print("epoch", asdict(done))

    def finished(self, facts: dict[str, Any]) -> None:
        """See `RunListener`."""
        self._print("finished", facts)

    @staticmethod
    def _print(event: str, facts: dict[str, Any]) -> None:
        show_data(strict_json.dumps({"event": event, **facts}))


class Console(console.Console):
    """A Rich console that raises an error for a closed pipe."""

    def on_broken_pipe(self) -> NoReturn:
        """Raise the error; Rich would end the program."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


class ConsoleReport:
    """Prints a line for each epoch on standard output, and a progress bar if that is a terminal."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self.drawn_at = 0.0
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} steps"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            auto_refresh=False,  # a refresh thread could not handle a closed terminal
            redirect_stderr=False,  # the terminal may be closed when the end is reported
            disable=not self.console.is_terminal,
        )
        self.epochs, self.unit, self.in_bits, self.validates = 0, "", False, False

    def waiting(self, sentence: str) -> None:
        """See `RunListener`."""
        show_line(sentence)

    def started(self, facts: dict[str, Any]) -> None:
        """See `RunListener`."""
        self.epochs, self.unit, self.in_bits = facts["epochs"], facts["unit"], facts["in_bits"]
        self.validates = facts["validation_sequences"] > 0
        show_line(
            f"{cut(facts['design'], LONGEST_QUOTE)}: {facts['weights']:,} weights, "
            f"{facts['training_sequences']:,} sequences to train on, "
            f"{facts['validation_sequences']:,} to validate, "
            f"{facts['steps']:,} steps in {self.epochs:,} epochs"
        )
        if facts["start"]:
            show_line(facts["start"])
        if facts["schedule"] == ScheduleExtension.STRETCH:
            show_line("Give --schedule continue to keep the schedule as it was laid.")
        self.bar.start()
        self.task = self.bar.add_task("", total=facts["steps"], completed=facts["first_step"] - 1)

    def step(self, done: StepDone) -> None:
        """See `RunListener`."""
        loss = "–" if done.loss is None else f"{done.loss:.3f}"
        self.bar.update(self.task, completed=done.step, description=f"epoch {done.epoch} · loss {loss}")
        if time.monotonic() >= self.drawn_at + REFRESH_EVERY:
            self.bar.refresh()
            self.drawn_at = time.monotonic()

    def epoch(self, done: EpochDone) -> None:
        """See `RunListener`."""
        scale, digits = (math.log(2), ".3f") if self.in_bits else (1.0, ".4g")
        losses = {"training": done.training_loss, "validation": done.validation_loss}
        words = [f"{name} {loss / scale:{digits}}" for name, loss in losses.items() if loss is not None]
        if words:
            words[-1] += f" bits per {self.unit}" if self.in_bits else " loss"
        if done.validation_loss is None and self.validates:
            words.append("nothing counts in validation")
        words += [_measured(name, value) for name, value in done.metrics.items() if value is not None]
        show_line(f"epoch {done.epoch:>{len(str(self.epochs))}}/{self.epochs} · {' · '.join(words)}")

    def finished(self, facts: dict[str, Any]) -> None:
        """See `RunListener`."""
        self.bar.stop()
        if facts["weights_file"] is not None:
            words = {"done": "Done", "interrupted": "Interrupted", "terminated": "Terminated"}
            show_line(
                f"{words.get(facts['reason'], 'Stopped')} after {facts['steps']:,} steps and "
                f"{facts['seconds']:.1f} s; the weights are in {facts['weights_file']}"
            )


class Reporter:
    """Passes events to a listener until the output is lost, then does nothing.

    Attributes
    ----------
    lost : the error that ended the output, or None
    """

    def __init__(self, listener: RunListener) -> None:
        self.listener = listener
        self.lost: OutputLost | None = None

    @property
    def is_reader_gone(self) -> bool:
        """Whether the reader of the output was closed, such as a pager."""
        return self.lost is not None and self.lost.closed

    def report(self, event: Callable[[T], None], facts: T) -> None:
        """Call a method of the listener."""
        if self.lost is None:
            try:
                with writing():
                    event(facts)
            except OutputLost as lost:
                self.lost = lost


def _measured(name: str, value: float) -> str:
    """Return a metric as text, such as "accuracy 93.1 %" or "mse 0.0123"."""
    if name.rpartition(".")[2] == "accuracy":
        return f"{name} {100 * value:.1f} %"
    return f"{name} {value:.4g}"
