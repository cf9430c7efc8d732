"""The cache of machine code on disk.

The code that is read here is executed. So an entry is read only if nobody but its owner can write it, and
only if it is complete: it starts with a digest of its name and of all following bytes. An invalid entry is
compiled again. If an entry cannot be written, it is compiled again next time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path

import platformdirs

from rnnstudio.design.atomic import write_bytes
from rnnstudio.design.errors import FileError
from rnnstudio.design.message import Message, message
from rnnstudio.design.regular_file import open_regular

VARIABLE = "RNNSTUDIO_KERNELS"
LARGEST = 64 * 2**20  # bytes of machine code; a cell of a hundred equations takes less than one
OTHERS = stat.S_IWGRP | stat.S_IWOTH


def folder() -> Path:
    """Return the folder of compiled kernels: ``RNNSTUDIO_KERNELS`` if it is set, or the user's cache."""
    asked = os.environ.get(VARIABLE)
    return (
        Path(asked) if asked else Path(platformdirs.user_cache_dir("rnnstudio", appauthor=False)) / "kernels"
    )


def obstacle() -> Message | None:
    """Create the folder; return why kernels cannot be kept in it, or None."""
    path = folder()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = path.stat()
        if not os.environ.get(VARIABLE) and status.st_mode & OTHERS:  # from an earlier version
            path.chmod(0o700)
            status = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return message("“{path}” cannot be used ({reason})", path=path, reason=reason)
    if not _is_private(status):
        return message("others than you can write to “{path}”", path=path)
    if os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return None
    return message("“{path}” cannot be written", path=path)


class CacheEntry:
    """The folder of one source and its machine code.

    Parameters
    ----------
    name : the name of its folder
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = folder() / name

    def read(self) -> bytes | None:
        """Return the machine code, or None if there is none that can be trusted."""
        try:
            if not all(_is_private(path.lstat()) for path in (self.folder, folder().resolve())):
                return None
            data = _read(self.folder / "kernel.o")
        except (OSError, ValueError, FileError):
            return None
        digest, code = data[:32], data[32:]
        return code if code and digest == self._digest(code) else None

    def write(self, source: str, code: bytes) -> None:
        """Store both; a failure is ignored."""
        if obstacle():
            return
        with contextlib.suppress(OSError, ValueError, FileError):
            self.folder.mkdir(exist_ok=True, mode=0o700)
            if not _is_private(self.folder.lstat()):
                return
            for name, data in (("kernel.py", source.encode()), ("kernel.o", self._digest(code) + code)):
                path = self.folder / name
                if path.is_symlink() or path.exists():  # it is not trusted, nor are its permissions
                    path.unlink()
                write_bytes(path, data)
                path.chmod(0o600)

    def _digest(self, code: bytes) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\0" + code).digest()


def _read(path: Path) -> bytes:
    """Return the bytes of a regular file; raise an error if others can write it."""
    if path.is_symlink():  # its target may be writable by others
        raise ValueError(f"{path} is a link")
    with open_regular(path) as file:
        status = os.fstat(file.fileno())
        if not _is_private(status) or status.st_size > LARGEST:
            raise ValueError(f"{path} is not a file of kernels")
        return file.read(LARGEST)


def _is_private(status: os.stat_result) -> bool:
    """Whether only the current user can write to a file or folder; always true on Windows."""
    if not hasattr(os, "geteuid"):
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & OTHERS
