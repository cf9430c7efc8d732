"""Text on its way to standard output and standard error.

Everything that the commands print goes through here, because it quotes files that anybody may have
written. Control characters are shown as escapes, so that a name cannot move the cursor, change the
title of the terminal or reverse the reading direction. A character that the encoding lacks is shown as
an escape too. A failed write of standard output is an `OutputLost`; one of standard error is ignored.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import brief

# C0 except tab and line feed, DEL, C1, line and paragraph separators, directional embeddings, overrides
# and isolates, and surrogates, which stand for the bytes of a file name that is not UTF-8.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class OutputLost(StudioError):
    """Standard output cannot be written any more; ``closed`` tells that its reader is gone."""

    def __init__(self, error: OSError) -> None:
        self.closed = isinstance(error, BrokenPipeError)
        reason = "what read it is gone" if self.closed else (error.strerror or str(error)).lower()
        super().__init__(f"The output cannot be written: {reason}.", details=str(error))


def prepare() -> None:
    """Make both streams usable: open those that were closed at start, and escape what they cannot encode.

    A closed descriptor would otherwise be given to the next file that is opened, and what the libraries
    print would be written into it.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest free number
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def finish(status: int) -> int:
    """Write what is still buffered, so that the interpreter has nothing to complain of; return the status."""
    try:
        with writing():
            sys.stdout.flush()
    except OutputLost as lost:
        if not lost.closed and status == 0:
            complain(lost.sentence)
        status = status or 1
    return status


def printable(text: str) -> str:
    """Return a text with its control characters as escapes; tabs and line feeds stay."""
    return _CONTROL.sub(lambda character: ascii(character[0])[1:-1], text)


def one_line(text: str) -> str:
    """Return a sentence in one line, cut as `brief` does, with its control characters as escapes."""
    return printable(brief(" ".join(text.split())))


def show(text: str = "", end: str = "\n") -> None:
    """Print a text on standard output at once, as `printable` returns it; `OutputLost` where that fails."""
    show_data(printable(text), end)


def show_line(text: str) -> None:
    """Print a sentence on standard output, as `one_line` returns it; `OutputLost` where that fails."""
    show_data(one_line(text))


def show_data(text: str, end: str = "\n") -> None:
    """Print on standard output what a program reads; `OutputLost` where that fails."""
    with writing():
        print(text, end=end, flush=True)


def complain(sentence: str) -> None:
    """Print a sentence on standard error, as `one_line` returns it, if it can be written."""
    complain_lines(f"{one_line(sentence)}\n")


def complain_lines(text: str) -> None:
    """Print lines on standard error, as `printable` returns them, if they can be written."""
    try:
        print(printable(text), end="", file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


@contextmanager
def writing() -> Iterator[None]:
    """Raise `OutputLost` where writing standard output fails, and discard all that is written afterwards."""
    try:
        yield
    except OSError as error:
        _discard(sys.stdout)
        raise OutputLost(error) from error


def _discard(stream: TextIO) -> None:
    """Let a stream write to nowhere: what it still holds would fail again when the interpreter ends."""
    with suppress(OSError, ValueError):  # a stream that is no file has no descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
