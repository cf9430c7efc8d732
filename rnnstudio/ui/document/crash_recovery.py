"""Recovery copies of unsaved designs and their runs, restored after a crash.

The run is written by the training process, beside the copy of the design, which tells what it belongs to.
One file for each window that runs, locked while it does: a copy whose lock is free belongs to a window
that ended without closing.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
from PySide6.QtCore import QDateTime, QLocale, QLockFile, QObject, QTimer

from rnnstudio.design import atomic, codec, regular_file
from rnnstudio.design.errors import FileError, StudioError
from rnnstudio.design.model import Design
from rnnstudio.design.paths import path_from_text, text_from_path
from rnnstudio.engine.data_report import DataReport
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.files import DocumentFiles
from rnnstudio.ui.training import run_copies
from rnnstudio.ui.training.run_copies import SavedRun
from rnnstudio.ui.training.session import FAILED, TrainingSession
from rnnstudio.ui.training.weight_files import WeightFiles
from rnnstudio.ui.window.notice_bar import NoticeAction, NoticeBar

SUFFIX, LOCK_SUFFIX, UNREADABLE = ".recovery", ".lock", ".unreadable"
MAX_BYTES = 2 * codec.LIMIT  # bytes; a design is written as a JSON string, whose quotes take two
END_OF_DATES = 253_402_300_800  # the year 10000, in seconds since 1970


class RecoveryCopy(msgspec.Struct, frozen=True):
    """The content of a recovery file: document name, file, time and the design as text."""

    name: str
    path: str | None
    at: Annotated[float, msgspec.Meta(ge=0, lt=END_OF_DATES)]
    design: str
    edited: bool = True  # whether it differs from its file; a run is copied with it in either case


def default_folder() -> Path:
    """Return the folder of the recovery copies."""
    from platformdirs import user_data_path

    return user_data_path("rnnstudio", appauthor=False) / "recovery"


class CrashRecovery(QObject):
    """Keeps a copy while there are unsaved changes or a run, and offers copies left by a crash.

    Attributes
    ----------
    run_every : seconds of training between two copies of a run
    """

    def __init__(
        self,
        document: Document,
        files: DocumentFiles,
        session: TrainingSession,
        weights: WeightFiles,
        notices: NoticeBar,
        parent: QObject | None = None,
        *,
        folder: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._files, self._notices = document, files, notices
        self._session, self._weights = session, weights
        self.run_every = run_copies.WRITE_INTERVAL
        self._keeps_run = False  # whether weights of a run are to be kept beside the copy
        self._run_failed = False
        self.folder = folder if folder is not None else default_folder()
        self._lock: QLockFile | None = None
        self._file: Path | None = None
        self._kept: Design | None = None
        self._failed = False
        self._left: list[tuple[Path, QLockFile]] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.write_copy)
        document.dirty_changed.connect(self._follow)
        session.run_starting.connect(self._begin_run)
        session.recovery_failed.connect(self._tell_run_failure)
        session.state_changed.connect(self._follow_session)
        weights.weights_saved.connect(self._release_run)

    def set_interval(self, minutes: int) -> None:
        """Set the minutes between two copies; 0 disables copies."""
        if minutes == 0:
            self._timer.stop()
            self._release_run()
            self._remove()
        elif not self._timer.isActive() or self._timer.interval() != minutes * 60_000:
            self._timer.start(minutes * 60_000)

    @property
    def interval(self) -> int:
        """The minutes between two copies; 0 if copies are disabled."""
        return self._timer.interval() // 60_000 if self._timer.isActive() else 0

    @property
    def file(self) -> Path | None:
        """The file of this window's copy, or None."""
        return self._file if self._kept is not None else None

    def write_copy(self) -> None:
        """Write the copy now, if there are unsaved changes since the last one."""
        design = self._document.design
        edited = self._document.is_dirty
        if not (edited or self._keeps_run) or design is self._kept:
            return
        path = self._document.path
        file = text_from_path(path.absolute()) if path else None
        try:
            copy = RecoveryCopy(self._files.name, file, time.time(), codec.encode(design), edited)
            atomic.write_bytes(self.path(), msgspec.json.encode(copy))
        except (FileError, OSError, UnicodeEncodeError) as error:
            self._tell_failure(error)
            return
        self._kept, self._failed = design, False

    def close(self) -> None:
        """Forget the copy of this window, which ends as it should; copies that were not answered stay.

        A run that is still under way then did not hand its weights over in time, and its copy stays too.
        """
        self._timer.stop()
        if not (self._keeps_run and self._session.is_running):
            self._release_run()
            self._remove()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None
        for _, lock in self._left:
            lock.unlock()
        self._left.clear()

    # --------------------------------------------------------------------------- after a crash

    def offer_copies(self) -> None:
        """Look for copies of windows that crashed, and offer the newest."""
        if self.folder.is_dir():
            files = sorted(self.folder.glob(f"*{SUFFIX}"), key=_written_at)
            self._left = [(file, lock) for file in files if (lock := _lock(file)) is not None]
            run_copies.remove_oldest([_run_file(file) for file, _ in self._left])
        self._offer_next()

    def _offer_next(self) -> None:
        aside = ""
        while self._left:
            try:
                copy = msgspec.json.decode(
                    regular_file.read_bytes(self._left[-1][0], MAX_BYTES), type=RecoveryCopy
                )
                design = codec.decode(copy.design)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, FileError):
                aside = self._set_aside()
                continue
            try:
                run = run_copies.find(_run_file(self._left[-1][0]))
            except StudioError:
                run, aside = None, self._set_run_aside()
            if copy.edited or run is not None:
                self._offer(copy, design, run, aside)
                return
            self._drop()  # a run that began and had learned nothing yet
        if aside:
            self._notices.report(aside, "warning")

    def _offer(self, copy: RecoveryCopy, design: Design, run: SavedRun | None, aside: str) -> None:
        words = [self.tr("RNN Studio ended unexpectedly.")]
        if copy.edited:
            changes = self.tr("There are unsaved changes of “{0}” from {1}.")
            words.append(changes.format(copy.name, _when(copy.at)))
        if run is not None:
            kept = self.tr("The training run of “{0}” was saved at {1}: {2}.")
            words.append(kept.format(copy.name, _when(run.at), run.words()))
        self._notices.show_actions(
            " ".join([*words, aside]).strip(),
            (
                NoticeAction(
                    self.tr("Restore"),
                    self.tr("Open the design with these changes")
                    if run is None
                    else self.tr("Open the design with its trained weights, to train it further"),
                    partial(self._restore, copy, design),
                ),
                NoticeAction(self.tr("Discard"), self.tr("Delete these changes for good"), self._discard),
            ),
            "warning",
        )

    def _restore(self, copy: RecoveryCopy, design: Design) -> None:
        if not self._files.restore(design, path_from_text(copy.path) if copy.path else None):
            self._offer_next()  # the person keeps what is open; the copy stays
            return
        self.write_copy()  # before the old copy goes: there is one at every moment
        try:
            run = run_copies.find(_run_file(self._left[-1][0]))
        except StudioError:
            self._finish_restoring(self._set_run_aside(), "warning")
            return
        if run is None:
            self._drop()
        elif run.weights.design is None:
            self._restore_run(run, DataReport())
        else:
            self._document.data.when_known([run.weights.design.task], partial(self._restore_run, run))

    def _finish_restoring(self, sentence: str, severity: str = "info") -> None:
        self._drop()
        self._notices.report(sentence, severity)

    def _restore_run(self, run: SavedRun, data: DataReport) -> None:
        """Take the run of the copy that is restored; tell what became of it."""
        if not self._left or _run_file(self._left[-1][0]) != run.file:
            return  # the window was closed meanwhile: the copy stays
        problem = run.problem(data)
        if problem:
            words = self.tr("The weights of the run cannot be used. {0}")
            self._finish_restoring(f"{words.format(problem)} {self._set_run_aside()}", "warning")
            return
        self._keeps_run = True
        self.write_copy()
        with contextlib.suppress(OSError):  # then it stays where it is until the weights are safe
            os.replace(run.file, _run_file(self.path()))
        self._weights.restore_run(run.weights)
        words = self.tr("The training run is restored: {0}. Train further continues it.")
        self._finish_restoring(words.format(run.words()))

    def _set_run_aside(self) -> str:
        """Move an unusable run aside so that it is not offered again; return a sentence about it."""
        file = _run_file(self._left[-1][0])
        with contextlib.suppress(OSError):
            file = file.replace(file.with_name(f"{file.name}{UNREADABLE}"))
        return self.tr("A recovery copy could not be read; it is kept as {0}.").format(file)

    def _set_aside(self) -> str:
        """Move an unreadable copy aside so that it is not offered again; return a sentence about it."""
        file, lock = self._left.pop()
        with contextlib.suppress(OSError):
            file = file.replace(file.with_suffix(UNREADABLE))
        lock.unlock()
        return self.tr("A recovery copy could not be read; it is kept as {0}.").format(file)

    def _discard(self) -> None:
        self._drop()
        self._offer_next()

    def _drop(self) -> None:
        file, lock = self._left.pop()
        for one in (_run_file(file), file):
            with contextlib.suppress(OSError):
                one.unlink()
        lock.unlock()

    # ------------------------------------------------------------------------------- the run

    def _begin_run(self) -> None:
        """Write the starting run next to the copy of its design."""
        self._failed = self._run_failed = False  # what cannot be written is told at every start
        if not self._timer.isActive():  # no copies are wanted
            self._session.set_recovery_copy(None, 0.0)
            return
        self._keeps_run, self._kept = True, None
        self.write_copy()
        file = _run_file(self.path()) if self._kept is not None else None
        self._session.set_recovery_copy(file, self.run_every)

    def _release_run(self) -> None:
        """Delete the copy of the run: its weights are saved or discarded."""
        if not self._keeps_run:
            return
        self._keeps_run = False
        self._session.set_recovery_copy(None, 0.0)
        if self._file is not None:
            with contextlib.suppress(OSError):
                _run_file(self._file).unlink(missing_ok=True)
        if not self._document.is_dirty:
            self._remove()

    def _follow_session(self, state: str) -> None:
        """Take the copy of a run whose process died, where it is newer than what the process handed over."""
        if state != FAILED or not self._keeps_run or self._file is None:
            return
        with contextlib.suppress(StudioError):
            run = run_copies.find(_run_file(self._file))
            if run is not None and _steps(run.weights.record) > _steps(self._session.record):
                self._weights.restore_run(run.weights)

    def _tell_run_failure(self, sentence: str, details: str) -> None:
        if not self._run_failed:  # once a run
            self._run_failed = True
            words = self.tr("Training continues, but its progress would be lost in a crash: {0}")
            self._notices.report(words.format(sentence), "warning", details)

    # ---------------------------------------------------------------------------------- inner

    def path(self) -> Path:
        """Return this window's file, locked; `OSError` where the folder cannot be made."""
        if self._file is None or self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = self.folder / f"{os.urandom(8).hex()}{SUFFIX}"
            self._lock, self._file = _lock(file), file
        return self._file

    def _follow(self, dirty: bool) -> None:
        if dirty:
            return
        if self._keeps_run:
            self._kept = None  # the same design, but saved, perhaps as another file
            self.write_copy()
        else:
            self._remove()

    def _remove(self) -> None:
        self._kept = None
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)

    def _tell_failure(self, error: Exception) -> None:
        if not self._failed:  # once; the next copy may succeed
            self._failed = True
            self._notices.report(
                self.tr("No recovery copy can be kept in {0}. Save the design yourself, often.").format(
                    self.folder
                ),
                "warning",
                str(error),
            )


def _lock(file: Path) -> QLockFile | None:
    """Lock a copy; return None if its window still runs."""
    lock = QLockFile(str(file.with_suffix(LOCK_SUFFIX)))
    lock.setStaleLockTime(0)  # only a process that is gone gives up its lock, however old it is
    return lock if lock.tryLock(0) else None


def _written_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _run_file(copy: Path) -> Path:
    """Return the run file of a copy."""
    return copy.with_suffix(run_copies.SUFFIX)


def _steps(record: Mapping[str, Any]) -> int:
    steps = record.get("steps")
    return steps if isinstance(steps, int) else -1


def _when(at: float) -> str:
    return QLocale().toString(_moment(at), QLocale.FormatType.ShortFormat)


def _moment(at: float) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(at))
