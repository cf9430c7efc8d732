"""A text file of the user's own, character by character."""

from collections.abc import Hashable
from pathlib import Path

from rnnstudio.design import regular_file
from rnnstudio.design.constraints import FilePath, Whole
from rnnstudio.design.errors import DataError
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.registries import TASKS
from rnnstudio.engine.tasks.base import TaskData, TaskSpec, chunks, normalize_text

LARGEST = 64 * 2**20  # bytes


def read_text(source: Path) -> str:
    """Read a UTF-8 text file; line ends become line feeds, a byte order mark is left out.

    Raises
    ------
    FileError
        If the file cannot be read or is too large.
    DataError
        If it is not UTF-8.
    """
    raw = regular_file.read_bytes(source, LARGEST, "Choose another text file in the task's settings.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"“{source.name}” is not UTF-8 text: byte {raw[error.start]:#04x} at offset {error.start:,} does "
            "not fit. Save it as UTF-8 in a text editor."
        ) from None
    return normalize_text(text)


def open_text(params: Params) -> TaskData:
    """Read the file at ``path`` and cut it into sequences of ``length`` characters."""
    chosen, length = params["path"], params["length"]
    assert isinstance(chosen, str)
    assert isinstance(length, int)
    if not chosen:
        raise DataError("No text file is chosen. Choose one in the task's settings.")
    source = Path(chosen)
    text = read_text(source)
    if not text:
        raise DataError(f"“{source.name}” is empty. Choose a file with some text.")
    if len(text) == 1:
        raise DataError(
            f"“{source.name}” is one character long, so there is no next character to predict. "
            "Choose a file with more text."
        )
    if len(text) - 1 <= length:
        way_out = f"set the length to {(len(text) - 1) // 2:,} or less, or " if len(text) >= 5 else ""
        raise DataError(
            f"“{source.name}” has {len(text):,} characters: too few for two sequences of {length:,}, one to "
            f"train on and one to validate. {(way_out + 'choose a file with more text').capitalize()}."
        )
    return chunks(text, length)


def file_state(params: Params) -> Hashable:
    """Return the size and time of change of the file, so that an edited file is read again."""
    try:
        stat = Path(str(params["path"])).stat()
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
                Whole(2, 10_000),
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
