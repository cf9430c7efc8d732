"""The messages of the training process to the window.

Every message is a tagged msgspec struct, which is validated when it is read. The client itself makes
``Unresponsive``, ``Responded`` and ``Died``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from rnnstudio.design.channel import Channel
from rnnstudio.design.errors import DataError, StudioError
from rnnstudio.design.message import Message as Text
from rnnstudio.design.streams import Facts
from rnnstudio.engine.data_report import DataReport
from rnnstudio.worker.payloads import Array, Arrays, PackedCheckpoint, Record

if TYPE_CHECKING:
    from rnnstudio.engine.inference import examples, sampler
    from rnnstudio.engine.tasks import base as tasks


class Ready(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The engine is loaded, and training can begin."""

    version: str
    pid: int


class Heartbeat(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The process is alive; the current training step has taken ``seconds``."""

    seconds: float


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """Base of messages with a sentence; ``sentence`` is its English text, empty if there is none."""

    message: Text = Text("")

    @property
    def sentence(self) -> str:
        """The message in English."""
        return str(self.message)


class Waiting(Telling, frozen=True, tag=True, forbid_unknown_fields=True):
    """A request has to wait; ``message`` says for what."""


class Inspected(Telling, frozen=True, tag=True, forbid_unknown_fields=True):
    """What the data of question ``number`` are; see ``engine.data_report``.

    Where they cannot be used, ``message`` says why, and ``code`` is that of the error.
    """

    number: int
    facts: Facts
    symbols: str
    details: str = ""
    code: str = ""

    @classmethod
    def of(cls, number: int, report: DataReport) -> Inspected:
        """Return the message form."""
        error = report.error
        if error is None:
            return cls(number, report.facts, report.symbols)
        return cls(number, report.facts, report.symbols, error.details, error.code, message=error.message)

    def report(self) -> DataReport:
        """Return what it tells."""
        error = DataError(self.message, code=self.code, details=self.details) if self.code else None
        return DataReport(self.facts, self.symbols, error)


class Source(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The text of question ``number``; empty where there is none."""

    number: int
    text: str


class Baseline(msgspec.Struct, frozen=True, array_like=True):
    """What a network that has learned nothing would lose; see ``engine.tasks.base.Baseline``."""

    value: float
    words: str

    @classmethod
    def of(cls, baseline: tasks.Baseline | None) -> Baseline | None:
        """Return the message form."""
        return None if baseline is None else cls(baseline.value, baseline.words)


class Started(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """A run has begun; ``weights`` is the number of its weights.

    ``labels`` are those of the time steps of the probe, by clock; ``clocks`` are the clocks of the nodes.
    ``kernel`` runs the cells: "numba", compiled, or "numpy". ``start`` is a sentence that says where the run
    starts from, if not from the beginning. ``unit`` names one step of the data ("character").
    """

    total_steps: int
    steps_per_epoch: int
    epochs: int
    weights: int
    labels: dict[str, tuple[str, ...]]
    clocks: dict[str, str]
    kernel: str = ""
    start: str = ""
    unit: str = "token"
    baseline: Baseline | None = None


class Frame(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The telemetry since the last frame.

    ``step`` (int64), ``loss``, ``grad_norm`` and ``clipped_norm`` (float64) have the shape (n,), one value
    per training step, with n = 0 if there are only traces. The loss of a step without any
    target is NaN. ``traces`` contains the recorded channels. ``epoch`` is counted from 1.
    """

    number: int
    step: Array
    loss: Array
    grad_norm: Array
    clipped_norm: Array
    traces: dict[Channel, Array]
    epoch: int
    steps_per_second: float
    seconds_left: float

    def __post_init__(self) -> None:
        """Check that the columns have equal lengths."""
        columns = (self.step, self.loss, self.grad_norm, self.clipped_norm)
        if any(len(column.shape) != 1 or column.shape != self.step.shape for column in columns):
            raise ValueError("the columns of a frame have unequal lengths")


class EpochDone(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """An epoch has ended after ``step`` training steps.

    Losses are means; ``bits`` is the validation loss in bits per predicted token, if the loss is in nats.
    ``metrics`` are the means of the metrics of the heads over the validation set. A mean over
    nothing is None.
    """

    epoch: int
    step: int
    training_loss: float | None
    validation_loss: float | None
    bits: float | None
    metrics: dict[str, float | None] = {}


class Paused(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The run is paused after ``step`` training steps."""

    step: int


class Resumed(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The run continues after ``step`` training steps."""

    step: int


class Finished(Telling, frozen=True, tag=True, forbid_unknown_fields=True):
    """The run is over; ``arrays`` are its last finite weights, or its best ones with early stopping.

    If it diverged, ``message`` says why, and there is no checkpoint because it cannot be resumed.
    """

    reason: Literal["completed", "stopped", "diverged"]
    arrays: Arrays
    record: Record
    checkpoint: PackedCheckpoint | None = None


class Snapshot(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The weights at the time of the request; empty if nothing has been trained."""

    arrays: Arrays
    record: Record
    checkpoint: PackedCheckpoint | None = None


class RecoveryCopyFailed(Telling, frozen=True, tag=True, forbid_unknown_fields=True):
    """The run could not be written to its recovery copy; it continues. ``details`` is for a bug report."""

    details: str = ""


class SampleToken(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The next tokens of the text of request ``number``."""

    number: int
    text: str


class AnswerCandidate(msgspec.Struct, frozen=True, array_like=True):
    """A candidate of an answer; see ``engine.sampling.AnswerCandidate``."""

    text: str
    log_probability: float
    score: float
    ended: bool


class Answers(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The candidates of request ``number`` so far, best first."""

    number: int
    candidates: tuple[AnswerCandidate, ...]

    @classmethod
    def of(cls, number: int, candidates: tuple[sampler.AnswerCandidate, ...]) -> Answers:
        """Return the message form."""
        return cls(
            number, tuple(AnswerCandidate(s.text, s.log_probability, s.score, s.ended) for s in candidates)
        )


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of an example; see `engine.inference.examples.Row`."""

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
    """The predictions of the example of request ``number``; see `engine.inference.examples.Example`."""

    number: int
    place: int
    count: int
    held_out: bool
    own: bool
    loss: float | None
    metrics: dict[str, float | None]
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


class SampleDone(Telling, frozen=True, tag=True, forbid_unknown_fields=True):
    """Request ``number`` is completed, was stopped, or failed, as ``message`` says."""

    number: int
    reason: Literal["completed", "stopped", "failed"]


class Failed(Telling, frozen=True, tag=True, forbid_unknown_fields=True):
    """A request failed; the process is still alive. ``details`` is for a bug report.

    ``ends_run`` tells whether this is the end of a run, or of the attempt to begin one. Every `Train` is
    answered, in order, by exactly one `Finished` or one such `Failed`. ``code`` is that of the error.
    """

    details: str = ""
    ends_run: bool = False
    code: str = ""

    @classmethod
    def of(cls, error: StudioError, *, ends_run: bool = False) -> Failed:
        """Return the message form of an error."""
        return cls(error.details, ends_run, error.code, message=error.message)


class Unresponsive(Telling, frozen=True, tag=True, forbid_unknown_fields=True):
    """The process has not sent anything for a while."""


class Responded(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The process that was unresponsive has sent something again."""


class Died(Telling, frozen=True, tag=True, forbid_unknown_fields=True):
    """The process has ended, or could not start."""

    details: str = ""


Message = (
    Ready
    | Heartbeat
    | Waiting
    | Inspected
    | Source
    | Started
    | Frame
    | EpochDone
    | Paused
    | Resumed
    | Finished
    | Snapshot
    | RecoveryCopyFailed
    | SampleToken
    | Answers
    | Example
    | SampleDone
    | Failed
    | Unresponsive
    | Responded
    | Died
)
