"""Reading regular files up to a size limit.

All files chosen by the user, or found in the user's folders, are read through this module. Reading a FIFO
would block, a device may be endless, and files below ``/proc`` do not report their size.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rnnstudio.design.errors import FileError
from rnnstudio.design.message import Message, message

CHOOSE_ANOTHER = message("Choose another file.")
_REASONS = {
    errno.EACCES: message("you may not open it"),
    errno.EPERM: message("you may not open it"),
    errno.EISDIR: message("it is a folder"),
    errno.ENAMETOOLONG: message("its name is too long"),
    errno.ELOOP: message("it is a link to itself"),
}
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def special_kind(mode: int) -> Message | None:
    """Return a description, such as "a folder", if a mode is not that of a regular file; otherwise None."""
    if stat.S_ISREG(mode):
        return None
    return message("a folder") if stat.S_ISDIR(mode) else message("a device, a FIFO or a socket")


@contextmanager
def open_regular(path: Path, way_out: Message = CHOOSE_ANOTHER) -> Iterator[BinaryIO]:
    """Open a regular file, or a link to one, for reading bytes.

    Parameters
    ----------
    path
        The file. It is opened without waiting, and what was opened is looked at, so that nothing can be
        put in its place between the look and the opening.
    way_out
        The last sentence of the message if the file cannot be opened.

    Raises
    ------
    FileError
        It is not there, is not a regular file, or cannot be opened or read.
    """
    if not _is_name(path):
        raise FileError(
            message(
                "“{path}” cannot be read: no file can have that name. {way_out}", path=path, way_out=way_out
            )
        )
    try:
        _require_regular(os.stat(path), path, way_out)  # opening a device can change its state
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            _require_regular(os.fstat(file.fileno()), path, way_out)
            yield file
    except FileNotFoundError:
        raise FileError(message("There is no file “{path}”. {way_out}", path=path, way_out=way_out)) from None
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or message(
            "the system says “{reason}”", reason=error.strerror or error
        )
        raise FileError(
            message(
                "“{path}” cannot be read: {reason}. {way_out}", path=path, reason=reason, way_out=way_out
            ),
            details=str(error),
        ) from error


def read_bytes(path: Path | str, limit: int, way_out: Message = CHOOSE_ANOTHER) -> bytes:
    """Return the bytes of a regular file, or of a link to one.

    Parameters
    ----------
    path
        The file.
    limit
        The most bytes that are read, whatever the file says of its size.
    way_out
        The last sentence of the message if the file cannot be read.

    Raises
    ------
    FileError
        It is not there, is not a regular file, holds more than ``limit`` bytes, or cannot be read.
    """
    path = Path(path)
    try:
        with open_regular(path, way_out) as file:
            size = os.fstat(file.fileno()).st_size
            pieces: list[bytes] = []
            left = limit + 1
            while size <= limit and left > 0:
                piece = file.read(min(max(size + 1, 65_536), left))
                if piece is None:
                    raise BlockingIOError(errno.EAGAIN, "there is nothing to read yet")
                if not piece:
                    break
                pieces.append(piece)
                left -= len(piece)
    except MemoryError:
        raise FileError(
            message("There is not enough memory to read “{path}”. {way_out}", path=path, way_out=way_out)
        ) from None
    if size > limit or left <= 0:
        raise FileError(
            message(
                "“{path}” is larger than {limit}, the most that is read. {way_out}",
                path=path,
                limit=in_units(limit),
                way_out=way_out,
            )
        )
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def parse_initializer(path: Path, count: int) -> bytes:
    """Return the first ``count`` bytes of a regular file; the errors are those of `open_regular`."""
    with open_regular(path) as file:
        return file.read(count) or b""


def _is_name(path: Path) -> bool:
    """Return whether a path is a possible file name: without null bytes and encodable."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def _require_regular(status: os.stat_result, path: Path, way_out: Message) -> None:
    kind = special_kind(status.st_mode)
    if kind is not None:
        raise FileError(
            message(
                "“{path}” is not a regular file: it is {kind}. {way_out}",
                path=path,
                kind=kind,
                way_out=way_out,
            )
        )


def in_units(count: int) -> str:
    """Return a number of bytes with a suitable unit, as in "50 MB"."""
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"
