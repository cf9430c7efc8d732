"""Training: the whole loop on one screen."""

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

import rnnstudio
from rnnstudio.design.errors import DataError, StudioError
from rnnstudio.design.model import Design
from rnnstudio.engine import kernels, tasks
from rnnstudio.engine.batches import batches
from rnnstudio.engine.checking import load_check
from rnnstudio.engine.clipping import clip
from rnnstudio.engine.optimizers.base import make_optimizer
from rnnstudio.engine.program import Program
from rnnstudio.engine.sampling import Sampler
from rnnstudio.engine.telemetry import Telemetry, choose_probe
from rnnstudio.engine.weights.base import require_match, symbols_record

Array = NDArray[Any]


@dataclass(frozen=True)
class StepDone:
    """One training step: losses in nats, norms of the gradient before and after clipping."""

    step: int
    epoch: int
    loss: float
    grad_norm: float
    clipped_norm: float
    seconds: float


@dataclass(frozen=True)
class EpochDone:
    """One pass over the training set.

    ``bits`` is the validation loss in bits per token, ``metrics`` the means over the validation set of
    what heads measure besides: accuracy, mean squared error.
    """

    epoch: int
    step: int
    training_loss: float
    validation_loss: float | None
    bits: float | None
    metrics: Mapping[str, float] = field(default_factory=dict)


class TrainingDiverged(StudioError):
    """A loss or gradient is no longer finite; the trainer holds the last finite weights."""

    def __init__(self, step: int, parameter: str, where: str) -> None:
        super().__init__(
            f"Training stopped at step {step:,}: a value was no longer finite, first in {where}. "
            "The last finite weights are kept. Lower the learning rate or clip the gradient."
        )
        self.step = step
        self.parameter = parameter


class Trainer:
    """Trains a design by its plan, one step at each ``next()`` of `run`.

    Parameters
    ----------
    design : Design
    weights : arrays by ``node.weight``, optional
        Where to start from, instead of freshly initialised weights.

    Raises
    ------
    StudioError
        If the design cannot be trained, its data cannot be read, or the weights do not match.
    """

    def __init__(self, design: Design, *, weights: Mapping[str, Array] | None = None) -> None:
        self.design, self.plan = design, design.plan
        self.kernel = kernels.chosen().value
        report = load_check(design)
        self.data = tasks.open_task(design.task)
        self.program = Program(design, report, self.data.facts)
        self.program.initialise(self.plan.seed)
        self.program.seed(self.plan.seed)
        if weights is not None:
            require_match(weights, {name: view.shape for name, view in self.program.parameters.items()})
            self.program.load(weights)
        self.training, self.validation = self.data.split(self.plan.validation, self.plan.seed)
        if not len(self.training):
            raise DataError(
                "The task leaves no sequence to train on. Lower the validation share, or give more data."
            )
        self.optimizer = make_optimizer(self.plan.optimizer, self.program.weights)
        self.order_rng = np.random.default_rng([self.plan.seed, 2])
        watched = self.validation if len(self.validation) else self.training
        self.telemetry = Telemetry(self.program, self.data, choose_probe(self.data, watched))
        self.validator = self.program.twin()
        self.steps_per_epoch = math.ceil(len(self.training) / self.plan.batch_size)
        self.total_steps = self.steps_per_epoch * self.plan.epochs
        self.step_index = 0
        self.epoch = 0
        self.epochs_done: list[EpochDone] = []
        self._last_finite = self.program.weights.copy()

    def run(self) -> Iterator[StepDone | EpochDone]:
        """Train, yielding after each step and after each epoch.

        Raises
        ------
        TrainingDiverged
            When a loss or gradient is not finite; the weights are those before that step.
        """
        for epoch in range(1, self.plan.epochs + 1):
            self.epoch = epoch
            losses, weight = 0.0, 0
            order = self.order_rng.permutation(self.training)
            for batch in batches(self.data, self.plan.batch_size, order):
                done = self._step(batch)
                losses += done.loss * self.program.predictions
                weight += self.program.predictions
                yield done
            validation, metrics = self.validate()
            self.epochs_done.append(
                EpochDone(
                    epoch=epoch,
                    step=self.step_index,
                    training_loss=losses / max(weight, 1),
                    validation_loss=validation,
                    bits=None if validation is None else validation / math.log(2),
                    metrics=metrics,
                )
            )
            yield self.epochs_done[-1]

    def _step(self, batch: Any) -> StepDone:
        started = time.perf_counter()
        program = self.program
        with np.errstate(all="ignore"):
            loss = program.loss(batch, training=True)
            program.backward()
            norm, clipped = clip(
                self.plan.clip, self.plan.clip_norm, program.gradients, program.d_parameters.values()
            )
            self.step_index += 1
            if not (math.isfinite(loss) and math.isfinite(norm)):
                self._diverged("the gradient of ", program.d_parameters)
            self._last_finite[...] = program.weights
            self.optimizer.step(program.weights, program.gradients)
            if not np.isfinite(program.weights).all():
                self._diverged("", program.parameters)
        return StepDone(self.step_index, self.epoch, loss, norm, clipped, time.perf_counter() - started)

    def _diverged(self, what: str, arrays: Mapping[str, Array]) -> NoReturn:
        first = next((name for name, values in arrays.items() if not np.isfinite(values).all()), None)
        where = f"{what}{first}"
        if first is None:  # only the loss overflowed: name the weights that are largest
            first = max(self.program.parameters, key=lambda name: np.abs(self.program.parameters[name]).max())
            where = f"the loss, where the weights of {first} are largest"
        self.program.weights[...] = self._last_finite
        raise TrainingDiverged(self.step_index, first, where)

    def validate(self) -> tuple[float | None, dict[str, float]]:
        """Return the mean loss over the validation set, or None where there is none, and its metrics."""
        if not len(self.validation):
            return None, {}
        total, predictions = 0.0, 0
        sums: dict[str, NDArray[np.float64]] = {}
        by_length = self.validation[np.argsort(-self.data.steps_of(self.validation), kind="stable")]
        with np.errstate(all="ignore"):
            for batch in batches(self.data, max(self.plan.batch_size, 128), by_length):
                total += self.validator.loss(batch, training=False) * self.validator.predictions
                predictions += self.validator.predictions
                for name, pair in self.validator.metrics().items():
                    sums[name] = sums.get(name, np.zeros(2)) + pair
        metrics = {name: float(value / max(count, 1)) for name, (value, count) in sums.items()}
        return total / max(predictions, 1), metrics

    @property
    def weights(self) -> dict[str, Array]:
        """Return copies of the weights by ``node.weight``."""
        return self.program.named_weights()

    def sampler(self) -> Sampler:
        """Return a sampler on the weights as they are trained."""
        return Sampler.of_program(self.program, self.data)

    def record(self) -> dict[str, Any]:
        """Return what is worth knowing of this run later, fit for JSON."""
        last = self.epochs_done[-1] if self.epochs_done else None
        return {
            "version": rnnstudio.__version__,
            "kernel": self.kernel,
            "seed": self.plan.seed,
            "dtype": self.plan.dtype,
            "symbols": symbols_record(self.data),
            "steps": self.step_index,
            "epochs": len(self.epochs_done),
            "training_loss": [done.training_loss for done in self.epochs_done],
            "validation_loss": [done.validation_loss for done in self.epochs_done],
            "bits": last.bits if last else None,
            "metrics": dict(last.metrics) if last else {},
        }
