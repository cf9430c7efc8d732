"""What a weight format is, and the registry of formats.

Weights are named ``node.weight``, as in ``lstm.U_f``, each array in its textbook shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from rnnstudio.design import regular_file
from rnnstudio.design.model import Design
from rnnstudio.design.registry import Registry
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.training.checkpoint import Checkpoint

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


WEIGHT_FORMATS: Registry[WeightFormat] = Registry("weight format")


def read_file(path: Path) -> bytes:
    """Return the bytes of a weight file; `FileError` where it cannot be read or is too large."""
    return regular_file.read_bytes(path, LARGEST, "Choose another weight file.")
