"""Training from the command line: a progress bar or JSON lines, and an end that loses nothing."""

from __future__ import annotations

import errno
import math
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Protocol, TypeVar

from rich import console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from rnnstudio.claim import Claim
from rnnstudio.design.errors import LONGEST_QUOTE, FileError, StudioError, cut
from rnnstudio.design.model import Design
from rnnstudio.engine import kernels, strict_json
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.trainer import EpochDone, StepDone, Trainer, TrainingDiverged
from rnnstudio.engine.weights.base import Weights, save_weights
from rnnstudio.engine.weights.symbols import symbols_digest
from rnnstudio.terminal import OutputLost, complain, show_data, show_line, writing

T = TypeVar("T")
SAVE_EVERY = 120.0  # seconds of training that a crash can cost
REFRESH_EVERY = 0.1  # seconds between two pictures of the progress bar
NO_MEMORY = "There is not enough memory to train this. Use fewer units or smaller batches."
# What a person, a closing terminal or the manager of a cluster ends a program with.
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK", "SIGXCPU", "SIGUSR1", "SIGUSR2")


@dataclass(frozen=True)
class Prepared:
    """A run that may begin.

    Attributes
    ----------
    design : as it is trained
    kept : the same design, with its paths as the weight file holds them
    start : the weights to start from, or None
    claim : the file to write
    """

    design: Design
    kept: Design
    start: Weights | None
    claim: Claim


class Listener(Protocol):
    """Who is told of a run."""

    def waiting(self, sentence: str) -> None:
        """Tell why the run cannot begin yet."""

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

    def waiting(self, sentence: str) -> None:
        """See `Listener`."""
        self._print("waiting", {"sentence": sentence})

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
        show_data(strict_json.dumps({"event": event, **facts}))


