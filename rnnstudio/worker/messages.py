"""What the window and the training process say to each other.

Every message is a tagged msgspec struct, checked when it is read. ``Command`` travels down to the
child, ``Message`` up to the window; ``Died`` alone is made by the client itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Design
from rnnstudio.engine import checkpoint as checkpoints

if TYPE_CHECKING:
    from rnnstudio.engine import examples, sampling

ArrayType = Literal["float16", "float32", "float64", "int32", "int64", "uint8", "bool"]


class MessageError(StudioError):
    """A message that cannot be written or understood."""


class Array(msgspec.Struct, frozen=True, array_like=True):
    """A NumPy array on its way: C order, this machine's byte order."""

    shape: tuple[int, ...]
    dtype: ArrayType
    data: bytes

    def __post_init__(self) -> None:
        """Refuse data that does not fill the shape."""
        expected = math.prod(self.shape) * np.dtype(self.dtype).itemsize
        if any(size < 0 for size in self.shape) or len(self.data) != expected:
            raise ValueError(
                f"an array of shape {self.shape} and type {self.dtype} has {len(self.data)} bytes"
            )

    @classmethod
    def of(cls, array: NDArray[Any]) -> Array:
        """Return the message form of ``array``; `MessageError` for a dtype that does not travel."""
        native = array.astype(array.dtype.newbyteorder("="), copy=False)
        try:
            return msgspec.convert((native.shape, native.dtype.name, native.tobytes()), cls)
        except msgspec.ValidationError as error:
            raise MessageError(f"An array of type {array.dtype} cannot be sent: {error}.") from error

    def numpy(self) -> NDArray[Any]:
        """Return a read-only array over the bytes."""
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)


Arrays = dict[str, Array]
Record = dict[str, Any]


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """Return the message form of named arrays."""
    return {name: Array.of(array) for name, array in arrays.items()}


