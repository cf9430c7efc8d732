"""Training from the command line: a progress bar or JSON lines, and an end that loses nothing."""

from __future__ import annotations

import math
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from rnnstudio.design.errors import FileError, StudioError
from rnnstudio.design.model import Design
from rnnstudio.engine import strict_json
from rnnstudio.engine.trainer import EpochDone, StepDone, Trainer, TrainingDiverged
from rnnstudio.engine.weights.base import Weights, save_weights
from rnnstudio.engine.weights.symbols import symbols_digest

Prepared = tuple[Design, Weights | None, Path]
SAVE_EVERY = 120.0  # seconds of training that a crash can cost
STATUS = {"done": 0, "diverged": 1, "failed": 1, "interrupted": 130, "terminated": 143}


class Listener(Protocol):
    """Who is told of a run."""

    def started(self, facts: dict[str, Any]) -> None:
        """Training begins."""

    def step(self, done: StepDone) -> None:
        """One step was taken."""

    def epoch(self, done: EpochDone) -> None:
        """One pass over the data is over."""

    def finished(self, facts: dict[str, Any]) -> None:
        """Nothing follows."""


class JsonLines:
    """One JSON object a line on standard output."""

    def started(self, facts: dict[str, Any]) -> None:
        """See `Listener`."""
        self._print("started", facts)

    def step(self, done: StepDone) -> None:
        """See `Listener`."""
        self._print("step", asdict(done))

    def epoch(self, done: EpochDone) -> None:
        """See `Listener`."""
        self._print("epoch", asdict(done))

    def finished(self, facts: dict[str, Any]) -> None:
        """See `Listener`."""
        self._print("finished", facts)

    @staticmethod
    def _print(event: str, facts: dict[str, Any]) -> None:
        print(strict_json.dumps({"event": event, **facts}), flush=True)


