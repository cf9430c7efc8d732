"""Messages as bytes on a pipe: eight bytes of length (little end first), then the body."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import RawIOBase
from typing import IO

from rnnstudio.design.message import message
from rnnstudio.worker.errors import MessageError

MOST = 2**34  # bytes of one message; a longer one means that the two sides are out of step
_LENGTH = struct.Struct("<Q")
_CHUNK = 1 << 20

Pipe = IO[bytes] | RawIOBase


def _ignore() -> None:
    pass


def write(pipe: Pipe, body: bytes) -> None:
    """Write one message whole; ``OSError`` where the other side is gone."""
    for part in (_LENGTH.pack(len(body)), body):
        rest = memoryview(part)
        while rest:
            rest = rest[pipe.write(rest) :]
    pipe.flush()


def read(pipe: Pipe, alive: Callable[[], None] = _ignore) -> bytes | None:
    """Read one message; ``None`` where the other side has closed.

    Parameters
    ----------
    alive : called before each wait for bytes, so that a long message counts as a sign of life.

    Raises
    ------
    MessageError
        The length makes no sense; nothing after it can be read.
    """
    head = _read_exactly(pipe, _LENGTH.size, alive)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MOST:
        raise MessageError(message("The window and the training process no longer understand each other."))
    return _read_exactly(pipe, length, alive)


def _read_exactly(pipe: Pipe, length: int, alive: Callable[[], None]) -> bytes | None:
    parts: list[bytes] = []
    while length:
        alive()
        part = pipe.read(min(length, _CHUNK))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
