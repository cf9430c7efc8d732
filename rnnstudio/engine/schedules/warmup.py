"""The learning rate increases over the first steps, then stays constant or follows half a cosine.

The increase is that of ``torch.optim.lr_scheduler.LinearLR``, the decrease that of ``CosineAnnealingLR`` over
the remaining steps, combined as in ``SequentialLR``. Goyal et al. 2017, "Accurate, Large Minibatch SGD:
Training ImageNet in 1 Hour", section 2.2.
"""

from rnnstudio.design.constraints import Integer, OneOf, Real
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.schedules.base import SCHEDULES, Schedule, ScheduleSpec, Span, number
from rnnstudio.engine.schedules.cosine import MINIMUM, half_cosine


class WarmUp(Schedule):
    """``learning_rate (start + (1 - start) step / steps)`` for the first ``steps`` steps, then as chosen."""

    def __init__(self, params: Params, span: Span) -> None:
        super().__init__(params, span)
        self.steps, self.start = int(number(params["steps"])), number(params["start"])
        self.falls, self.minimum = params["then"] == "cosine", number(params["minimum"])

    def rate(self, step: int, epochs: float) -> float:
        """See `Schedule`."""
        full = self.span.learning_rate
        if step < self.steps:
            return full * (self.start + (1 - self.start) * step / self.steps)
        if not self.falls:
            return full
        return half_cosine(full, self.minimum, (step - self.steps) / max(1, self.span.steps - self.steps))


SCHEDULES.register(
    ScheduleSpec(
        kind="warmup",
        title="Warm-up",
        params=(
            ParamSpec(
                "steps",
                "Rises for",
                Integer(1, 1_000_000),
                100,
                "Training steps until the full rate.",
                "steps",
            ),
            ParamSpec(
                "start", "Starts at", Real(0, 1), 0.01, "Share of the learning rate at the very first step."
            ),
            ParamSpec(
                "then",
                "Then",
                OneOf(("constant", "cosine"), ("Constant", "Cosine")),
                "constant",
                "Whether the rate stays, or falls along half a cosine to the end of training.",
            ),
            MINIMUM,
        ),
        make=WarmUp,
        description="Rises from small steps, and then stays or falls.",
        reference="Goyal et al. 2017",
    )
)