class Bar:
    """A line an epoch on standard output, and a progress bar where that is a terminal."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} steps"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.epochs, self.unit, self.in_bits = 0, "", False

    def started(self, facts: dict[str, Any]) -> None:
        """See `Listener`."""
        self.epochs, self.unit, self.in_bits = facts["epochs"], facts["unit"], facts["in_bits"]
        self.console.print(
            f"{facts['design']}: {facts['weights']:,} weights, "
            f"{facts['training_sequences']:,} sequences to train on, "
            f"{facts['validation_sequences']:,} to validate, "
            f"{facts['steps']:,} steps in {self.epochs:,} epochs"
        )
        if facts["start"]:
            self.console.print(facts["start"])
        self.bar.start()
        self.task = self.bar.add_task("", total=facts["steps"], completed=facts["first_step"] - 1)

    def step(self, done: StepDone) -> None:
        """See `Listener`."""
        self.bar.update(
            self.task, completed=done.step, description=f"epoch {done.epoch} · loss {done.loss:.3f}"
        )

    def epoch(self, done: EpochDone) -> None:
        """See `Listener`."""
        scale, digits = (math.log(2), ".3f") if self.in_bits else (1.0, ".4g")
        words = [f"training {done.training_loss / scale:{digits}}"]
        if done.validation_loss is not None:
            words.append(f"validation {done.validation_loss / scale:{digits}}")
        words[-1] += f" bits per {self.unit}" if self.in_bits else " loss"
        words += [_measured(name, value) for name, value in done.metrics.items()]
        self.console.print(f"epoch {done.epoch:>{len(str(self.epochs))}}/{self.epochs} · {' · '.join(words)}")

    def finished(self, facts: dict[str, Any]) -> None:
        """See `Listener`."""
        self.bar.stop()
        if facts["weights_file"] is not None:
            words = {"done": "Done", "interrupted": "Interrupted", "terminated": "Terminated"}
            self.console.print(
                f"{words.get(facts['reason'], 'Stopped')} after {facts['steps']:,} steps and "
                f"{facts['seconds']:.1f} s; the weights are in {facts['weights_file']}"
            )


def train_design(prepare: Callable[[], Prepared], *, as_json: bool) -> int:
    """Train, keep the weights whatever ends it, and return the exit status.

    ``prepare`` gives the design, the weights to start from and the file to write; what it raises
    ends the run as what the trainer raises does. The file is written at the end and every two minutes
    before, each time whole, with all that the run needs to go on. The last event is ``finished`` in
    every case, its ``reason`` one of done, interrupted, terminated, diverged, failed.
    """
    listener: Listener = JsonLines() if as_json else Bar()
    end: dict[str, Any] = {"reason": "failed", "sentence": "", "epochs": 0, "steps": 0, "bits": None}
    end |= {"training_loss": None, "validation_loss": None, "weights_file": None, "seconds": 0.0}
    began = time.perf_counter()
    with _signals() as received:
        try:
            design, start, target = prepare()
            trainer = (
                Trainer(design)
                if start is None
                else Trainer(
                    design,
                    weights=start.arrays,
                    checkpoint=start.checkpoint,
                    symbols=symbols_digest(start.record),
                )
            )
            saver = Saver(trainer, target, start)
            end["reason"], end["sentence"] = _run(trainer, listener, received, saver)
            record = trainer.record()
            for name in ("training_loss", "validation_loss"):
                end[name] = record[name][-1] if record[name] else None
            end |= {name: record[name] for name in ("epochs", "steps", "bits")}
            end["weights_file"] = str(_keep(target, saver.result(goes_on=end["reason"] != "diverged")))
        except StudioError as error:
            end["reason"], end["sentence"] = "failed", error.sentence
        except MemoryError:
            end["sentence"] = "There is not enough memory to train this. Use fewer units or smaller batches."
    end["seconds"] = round(time.perf_counter() - began, 3)
    try:
        listener.finished(end)
    except BrokenPipeError:  # nobody reads our output any more; Python must not complain of it at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if end["sentence"]:
        print(" ".join(end["sentence"].split()), file=sys.stderr)
    return STATUS[end["reason"]]


class Saver:
    """Writes the weights so far, with a checkpoint, every so often."""

    def __init__(self, trainer: Trainer, target: Path, start: Weights | None) -> None:
        self.trainer, self.target = trainer, target
        self.before = {} if start is None or trainer.goes_on else start.record
        self.due = time.monotonic() + SAVE_EVERY

    def result(self, *, goes_on: bool = True) -> Weights:
        """Return the weights so far; ``goes_on`` says whether the run may."""
        record = self.trainer.record()
        if self.before:
            record["before"] = self.before
        checkpoint = self.trainer.checkpoint() if goes_on else None
        return Weights(self.trainer.weights, self.trainer.design, record, checkpoint)

    def save_if_due(self) -> None:
        """Write the file if it is time; where that fails, the end of the run tells."""
        if time.monotonic() < self.due:
            return
        with suppress(FileError):
            save_weights(self.target, self.result())
        self.due = time.monotonic() + SAVE_EVERY


def _run(trainer: Trainer, listener: Listener, received: list[int], saver: Saver) -> tuple[str, str]:
    """Train to the end or to a signal; return the reason of the end and what is to be said of it."""
    listener.started(
        {
            "design": trainer.design.name,
            "weights": sum(array.size for array in trainer.weights.values()),
            "epochs": trainer.epochs,
            "steps": trainer.total_steps,
            "steps_per_epoch": trainer.steps_per_epoch,
            "training_sequences": len(trainer.training),
            "validation_sequences": len(trainer.validation),
            "unit": trainer.data.facts.unit,
            "in_bits": trainer.in_bits,
            "seed": trainer.plan.seed,
            "start": trainer.start,
            "first_step": trainer.step_index + 1,
        }
    )
    run = trainer.run()
    try:
        while not received:
            done = next(run, None)
            if done is None:
                return "done", ""
            if isinstance(done, StepDone):
                listener.step(done)
            else:
                listener.epoch(done)
            saver.save_if_due()
    except TrainingDiverged as error:
        return "diverged", error.sentence
    except BrokenPipeError:
        return "failed", "Training stopped: what read its output is gone."
    return ("interrupted" if received[0] == signal.SIGINT else "terminated"), ""


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collect Ctrl-C and termination instead of dying of them; a third Ctrl-C interrupts at once."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if received.count(signal.SIGINT) > 2:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _keep(target: Path, weights: Weights) -> Path:
    """Write the weights; where that fails, into the folder for temporary files rather than nowhere."""
    try:
        save_weights(target, weights)
    except FileError as error:
        refuge = Path(tempfile.mkdtemp(prefix="rnnstudio-")) / target.name
        save_weights(refuge, weights)
        raise FileError(
            f"{error.sentence} The weights are safe in {refuge}.", details=error.details
        ) from error
    return target


def _measured(name: str, value: float) -> str:
    """Return a metric as people read it: "accuracy 93.1 %", "mse 0.0123"."""
    if name.rpartition(".")[2] == "accuracy":
        return f"{name} {100 * value:.1f} %"
    return f"{name} {value:.4g}"
