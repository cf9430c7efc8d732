"""The parts of commands and messages: arrays, checkpoints and records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.message import message
from rnnstudio.engine.training import checkpoint as checkpoints
from rnnstudio.worker.errors import MessageError

ArrayType = Literal["float16", "float32", "float64", "int32", "int64", "uint8", "bool"]


class Array(msgspec.Struct, frozen=True, array_like=True):
    """The message form of a NumPy array, in C order and native byte order."""

    shape: tuple[int, ...]
    dtype: ArrayType
    data: bytes

    def __post_init__(self) -> None:
        """Check that the data fit the shape."""
        expected = math.prod(self.shape) * np.dtype(self.dtype).itemsize
        if any(size < 0 for size in self.shape) or len(self.data) != expected:
            raise ValueError(
                f"an array of shape {self.shape} and type {self.dtype} has {len(self.data)} bytes"
            )

    @classmethod
    def of(cls, array: NDArray[Any]) -> Array:
        """Return the message form of ``array``; raise `MessageError` if its type is not supported."""
        native = array.astype(array.dtype.newbyteorder("="), copy=False)
        try:
            return msgspec.convert((native.shape, native.dtype.name, native.tobytes()), cls)
        except msgspec.ValidationError as error:
            raise MessageError(
                message("An array of type {dtype} cannot be sent: {error}.", dtype=array.dtype, error=error)
            ) from error

    def numpy(self) -> NDArray[Any]:
        """Return a read-only array that shares the bytes."""
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)


Arrays = dict[str, Array]
Key = TypeVar("Key")
Record = dict[str, Any]


def pack_arrays(arrays: Mapping[Key, NDArray[Any]]) -> dict[Key, Array]:
    """Return the message form of arrays by name or channel."""
    return {name: Array.of(array) for name, array in arrays.items()}


def unpack_arrays(arrays: Mapping[Key, Array]) -> dict[Key, NDArray[Any]]:
    """Return read-only NumPy arrays by name or channel."""
    return {name: array.numpy() for name, array in arrays.items()}


class PackedCheckpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The message form of a checkpoint; ``state`` is JSON."""

    state: str
    arrays: Arrays

    @classmethod
    def of(cls, checkpoint: checkpoints.Checkpoint | None) -> PackedCheckpoint | None:
        """Return the message form."""
        if checkpoint is None:
            return None
        return cls(checkpoint.to_json(), pack_arrays(checkpoint.arrays))

    def unpacked(self) -> checkpoints.Checkpoint:
        """Return the checkpoint; raise ``ValueError`` if it has another layout."""
        return checkpoints.Checkpoint.from_json(self.state, unpack_arrays(self.arrays))
