"""Weight files, read and written in the format that their suffix names."""

from __future__ import annotations

from pathlib import Path

from rnnstudio.design.errors import FileError, UnknownKindError
from rnnstudio.design.message import message
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, WeightFormat, Weights


def weight_format(path: Path) -> WeightFormat:
    """Return the format of a file by its suffix; `UnknownKindError` where no format has it."""
    catalogue()
    suffix = Path(path).suffix.lower()
    for known in WEIGHT_FORMATS:
        if known.suffix == suffix:
            return known
    suffixes = " or ".join(known.suffix for known in WEIGHT_FORMATS)
    ends = f"ends in {suffix}" if suffix else "has no ending"
    raise UnknownKindError(
        message(
            "“{path}” {ends}; a weight file ends in {suffixes}.",
            path=Path(path).name,
            ends=ends,
            suffixes=suffixes,
        )
    )


def save_weights(path: Path, weights: Weights) -> None:
    """Write weights in the format that the suffix names, whole or not at all."""
    weight_format(path).save(Path(path), weights)


def load_weights(path: Path) -> Weights:
    """Read a weight file in the format that its suffix names, whole or not at all.

    Raises
    ------
    UnknownKindError
        If no format has that suffix.
    FileError
        If the file cannot be read or is not what its suffix says.
    """
    known = weight_format(path)
    if known.load is None:
        raise FileError(
            message(
                "“{path}”: {known} files are written and not read. Choose another file.",
                path=Path(path).name,
                known=known.title,
            )
        )
    try:
        return known.load(Path(path))
    except MemoryError:
        raise FileError(
            message("There is not enough memory to open “{path}”.", path=Path(path).name)
        ) from None
