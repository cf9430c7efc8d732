"""The learning rate follows half a cosine: ``torch.optim.lr_scheduler.CosineAnnealingLR``.

Loshchilov & Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts", equation 5, without
the restarts. At the start of each epoch the rate equals PyTorch's; here it decreases at every step.
"""

import math

from rnnstudio.design.constraints import Integer, Real
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.schedules.base import SCHEDULES, Schedule, ScheduleSpec, Span, number


def half_cosine(start: float, end: float, share: float) -> float:
    """Return ``end + (start - end) (1 + cos(π share)) / 2``, constant at ``end`` for a share of 1 or more."""
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2


MINIMUM = ParamSpec("minimum", "Lowest rate", Real(0, 1e38), 0.0, "The learning rate at the end.")


class Cosine(Schedule):
    """Decreases from the optimizer's learning rate to ``minimum`` in ``epochs``, then stays there."""

    def __init__(self, params: Params, span: Span) -> None:
        super().__init__(params, span)
        self.epochs = number(params["epochs"]) or span.epochs
        self.minimum = number(params["minimum"])

    def rate(self, step: int, epochs: float) -> float:
        """See `Schedule`."""
        return half_cosine(self.span.learning_rate, self.minimum, epochs / self.epochs)


SCHEDULES.register(
    ScheduleSpec(
        kind="cosine",
        title="Cosine",
        params=(
            ParamSpec(
                "epochs",
                "Over",
                Integer(1, 100_000, optional=True),
                None,
                "Epochs in which the rate falls; off for all of the training.",
                "epochs",
            ),
            MINIMUM,
        ),
        make=Cosine,
        description="Falls along half a cosine, slowly at both ends.",
        reference="Loshchilov & Hutter 2017",
    )
)
