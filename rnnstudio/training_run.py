"""Training on the command line. The weights are saved however the run ends."""

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
from rnnstudio.design.message import Message, message
from rnnstudio.design.model import Design
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.training.trainer import StepDone, Trainer, TrainingDiverged
from rnnstudio.engine.weights.files import save_weights
from rnnstudio.engine.weights.format import Weights
from rnnstudio.engine.weights.symbols import symbols_digest
from rnnstudio.run_report import ConsoleReport, JsonReport, Reporter
from rnnstudio.terminal import OutputLost, complain

SAVE_EVERY = 120.0  # seconds of training that can be lost in a crash
NO_MEMORY = "There is not enough memory to train this. Use fewer units or smaller batches."
# Signals of a user, a closing terminal or a cluster manager.
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK", "SIGXCPU", "SIGUSR1", "SIGUSR2")


@dataclass(frozen=True)
class PreparedRun:
    """A run that is ready to start.

    Attributes
    ----------
    design : the design to train
    saved_design : the same design, with paths relative to the weight file
    start : the weights to start from, or None
    claim : the claim of the file to write
    """

    design: Design
    saved_design: Design
    start: Weights | None
    claim: Claim


def train_design(
    prepare: Callable[[], PreparedRun],
    *,
    as_json: bool,
    schedule: ScheduleExtension = ScheduleExtension.STRETCH,
) -> int:
    """Train, save the weights however training ends, and return the exit status.

    Errors of ``prepare`` are handled like errors of the trainer. The file is written every two minutes and at
    the end, atomically and with a checkpoint. The last event is always ``finished``, with one of the reasons
    done, interrupted, terminated, diverged and failed.

    The run ends when the reader of its output is closed. If the output fails for another reason, such as a
    full disk, training continues without it, and the end is reported on standard error.
    """
    reporter = Reporter(JsonReport() if as_json else ConsoleReport())
    waits: set[str] = set()

    def report_wait(told: Message) -> None:
        sentence = str(told)
        if sentence not in waits:  # report it once for all kernels
            waits.add(sentence)
            reporter.report(reporter.listener.waiting, sentence)

    end: dict[str, Any] = {"reason": "failed", "sentence": "", "epochs": 0, "steps": 0, "bits": None}
    end |= {"training_loss": None, "validation_loss": None, "weights_file": None, "seconds": 0.0}
    began = time.perf_counter()
    with _signals() as received:
        try:
            prepared = prepare()
            start = prepared.start
            kernels.on_wait(report_wait, lambda: bool(received))
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
    reporter.report(reporter.listener.finished, end)
    if reporter.lost is not None:
        end["sentence"] = _untold(end, reporter.lost)
    if end["sentence"]:
        complain(end["sentence"])
    if end["reason"] in ("interrupted", "terminated"):
        return 128 + (received[0] if received else signal.SIGINT)
    return 0 if end["reason"] == "done" and reporter.lost is None else 1


def _untold(end: dict[str, Any], lost: OutputLost) -> str:
    """Return the sentence for standard error about the end of a run whose output was lost."""
    if lost.closed:
        return " ".join(filter(None, ("Training stopped: what read its output is gone.", end["sentence"])))
    went_on = f"{lost.sentence} Training went on without it, to step {end['steps']:,}."
    kept = f"The weights are in {end['weights_file']}." if end["weights_file"] else ""
    return " ".join(filter(None, (went_on, end["sentence"], kept)))


class Saver:
    """Saves the weights with a checkpoint at intervals and at the end."""

    def __init__(self, trainer: Trainer, prepared: PreparedRun) -> None:
        self.trainer, self.target, self.design = trainer, prepared.claim.path, prepared.saved_design
        start = prepared.start
        self.before = {} if start is None or trainer.is_resumed else start.record
        self.due = time.monotonic() + SAVE_EVERY
        self.failed = False
        self.has_steps = False  # whether there is anything to save

    def result(self, *, is_resumable: bool = True) -> Weights:
        """Return the weights so far, with a checkpoint if the run ``is_resumable``."""
        record = self.trainer.record()
        if self.before:
            record["before"] = self.before
        checkpoint = self.trainer.checkpoint() if is_resumable else None
        return Weights(self.trainer.weights, self.design, record, checkpoint)

    def step_done(self) -> None:
        """Save the weights if it is time. A failure is reported once and tried again later."""
        self.has_steps = True
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

    def save(self, *, is_resumable: bool) -> Path:
        """Save the weights at the end of the run and return the path.

        Raises
        ------
        FileError
            If the file cannot be written. The weights are then saved to a temporary folder or the home
            folder, which the sentence names, if that is possible.
        """
        weights = self.result(is_resumable=is_resumable)
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
    """Train, save the weights, and return the facts for the ``finished`` event.

    Raises
    ------
    StudioError, MemoryError
        If no step was taken.
    FileError
        If the weights cannot be saved.
    """
    reason, sentence, whole = "failed", "", True
    try:
        reason, sentence = _steps(trainer, reporter, received, saver)
    except KeyboardInterrupt:  # the third Ctrl-C, in the middle of a step
        reason, whole = "interrupted", False
    except kernels.Stopped as stopped:
        if not saver.has_steps:
            raise
        reason, sentence, whole = _signal_reason(received), stopped.sentence, False
    except (StudioError, MemoryError) as error:
        if not saver.has_steps:
            raise
        sentence, whole = (error.sentence if isinstance(error, StudioError) else NO_MEMORY), False
    except BaseException:
        saver.save(is_resumable=False)
        raise
    record = trainer.record()
    end: dict[str, Any] = {"reason": reason, "sentence": sentence}
    for name in ("training_loss", "validation_loss"):
        end[name] = record[name][-1] if record[name] else None
    end |= {name: record[name] for name in ("epochs", "steps", "bits")}
    try:
        end["weights_file"] = str(saver.save(is_resumable=whole and reason != "diverged"))
    except FileError as error:
        end |= {"reason": "failed", "sentence": " ".join(filter(None, (sentence, error.sentence)))}
    return end


def _steps(trainer: Trainer, reporter: Reporter, received: list[int], saver: Saver) -> tuple[str, str]:
    """Train until the end or a signal; return the reason and a sentence about it."""
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
    reporter.report(listener.started, facts)
    run = trainer.run()
    try:
        while not received and not reporter.is_reader_gone:
            done = next(run, None)
            if done is None:
                return "done", ""
            if isinstance(done, StepDone):
                reporter.report(listener.step, done)
            else:
                reporter.report(listener.epoch, done)
            saver.step_done()
    except TrainingDiverged as error:
        return "diverged", error.sentence
    if not received:
        return "failed", ""
    return _signal_reason(received), ""


def _signal_reason(received: list[int]) -> str:
    return "terminated" if received and received[0] != signal.SIGINT else "interrupted"


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collect signals instead of being ended by them; a third Ctrl-C interrupts at once."""
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
    """Save weights to a new folder, if possible; return a sentence about it."""
    for parent in (tempfile.gettempdir(), Path.home()):
        try:
            refuge = Path(tempfile.mkdtemp(prefix="rnnstudio-", dir=parent)) / name
            save_weights(refuge, weights)
        except (OSError, FileError):
            continue
        return f"The weights are safe in {refuge}."
    return "Nor could they be saved anywhere else."
