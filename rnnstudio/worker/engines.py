"""What the child's loop needs of an engine, and the one it uses.

The loop is given an `Engine` rather than importing one, so that tests can drive it with another and
the client never loads the trainer.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray

from rnnstudio.design.channel import Channel
from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import Message
from rnnstudio.design.model import Choice, Design, TrainingPlan
from rnnstudio.engine.compiler.runtime.kernels import Stopped
from rnnstudio.engine.data_report import DataReport
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.training.checkpoint import Checkpoint

if TYPE_CHECKING:
    from rnnstudio.engine.inference.examples import Example
    from rnnstudio.engine.inference.sampler import AnswerCandidate
    from rnnstudio.engine.tasks.base import Baseline

Weights = Mapping[str, NDArray[Any]]
REAL = "rnnstudio.worker.real_engine"


class TelemetryLike(Protocol):
    """Records the traces of a run; see `rnnstudio.engine.training.telemetry`."""

    @property
    def labels(self) -> Mapping[str, Sequence[str]]:
        """A label for each time step of the probe, by clock."""

    @property
    def clocks(self) -> Mapping[str, str]:
        """The clock of each node."""

    def subscribe(self, channels: Iterable[Channel]) -> None:
        """Record these channels only."""

    def record_traces(self) -> Mapping[Channel, NDArray[Any]]:
        """Run the probe and return the traces of the channels that are subscribed to."""


class SamplerLike(Protocol):
    """Generates with a network; see `rnnstudio.engine.inference.sampler`."""

    def generate(self, prompt: str, length: int, temperature: float, seed: int) -> Iterator[str]:
        """Yield the continuation token by token."""

    def translate(self, source: str, width: int, alpha: float) -> Iterator[tuple[AnswerCandidate, ...]]:
        """Yield the candidates of an answer after each token."""

    def example(self, number: int) -> Example:
        """Return the predictions of an example."""


class TrainerLike(Protocol):
    """A run; see `rnnstudio.engine.training.trainer`. `Engine.is_step` distinguishes its events."""

    steps_per_epoch: int
    step_index: int
    epochs: int
    kernel: str
    start_sentence: str

    @property
    def unit(self) -> str:
        """What one step of the data is called."""

    @property
    def baseline(self) -> Baseline | None:
        """What a simple answer would lose."""

    @property
    def total_steps(self) -> int:
        """The steps of the whole run."""

    @property
    def epoch(self) -> int:
        """The current epoch, counted from 1."""

    @property
    def telemetry(self) -> TelemetryLike:
        """The telemetry of the run."""

    @property
    def weights(self) -> dict[str, NDArray[Any]]:
        """Copies of the weights."""

    def run(self) -> Iterator[Any]:
        """Yield after each step and each epoch."""

    def checkpoint(self) -> Checkpoint | None:
        """Return what is needed to resume the run, except for the weights."""

    def sampler(self) -> SamplerLike:
        """Return a sampler with the current weights."""

    def record(self) -> dict[str, Any]:
        """Return the training record."""


class StepClock(Protocol):
    """Measures the duration of training steps; see ``child.HeartbeatSender``."""

    def begin(self) -> None:
        """Record that a step begins."""

    def end(self) -> None:
        """Record that the step has ended."""


def _nothing() -> None:
    pass


def _begin(_tell: Callable[[Message], None], _stopped: Callable[[], bool]) -> Callable[[], None]:
    return _nothing


@dataclass(frozen=True)
class Engine:
    """The parts of an engine that a training process uses.

    ``trainer`` is made of a design, weights, their checkpoint, the digest of the symbols that they were
    trained on, and how the schedule goes on; ``sampler`` of design, weights and digest. ``inspect`` and
    ``find_source`` are called from another thread than the rest, at the same time.
    ``begin`` is called once the process is ready, with a function that tells a person what is being waited
    for, and one that says whether to stop waiting: what waits then raises ``interrupted``. What it returns is
    called at the end.
    """

    trainer: Callable[[Design, Weights | None, Checkpoint | None, str | None, ScheduleExtension], TrainerLike]
    sampler: Callable[[Design, Weights, str | None], SamplerLike]
    inspect: Callable[[Choice], DataReport]
    find_source: Callable[[Choice, TrainingPlan, int], str]
    is_step: Callable[[Any], bool]
    diverged: type[StudioError]
    begin: Callable[[Callable[[Message], None], Callable[[], bool]], Callable[[], None]] = _begin
    interrupted: type[StudioError] = Stopped


def load_engine(module: str = REAL) -> Engine:
    """Import ``module`` and return what its ``engine()`` gives."""
    made: Engine = importlib.import_module(module).engine()
    return made