class Console(console.Console):
    """A console that leaves a closed pipe to its caller."""

    def on_broken_pipe(self) -> NoReturn:
        """Raise the error again, where Rich would end the program."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


class Bar:
    """A line an epoch on standard output, and a progress bar where that is a terminal."""

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
            auto_refresh=False,  # by a thread, which could not be told that the terminal is gone
            disable=not self.console.is_terminal,
        )
        self.epochs, self.unit, self.in_bits, self.validates = 0, "", False, False

    def waiting(self, sentence: str) -> None:
        """See `Listener`."""
        show_line(sentence)

    def started(self, facts: dict[str, Any]) -> None:
        """See `Listener`."""
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
        with writing():
            self.bar.start()
        self.task = self.bar.add_task("", total=facts["steps"], completed=facts["first_step"] - 1)

    def step(self, done: StepDone) -> None:
        """See `Listener`."""
        loss = "–" if done.loss is None else f"{done.loss:.3f}"
        self.bar.update(self.task, completed=done.step, description=f"epoch {done.epoch} · loss {loss}")
        if time.monotonic() >= self.drawn_at + REFRESH_EVERY:
            with writing():
                self.bar.refresh()
            self.drawn_at = time.monotonic()

    def epoch(self, done: EpochDone) -> None:
        """See `Listener`."""
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
        """See `Listener`."""
        with writing():
            self.bar.stop()
        if facts["weights_file"] is not None:
            words = {"done": "Done", "interrupted": "Interrupted", "terminated": "Terminated"}
            show_line(
                f"{words.get(facts['reason'], 'Stopped')} after {facts['steps']:,} steps and "
                f"{facts['seconds']:.1f} s; the weights are in {facts['weights_file']}"
            )


class Audience:
    """Passes to a listener what happens, until the output is lost; from then on it is silent.

    Attributes
    ----------
    lost : why the output can no longer be written, or None while it can
    """

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.lost: OutputLost | None = None

    @property
    def gone(self) -> bool:
        """Whether what read the output was closed, as a pager is by a person who has seen enough."""
        return self.lost is not None and self.lost.closed

    def tell(self, event: Callable[[T], None], facts: T) -> None:
        """Call a method of the listener."""
        if self.lost is None:
            try:
                event(facts)
            except OutputLost as lost:
                self.lost = lost


def train_design(
    prepare: Callable[[], Prepared], *, as_json: bool, schedule: ScheduleExtension = ScheduleExtension.STRETCH
) -> int:
    """Train, keep the weights whatever ends it, and return the exit status.

    What ``prepare`` raises ends the run as what the trainer raises does. The file is written at the end
    and every two minutes before, each time whole, with all that the run needs to go on. The last event is
    ``finished`` in every case, its ``reason`` one of done, interrupted, terminated, diverged, failed.

    A run ends when the reader of its output is gone. Where the output cannot be written for another
    reason, such as a full disk, it goes on without, and the end is told on standard error.
    """
    audience = Audience(JsonLines() if as_json else Bar())
    waits: set[str] = set()

    def tell_wait(sentence: str) -> None:
        if sentence not in waits:  # once for all kernels
            waits.add(sentence)
            audience.tell(audience.listener.waiting, sentence)

    end: dict[str, Any] = {"reason": "failed", "sentence": "", "epochs": 0, "steps": 0, "bits": None}
    end |= {"training_loss": None, "validation_loss": None, "weights_file": None, "seconds": 0.0}
    began = time.perf_counter()
    with _signals() as received:
        try:
            prepared = prepare()
            start = prepared.start
            kernels.on_wait(tell_wait, lambda: bool(received))
            try:
                trainer = (
                    Trainer(prepared.design)
                    if start is None
                    else Trainer(
                        prepared.design,
                        weights=start.arrays,
                        checkpoint=start.checkpoint,
                        symbols=symbols_digest(start.record),
                        schedule=schedule,
                    )
                )
                end |= _run(trainer, audience, received, Saver(trainer, prepared))
            finally:
                prepared.claim.release()
                kernels.on_wait(None)
        except kernels.Stopped as error:
            end["sentence"] = error.sentence
            end["reason"] = "interrupted" if received[0] == signal.SIGINT else "terminated"
        except StudioError as error:
            end["sentence"] = error.sentence
        except MemoryError:
            end["sentence"] = NO_MEMORY
    end["seconds"] = round(time.perf_counter() - began, 3)
    audience.tell(audience.listener.finished, end)
    if audience.lost is not None:
        end["sentence"] = _untold(end, audience.lost)
    if end["sentence"]:
        complain(end["sentence"])
    if end["reason"] in ("interrupted", "terminated"):
        return 128 + (received[0] if received else signal.SIGINT)
    return 0 if end["reason"] == "done" and audience.lost is None else 1


def _untold(end: dict[str, Any], lost: OutputLost) -> str:
    """Return the sentence on standard error about the end of a run whose output was lost."""
    if lost.closed:
        return " ".join(filter(None, ("Training stopped: what read its output is gone.", end["sentence"])))
    went_on = f"{lost.sentence} Training went on without it, to step {end['steps']:,}."
    kept = f"The weights are in {end['weights_file']}." if end["weights_file"] else ""
    return " ".join(filter(None, (went_on, end["sentence"], kept)))


class Saver:
    """Writes the weights so far, with a checkpoint, every so often."""

    def __init__(self, trainer: Trainer, prepared: Prepared) -> None:
        self.trainer, self.target, self.design = trainer, prepared.claim.path, prepared.kept
        start = prepared.start
        self.before = {} if start is None or trainer.goes_on else start.record
        self.due = time.monotonic() + SAVE_EVERY
        self.failed = False
        self.has_progress = False  # whether there is anything to lose

    def result(self, *, goes_on: bool = True) -> Weights:
        """Return the weights so far; ``goes_on`` says whether the run may."""
        record = self.trainer.record()
        if self.before:
            record["before"] = self.before
        checkpoint = self.trainer.checkpoint() if goes_on else None
        return Weights(self.trainer.weights, self.design, record, checkpoint)

    def progress(self) -> None:
        """Note progress, and write the file if it is time; say where that fails, and try again later."""
        self.has_progress = True
        if time.monotonic() < self.due:
            return
        try:
            save_weights(self.target, self.result())
            self.failed = False
        except (FileError, MemoryError) as error:
            if not self.failed:
                reason = error.sentence if isinstance(error, FileError) else "There is not enough memory."
                complain(f"The weights so far are not saved: {reason} Training goes on and tries again.")
            self.failed = True
        self.due = time.monotonic() + SAVE_EVERY

    def save(self, *, goes_on: bool) -> Path:
        """Write the weights at the end of the run and return where they are.

        Raises
        ------
        FileError
            If the file cannot be written. The weights are then in a folder for temporary files or at
            home, which the sentence names, unless nothing can be written there either.
        """
        weights = self.result(goes_on=goes_on)
        try:
            save_weights(self.target, weights)
        except FileError as error:
            raise FileError(
                f"{error.sentence} {_saved_elsewhere(self.target.name, weights)}", details=error.details
            ) from error
        return self.target


def _run(trainer: Trainer, audience: Audience, received: list[int], saver: Saver) -> dict[str, Any]:
    """Train to the end or to what ends it, save the weights, and return what there is to say of the run.

    Raises
    ------
    StudioError, MemoryError
        Before any step was taken.
    FileError
        If the weights cannot be saved.
    """
    reason, sentence, whole = "failed", "", True
    try:
        reason, sentence = _steps(trainer, audience, received, saver)
    except KeyboardInterrupt:  # the third one, in the middle of a step
        reason, whole = "interrupted", False
    except (StudioError, MemoryError) as error:
        if not saver.has_progress:
            raise
        sentence, whole = (error.sentence if isinstance(error, StudioError) else NO_MEMORY), False
    except BaseException:
        saver.save(goes_on=False)
        raise
    record = trainer.record()
    end: dict[str, Any] = {"reason": reason, "sentence": sentence}
    for name in ("training_loss", "validation_loss"):
        end[name] = record[name][-1] if record[name] else None
    end |= {name: record[name] for name in ("epochs", "steps", "bits")}
    try:
        end["weights_file"] = str(saver.save(goes_on=whole and reason != "diverged"))
    except FileError as error:
        end |= {"reason": "failed", "sentence": " ".join(filter(None, (sentence, error.sentence)))}
    return end


def _steps(trainer: Trainer, audience: Audience, received: list[int], saver: Saver) -> tuple[str, str]:
    """Train to the end or to a signal; return the reason of the end and what is to be said of it."""
    listener = audience.listener
    facts = {
        "design": trainer.design.name,
        "weights": sum(array.size for array in trainer.weights.values()),
        "epochs": trainer.epochs,
        "steps": trainer.total_steps,
        "steps_per_epoch": trainer.steps_per_epoch,
        "training_sequences": len(trainer.reader.examples),
        "validation_sequences": len(trainer.validation),
        "unit": trainer.data.facts.unit,
        "in_bits": trainer.in_bits,
        "seed": trainer.plan.seed,
        "start": trainer.start,
        "schedule": trainer.extension,
        "first_step": trainer.step_index + 1,
    }
    audience.tell(listener.started, facts)
    run = trainer.run()
    try:
        while not received and not audience.gone:
            done = next(run, None)
            if done is None:
                return "done", ""
            if isinstance(done, StepDone):
                audience.tell(listener.step, done)
            else:
                audience.tell(listener.epoch, done)
            saver.progress()
    except TrainingDiverged as error:
        return "diverged", error.sentence
    if not received:
        return "failed", ""
    return ("interrupted" if received[0] == signal.SIGINT else "terminated"), ""


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collect Ctrl-C and termination instead of dying of them; a third Ctrl-C interrupts at once."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if received.count(signal.SIGINT) > 2:
            raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    ignored = [n for n in numbers if n != signal.SIGINT and signal.getsignal(n) == signal.SIG_IGN]  # by nohup
    before = {number: signal.signal(number, note) for number in numbers if number not in ignored}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _saved_elsewhere(name: str, weights: Weights) -> str:
    """Write weights into a new folder where that works; return a sentence about it."""
    for parent in (tempfile.gettempdir(), Path.home()):
        try:
            refuge = Path(tempfile.mkdtemp(prefix="rnnstudio-", dir=parent)) / name
            save_weights(refuge, weights)
        except (OSError, FileError):
            continue
        return f"The weights are safe in {refuge}."
    return "Nor could they be saved anywhere else."


def _measured(name: str, value: float) -> str:
    """Return a metric as people read it: "accuracy 93.1 %", "mse 0.0123"."""
    if name.rpartition(".")[2] == "accuracy":
        return f"{name} {100 * value:.1f} %"
    return f"{name} {value:.4g}"
