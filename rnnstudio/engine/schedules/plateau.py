"""The learning rate decreases when the loss does not: ``torch.optim.lr_scheduler.ReduceLROnPlateau``."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from rnnstudio.design.constraints import Integer, Real
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.schedules.base import SCHEDULES, Schedule, ScheduleSpec, Span, number
from rnnstudio.engine.training.checkpoint import NotNegative, typed

LEAST_CHANGE = 1e-8  # PyTorch's eps: smaller changes of the rate are ignored


class _State(msgspec.Struct):
    """The state of the schedule in a checkpoint."""

    now: NotNegative
    best: float | None
    bad: NotNegative
    cooling: NotNegative


class Plateau(Schedule):
    """Multiplies the rate by ``factor`` after more than ``patience`` epochs without improvement.

    A loss is an improvement if it is lower than the best one by a fraction of ``threshold``. For ``cooldown``
    epochs after a decrease of the rate, no epoch counts as bad.
    """

    def __init__(self, params: Params, span: Span) -> None:
        super().__init__(params, span)
        self.factor, self.threshold = number(params["factor"]), number(params["threshold"])
        self.patience, self.cooldown = number(params["patience"]), number(params["cooldown"])
        self.minimum = number(params["minimum"])
        self.now, self.best = span.learning_rate, math.inf
        self.bad, self.cooling = 0.0, 0.0

    def rate(self, step: int, epochs: float) -> float:
        """See `Schedule`."""
        return self.now

    def epoch_done(self, loss: float) -> None:
        """See `Schedule`."""
        if loss < self.best * (1 - self.threshold):
            self.best, self.bad = loss, 0
        else:
            self.bad += 1
        if self.cooling > 0:
            self.cooling, self.bad = self.cooling - 1, 0
        if self.bad > self.patience:
            self.cooling, self.bad = self.cooldown, 0
            lower = max(self.now * self.factor, self.minimum)
            if self.now - lower > LEAST_CHANGE:
                self.now = lower

    def state(self) -> dict[str, Any]:
        """See `Schedule`."""
        best = self.best if math.isfinite(self.best) else None
        return {"now": self.now, "best": best, "bad": self.bad, "cooling": self.cooling}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See `Schedule`."""
        held = typed(state, _State)
        self.now, self.best = held.now, math.inf if held.best is None else held.best
        self.bad, self.cooling = held.bad, held.cooling


SCHEDULES.register(
    ScheduleSpec(
        kind="plateau",
        title="Reduce on plateau",
        params=(
            ParamSpec(
                "factor",
                "Factor",
                Real(0, 0.999999, open_minimum=True),
                0.1,
                "What the rate is multiplied by.",
            ),
            ParamSpec(
                "patience",
                "Patience",
                Integer(0, 100_000),
                10,
                "Epochs without a better loss that pass.",
                "epochs",
            ),
            ParamSpec(
                "threshold",
                "Threshold",
                Real(0, 0.999),
                1e-4,
                "Share by which the loss must fall to be better.",
            ),
            ParamSpec(
                "cooldown",
                "Cooldown",
                Integer(0, 100_000),
                0,
                "Epochs after a fall that do not count.",
                "epochs",
            ),
            ParamSpec("minimum", "Lowest rate", Real(0, 1e38), 0.0, "The rate never falls below it."),
        ),
        make=Plateau,
        description="Falls when the validation loss (without validation, the training loss) does not.",
    )
)
