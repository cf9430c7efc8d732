"""Recovery copies of runs, next to those of designs: their content and their limits."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from rnnstudio.design.errors import StudioError
from rnnstudio.engine.data_report import DataReport
from rnnstudio.engine.weights.files import load_weights
from rnnstudio.engine.weights.fit import misfits
from rnnstudio.engine.weights.format import Weights
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.text_format import format_loss

SUFFIX = ".safetensors"
WRITE_INTERVAL = (
    120.0  # seconds of training that a crash of the whole machine can cost, as on the command line
)
MAX_FILES = 10
MAX_BYTES = 4 * 2**30


@dataclass(frozen=True)
class SavedRun:
    """A run that was written before the window crashed.

    Attributes
    ----------
    file : where it is
    weights : with their design, record and checkpoint
    at : when it was written, in seconds since 1970
    """

    file: Path
    weights: Weights
    at: float

    def words(self) -> str:
        """Return the progress of the run: "epoch 3, 1,234 steps, loss 0.512"."""
        record, design = self.weights.record, self.weights.design
        steps, done, losses = record.get("steps"), record.get("epochs"), record.get("training_loss")
        parts = []
        if isinstance(done, int):
            most = design.plan.epochs if design is not None else done
            parts.append(_tr("epoch {0}").format(f"{max(min(done + 1, most), done):,}"))
        if isinstance(steps, int):
            parts.append(_tr("{0} steps").format(f"{steps:,}"))
        if isinstance(losses, list) and losses and isinstance(losses[-1], float):
            parts.append(_tr("loss {0}").format(format_loss(losses[-1])))
        return ", ".join(parts)

    def problem(self, data: DataReport) -> str:
        """Return why the weights cannot be used with their design as it is now; empty where they can."""
        if self.weights.design is None:
            return _tr("They hold no design.")
        try:
            found = misfits(self.weights, self.weights.design, data)
            return " ".join(translated(misfit) for misfit in found)
        except StudioError as error:
            return translated(error)


def find(file: Path) -> SavedRun | None:
    """Return the run in a file, or None.

    Raises
    ------
    FileError
        There is one that cannot be read.
    """
    try:
        at = file.stat().st_mtime
    except OSError:
        return None
    return SavedRun(file, load_weights(file), at)


def remove_oldest(files: list[Path]) -> None:
    """Remove the oldest of the files where they are too many or too large together; the newest stays."""
    total = 0
    for number, (_, size, file) in enumerate(sorted(_sizes(files), reverse=True)):
        total += size
        if number and (number >= MAX_FILES or total > MAX_BYTES):
            with contextlib.suppress(OSError):
                file.unlink()


def _sizes(files: list[Path]) -> list[tuple[float, int, Path]]:
    found = []
    for file in files:
        with contextlib.suppress(OSError):
            status = file.stat()
            found.append((status.st_mtime, status.st_size, file))
    return found


def _tr(text: str) -> str:
    return QCoreApplication.translate("CrashRecovery", text)
