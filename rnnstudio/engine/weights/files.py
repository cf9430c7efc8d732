"""Weight files, read and written in the format that their suffix names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from rnnstudio.design import atomic, regular_file
from rnnstudio.design.errors import DesignError, FileError, UnknownKindError
from rnnstudio.design.message import message
from rnnstudio.design.model import Value
from rnnstudio.design.paths import with_absolute_paths
from rnnstudio.design.problems import Report
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.check import load_check
from rnnstudio.engine.weights.fit import require_fit, require_shapes
from rnnstudio.engine.weights.format import LARGEST, WEIGHT_FORMATS, WeightFormat, Weights
from rnnstudio.engine.weights.trained_node import require_emitters

DEFAULTS: Mapping[str, Value] = MappingProxyType({})


def weight_format(path: Path) -> WeightFormat:
    """Return the format of a file by its suffix; `UnknownKindError` where no format has it."""
    catalogue()
    suffix = Path(path).suffix.lower()
    for known in WEIGHT_FORMATS:
        if known.suffix == suffix:
            return known
    suffixes = " or ".join(known.suffix for known in WEIGHT_FORMATS)
    ends = message("ends in {suffix}", suffix=suffix) if suffix else message("has no ending")
    raise UnknownKindError(
        message(
            "“{path}” {ends}; a weight file ends in {suffixes}.",
            path=Path(path).name,
            ends=ends,
            suffixes=suffixes,
        )
    )


def save_weights(
    path: Path, model: Weights, options: Mapping[str, Value] = DEFAULTS, report: Report | None = None
) -> None:
    """Write a model in the format that the suffix names, whole or not at all.

    Parameters
    ----------
    options : those of the format that are not to have their default
    report : what the check found in the model's design; if there is none, a format that needs it has the
        design checked, whose paths are relative to the file's folder

    Raises
    ------
    UnknownKindError
        If no format has that suffix.
    DesignError
        If an option is wrong, or the format cannot write the design.
    FileError
        If the file cannot be written.
    """
    path = Path(path)
    known = weight_format(path)
    complete = known.complete(options)
    found = _require_network(known, model, report, path.parent) if known.has_emitters else Report()
    atomic.write_bytes(path, known.encode(model, found, complete))


def _require_network(known: WeightFormat, model: Weights, report: Report | None, folder: Path) -> Report:
    """Return the report of a model's design; `DesignError` unless a format with emitters can write it."""
    if model.design is None:
        raise DesignError(
            message(
                "The format “{title}” writes the whole network, but there are only weights and no design. "
                "Name the design too.",
                title=known.title,
            )
        )
    require_emitters(known.kind, model.design)
    if report is None:
        from rnnstudio.engine.datasets import inspect  # the window gives a report

        design = with_absolute_paths(model.design, catalogue(), folder)
        data = inspect(design.task)
        report = load_check(design, data)
        require_fit(model, design, data)
    require_shapes(model.design, report)
    return report


def load_weights(path: Path) -> Weights:
    """Read a weight file in the format that its suffix names, whole or not at all.

    Raises
    ------
    UnknownKindError
        If no format has that suffix.
    FileError
        If the file cannot be read or is not what its suffix says.
    """
    path = Path(path)
    known = weight_format(path)
    name = path.name
    if known.decode is None:
        raise FileError(
            message(
                "“{path}”: {known} files are written and not read. Choose another file.",
                path=name,
                known=known.title,
            )
        )
    try:
        data = regular_file.read_bytes(path, LARGEST, message("Choose another weight file."))
        return known.decode(data, f"“{name}”")
    except MemoryError:
        raise FileError(message("There is not enough memory to open “{path}”.", path=name)) from None
