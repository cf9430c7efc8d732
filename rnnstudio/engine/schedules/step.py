"""The learning rate is multiplied by a factor every few epochs: ``torch.optim.lr_scheduler.StepLR``."""

from rnnstudio.design.constraints import Integer, Real
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.schedules.base import SCHEDULES, Schedule, ScheduleSpec, Span, number


class Step(Schedule):
    """``learning_rate factor^⌊epochs / every⌋``."""

    def __init__(self, params: Params, span: Span) -> None:
        super().__init__(params, span)
        self.every, self.factor = number(params["every"]), number(params["factor"])

    def rate(self, step: int, epochs: float) -> float:
        """See `Schedule`."""
        return float(self.span.learning_rate * self.factor ** (epochs // self.every))


SCHEDULES.register(
    ScheduleSpec(
        kind="step",
        title="Step",
        params=(
            ParamSpec("every", "Every", Integer(1, 100_000), 10, "Epochs between two falls.", "epochs"),
            ParamSpec(
                "factor",
                "Factor",
                Real(0, 1, open_minimum=True),
                0.1,
                "What the learning rate is multiplied by.",
            ),
        ),
        make=Step,
        description="Falls by a factor every few epochs.",
    )
)
