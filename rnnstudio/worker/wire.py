"""The framing of messages on a pipe: the length as eight little-endian bytes, then the body."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import RawIOBase
from typing import IO

from rnnstudio.design.message import message
from rnnstudio.worker.errors import MessageError

MAX_LENGTH = 2**34  # bytes of one message; a greater length means that the stream is corrupt
_LENGTH = struct.Struct("<Q")
_CHUNK = 1 << 20

Pipe = IO[bytes] | RawIOBase


def _ignore() -> None:
    pass


def write(pipe: Pipe, body: bytes) -> None:
    """Write one message; raise ``OSError`` if the other side is gone."""
    for part in (_LENGTH.pack(len(body)), body):
        rest = memoryview(part)
        while rest:
            rest = rest[pipe.write(rest) :]
    pipe.flush()


def read(pipe: Pipe, on_wait: Callable[[], None] = _ignore) -> bytes | None:
    """Read one message; return None if the other side has closed.

    Parameters
    ----------
    on_wait : called before each wait for bytes, so that a long message does not count as silence

    Raises
    ------
    MessageError
        The length is invalid, so that nothing after it can be read.
    """
    head = _read_exactly(pipe, _LENGTH.size, on_wait)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_LENGTH:
        raise MessageError(message("The window and the training process no longer understand each other."))
    return _read_exactly(pipe, length, on_wait)


def _read_exactly(pipe: Pipe, length: int, on_wait: Callable[[], None]) -> bytes | None:
    parts: list[bytes] = []
    while length:
        on_wait()
        part = pipe.read(min(length, _CHUNK))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
