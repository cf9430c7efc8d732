"""Checkpoints: the training state that, together with the weights, continues a run exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import FileError
from rnnstudio.design.json_reader import what_and_where
from rnnstudio.design.message import message
from rnnstudio.engine import strict_json

Array = NDArray[Any]
T = TypeVar("T")
LAYOUT = 1
_OPTIMIZER = "optimizer/"


Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
OneOrMore = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Word = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
Loss = float | None


class _Seed(msgspec.Struct):
    """The internal state of the generator PCG64."""

    state: int
    inc: int

    def __post_init__(self) -> None:
        if not (0 <= self.state < 2**128 and 0 <= self.inc < 2**128 and self.inc % 2):
            raise ValueError("no generator has such a state")


class _Generator(msgspec.Struct):
    """The state of one of NumPy's generators."""

    bit_generator: Literal["PCG64"]
    state: _Seed
    has_uint32: Literal[0, 1]
    uinteger: Word


class _DataPosition(msgspec.Struct):
    """The position of a run in its data."""

    began: _Generator
    batch: Count
    window: Count


class _Epoch(msgspec.Struct, forbid_unknown_fields=True):
    """The metrics of an epoch; see `rnnstudio.engine.training.metrics.EpochDone`."""

    epoch: Count
    step: Count
    training_loss: Loss
    validation_loss: Loss
    bits: Loss
    learning_rate: float
    metrics: dict[str, Loss]


class _Span(msgspec.Struct):
    """The range of a schedule."""

    learning_rate: NotNegative
    epochs: OneOrMore
    steps: Count


class _Length(msgspec.Struct):
    """The length of a run; see `rnnstudio.engine.training.resumption.RunLength`."""

    epochs: OneOrMore
    span: _Span


class _Stopping(msgspec.Struct):
    """The state of early stopping."""

    lowest: Loss
    bad_epochs: Count


class _State(msgspec.Struct):
    """The required fields of a checkpoint. A schedule validates its own state."""

    run: dict[str, str]
    step: Count
    over: bool
    losses: list[tuple[float, NotNegative]]
    epochs_done: list[_Epoch]
    place: _DataPosition
    learning_rate: NotNegative
    draws: _Generator
    schedule: dict[str, Any]
    stopping: _Stopping
    plan: dict[str, Any] | None = None
    length: _Length | None = None
    environment: dict[str, str] = {}

    def __post_init__(self) -> None:
        steps = [0, *(done.step for done in self.epochs_done), self.step]
        numbers = [done.epoch for done in self.epochs_done]
        if steps != sorted(steps) or numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("its epochs and steps are not in order")


def typed(raw: Mapping[str, Any], kind: type[T]) -> T:
    """Return raw JSON values as a struct; raises ``ValueError`` if a type does not match."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        message, where = what_and_where(error)
        raise ValueError(f"{message}, at {where}") from None


@dataclass(frozen=True)
class Checkpoint:
    """The training state after a step or an epoch.

    Attributes
    ----------
    state : JSON values: the position in the data, random generators, losses and the identity of the run
    arrays : arrays by name: the optimizer's state, carried states, and with early stopping the last weights,
        because the weights of the file are then the best ones
    """

    state: dict[str, Any]
    arrays: dict[str, Array]

    @property
    def step(self) -> int:
        """Number of steps taken."""
        return int(self.state["step"])

    def to_json(self) -> str:
        """Return the state as JSON text."""
        return strict_json.dumps(self.state)

    @classmethod
    def from_json(cls, text: str, arrays: Mapping[str, Array]) -> Checkpoint:
        """Read what `to_json` wrote; raises ``ValueError`` if it is invalid or has a later layout."""
        state = strict_json.loads(text)
        if not isinstance(state, dict) or state.get("layout") != LAYOUT:
            raise ValueError("its checkpoint is of another layout")
        typed(state, _State)
        return cls(state, dict(arrays))


def require_finite(arrays: Mapping[str, Array]) -> None:
    """Raise `FileError` if an array of a checkpoint has a value that is not finite.

    No run writes such a value, and no run can continue from it.
    """
    for name, array in arrays.items():
        if np.issubdtype(array.dtype, np.inexact) and not np.isfinite(array).all():
            raise FileError(
                message(
                    "The checkpoint holds values that are not finite, in {name}, so the run cannot go on. "
                    "Export the weights to another file, and start from that.",
                    name=name,
                )
            )


def damaged(why: object) -> FileError:
    """Return the error for a damaged checkpoint."""
    return FileError(
        message(
            "The checkpoint is damaged, so the run cannot go on from it. Start from the weights of "
            "another file."
        ),
        details=str(why),
    )


# ---------------------------------------------------------------------------- arrays by name


def optimizer_arrays(state: Mapping[str, Array]) -> dict[str, Array]:
    """Return copies of an optimizer's state by their names in a checkpoint."""
    return {f"{_OPTIMIZER}{name}": np.array(array) for name, array in state.items()}


def optimizer_state(arrays: Mapping[str, Array], like: Mapping[str, Array]) -> dict[str, Array]:
    """Return an optimizer's state from a checkpoint; raises ``ValueError`` if it does not match ``like``."""
    return {name: require_like(arrays[f"{_OPTIMIZER}{name}"], like[name], name) for name in like}


def require_like(array: Array, like: Array, name: str) -> Array:
    """Return the array; raises ``ValueError`` if its shape or dtype differs from that of ``like``."""
    if array.shape != like.shape or array.dtype != like.dtype:
        raise ValueError(f"{name} is {array.dtype} {array.shape}")
    return array
