"""The metrics of training: what each step and each epoch reports, running means, and divergence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import Message, message
from rnnstudio.design.model import NodeId
from rnnstudio.design.phrases import node_title
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.nodes.data import HeadNode
from rnnstudio.engine.program.program import Program

Array = NDArray[Any]


@dataclass(frozen=True)
class StepDone:
    """One training step: the loss in nats, the gradient norm before and after clipping.

    ``loss`` is None if no target of the batch counts. Such a step does not change the weights.
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

    ``training_loss`` is the mean loss of its steps, or the loss of the weights after it if early stopping
    monitors that; see `Trainer`. ``bits`` is the validation loss in bits per token. ``metrics`` are means
    over the validation set, such as accuracy and mean squared error. A mean over no values is None.
    ``learning_rate`` is the learning rate of the last step.
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
        """The loss that schedules and early stopping monitor: the validation loss, if there is one."""
        return self.training_loss if self.validation_loss is None else self.validation_loss


class Mean:
    """A running mean."""

    def __init__(self, total: float = 0.0, count: float = 0.0) -> None:
        self.total, self.count = total, count

    def add(self, total: float, count: float) -> None:
        """Add the sum of ``count`` values."""
        self.total += total
        self.count += count

    @property
    def value(self) -> float | None:
        """The mean, or None if there are no values."""
        return self.total / self.count if self.count else None


class MeanLoss:
    """The mean loss of a network over batches: the sum of the mean losses of its heads.

    Each head has a mean of its own. Batches differ in how many predictions of each head count, so a single
    mean would depend on how the data is divided into batches. A head without predictions adds nothing.
    """

    def __init__(self, means: Iterable[Sequence[float]] = ()) -> None:
        self._means = [Mean(*mean) for mean in means]

    def add(self, heads: Sequence[HeadNode]) -> None:
        """Add the losses of a forward pass."""
        self._means += [Mean() for _ in heads[len(self._means) :]]
        for mean, head in zip(self._means, heads, strict=True):
            if head.has_loss:
                mean.add(head.loss * head.predictions, head.predictions)

    @property
    def value(self) -> float | None:
        """The mean loss, or None if no prediction counts."""
        means = [mean.value for mean in self._means]
        known = [mean for mean in means if mean is not None]
        return sum(known) if known else None

    @property
    def state(self) -> list[list[float]]:
        """The arguments that recreate this object, as JSON values."""
        return [[mean.total, mean.count] for mean in self._means]


class TrainingDiverged(StudioError):
    """A value is not finite. The trainer keeps the last finite weights.

    Attributes
    ----------
    step : the training step, from 1
    node, parameter : the first node with such a value, and the weight ``node.weight`` that is not finite or
        is the largest of the node
    """

    code = "diverged"

    def __init__(self, step: int, node: str, parameter: str, where: Message) -> None:
        super().__init__(
            message(
                "Training stopped at step {step:,}: a value was no longer finite, first in {where}. The last "
                "finite weights are kept. Lower the learning rate or clip the gradient.",
                step=step,
                where=where,
            )
        )
        self.step, self.node, self.parameter = step, node, parameter


def diverged(program: Program, step: int) -> TrainingDiverged:
    """Return the error that names the first value that is not finite: an output, a gradient or a weight."""
    titles = {node.id: node_title(node, catalogue()) for node in program.design.nodes}
    for component in program.execution_order(with_feedback=program.sampling_probability > 0):
        for node_id in component.nodes:
            node = program.nodes[node_id]
            largest = _largest(program, node_id)
            for values in node.outputs.values():
                rows = np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))
                if len(rows):
                    where = message("what “{node}” gives, where {weight} is the largest weight")
                    t = 0
                    if len(values) == node.packing.rows:
                        t = int(np.searchsorted(node.packing.offsets, rows[0], side="right"))
                        where = message(
                            "what “{node}” gives at time step {t:,}, where {weight} is the largest weight"
                        )
                    where = where.with_args(node=titles[node_id], t=t, weight=largest)
                    return TrainingDiverged(step, node_id, largest, where)
            if not math.isfinite(getattr(node, "loss", 0.0)):
                where = message("the loss of “{node}”, where {weight} is the largest weight")
                where = where.with_args(node=titles[node_id], weight=largest)
                return TrainingDiverged(step, node_id, largest, where)
    gradient = message("the gradient of {name} of “{node}”")
    for where, arrays in (
        (gradient, program.d_parameters),
        (message("{name} of “{node}”"), program.parameters),
    ):
        for name, values in arrays.items():
            if not np.isfinite(values).all():
                owner = NodeId(name.partition(".")[0])
                return TrainingDiverged(step, owner, name, where.with_args(name=name, node=titles[owner]))
    largest = _largest(program, "")
    where = message("the gradient's norm; {weight} is the largest weight", weight=largest)
    return TrainingDiverged(step, largest.partition(".")[0], largest, where)


def _largest(program: Program, node_id: str) -> str:
    """Return the name of the largest weight of a node, or of all nodes if it has no weights."""
    sizes = {
        name: float(np.nan_to_num(np.abs(view), nan=np.inf).max(initial=0.0))
        for name, view in program.parameters.items()
    }
    own = {name: size for name, size in sizes.items() if name.startswith(f"{node_id}.")}
    return max(own or sizes, key=(own or sizes).__getitem__)
