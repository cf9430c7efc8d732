"""What a weight format is, and how weights meet a design.

Weights are named ``node.weight``, as in ``lstm.U_f``, each array in its textbook shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design import regular_file
from rnnstudio.design.errors import DesignError, FileError, UnknownKindError
from rnnstudio.design.model import Design
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine import registries
from rnnstudio.engine.training.checkpoint import Checkpoint
from rnnstudio.engine.weights.symbols import symbols_digest, symbols_misfits

if TYPE_CHECKING:
    from rnnstudio.engine.tasks.base import TaskData

Array = NDArray[Any]
LARGEST = 4 * 2**30  # bytes of a weight file, and of all that it unpacks to


@dataclass(frozen=True)
class Weights:
    """Trained weights, with the design, the training record and a checkpoint where the file holds them."""

    arrays: dict[str, Array]
    design: Design | None = None
    record: dict[str, Any] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True)
class WeightFormat:
    """A kind of weight file.

    Attributes
    ----------
    suffix : of its files, with the dot
    save : (path, weights), atomically; raises `FileError`
    load : path -> weights, all or nothing; raises `FileError`; None where the format is only written
    """

    kind: str
    title: str
    suffix: str
    save: Callable[[Path, Weights], None]
    load: Callable[[Path], Weights] | None = None
    params: tuple[ParamSpec, ...] = ()


def read_file(path: Path) -> bytes:
    """Return the bytes of a weight file; `FileError` where it cannot be read or is too large."""
    return regular_file.read_bytes(path, LARGEST, "Choose another weight file.")


def weight_format(path: Path) -> WeightFormat:
    """Return the format of a file by its suffix; `UnknownKindError` where no format has it."""
    from rnnstudio.engine.catalogue import catalogue  # it imports this package

    catalogue()
    suffix = Path(path).suffix.lower()
    for known in registries.WEIGHT_FORMATS:
        if known.suffix == suffix:
            return known
    suffixes = " or ".join(known.suffix for known in registries.WEIGHT_FORMATS)
    ends = f"ends in {suffix}" if suffix else "has no ending"
    raise UnknownKindError(f"“{Path(path).name}” {ends}; a weight file ends in {suffixes}.")


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
            f"“{Path(path).name}”: {known.title} files are written and not read. Choose another file."
        )
    try:
        return known.load(Path(path))
    except MemoryError:
        raise FileError(f"There is not enough memory to open “{Path(path).name}”.") from None


# ------------------------------------------------------------------------- weights and a design


def expected_shapes(design: Design) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight that a design needs, by name.

    Raises
    ------
    DesignError
        If the design cannot run; the sentence is that of its first problem.
    """
    from rnnstudio.engine.catalogue import catalogue
    from rnnstudio.engine.check import load_check

    report = load_check(design)
    for problem in report.problems:
        if problem.severity == "error":
            raise DesignError(problem.sentence)
    from rnnstudio.engine import tasks

    facts = tasks.facts(design.task)
    shapes: dict[str, tuple[int, ...]] = {}
    for node in design.nodes:
        spec = catalogue().nodes.get(node.kind)
        inputs = {
            link.target_port: report.shapes[link.source, link.source_port]
            for link in design.links
            if link.target == node.id
        }
        for name, shape in spec.weights(spec.complete(node.params), inputs, facts).items():
            shapes[f"{node.id}.{name}"] = tuple(shape)
    return shapes


def match(
    weights: Mapping[str, Array], expected: Mapping[str, tuple[int, ...]], dtype: str = "float32"
) -> list[str]:
    """Return a sentence for each weight that does not fit, in the design's order; none if all fit.

    ``dtype`` is the precision of the design, in which every value must be finite.
    """
    sentences = []
    for name, shape in expected.items():
        array = weights.get(name)
        if array is None:
            sentences.append(f"{name} is missing; the design needs it as {_sizes(shape)}.")
        elif not np.issubdtype(array.dtype, np.floating):
            sentences.append(f"{name} holds {array.dtype} values; the design needs floating-point numbers.")
        elif array.shape != tuple(shape):
            sentences.append(f"{name} is {_sizes(array.shape)}; the design needs {_sizes(shape)}.")
        elif not np.isfinite(array).all():
            sentences.append(f"{name} holds values that are not finite.")
        elif not _held_by(dtype, array):
            sentences.append(
                f"{name} holds a value that {dtype} cannot hold ({_largest(array):.3g}); set the precision "
                "of the training plan to float64, or choose other weights."
            )
    sentences += [f"{name} has no place in the design." for name in weights if name not in expected]
    return sentences


def misfits(weights: Weights, design: Design) -> list[str]:
    """Return what keeps weights from standing for a design: `match`, or other symbols than they know.

    Errors as `expected_shapes`.
    """
    from rnnstudio.engine import tasks

    found = symbols_misfits(symbols_digest(weights.record), tasks.open_task(design.task))
    return found or match(weights.arrays, expected_shapes(design), design.plan.dtype)


def require_fit(weights: Weights, design: Design) -> None:
    """Raise `DesignError` with every sentence of `misfits`, unless there is none."""
    _refuse(misfits(weights, design))


def require_match(
    weights: Mapping[str, Array], expected: Mapping[str, tuple[int, ...]], dtype: str = "float32"
) -> None:
    """Raise `DesignError` with every sentence of `match`, unless there is none."""
    _refuse(match(weights, expected, dtype))


def require_symbols(digest: str | None, data: TaskData) -> None:
    """Raise `DesignError` if a task's symbols are not those that weights were trained on; see `symbols`."""
    _refuse(symbols_misfits(digest, data))


def _refuse(sentences: list[str]) -> None:
    if sentences:
        raise DesignError(
            "The weights do not fit the design, and none was loaded: " + " ".join(sentences),
            details="\n".join(sentences),
        )


def _held_by(dtype: str, array: Array) -> bool:
    with np.errstate(over="ignore", under="ignore"):
        return bool(np.isfinite(array.astype(dtype)).all())


def _largest(array: Array) -> float:
    return float(array.flat[np.abs(array).argmax()])


def _sizes(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{size:,}" for size in shape) if shape else "a single number"
