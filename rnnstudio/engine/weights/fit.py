"""Whether weights fit a design: names, shapes, values, and the symbols that they were trained on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnstudio.design.errors import DesignError
from rnnstudio.design.message import Message, joined, message
from rnnstudio.design.model import Design
from rnnstudio.design.problems import Report
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.check import load_check
from rnnstudio.engine.data_report import DataReport
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.weights.format import Array, Weights
from rnnstudio.engine.weights.symbols import data_digest, symbols_digest, symbols_misfits


def expected_shapes(design: Design, data: DataReport) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight that a design needs on its data, by name.

    Raises
    ------
    DesignError
        If the design cannot run; the sentence is that of its first problem.
    """
    report = load_check(design, data)
    _refuse_problems(report)
    shapes: dict[str, tuple[int, ...]] = {}
    for node in design.nodes:
        spec = catalogue().nodes.get(node.kind)
        inputs = {
            link.target_port: report.shapes[link.source, link.source_port]
            for link in design.links
            if link.target == node.id
        }
        for name, shape in spec.weights(spec.complete(node.params), inputs, data.facts).items():
            shapes[f"{node.id}.{name}"] = tuple(shape)
    return shapes


def require_shapes(design: Design, report: Report) -> None:
    """Raise `DesignError` unless a report has the shapes of all nodes of a design.

    The sentence is that of the report's first problem.
    """
    if any(node.id not in report.weights for node in design.nodes):
        _refuse_problems(report)
        raise DesignError(message("The shapes of the network are not known yet. Try again in a moment."))


def _refuse_problems(report: Report) -> None:
    for problem in report.problems:
        if problem.severity == "error":
            raise DesignError(problem.message, code=problem.code)


def match(
    weights: Mapping[str, Array], expected: Mapping[str, tuple[int, ...]], dtype: str = "float32"
) -> list[Message]:
    """Return a sentence for each weight that does not fit, in the design's order; none if all fit.

    ``dtype`` is the precision of the design, in which every value must be finite.
    """
    sentences = []
    for name, shape in expected.items():
        array = weights.get(name)
        if array is None:
            sentences.append(
                message("{name} is missing; the design needs it as {sizes}.", name=name, sizes=_sizes(shape))
            )
        elif not np.issubdtype(array.dtype, np.floating):
            sentences.append(
                message(
                    "{name} holds {dtype} values; the design needs floating-point numbers.",
                    name=name,
                    dtype=array.dtype,
                )
            )
        elif array.shape != tuple(shape):
            sentences.append(
                message(
                    "{name} is {sizes}; the design needs {needed}.",
                    name=name,
                    sizes=_sizes(array.shape),
                    needed=_sizes(shape),
                )
            )
        elif not np.isfinite(array).all():
            sentences.append(message("{name} holds values that are not finite.", name=name))
        elif not _held_by(dtype, array):
            sentences.append(
                message(
                    "{name} holds a value that {dtype} cannot hold ({largest:.3g}); set the precision of the "
                    "training plan to float64, or choose other weights.",
                    name=name,
                    dtype=dtype,
                    largest=_largest(array),
                )
            )
    sentences += [
        message("{name} has no place in the design.", name=name) for name in weights if name not in expected
    ]
    return sentences


def misfits(weights: Weights, design: Design, data: DataReport) -> list[Message]:
    """Return what keeps weights from standing for a design: `match`, or other symbols than they know.

    Errors as `expected_shapes`, and that of the data.
    """
    if data.error is not None:
        raise data.error
    found = symbols_misfits(symbols_digest(weights.record), data.symbols) if data.symbols else []
    return found or match(weights.arrays, expected_shapes(design, data), design.plan.dtype)


def require_fit(weights: Weights, design: Design, data: DataReport) -> None:
    """Raise `DesignError` with every sentence of `misfits`, unless there is none."""
    _refuse(misfits(weights, design, data))


def require_match(
    weights: Mapping[str, Array], expected: Mapping[str, tuple[int, ...]], dtype: str = "float32"
) -> None:
    """Raise `DesignError` with every sentence of `match`, unless there is none."""
    _refuse(match(weights, expected, dtype))


def require_symbols(digest: str | None, data: TaskData) -> None:
    """Raise `DesignError` if a task's symbols are not those that weights were trained on; see `symbols`."""
    _refuse(symbols_misfits(digest, data_digest(data)))


def _refuse(misfits: list[Message]) -> None:
    if misfits:
        raise DesignError(
            message(
                "The weights do not fit the design, and none was loaded: {misfits}", misfits=joined(misfits)
            ),
            details="\n".join(map(str, misfits)),
        )


def _held_by(dtype: str, array: Array) -> bool:
    with np.errstate(over="ignore", under="ignore"):
        return bool(np.isfinite(array.astype(dtype)).all())


def _largest(array: Array) -> float:
    return float(array.flat[np.abs(array).argmax()])


def _sizes(shape: tuple[int, ...]) -> Message | str:
    return " × ".join(f"{size:,}" for size in shape) if shape else message("a single number")
