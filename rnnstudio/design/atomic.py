"""Writing a file whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path

from rnnstudio.design.errors import FileError


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file by ``data``: temporary file in its folder, fsync, rename, fsync of the folder.

    Raises
    ------
    FileError
        If it cannot be written; what was there before is untouched.
    """
    path = Path(path)
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), _mode(path))
            os.fsync(file.fileno())
        os.replace(temporary, path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError(
            f"“{path.name}” could not be written to {path.parent}: {reason}. "
            "Nothing was changed there; choose another place, or make room.",
            details=repr(error),
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def read_bytes(path: Path, limit: int) -> bytes:
    """Return a file's bytes; `FileError` where it cannot be read or has more than ``limit`` bytes."""
    path = Path(path)
    try:
        if path.stat().st_size > limit:
            raise FileError(
                f"“{path.name}” is larger than {limit // 2**20} MB, the most that is read. Choose another."
            )
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError(
            f"“{path.name}” could not be read: {reason}. Choose another file.", details=repr(error)
        ) from error


def _mode(path: Path) -> int:
    """Return the permissions of the file that is replaced, or those of a new file."""
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # a folder cannot be opened for fsync elsewhere
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
