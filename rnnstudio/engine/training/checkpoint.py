"""Checkpoints: all that a run needs, beside its weights, to go on as if it had never stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import FileError
from rnnstudio.design.json_reader import what_and_where
from rnnstudio.engine import strict_json

if TYPE_CHECKING:
    pass

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
    """The inner state of the generator PCG64."""

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
    """Where a run stands in its data."""

    began: _Generator
    batch: Count
    window: Count


class _Epoch(msgspec.Struct, forbid_unknown_fields=True):
    """The figures of an epoch; see `rnnstudio.engine.training.metrics.EpochDone`."""

    epoch: Count
    step: Count
    training_loss: Loss
    validation_loss: Loss
    bits: Loss
    learning_rate: float
    metrics: dict[str, Loss]


class _Span(msgspec.Struct):
    """What a schedule is laid over."""

    learning_rate: NotNegative
    epochs: OneOrMore
    steps: Count


class _Length(msgspec.Struct):
    """How long a run is; see `rnnstudio.engine.training.resumption.Length`."""

    epochs: OneOrMore
    span: _Span


class _Stopping(msgspec.Struct):
    """What early stopping knows."""

    lowest: Loss
    bad_epochs: Count


class _State(msgspec.Struct):
    """What the state of a checkpoint must hold; a schedule checks its own."""

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
    """Return raw JSON values as a struct; ``ValueError`` where they are not of its types."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        message, place = what_and_where(error)
        raise ValueError(f"{message}, at {place}") from None


@dataclass(frozen=True)
class Checkpoint:
    """Where a run stands, after a step or an epoch.

    Attributes
    ----------
    state : fit for JSON: the place in the data, generators, losses, and what the run is of
    arrays : by name: the optimizer's state, carried states, and the weights where those that the
        run would hand over are others, namely the best ones
    """

    state: dict[str, Any]
    arrays: dict[str, Array]

    @property
    def step(self) -> int:
        """Steps taken."""
        return int(self.state["step"])

    def to_json(self) -> str:
        """Return the state as text."""
        return strict_json.dumps(self.state)

    @classmethod
    def from_json(cls, text: str, arrays: Mapping[str, Array]) -> Checkpoint:
        """Read what `to_json` wrote; ``ValueError`` where it is not that, or of a later layout."""
        state = strict_json.loads(text)
        if not isinstance(state, dict) or state.get("layout") != LAYOUT:
            raise ValueError("its checkpoint is of another layout")
        typed(state, _State)
        return cls(state, dict(arrays))


def require_finite(arrays: Mapping[str, Array]) -> None:
    """Raise `FileError` if an array of a checkpoint holds a value that is not finite.

    No run writes such a value, and none could go on from it.
    """
    for name, array in arrays.items():
        if np.issubdtype(array.dtype, np.inexact) and not np.isfinite(array).all():
            raise FileError(
                f"The checkpoint holds values that are not finite, in {name}, so the run cannot go on. "
                "Export the weights to another file, and start from that."
            )


def damaged(why: object) -> FileError:
    """Return the refusal of a checkpoint that is not what it should be."""
    return FileError(
        "The checkpoint is damaged, so the run cannot go on from it. Start from the weights of another file.",
        details=str(why),
    )


# ---------------------------------------------------------------------------- arrays by name


def optimizer_arrays(state: Mapping[str, Array]) -> dict[str, Array]:
    """Return copies of an optimizer's state under the names that they have in a checkpoint."""
    return {f"{_OPTIMIZER}{name}": np.array(array) for name, array in state.items()}


def optimizer_state(arrays: Mapping[str, Array], like: Mapping[str, Array]) -> dict[str, Array]:
    """Return an optimizer's state out of a checkpoint; ``ValueError`` where it is not ``like`` this one's."""
    return {name: alike(arrays[f"{_OPTIMIZER}{name}"], like[name], name) for name in like}


def alike(array: Array, like: Array, name: str) -> Array:
    """Return an array that has the shape and the dtype of another; ``ValueError`` where it has not."""
    if array.shape != like.shape or array.dtype != like.dtype:
        raise ValueError(f"{name} is {array.dtype} {array.shape}")
    return array
