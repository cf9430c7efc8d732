"""What the window says to the training process.

Every command is a tagged msgspec struct, checked when it is read.
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
    """Begin a run, from ``weights`` where given; pause after ``steps`` training steps.

    With the ``checkpoint`` of the run that the weights are of, it goes on where it stopped, if it may.
    ``symbols`` is the digest of those that the weights were trained on; ``schedule`` says how the schedule
    goes on where the run becomes longer.
    """

    design: Design
    weights: Arrays | None = None
    steps: int | None = None
    checkpoint: PackedCheckpoint | None = None
    symbols: str | None = None
    schedule: ScheduleExtension = ScheduleExtension.STRETCH


class Pause(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Stop between two training steps and wait."""


class Resume(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Go on after a pause."""


class Step(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Take exactly one training step, then pause."""


class Stop(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """End the run and hand over its weights."""


class Subscribe(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Record these channels and no others, and send their traces."""

    channels: tuple[Channel, ...]


class Tune(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Set the threads of the next run, and how often a second traces are recorded at most.

    ``threads`` is None where the environment decides. The rate applies at once.
    """

    threads: int | None
    trace_rate: int


class KeepRun(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Write every run to a weight file: every so many seconds, at its end, and when the window is gone.

    ``path`` is in the bytes of the file system. An empty one ends that and removes the file.
    """

    path: bytes
    every: float


class TakeSnapshot(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Send the weights as they are now."""


class Sample(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Continue ``prompt``: with the run's weights, or with ``weights`` of ``design`` where given.

    ``symbols`` is the digest of those that the weights were trained on.
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
    """Answer ``source`` by a beam of ``width`` candidates; the weights as for `Sample`."""

    number: int
    source: str
    width: int
    length_penalty: float
    design: Design | None = None
    weights: Arrays | None = None
    symbols: str | None = None


class ShowExample(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Predict the ``example``-th of the examples held out, from 0; the weights as for `Sample`."""

    number: int
    example: int
    design: Design | None = None
    weights: Arrays | None = None
    symbols: str | None = None


class StopSampling(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """End what is being generated."""


class Ack(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The window has shown frame ``number`` and can take the next."""

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
    | KeepRun
    | TakeSnapshot
    | Sample
    | Answer
    | ShowExample
    | StopSampling
    | Ack
)
