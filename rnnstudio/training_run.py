"""Training from the command line: a run whose weights are kept whatever ends it."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from rnnstudio.claim import Claim
from rnnstudio.design.errors import FileError, StudioError
from rnnstudio.design.message import message
from rnnstudio.design.model import Design
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.training.trainer import StepDone, Trainer, TrainingDiverged
from rnnstudio.engine.weights.files import save_weights
from rnnstudio.engine.weights.format import Weights
from rnnstudio.engine.weights.symbols import symbols_digest
from rnnstudio.run_report import Bar, JsonLines, Reporter
from rnnstudio.terminal import OutputLost, complain

SAVE_EVERY = 120.0  # seconds of training that a crash can cost
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
    reporter = Reporter(JsonLines() if as_json else Bar())
    waits: set[str] = set()

    def tell_wait(sentence: str) -> None:
        if sentence not in waits:  # once for all kernels
            waits.add(sentence)
            reporter.tell(reporter.listener.waiting, sentence)

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
                end |= _run(trainer, reporter, received, Saver(trainer, prepared))
            finally:
                prepared.claim.release()
                kernels.on_wait(None)
        except kernels.Stopped as error:
            end["sentence"] = error.sentence
            end["reason"] = _signal_reason(received)
        except StudioError as error:
            end["sentence"] = error.sentence
        except MemoryError:
            end["sentence"] = NO_MEMORY
    end["seconds"] = round(time.perf_counter() - began, 3)
    reporter.tell(reporter.listener.finished, end)
    if reporter.lost is not None:
        end["sentence"] = _untold(end, reporter.lost)
    if end["sentence"]:
        complain(end["sentence"])
    if end["reason"] in ("interrupted", "terminated"):
        return 128 + (received[0] if received else signal.SIGINT)
    return 0 if end["reason"] == "done" and reporter.lost is None else 1


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
        self.before = {} if start is None or trainer.is_resumed else start.record
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
                message(
                    "{error} {saved_elsewhere}",
                    error=error.message,
                    saved_elsewhere=_saved_elsewhere(self.target.name, weights),
                ),
                details=error.details,
            ) from error
        return self.target


def _run(trainer: Trainer, reporter: Reporter, received: list[int], saver: Saver) -> dict[str, Any]:
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
        reason, sentence = _steps(trainer, reporter, received, saver)
    except KeyboardInterrupt:  # the third one, in the middle of a step
        reason, whole = "interrupted", False
    except kernels.Stopped as stopped:
        if not saver.has_progress:
            raise
        reason, sentence, whole = _signal_reason(received), stopped.sentence, False
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


def _steps(trainer: Trainer, reporter: Reporter, received: list[int], saver: Saver) -> tuple[str, str]:
    """Train to the end or to a signal; return the reason of the end and what is to be said of it."""
    listener = reporter.listener
    facts = {
        "design": trainer.design.name,
        "weights": sum(array.size for array in trainer.weights.values()),
        "epochs": trainer.epochs,
        "steps": trainer.total_steps,
        "steps_per_epoch": trainer.steps_per_epoch,
        "training_sequences": len(trainer.data_loader.examples),
        "validation_sequences": len(trainer.validation),
        "unit": trainer.data.facts.unit,
        "in_bits": trainer.in_bits,
        "seed": trainer.plan.seed,
        "start": trainer.start_sentence,
        "schedule": trainer.extension,
        "first_step": trainer.step_index + 1,
    }
    reporter.tell(listener.started, facts)
    run = trainer.run()
    try:
        while not received and not reporter.gone:
            done = next(run, None)
            if done is None:
                return "done", ""
            if isinstance(done, StepDone):
                reporter.tell(listener.step, done)
            else:
                reporter.tell(listener.epoch, done)
            saver.progress()
    except TrainingDiverged as error:
        return "diverged", error.sentence
    if not received:
        return "failed", ""
    return _signal_reason(received), ""


def _signal_reason(received: list[int]) -> str:
    return "terminated" if received and received[0] != signal.SIGINT else "interrupted"


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
