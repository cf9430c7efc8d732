"""The file that a run will write, claimed before it begins, so that no other run writes the same one."""

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
        except OSError:  # a file system without locks: then nothing can be claimed there
            return True
        return True


class Claimed(FileError):
    """Another run that is under way writes the file."""


class Claim:
    """A weight file that this process alone writes until `release`.

    A hidden file beside it is locked. The system gives the lock up when the process ends, however it
    ends, so that a run that was killed is in nobody's way. Creating the hidden file shows at the same
    time that the folder can be written.

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
        """Let others write the file."""
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
    """Claim a weight file that is not there yet: ``path``, or the first free of name-2, name-3 and so on.

    The errors are those of `Claim`, without `Claimed`.
    """
    number, free = 1, path
    while True:
        if not os.path.lexists(free):
            with suppress(Claimed):
                claim = Claim(free)
                if not os.path.lexists(free):
                    return claim
                claim.release()  # a run ended just now
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")


def _locked(file: Path) -> int | None:
    """Return the descriptor of a lock file, locked; None where another process has locked it."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    while True:
        descriptor = os.open(file, flags, 0o666)
        if not _lock(descriptor):
            os.close(descriptor)
            return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), file.stat()):
                return descriptor
        os.close(descriptor)  # the run that had it removed it meanwhile
