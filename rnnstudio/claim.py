"""Claims: locks on weight files, so that no two runs write the same file."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path

from rnnstudio.design import atomic
from rnnstudio.design.errors import FileError
from rnnstudio.design.message import message
from rnnstudio.engine.weights.files import weight_format

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True


class Claimed(FileError):
    """Another run is writing the file."""


class Claim:
    """A lock on a weight file, held by this process until `release`.

    A hidden file in the same folder is locked. The system releases the lock when the process ends, even if it
    is killed. Creating the hidden file also checks that the folder is writable.

    Parameters
    ----------
    path : the file, or a link to it

    Raises
    ------
    UnknownKindError
        If no weight format has its suffix.
    Claimed
        If another run has claimed it.
    FileError
        If it could not be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        weight_format(path)
        with atomic.refusals(path):
            target = Path(os.path.realpath(path))
            if not target.parent.is_dir():
                raise FileError(
                    message(
                        "There is no folder “{path}” for the weights. Make it, or choose another.",
                        path=path.parent,
                    )
                )
            if target.is_dir():
                raise FileError(
                    message("“{path}” is a folder. Choose the name of a file for the weights.", path=path)
                )
            atomic.require_writable(path)
            digest = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]
            self._file = target.parent / f".rnnstudio-{digest}.lock"
            self._descriptor = _locked(self._file)
        if self._descriptor is None:
            raise Claimed(
                message(
                    "“{path}” is being written by another run. Wait until that has ended, or choose another "
                    "file with --out.",
                    path=path,
                )
            )

    def release(self) -> None:
        """Release the lock."""
        if self._descriptor is not None:
            if sys.platform != "win32":  # where a file that is open cannot be removed
                self._remove()
            os.close(self._descriptor)
            self._descriptor = None
            if sys.platform == "win32":
                self._remove()

    def _remove(self) -> None:
        with suppress(OSError):
            self._file.unlink()


def claim_free(path: Path) -> Claim:
    """Claim a weight file that does not exist: ``path``, or the first free of name-2, name-3 and so on.

    Raises the errors of `Claim` except `Claimed`.
    """
    number, free = 1, path
    while True:
        if not os.path.lexists(free):
            with suppress(Claimed):
                claim = Claim(free)
                if not os.path.lexists(free):
                    return claim
                claim.release()  # another run has just ended
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")


def _locked(file: Path) -> int | None:
    """Lock a lock file and return its descriptor; None if another process has locked it."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    while True:
        descriptor = os.open(file, flags, 0o666)
        if not _lock(descriptor):
            os.close(descriptor)
            return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), file.stat()):
                return descriptor
        os.close(descriptor)  # it was removed meanwhile
