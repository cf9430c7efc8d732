"""Output of text on standard output and standard error.

All commands print through this module, because their output quotes files from untrusted sources. Control
characters are shown as escapes, so that a name cannot move the cursor, change the title of the terminal or
reverse the reading direction. A character that the encoding lacks is escaped too. A failed write of standard
output raises `OutputLost`; one of standard error is ignored.
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
from rnnstudio.design.message import brief, message

# C0 except tab and line feed, DEL, C1, line and paragraph separators, directional embeddings, overrides
# and isolates, and surrogates, which stand for the bytes of a file name that is not UTF-8.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class OutputLost(StudioError):
    """Standard output cannot be written; ``closed`` says whether its reader was closed."""

    def __init__(self, error: OSError) -> None:
        self.closed = isinstance(error, BrokenPipeError)
        reason = message("what read it is gone") if self.closed else (error.strerror or str(error)).lower()
        said = message("The output cannot be written: {reason}.", reason=reason)
        super().__init__(said, code="output-lost", details=str(error))


def prepare() -> None:
    """Prepare both streams: open closed ones, and escape characters that they cannot encode.

    Otherwise the next file that is opened would get a closed descriptor, and libraries would print into it.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # uses the lowest free number
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def finish(status: int) -> int:
    """Flush standard output, so that the interpreter reports no error at exit; return the status."""
    try:
        with writing():
            sys.stdout.flush()
    except OutputLost as lost:
        if not lost.closed and status == 0:
            complain(lost.sentence)
        status = status or 1
    return status


def printable(text: str) -> str:
    """Return a text with escaped control characters, except tabs and line feeds."""
    return _CONTROL.sub(lambda character: ascii(character[0])[1:-1], text)


def one_line(text: str) -> str:
    """Return a sentence in one line, shortened by `brief`, with escaped control characters."""
    return printable(brief(" ".join(text.split())))


def show(text: str = "", end: str = "\n") -> None:
    """Print a text on standard output, made `printable`; raises `OutputLost` on failure."""
    show_data(printable(text), end)


def show_line(text: str) -> None:
    """Print a sentence on standard output in `one_line`; raises `OutputLost` on failure."""
    show_data(one_line(text))


def show_data(text: str, end: str = "\n") -> None:
    """Print machine-readable text on standard output; raises `OutputLost` on failure."""
    with writing():
        print(text, end=end, flush=True)


def complain(sentence: str) -> None:
    """Print a sentence on standard error in `one_line`; failures are ignored."""
    complain_lines(f"{one_line(sentence)}\n")


def complain_lines(text: str) -> None:
    """Print lines on standard error, made `printable`; failures are ignored."""
    try:
        print(printable(text), end="", file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


@contextmanager
def writing() -> Iterator[None]:
    """Raise `OutputLost` if writing standard output fails, and discard all later output."""
    try:
        yield
    except OSError as error:
        _discard(sys.stdout)
        raise OutputLost(error) from error


def _discard(stream: TextIO) -> None:
    """Redirect a stream to the null device, so that its buffer does not fail again at exit."""
    with suppress(OSError, ValueError):  # the stream may have no file descriptor
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
