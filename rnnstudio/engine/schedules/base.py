"""The base class of schedules, which set the learning rate of each training step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rnnstudio.design.model import Choice, Params, Value
from rnnstudio.design.registry import Registry
from rnnstudio.design.spec import ParamSpec


class ScheduleExtension(StrEnum):
    """How a schedule continues if the length of the run changes."""

    STRETCH = "stretch"  # computed again for all epochs
    CONTINUE = "continue"  # unchanged, then constant at its final value


@dataclass(frozen=True)
class Span:
    """The input of a schedule: the optimizer's learning rate, and the length of the run."""

    learning_rate: float
    epochs: int
    steps: int


class Schedule:
    """Sets the learning rate; constant unless a subclass overrides `rate`."""

    def __init__(self, params: Params, span: Span) -> None:
        self.span = span

    def rate(self, step: int, epochs: float) -> float:
        """Return the learning rate of a step.

        Parameters
        ----------
        step : int
            Number of steps before it.
        epochs : float
            Number of epochs before it; 2.25 is a quarter into the third epoch.
        """
        return self.span.learning_rate

    def epoch_done(self, loss: float) -> None:
        """Record the loss after an epoch: the validation loss if there is one."""

    def state(self) -> dict[str, Any]:
        """Return the data for a checkpoint, by name, valid in JSON: None replaces an infinite number."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Load the result of `state`."""


@dataclass(frozen=True)
class ScheduleSpec:
    """A kind of schedule; ``make(params, span)`` creates one for a run."""

    kind: str
    title: str
    params: tuple[ParamSpec, ...]
    make: Callable[[Params, Span], Schedule]
    description: str = ""
    reference: str = ""


SCHEDULES: Registry[ScheduleSpec] = Registry("schedule")


def make_schedule(choice: Choice, span: Span) -> Schedule:
    """Create the chosen schedule for a run."""
    spec = SCHEDULES.get(choice.kind)
    return spec.make({p.name: choice.params.get(p.name, p.default) for p in spec.params}, span)


def number(value: Value) -> float:
    """Return a parameter as a real number; 0 if it is off."""
    return float(value or 0)
