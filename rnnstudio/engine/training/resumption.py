"""Going on with a run: what differs from it now, how its schedule goes on, and the sentence that says so."""

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
LOOKED_AT = 1000  # steps of a run at which two schedules are compared


@dataclass(frozen=True)
class Length:
    """How long a run is, and what its schedule is laid over; ``span.epochs`` may be fewer."""

    epochs: int
    span: Span

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold, fit for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, state: Mapping[str, Any], plan: TrainingPlan, learning_rate: float) -> Length:
        """Return the length of a checkpoint's run.

        Checkpoints of earlier versions do not hold it: a run that had come to its last epoch had as many as
        it tells of, and any other is taken to have those of the plan.
        """
        held = state.get("length")
        if held is not None:
            span = held["span"]
            rate, epochs, steps = float(span["learning_rate"]), int(span["epochs"]), int(span["steps"])
            return cls(int(held["epochs"]), Span(rate, epochs, steps))
        done = max(len(state["epochs_done"]), 1)
        epochs = done if state["over"] and not is_stopped(plan, state) else plan.epochs
        return cls(epochs, Span(learning_rate, epochs, int(state["step"]) // done * epochs))

    def after(self, plan: TrainingPlan, done: int, *, over: bool) -> Length:
        """Return the length with the epochs of a plan, for as many again if the run is ``over``."""
        epochs = done + plan.epochs if over or plan.epochs <= done else plan.epochs
        steps = round(self.span.steps / self.span.epochs * epochs)
        return Length(epochs, Span(self.span.learning_rate, epochs, steps))


@dataclass(frozen=True)
class ScheduleChoice:
    """A run that gets another length than its schedule was laid over, so that there is a choice.

    Attributes
    ----------
    schedule : its title
    before, after : the epochs that it is laid over, and those of the run now
    now : the learning rate of the last step
    stretched, continued : that of the next one in either case
    end : that of the last step, if the schedule continues as it was laid
    """

    schedule: str
    before: int
    after: int
    now: float
    stretched: float
    continued: float
    end: float

    def sentence(self, how: ScheduleExtension) -> str:
        """Say what becomes of the learning rate."""
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
    plan: TrainingPlan, state: Mapping[str, Any], before: Length, after: Length
) -> ScheduleChoice | None:
    """Return the choice between a schedule as it was laid and one over all epochs; None if they are the same.

    Parameters
    ----------
    plan : of the run as it goes on
    state : of the checkpoint
    before, after : the length of the run as it was, and as it goes on
    """
    if before.epochs == after.epochs:
        return None
    catalogue()
    continued, stretched = (make_schedule(plan.schedule, length.span) for length in (before, after))
    for schedule in (continued, stretched):
        schedule.load_state(state["schedule"])
    steps, a_step = after.span.steps, after.epochs / max(after.span.steps, 1)
    places = [*range(0, steps, max(1, steps // LOOKED_AT)), steps - 1]
    if all(continued.rate(i, i * a_step) == stretched.rate(i, i * a_step) for i in places):
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
    """Return the choice that there is in going on from a checkpoint, before its data is read."""
    if checkpoint is None:
        return None
    state = checkpoint.state
    try:
        if _plan_changes(plan, state["plan"]):
            return None
        before = Length.of(state, plan, learning_rate(plan.optimizer))
        done = len(state["epochs_done"])
        return schedule_choice(plan, state, before, before.after(plan, done, over=is_stopped(plan, state)))
    except (ArithmeticError, KeyError, TypeError, ValueError, msgspec.ValidationError):
        return None  # of an earlier version, or damaged, which is told when the run is to go on from it


def learning_rate(choice: Choice) -> float:
    """Return the learning rate of an optimizer."""
    spec = OPTIMIZERS.get(choice.kind)
    default = next(param.default for param in spec.params if param.name == "learning_rate")
    return float(choice.params.get("learning_rate", default) or 0)


def is_stopped(plan: TrainingPlan, state: Mapping[str, Any]) -> bool:
    """Return whether early stopping had ended the run of a checkpoint."""
    return plan.patience is not None and int(state["stopping"]["bad_epochs"]) >= plan.patience


# --------------------------------------------------------------------------------- differences


def differences(checkpoint: Checkpoint, plan: TrainingPlan, identity: Mapping[str, str]) -> list[str]:
    """Return in words all that is not as in the run of a checkpoint; it cannot go on if there is anything.

    ``identity`` is what `checkpoint.identity` returns of the design now.
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
    """Return in words what a plan has other than one as a checkpoint holds it; the epochs do not count."""
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
    """Return the sentence about a run that goes on.

    Parameters
    ----------
    step : the steps it has taken
    machine : in words, each after a comma, what runs it otherwise than before: "on numpy kernels where it ran
        on numba ones"
    changes : sentences about what is not as if it had never stopped
    """
    first = f"Training goes on after step {step:,}"
    if machine:
        first += f", {', '.join(machine)}, so that the last digits may differ."
    else:
        first += "." if changes else " as if it had never stopped."
    return " ".join([first, *changes])
