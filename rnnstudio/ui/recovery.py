"""Copies of a design with changes that are not saved, for the start after a crash.

One file for each window that runs, locked while it does: a copy whose lock is free belongs to a window
that ended without closing.
"""

from __future__ import annotations

import contextlib
import os
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from PySide6.QtCore import QDateTime, QLocale, QLockFile, QObject, QTimer

from rnnstudio.design import atomic, codec, regular_file
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Design
from rnnstudio.design.paths import path_of, text_of
from rnnstudio.ui.document import Document
from rnnstudio.ui.files import Files
from rnnstudio.ui.notice import NoticeBar, Offer

SUFFIX, LOCK_SUFFIX, UNREADABLE = ".recovery", ".lock", ".unreadable"
LARGEST = 2 * codec.LIMIT  # bytes; a design is written as a JSON string, whose quotes take two
END_OF_DATES = 253_402_300_800  # the year 10000, in seconds since 1970


class Copy(msgspec.Struct, frozen=True):
    """What a recovery file holds: the document's name, its file, when it was, and the design as text."""

    name: str
    path: str | None
    at: Annotated[float, msgspec.Meta(ge=0, lt=END_OF_DATES)]
    design: str


def default_folder() -> Path:
    """Return where recovery copies lie."""
    from platformdirs import user_data_path

    return user_data_path("rnnstudio", appauthor=False) / "recovery"


class Recovery(QObject):
    """Keeps a copy while there are unsaved changes, and offers what an earlier window left."""

    def __init__(
        self,
        document: Document,
        files: Files,
        notices: NoticeBar,
        parent: QObject | None = None,
        *,
        folder: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._files, self._notices = document, files, notices
        self.folder = folder if folder is not None else default_folder()
        self._lock: QLockFile | None = None
        self._file: Path | None = None
        self._kept: Design | None = None
        self._failed = False
        self._left: list[tuple[Path, QLockFile]] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.keep)
        document.dirty_changed.connect(self._follow)

    def set_minutes(self, minutes: int) -> None:
        """Keep a copy every so many minutes; none where that is 0."""
        if minutes == 0:
            self._timer.stop()
            self._remove()
        elif not self._timer.isActive() or self._timer.interval() != minutes * 60_000:
            self._timer.start(minutes * 60_000)

    @property
    def minutes(self) -> int:
        """The minutes between two copies; 0 where none are kept."""
        return self._timer.interval() // 60_000 if self._timer.isActive() else 0

    @property
    def file(self) -> Path | None:
        """The copy of this window, while there is one."""
        return self._file if self._kept is not None else None

    def keep(self) -> None:
        """Write the copy now, if there is something unsaved in it that the last one had not."""
        design = self._document.design
        if not self._document.is_dirty or design is self._kept:
            return
        path = self._document.path
        copy = Copy(
            self._files.name, text_of(path.absolute()) if path else None, time.time(), codec.encode(design)
        )
        try:
            atomic.write_bytes(self._place(), msgspec.json.encode(copy))
        except (FileError, OSError) as error:
            self._tell_failure(error)
            return
        self._kept, self._failed = design, False

    def close(self) -> None:
        """Forget the copy of this window, which ends as it should; copies that were not answered stay."""
        self._timer.stop()
        self._remove()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None
        for _, lock in self._left:
            lock.unlock()
        self._left.clear()

    # --------------------------------------------------------------------------- after a crash

    def offer(self) -> None:
        """Look for copies of windows that ended without closing, and offer the newest."""
        if self.folder.is_dir():
            files = sorted(self.folder.glob(f"*{SUFFIX}"), key=_written_at)
            self._left = [(file, lock) for file in files if (lock := _lock(file)) is not None]
        self._offer_next()

    def _offer_next(self) -> None:
        aside = ""
        while self._left:
            try:
                copy = msgspec.json.decode(regular_file.read_bytes(self._left[-1][0], LARGEST), type=Copy)
                design = codec.decode(copy.design)
            except (msgspec.DecodeError, UnicodeDecodeError, FileError):
                aside = self._set_aside()
                continue
            self._offer(copy, design, aside)
            return
        if aside:
            self._notices.tell(aside, "warning")

    def _offer(self, copy: Copy, design: Design, aside: str) -> None:
        when = QLocale().toString(_moment(copy.at), QLocale.FormatType.ShortFormat)
        words = self.tr("RNN Studio ended unexpectedly. There are unsaved changes of “{0}” from {1}.")
        self._notices.offer(
            f"{words.format(copy.name, when)} {aside}".strip(),
            (
                Offer(
                    self.tr("Restore"),
                    self.tr("Open the design with these changes"),
                    partial(self._restore, copy, design),
                ),
                Offer(self.tr("Discard"), self.tr("Delete these changes for good"), self._discard),
            ),
            "warning",
        )

    def _restore(self, copy: Copy, design: Design) -> None:
        if not self._files.restore(design, path_of(copy.path) if copy.path else None):
            self._offer_next()  # the person keeps what is open; the copy stays
            return
        self.keep()  # before the old copy goes: there is one at every moment
        self._drop()

    def _set_aside(self) -> str:
        """Keep a copy that cannot be read where it is never offered again; return what to say of it."""
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
        with contextlib.suppress(OSError):
            file.unlink()
        lock.unlock()

    # ---------------------------------------------------------------------------------- inner

    def _place(self) -> Path:
        """Return this window's file, locked; `OSError` where the folder cannot be made."""
        if self._file is None or self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = self.folder / f"{os.urandom(8).hex()}{SUFFIX}"
            self._lock, self._file = _lock(file), file
        return self._file

    def _follow(self, dirty: bool) -> None:
        if not dirty:
            self._remove()

    def _remove(self) -> None:
        self._kept = None
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)

    def _tell_failure(self, error: FileError | OSError) -> None:
        if not self._failed:  # once; the next copy may succeed
            self._failed = True
            self._notices.tell(
                self.tr("No recovery copy can be kept in {0}. Save the design yourself, often.").format(
                    self.folder
                ),
                "warning",
                str(error),
            )


def _lock(file: Path) -> QLockFile | None:
    """Lock a copy; None where the window that keeps it still runs."""
    lock = QLockFile(str(file.with_suffix(LOCK_SUFFIX)))
    lock.setStaleLockTime(0)  # only a process that is gone gives up its lock, however old it is
    return lock if lock.tryLock(0) else None


def _written_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _moment(at: float) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(at))
