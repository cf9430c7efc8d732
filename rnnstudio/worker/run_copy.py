"""The copy of a run that a crash leaves: its weights with all that it needs to go on, on the disk."""

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


class RunCopy:
    """Writes a run every so often into the file that the window names, whole or not at all.

    It is written here and not by the window, because the window must not wait for the disk, and because
    this process is still there when the window is gone.
    """

    def __init__(self, send: Callable[[m.Message], None]) -> None:
        self._send = send
        self._path: Path | None = None
        self._every = 0.0
        self._due = 0.0
        self._step = -1  # that the file holds

    @property
    def is_wanted(self) -> bool:
        """Whether there is a file to write."""
        return self._path is not None

    def set(self, command: c.KeepRun) -> None:
        """Write the run to another file from now on; or to none, and remove the one before."""
        if not command.path and self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._path = Path(os.fsdecode(command.path)) if command.path else None
        self._every = command.every
        self.begin()

    def begin(self) -> None:
        """Note that a run begins, or another file."""
        self._due = time.monotonic() + self._every
        self._step = -1

    def write_if_due(self, design: Design, trainer: TrainerLike) -> None:
        """Write the run if it is time; a failure is told to the window, and the run goes on."""
        if self._path is not None and time.monotonic() >= self._due:
            self.write(design, trainer)
            self._due = time.monotonic() + self._every

    def write(self, design: Design, trainer: TrainerLike, *, goes_on: bool = True) -> None:
        """Write the run now, if it took a step since the last time; ``goes_on`` says whether it may."""
        if self._path is None or trainer.step_index in (0, self._step):
            return
        # Here, because a process that never trains needs no formats.
        from rnnstudio.engine.weights.files import save_weights
        from rnnstudio.engine.weights.format import Weights

        try:
            checkpoint = trainer.checkpoint() if goes_on else None
            save_weights(self._path, Weights(trainer.weights, design, trainer.record(), checkpoint))
        except StudioError as error:
            self._send(m.KeepFailed(error.details, message=error.message))
        except MemoryError as error:
            self._send(
                m.KeepFailed(str(error), message=message("There is not enough memory to write the weights."))
            )
        else:
            self._step = trainer.step_index
