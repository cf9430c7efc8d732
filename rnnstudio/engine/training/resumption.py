"""Resuming a run: what has changed since, how its schedule continues, and the sentence about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from rnnstudio.design.model import Choice, Params, TrainingPlan
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.registry import Registry
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.optimizers.base import OPTIMIZERS
from rnnstudio.engine.schedules.base import SCHEDULES, ScheduleExtension, Span, make_schedule
from rnnstudio.engine.training.checkpoint import Checkpoint

ANEW = "Training starts from the weights, with a new optimizer: {why}."
COMPARED_STEPS = 1000  # steps at which two schedules are compared


@dataclass(frozen=True)
class RunLength:
    """The length of a run and the span of its schedule; ``span.epochs`` may be smaller than ``epochs``."""

    epochs: int
    span: Span

    def state(self) -> dict[str, Any]:
        """Return the state for a checkpoint, as JSON values."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any], plan: TrainingPlan, learning_rate: float) -> RunLength:
        """Return the length of the run of a checkpoint.

        Checkpoints of earlier versions do not record it. A run that had ended had as many epochs as the
        checkpoint lists; any other run is assumed to have the epochs of the plan.
        """
        held = state.get("length")
        if held is not None:
            span = held["span"]
            rate, epochs, steps = float(span["learning_rate"]), int(span["epochs"]), int(span["steps"])
            return cls(int(held["epochs"]), Span(rate, epochs, steps))
        done = max(len(state["epochs_done"]), 1)
        epochs = done if state["over"] and not is_stopped(plan, state) else plan.epochs
        return cls(epochs, Span(learning_rate, epochs, int(state["step"]) // done * epochs))

    def extended(self, plan: TrainingPlan, done: int, *, over: bool) -> RunLength:
        """Return the length with the epochs of a plan, added to those done if the run is ``over``."""
        epochs = done + plan.epochs if over or plan.epochs <= done else plan.epochs
        steps = round(self.span.steps / self.span.epochs * epochs)
        return RunLength(epochs, Span(self.span.learning_rate, epochs, steps))


@dataclass(frozen=True)
class ScheduleChoice:
    """The choice for a run whose length differs from the span of its schedule.

    Attributes
    ----------
    schedule : title of the schedule
    before, after : the epochs of the schedule's span, and the epochs of the run now
    now : learning rate of the last step
    stretched, continued : learning rate of the next step in either case
    end : learning rate of the last step if the schedule keeps its span
    """

    schedule: str
    before: int
    after: int
    now: float
    stretched: float
    continued: float
    end: float

    def sentence(self, how: ScheduleExtension) -> str:
        """Return a sentence about the learning rate that follows."""
        if how is ScheduleExtension.STRETCH:
            moves = f"stays at {self.now:.3g}"
            if self.stretched != self.now:
                way = "rises" if self.stretched > self.now else "falls"
                moves = f"{way} from {self.now:.3g} to {self.stretched:.3g}"
            return (
                f"The {self.schedule.lower()} schedule is laid anew over {self.after:,} epochs instead of "
                f"{self.before:,}: the learning rate {moves}."
            )
        rate = f"goes on from {self.continued:.3g} to {self.end:.3g}"
        if self.continued == self.end:
            rate = f"stays at {self.end:.3g}" + (", so that nothing is learned" if self.end == 0 else "")
        return (
            f"The {self.schedule.lower()} schedule goes on as it was laid over {self.before:,} epochs: "
            f"the learning rate {rate}."
        )


def schedule_choice(
    plan: TrainingPlan, state: Mapping[str, Any], before: RunLength, after: RunLength
) -> ScheduleChoice | None:
    """Return the choice between keeping and stretching a schedule; None if there is no difference.

    Parameters
    ----------
    plan : plan of the resumed run
    state : state of the checkpoint
    before, after : length of the run before, and of the resumed run
    """
    if before.epochs == after.epochs:
        return None
    catalogue()
    continued, stretched = (make_schedule(plan.schedule, length.span) for length in (before, after))
    for schedule in (continued, stretched):
        schedule.load_state(state["schedule"])
    steps, a_step = after.span.steps, after.epochs / max(after.span.steps, 1)
    compared = [*range(0, steps, max(1, steps // COMPARED_STEPS)), steps - 1]
    if all(continued.rate(i, i * a_step) == stretched.rate(i, i * a_step) for i in compared):
        return None
    step = int(state["step"])
    return ScheduleChoice(
        schedule=SCHEDULES.get(plan.schedule.kind).title,
        before=before.span.epochs,
        after=after.epochs,
        now=float(state["learning_rate"]),
        stretched=stretched.rate(step, step * a_step),
        continued=continued.rate(step, step * a_step),
        end=continued.rate(steps - 1, (steps - 1) * a_step),
    )


def offered_choice(plan: TrainingPlan, checkpoint: Checkpoint | None) -> ScheduleChoice | None:
    """Return the choice in resuming from a checkpoint, without reading the data; None if there is none."""
    if checkpoint is None:
        return None
    state = checkpoint.state
    try:
        if _plan_changes(plan, state["plan"]):
            return None
        before = RunLength.from_state(state, plan, learning_rate(plan.optimizer))
        done = len(state["epochs_done"])
        return schedule_choice(plan, state, before, before.extended(plan, done, over=is_stopped(plan, state)))
    except (ArithmeticError, KeyError, TypeError, ValueError, msgspec.ValidationError):
        return None  # of an earlier version, or damaged: reported when the run is resumed


def learning_rate(choice: Choice) -> float:
    """Return the learning rate of an optimizer choice."""
    spec = OPTIMIZERS.get(choice.kind)
    default = next(param.default for param in spec.params if param.name == "learning_rate")
    return float(choice.params.get("learning_rate", default) or 0)


def is_stopped(plan: TrainingPlan, state: Mapping[str, Any]) -> bool:
    """Return whether early stopping ended the run of a checkpoint."""
    return plan.patience is not None and int(state["stopping"]["bad_epochs"]) >= plan.patience


# --------------------------------------------------------------------------------- differences


def differences(checkpoint: Checkpoint, plan: TrainingPlan, identity: Mapping[str, str]) -> list[str]:
    """Return phrases for everything that differs from the run of a checkpoint.

    The run can be resumed only if there are none. ``identity`` is the result of `run_identity.identity` for
    the current design.
    """
    known = checkpoint.state.get("run")
    known = known if isinstance(known, dict) else {}
    other = {part for part, digest in identity.items() if known.get(part) != digest}
    words = {"network": "the network", "data": "the task or its data"}
    found = [f"{name} is not that of their run" for part, name in words.items() if part in other]
    try:
        return found + _plan_changes(plan, checkpoint.state["plan"])
    except (KeyError, msgspec.ValidationError):  # of an earlier version
        return found + ["the training plan is not that of their run"] * ("plan" in other)


def _plan_changes(plan: TrainingPlan, before: object) -> list[str]:
    """Return phrases for the differences of a plan from that of a checkpoint, other than the epochs."""
    known = msgspec.convert(before, TrainingPlan)
    plain = [param for param in PLAN_PARAMS if param.name != "epochs"]
    return [
        *_choice_changes("Optimizer", OPTIMIZERS, known.optimizer, plan.optimizer),
        *_choice_changes("Learning rate over time", SCHEDULES, known.schedule, plan.schedule),
        *_param_changes(plain, msgspec.structs.asdict(known), msgspec.structs.asdict(plan)),
    ]


def _choice_changes(title: str, kinds: Registry[Any], before: Choice, after: Choice) -> Iterator[str]:
    catalogue()
    if before.kind != after.kind:
        one, other = (kinds.get(kind).title if kind in kinds else kind for kind in (before.kind, after.kind))
        yield f"“{title}” is {other} instead of {one}"
    elif before.kind in kinds:
        yield from _param_changes(kinds.get(before.kind).params, before.params, after.params)


def _param_changes(params: Sequence[ParamSpec], before: Params, after: Params) -> Iterator[str]:
    for param in params:
        one, other = (values.get(param.name, param.default) for values in (before, after))
        if one != other:
            yield f"“{param.title}” is {_words(other)} instead of {_words(one)}"


def _words(value: object) -> str:
    if value is None or value is False:
        return "off"
    if value is True:
        return "on"
    return f"{value:g}" if isinstance(value, float) else str(value)


# ------------------------------------------------------------------------------------ sentences


def resumption_sentence(step: int, machine: Sequence[str] = (), changes: Sequence[str] = ()) -> str:
    """Return the sentence about a resumed run.

    Parameters
    ----------
    step : number of steps taken so far
    machine : phrases for what differs in the environment, such as "on numpy kernels where it ran on numba
        ones"
    changes : sentences about other differences from a run that never stopped
    """
    first = f"Training goes on after step {step:,}"
    if machine:
        first += f", {', '.join(machine)}, so that the last digits may differ."
    else:
        first += "." if changes else " as if it had never stopped."
    return " ".join([first, *changes])
