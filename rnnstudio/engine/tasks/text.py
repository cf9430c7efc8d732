"""A text file of the user, character by character."""

import codecs
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from rnnstudio.design import regular_file
from rnnstudio.design.constraints import FilePath, Integer
from rnnstudio.design.errors import DataError
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.paths import path_from_text
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.program.memory import require_free
from rnnstudio.engine.tasks.base import TASKS, TaskData, TaskSpec, character_tokens, chunks, normalized

LARGEST = 64 * 2**20  # bytes
BLOCK = 2**18  # bytes that are decoded at a time


def decoded(raw: bytes, name: str) -> Iterator[str]:
    """Decode UTF-8 block by block.

    Raises
    ------
    DataError
        If it is not UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(raw), BLOCK):
        before = len(decoder.getstate()[0])  # bytes of an incomplete character at the end of a block
        try:
            yield decoder.decode(raw[start : start + BLOCK], final=start + BLOCK >= len(raw))
        except UnicodeDecodeError as error:
            at = start - before + error.start
            raise DataError(
                message(
                    "“{name}” is not UTF-8 text: byte {byte:#04x} at offset {offset:,} does not fit. Save it "
                    "as UTF-8 in a text editor.",
                    name=name,
                    byte=raw[at],
                    offset=at,
                )
            ) from None


@lru_cache(maxsize=1)
def read_text(source: Path, state: tuple[int, int] | None) -> tuple[tuple[str, ...], NDArray[Any]]:
    """Return the characters of a file and its text as tokens; cached for other sequence lengths.

    ``state`` is the result of `file_state`.

    Raises
    ------
    FileError, DataError
        If the file cannot be read or is too large or not UTF-8.
    """
    size = min(state[0], LARGEST) if state else 0
    what = message("Reading “{file}”", file=source.name)
    require_free(3 * size, what, message("Use part of it."))  # the bytes and the tokens
    raw = regular_file.read_bytes(
        source, LARGEST, message("Choose another text file in the task's settings.")
    )
    return character_tokens(lambda: normalized(decoded(raw, source.name)))


def open_text(params: Params) -> TaskData:
    """Read the file at ``path`` and cut it into sequences of ``length`` characters."""
    chosen, length = params["path"], params["length"]
    assert isinstance(chosen, str)
    assert isinstance(length, int)
    if not chosen:
        raise DataError(message("No text file is chosen. Choose one in the task's settings."))
    source = path_from_text(chosen)
    symbols, tokens = read_text(source, file_state(params))
    count = len(tokens)
    if not count:
        raise DataError(message("“{source}” is empty. Choose a file with some text.", source=source.name))
    if count == 1:
        raise DataError(
            message(
                "“{source}” is one character long, so there is no next character to predict. Choose a "
                "file with more text.",
                source=source.name,
            )
        )
    if count - 1 <= length:
        way_out = (
            message(
                "Set the length to {most:,} or less, or choose a file with more text.", most=(count - 1) // 2
            )
            if count >= 5
            else message("Choose a file with more text.")
        )
        raise DataError(
            message(
                "“{source}” has {count:,} characters: too few for two sequences of {length:,}, one to "
                "train on and one to validate. {way_out}",
                source=source.name,
                count=count,
                length=length,
                way_out=way_out,
            )
        )
    return chunks(symbols, tokens, length)


def file_state(params: Params) -> tuple[int, int] | None:
    """Return the size and modification time of the file, so that an edited file is read again."""
    try:
        stat = path_from_text(str(params["path"])).stat()
    except (OSError, ValueError):
        return None
    return (stat.st_size, stat.st_mtime_ns)


TASKS.register(
    TaskSpec(
        kind="text",
        title="Text file",
        description="A text file of your own in UTF-8, character by character.",
        params=(
            ParamSpec(
                "path",
                "Text file",
                FilePath("Text (*.txt *.md *.csv *.py *.html);;All files (*)"),
                "",
                "Any file of UTF-8 text, up to 64 MB.",
            ),
            ParamSpec(
                "length",
                "Sequence length",
                Integer(2, 10_000),
                64,
                "Characters learnt from at a time; the state starts anew with each sequence.",
                "characters",
            ),
        ),
        open=open_text,
        state=file_state,
        licence="As the file's own",
    )
)
