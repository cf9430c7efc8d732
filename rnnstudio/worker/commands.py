"""The commands of the window to the training process.

Every command is a tagged msgspec struct, which is validated when it is read.
"""

from __future__ import annotations

import msgspec

from rnnstudio.design.channel import Channel
from rnnstudio.design.model import Choice, Design, TrainingPlan
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.worker.payloads import Arrays, PackedCheckpoint


class Inspect(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Read a task's data and tell what they are; a run that follows uses the same."""

    number: int
    task: Choice


class FindSource(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Send the text that an encoder reads in the ``example``-th of the examples held out, from 0."""

    number: int
    task: Choice
    plan: TrainingPlan
    example: int


class Train(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Begin a run, from ``weights`` if given; pause after ``steps`` training steps if given.

    With the ``checkpoint`` of the run that produced the weights, that run is resumed if possible. ``symbols``
    is the digest of the symbols that the weights were trained on; ``schedule`` is how the schedule continues
    if the run becomes longer.
    """

    design: Design
    weights: Arrays | None = None
    steps: int | None = None
    checkpoint: PackedCheckpoint | None = None
    symbols: str | None = None
    schedule: ScheduleExtension = ScheduleExtension.STRETCH


class Pause(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Pause after the current training step."""


class Resume(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Continue after a pause."""


class Step(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Run exactly one training step, then pause."""


class Stop(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """End the run and send its weights."""


class Subscribe(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Record these channels and no others, and send their traces."""

    channels: tuple[Channel, ...]


class Tune(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Set the threads of the next run, and how often a second traces are recorded at most.

    With None, the environment sets the threads. The rate applies at once.
    """

    threads: int | None
    trace_rate: int


class SetRecoveryCopy(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Write every run to a weight file every ``interval`` seconds, at its end, and when the window is gone.

    ``path`` is encoded as in the file system. An empty path ends this and removes the file.
    """

    path: bytes
    interval: float


class TakeSnapshot(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Send the current weights."""


class Sample(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Generate a continuation of ``prompt`` with the weights of the run, or with ``weights`` of ``design``.

    ``symbols`` is the digest of the symbols that the weights were trained on.
    """

    number: int
    prompt: str
    length: int
    temperature: float
    seed: int
    design: Design | None = None
    weights: Arrays | None = None
    symbols: str | None = None


class Answer(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Answer ``source`` by beam search with ``width`` candidates; the weights are as in `Sample`."""

    number: int
    source: str
    width: int
    length_penalty: float
    design: Design | None = None
    weights: Arrays | None = None
    symbols: str | None = None


class ShowExample(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Predict a held-out example, counted from 0; the weights are as in `Sample`."""

    number: int
    example: int
    design: Design | None = None
    weights: Arrays | None = None
    symbols: str | None = None


class StopSampling(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Stop generating."""


class Ack(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Acknowledge frame ``number``: the window has shown it and can receive the next."""

    number: int


Command = (
    Inspect
    | FindSource
    | Train
    | Pause
    | Resume
    | Step
    | Stop
    | Subscribe
    | Tune
    | SetRecoveryCopy
    | TakeSnapshot
    | Sample
    | Answer
    | ShowExample
    | StopSampling
    | Ack
)
