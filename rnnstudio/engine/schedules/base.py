"""What a schedule is: the learning rate of each training step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rnnstudio.design.model import Choice, Params, Value
from rnnstudio.design.registry import Registry
from rnnstudio.design.spec import ParamSpec


class ScheduleExtension(StrEnum):
    """How a schedule goes on where a run gets another length than it was laid over."""

    STRETCH = "stretch"  # laid anew over all epochs
    CONTINUE = "continue"  # as it was laid, and at its end from there on


@dataclass(frozen=True)
class Span:
    """What a schedule is laid over: the optimizer's learning rate, and the length of the run."""

    learning_rate: float
    epochs: int
    steps: int


class Schedule:
    """Says how long steps are; the same for all steps unless a subclass knows better."""

    def __init__(self, params: Params, span: Span) -> None:
        self.span = span

    def rate(self, step: int, epochs: float) -> float:
        """Return the learning rate of a step.

        Parameters
        ----------
        step : int
            Steps taken before it.
        epochs : float
            Passes over the data before it, as in 2.25 for a quarter of the third.
        """
        return self.span.learning_rate

    def epoch_done(self, loss: float) -> None:
        """Take notice of the loss after an epoch: the validation loss where there is one."""

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold, by name, fit for JSON: None in place of an infinite number."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned."""


@dataclass(frozen=True)
class ScheduleSpec:
    """A kind of schedule; ``make(params, span)`` lays one over a run."""

    kind: str
    title: str
    params: tuple[ParamSpec, ...]
    make: Callable[[Params, Span], Schedule]
    description: str = ""
    reference: str = ""


SCHEDULES: Registry[ScheduleSpec] = Registry("schedule")


def make_schedule(choice: Choice, span: Span) -> Schedule:
    """Lay the chosen schedule over a run."""
    spec = SCHEDULES.get(choice.kind)
    return spec.make({p.name: choice.params.get(p.name, p.default) for p in spec.params}, span)


def number(value: Value) -> float:
    """Return a parameter as a real number; 0 where it is off."""
    return float(value or 0)
