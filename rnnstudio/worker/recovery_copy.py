"""The recovery copy of a run: a file with its weights and checkpoint, for use after a crash."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import message
from rnnstudio.design.model import Design
from rnnstudio.worker import commands as c
from rnnstudio.worker import messages as m
from rnnstudio.worker.engines import TrainerLike


class RecoveryCopy:
    """Writes a run regularly and atomically to the file that the window sets.

    It is written by this process, because the window must not wait for the disk, and because this process
    still exists after the window has crashed.
    """

    def __init__(self, send: Callable[[m.Message], None]) -> None:
        self._send = send
        self._path: Path | None = None
        self._interval = 0.0
        self._due = 0.0
        self._step = -1  # of the weights in the file

    @property
    def is_wanted(self) -> bool:
        """Whether a file is set."""
        return self._path is not None

    def set(self, command: c.SetRecoveryCopy) -> None:
        """Set the file; without a path, stop writing and remove the previous file."""
        if not command.path and self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._path = Path(os.fsdecode(command.path)) if command.path else None
        self._interval = command.interval
        self.begin()

    def begin(self) -> None:
        """Restart the interval, for another run or file."""
        self._due = time.monotonic() + self._interval
        self._step = -1

    def write_if_due(self, design: Design, trainer: TrainerLike) -> None:
        """Write the run if the interval has passed. On failure, the window is told and the run continues."""
        if self._path is not None and time.monotonic() >= self._due:
            self.write(design, trainer)
            self._due = time.monotonic() + self._interval

    def write(self, design: Design, trainer: TrainerLike, *, can_continue: bool = True) -> None:
        """Write the run if it has changed since the last time, with a checkpoint if it can continue."""
        if self._path is None or trainer.step_index in (0, self._step):
            return
        # Imported here, because a process that does not train needs no formats.
        from rnnstudio.engine.weights.files import save_weights
        from rnnstudio.engine.weights.format import Weights

        try:
            checkpoint = trainer.checkpoint() if can_continue else None
            save_weights(self._path, Weights(trainer.weights, design, trainer.record(), checkpoint))
        except StudioError as error:
            self._send(m.RecoveryCopyFailed(error.details, message=error.message))
        except MemoryError as error:
            self._send(
                m.RecoveryCopyFailed(
                    str(error), message=message("There is not enough memory to write the weights.")
                )
            )
        else:
            self._step = trainer.step_index
