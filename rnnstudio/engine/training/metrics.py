"""What a run says of itself: a step, an epoch, and that it cannot go on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import StudioError
from rnnstudio.design.messages import node_title
from rnnstudio.design.model import NodeId
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.nodes.data import HeadNode
from rnnstudio.engine.program.program import Program

Array = NDArray[Any]


@dataclass(frozen=True)
class StepDone:
    """One training step: losses in nats, norms of the gradient before and after clipping.

    ``loss`` is None where nothing in the batch counts; such a step moves no weight.
    """

    step: int
    epoch: int
    loss: float | None
    grad_norm: float
    clipped_norm: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class EpochDone:
    """One pass over the training set.

    ``training_loss`` is the mean loss of its steps, or of the weights after it where early stopping goes by
    that; see `Trainer`. ``bits`` is the validation loss in bits per token, ``metrics`` the means over the
    validation set of what heads measure besides: accuracy, mean squared error. A mean over nothing is None.
    ``learning_rate`` is that of the last step.
    """

    epoch: int
    step: int
    training_loss: float | None
    validation_loss: float | None
    bits: float | None
    learning_rate: float
    metrics: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def monitored_loss(self) -> float | None:
        """The loss that schedules and early stopping go by: of the validation set, if it has one."""
        return self.training_loss if self.validation_loss is None else self.validation_loss


class Mean:
    """A mean that grows."""

    def __init__(self, total: float = 0.0, count: float = 0.0) -> None:
        self.total, self.count = total, count

    def add(self, total: float, count: float) -> None:
        """Take in a sum of so many values."""
        self.total += total
        self.count += count

    @property
    def value(self) -> float | None:
        """The mean; None of nothing."""
        return self.total / self.count if self.count else None


class MeanLoss:
    """The mean loss of a network over batches: the sum of the heads', each a mean over its own predictions.

    Batches have unlike shares of what each head predicts, so one mean for all would depend on how the
    data was cut into them. A head of which nothing counts adds nothing.
    """

    def __init__(self, means: Iterable[Sequence[float]] = ()) -> None:
        self._means = [Mean(*mean) for mean in means]

    def add(self, heads: Sequence[HeadNode]) -> None:
        """Take in the losses of a pass."""
        self._means += [Mean() for _ in heads[len(self._means) :]]
        for mean, head in zip(self._means, heads, strict=True):
            if head.has_loss:
                mean.add(head.loss * head.predictions, head.predictions)

    @property
    def value(self) -> float | None:
        """The mean loss; None where nothing counts in any head."""
        means = [mean.value for mean in self._means]
        known = [mean for mean in means if mean is not None]
        return sum(known) if known else None

    @property
    def state(self) -> list[list[float]]:
        """What another one is made of, fit for JSON."""
        return [[mean.total, mean.count] for mean in self._means]


class TrainingDiverged(StudioError):
    """A value is no longer finite; the trainer holds the last finite weights.

    Attributes
    ----------
    step : training step in which it happened, from 1
    node, parameter : where it was seen first, and the weight ``node.weight`` that it was seen in or that
        is the largest there
    """

    def __init__(self, step: int, node: str, parameter: str, where: str) -> None:
        super().__init__(
            f"Training stopped at step {step:,}: a value was no longer finite, first in {where}. "
            "The last finite weights are kept. Lower the learning rate or clip the gradient."
        )
        self.step, self.node, self.parameter = step, node, parameter


def diverged(program: Program, step: int) -> TrainingDiverged:
    """Find the first value of a step that is not finite: in what nodes give, in a gradient, in a weight."""
    titles = {node.id: node_title(node, catalogue()) for node in program.design.nodes}
    for component in program.execution_order(with_feedback=program.sampling_probability > 0):
        for node_id in component.nodes:
            node = program.nodes[node_id]
            largest = _largest(program, node_id)
            for values in node.outputs.values():
                rows = np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))
                if len(rows):
                    when = ""
                    if len(values) == node.packing.rows:
                        t = int(np.searchsorted(node.packing.offsets, rows[0], side="right"))
                        when = f" at time step {t:,}"
                    where = f"what “{titles[node_id]}” gives{when}, where {largest} is the largest weight"
                    return TrainingDiverged(step, node_id, largest, where)
            if not math.isfinite(getattr(node, "loss", 0.0)):
                where = f"the loss of “{titles[node_id]}”, where {largest} is the largest weight"
                return TrainingDiverged(step, node_id, largest, where)
    for what, arrays in (("the gradient of ", program.d_parameters), ("", program.parameters)):
        for name, values in arrays.items():
            if not np.isfinite(values).all():
                owner = NodeId(name.partition(".")[0])
                return TrainingDiverged(step, owner, name, f"{what}{name} of “{titles[owner]}”")
    largest = _largest(program, "")
    return TrainingDiverged(
        step, largest.partition(".")[0], largest, f"the gradient's norm; {largest} is the largest weight"
    )


def _largest(program: Program, node_id: str) -> str:
    """Return the name of a node's largest weight; of all where it has none."""
    sizes = {
        name: float(np.nan_to_num(np.abs(view), nan=np.inf).max(initial=0.0))
        for name, view in program.parameters.items()
    }
    own = {name: size for name, size in sizes.items() if name.startswith(f"{node_id}.")}
    return max(own or sizes, key=(own or sizes).__getitem__)