def unpack_arrays(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Return named arrays as NumPy sees them, read-only."""
    return {name: array.numpy() for name, array in arrays.items()}


class Checkpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checkpoint on its way; ``state`` is JSON."""

    state: str
    arrays: Arrays

    @classmethod
    def of(cls, checkpoint: checkpoints.Checkpoint | None) -> Checkpoint | None:
        """Return the message form."""
        if checkpoint is None:
            return None
        return cls(checkpoint.to_json(), pack_arrays(checkpoint.arrays))

    def unpacked(self) -> checkpoints.Checkpoint:
        """Return the checkpoint; ``ValueError`` where it is of another layout."""
        return checkpoints.Checkpoint.from_json(self.state, unpack_arrays(self.arrays))


# --------------------------------------------------------------------------------- commands


class Train(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Begin a run, from ``weights`` where given; pause after ``steps`` training steps.

    With the ``checkpoint`` of the run that the weights are of, it goes on where it stopped, if it may.
    """

    design: Design
    weights: Arrays | None = None
    steps: int | None = None
    checkpoint: Checkpoint | None = None


class Pause(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Stop between two training steps and wait."""


class Resume(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Go on after a pause."""


class Step(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Take exactly one training step, then pause."""


class Stop(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """End the run and hand over its weights."""


class Subscribe(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Send the pictures of these channels, and of no others."""

    channels: tuple[str, ...]


class Tune(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Train with so many threads, from the next run on, and take pictures at most so often a second, at once.

    ``threads`` is None where the environment decides.
    """

    threads: int | None
    pictures: int


class TakeSnapshot(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Send the weights as they are now."""


class Sample(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Continue ``prompt``: with the run's weights, or with ``weights`` of ``design`` where given."""

    number: int
    prompt: str
    length: int
    temperature: float
    seed: int
    design: Design | None = None
    weights: Arrays | None = None


class Answer(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Answer ``source`` by a beam of ``width`` candidates; the weights as for `Sample`."""

    number: int
    source: str
    width: int
    length_penalty: float
    design: Design | None = None
    weights: Arrays | None = None


class ShowExample(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Predict the ``example``-th of the examples held out, from 0; the weights as for `Sample`."""

    number: int
    example: int
    design: Design | None = None
    weights: Arrays | None = None


class StopSampling(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """End what is being generated."""


class Ack(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The window has shown frame ``number`` and can take the next."""

    number: int


# --------------------------------------------------------------------------------- messages


class Ready(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The engine is loaded; training can begin at once."""

    version: str
    pid: int


class Heartbeat(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The process lives; ``seconds`` have passed in the current training step."""

    seconds: float


class Waiting(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """What was asked for has to wait; ``sentence`` says for what."""

    sentence: str


class Started(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """A run has begun; ``weights`` counts its numbers.

    ``labels`` name the probe's time steps by clock, ``clocks`` says on which clock each node runs.
    ``kernel`` runs the cells: "numba", compiled, or "numpy". ``start`` says in a sentence where it
    starts from, if not from the beginning.
    """

    total_steps: int
    steps_per_epoch: int
    epochs: int
    weights: int
    labels: dict[str, tuple[str, ...]]
    clocks: dict[str, str]
    kernel: str = ""
    start: str = ""


class Frame(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Telemetry since the last frame.

    ``step`` (int64), ``loss``, ``grad_norm`` and ``clipped_norm`` (float64) are all of shape (n,), one
    value a training step, n = 0 where there are only pictures. ``epoch`` counts from 1.
    """

    number: int
    step: Array
    loss: Array
    grad_norm: Array
    clipped_norm: Array
    pictures: Arrays
    epoch: int
    steps_per_second: float
    seconds_left: float

    def __post_init__(self) -> None:
        """Refuse columns of unequal length."""
        columns = (self.step, self.loss, self.grad_norm, self.clipped_norm)
        if any(len(column.shape) != 1 or column.shape != self.step.shape for column in columns):
            raise ValueError("the columns of a frame have unequal lengths")


class EpochDone(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """An epoch has ended after ``step`` training steps.

    Losses are means; ``bits`` is the validation loss in bits per predicted token, where the loss is in
    nats. ``metrics`` are the means over the validation set of what heads measure besides.
    """

    epoch: int
    step: int
    training_loss: float
    validation_loss: float | None
    bits: float | None
    metrics: dict[str, float] = {}


class Paused(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The run waits after ``step`` training steps."""

    step: int


class Resumed(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The run goes on after ``step`` training steps."""

    step: int


class Finished(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The run is over; ``arrays`` are its last finite weights, with early stopping its best ones.

    ``sentence`` says why it diverged; it can then not go on, and there is no checkpoint.
    """

    reason: Literal["completed", "stopped", "diverged"]
    arrays: Arrays
    record: Record
    sentence: str = ""
    checkpoint: Checkpoint | None = None


class Snapshot(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The weights as they were when asked for; empty where nothing has been trained."""

    arrays: Arrays
    record: Record
    checkpoint: Checkpoint | None = None


class SampleToken(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The next piece of the text of request ``number``: one token, or several where they come fast."""

    number: int
    text: str


class Saying(msgspec.Struct, frozen=True, array_like=True):
    """A candidate of an answer; see ``engine.sampling.Saying``."""

    text: str
    log_probability: float
    score: float
    ended: bool


class Answers(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """What request ``number`` may be answered by so far, best first."""

    number: int
    sayings: tuple[Saying, ...]

    @classmethod
    def of(cls, number: int, sayings: tuple[sampling.Saying, ...]) -> Answers:
        """Return the message form."""
        return cls(number, tuple(Saying(s.text, s.log_probability, s.score, s.ended) for s in sayings))


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of an example; see ``engine.examples.Row``."""

    title: str
    role: Literal["input", "target", "prediction"]
    head: str
    clock: str
    sequence: bool
    texts: tuple[str, ...]
    shares: tuple[float, ...]
    right: tuple[bool | None, ...]
    values: Array


class Example(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """What the network makes of the example of request ``number``; see ``engine.examples.Example``."""

    number: int
    place: int
    count: int
    held_out: bool
    own: bool
    loss: float
    metrics: dict[str, float]
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, number: int, example: examples.Example) -> Example:
        """Return the message form."""
        fields = {name: getattr(example, name) for name in ("count", "held_out", "own", "loss")}
        rows = [
            {name: getattr(row, name) for name in Row.__struct_fields__} | {"values": Array.of(row.values)}
            for row in example.rows
        ]
        fields |= {"number": number, "place": example.number, "metrics": dict(example.metrics), "rows": rows}
        return msgspec.convert(fields, cls)


class SampleDone(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """What request ``number`` asked for is complete, was stopped, or could not be made (``sentence``)."""

    number: int
    reason: Literal["completed", "stopped", "failed"]
    sentence: str = ""


class Failed(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """What was asked for cannot be done; the process lives on. ``details`` is for copying.

    ``ends_run`` tells that this is the end of a run, or of the attempt to begin one. Every `Train`
    is answered, in order, by exactly one `Finished` or one such `Failed`.
    """

    sentence: str
    details: str = ""
    ends_run: bool = False


class Died(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The process is gone, or never came up; made by the client."""

    sentence: str
    details: str = ""


Command = (
    Train
    | Pause
    | Resume
    | Step
    | Stop
    | Subscribe
    | Tune
    | TakeSnapshot
    | Sample
    | Answer
    | ShowExample
    | StopSampling
    | Ack
)
Message = (
    Ready
    | Heartbeat
    | Waiting
    | Started
    | Frame
    | EpochDone
    | Paused
    | Resumed
    | Finished
    | Snapshot
    | SampleToken
    | Answers
    | Example
    | SampleDone
    | Failed
    | Died
)

_encoder = msgspec.msgpack.Encoder()
_commands: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_messages: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def encode(message: Command | Message) -> bytes:
    """Return the bytes of a message; `MessageError` where it holds what cannot travel."""
    try:
        return _encoder.encode(message)
    except (OverflowError, TypeError, ValueError, msgspec.MsgspecError) as error:
        name = type(message).__name__
        raise MessageError(
            f"The message “{name}” cannot be sent to the training process: {error}."
        ) from error


def decode_command(data: bytes) -> Command:
    """Read a command; `MessageError` where it is malformed."""
    try:
        return _commands.decode(data)
    except msgspec.MsgspecError as error:
        raise MessageError(
            "The training process received a message that it does not understand and ignored it.",
            details=str(error),
        ) from error


def decode_message(data: bytes) -> Message:
    """Read a message; `MessageError` where it is malformed."""
    try:
        return _messages.decode(data)
    except msgspec.MsgspecError as error:
        raise MessageError(
            "The training process sent a message that cannot be understood; it was ignored.",
            details=str(error),
        ) from error
