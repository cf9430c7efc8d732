"""The trainer: the whole training loop on one screen."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

import rnnstudio
from rnnstudio.design.errors import DataError
from rnnstudio.design.message import message
from rnnstudio.design.model import Design
from rnnstudio.engine import datasets
from rnnstudio.engine.check import check_training
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.environment import changes, numerics_record
from rnnstudio.engine.inference.sampler import Sampler
from rnnstudio.engine.program.batches import batches
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.schedules.base import ScheduleExtension, Span, make_schedule
from rnnstudio.engine.tasks.base import Baseline
from rnnstudio.engine.tasks.columns import Indices
from rnnstudio.engine.training.baseline import find_baseline
from rnnstudio.engine.training.checkpoint import (
    LAYOUT,
    Checkpoint,
    damaged,
    optimizer_arrays,
    optimizer_state,
    require_finite,
    require_like,
)
from rnnstudio.engine.training.data_loader import DataLoader, Window, largest_packings, windows
from rnnstudio.engine.training.early_stopping import EarlyStopping
from rnnstudio.engine.training.metrics import EpochDone, Mean, MeanLoss, StepDone, TrainingDiverged
from rnnstudio.engine.training.optimizer_step import OptimizerStep
from rnnstudio.engine.training.resumption import (
    ANEW,
    RunLength,
    differences,
    resumption_sentence,
    schedule_choice,
)
from rnnstudio.engine.training.run_identity import identity
from rnnstudio.engine.training.telemetry import Telemetry, choose_probe
from rnnstudio.engine.weights.fit import require_match, require_symbols
from rnnstudio.engine.weights.symbols import symbols_record

__all__ = ["EpochDone", "StepDone", "Trainer", "TrainingDiverged"]

Array = NDArray[Any]
CARRIED = "carried/"


class Trainer:
    """Trains a design by its plan, one step at each ``next()`` of `run`.

    With early stopping but without a validation loss, the loss of the whole training set is measured after
    each epoch and reported as the training loss. The weights that are kept are therefore those with the
    lowest reported loss.

    Parameters
    ----------
    design : Design
    weights : arrays by ``node.weight``, optional
        The weights to start from, instead of newly initialized ones.
    checkpoint : Checkpoint, optional
        The checkpoint of the run of these weights. A run of the same network, plan and data is resumed; a
        run that had ended gets as many epochs again. ``is_resumed`` says whether it is resumed, and
        ``start_sentence`` what differs from a run that never stopped.
    schedule : how the learning rate schedule continues if the run becomes longer
    symbols : digest of the symbols that the weights were trained on, None if unknown; see
        `rnnstudio.engine.weights.symbols`

    Raises
    ------
    StudioError
        If the design cannot be trained, its data cannot be read, memory does not suffice, or the weights or
        the checkpoint do not match.
    """

    def __init__(
        self,
        design: Design,
        *,
        weights: Mapping[str, Array] | None = None,
        checkpoint: Checkpoint | None = None,
        symbols: str | None = None,
        schedule: ScheduleExtension = ScheduleExtension.STRETCH,
    ) -> None:
        self.design, self.plan = design, design.plan
        self.kernel = kernels.chosen().value
        report = check_training(design, datasets.inspect(design.task))
        if symbols is not None:
            require_symbols(symbols, datasets.open_task(design.task))
        # Raises for a design that cannot be trained, before its data is read.
        self.program = Program(design, report, datasets.facts(design.task))
        self.data = datasets.open_task(design.task)
        self.program.allocate(largest_packings(self.data, self.plan))
        self.program.initialise(self.plan.seed)
        self.program.seed(self.plan.seed)
        if weights is not None:
            shapes = {name: view.shape for name, view in self.program.parameters.items()}
            require_match(weights, shapes, self.plan.dtype)
            self.program.load(weights)
        training, self.validation = self.data.split(self.plan.validation, self.plan.seed)
        if not len(training):
            raise DataError(
                message(
                    "The task leaves no sequence to train on. Lower the validation share, or give more data."
                )
            )
        watched = self.validation if len(self.validation) else training
        self.telemetry = Telemetry(self.program, self.data, choose_probe(self.data, watched))
        self.data_loader = DataLoader(self.data, training, self.plan)
        self._require_targets()
        self.optimizer_step = OptimizerStep(self.program, self.plan)
        self.stopping = EarlyStopping(self.plan.patience, self.program.weights)
        self.steps_per_epoch, self.epochs = self.data_loader.steps, self.plan.epochs
        self.step_index, self.losses = 0, MeanLoss()
        self.epochs_done: list[EpochDone] = []
        self._last_weights: Array | None = None  # set once the best weights have replaced them
        self.identity = identity(design, self.data)
        # The learning rate of the plan; the schedule sets that of each step.
        self.learning_rate = self.optimizer_step.optimizer.learning_rate
        self.length = RunLength(self.epochs, Span(self.learning_rate, self.epochs, self.total_steps))
        self.schedule = make_schedule(self.plan.schedule, self.length.span)
        self.numerics = numerics_record(self.kernel)
        self.is_resumed = False
        self.extension: ScheduleExtension | None = None  # the choice, if there was one
        self.start_sentence = self._start(weights is not None, checkpoint, schedule)

    def _require_targets(self) -> None:
        """Raise `DataError` if no target counts. Usually the first batch has one that does."""
        for batch in batches(self.data, self.plan.batch_size, self.data_loader.examples):
            for window in windows(batch, self.plan.truncate):
                self.program.feed(window.batch)
                if any(head.has_loss for head in self.program.heads):
                    return
        raise DataError(
            message(
                "Nothing in the training data counts, so nothing can be learned: every target is "
                "missing, ignored or of a class that weighs nothing. Change the ignored class, the "
                "weights or the data."
            )
        )

    # --------------------------------------------------------------------------- the loop

    def run(self) -> Iterator[StepDone | EpochDone]:
        """Train, yielding after each step and each epoch. A `checkpoint` may be taken after each yield.

        Raises
        ------
        TrainingDiverged
            If a value is not finite. The weights are then those before that step.
        """
        while not self.is_finished:
            self.data_loader.begin_epoch()
            for window in self.data_loader.windows():
                yield self._step(window)
            yield self._end_epoch()
        self._restore_best_weights()

    def _step(self, window: Window) -> StepDone:
        started = time.perf_counter()
        rate = self.schedule.rate(self.step_index, len(self.epochs_done) + window.epoch_fraction)
        self.step_index += 1
        loss, norm, clipped = self.optimizer_step.step(self.step_index, window, rate)
        self.losses.add(self.program.heads)
        seconds = time.perf_counter() - started
        return StepDone(self.step_index, self.epoch, loss, norm, clipped, rate, seconds)

    def _end_epoch(self) -> EpochDone:
        self.data_loader.end_epoch()
        validation, metrics = self.validate()
        training = self.losses.value
        if validation is None and self.plan.patience is not None:
            # The losses of the steps belong to the weights before each step; the weights after all are kept.
            training, _ = self._evaluate(self.data_loader.examples)
        done = EpochDone(
            epoch=self.epoch,
            step=self.step_index,
            training_loss=training,
            validation_loss=validation,
            bits=None if validation is None or not self.in_bits else validation / math.log(2),
            learning_rate=self.optimizer_step.optimizer.learning_rate,
            metrics=metrics,
        )
        if done.monitored_loss is not None:
            self.schedule.epoch_done(done.monitored_loss)
            self.stopping.epoch_done(done.monitored_loss, self.program.weights)
        self.epochs_done.append(done)
        self.losses = MeanLoss()
        return done

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended."""
        return len(self.epochs_done) >= self.epochs or self.stopping.has_triggered

    @property
    def unit(self) -> str:
        """What one step of the data is called."""
        return self.data.facts.unit

    @property
    def baseline(self) -> Baseline | None:
        """What a simple answer would lose, where there is one."""
        return find_baseline(self.design, self.data)

    @property
    def in_bits(self) -> bool:
        """Whether all heads predict classes, so that the loss can be given in bits per prediction."""
        return all(head.predicts_classes for head in self.program.heads)

    @property
    def epoch(self) -> int:
        """Number of the current epoch, from 1; the last one after the run."""
        return min(len(self.epochs_done) + 1, self.epochs)

    @property
    def total_steps(self) -> int:
        """Number of steps of the run; an estimate where sequences of different lengths are cut."""
        return self.steps_per_epoch * self.epochs

    def validate(self) -> tuple[float | None, dict[str, float | None]]:
        """Return the mean loss over the validation set and its metrics, None where no target counts.

        It uses the buffers of training, so it must not be called within an epoch.
        """
        return self._evaluate(self.validation)

    def _evaluate(self, examples: Indices) -> tuple[float | None, dict[str, float | None]]:
        """Return the mean loss over some examples, and the metrics."""
        program, loss = self.program, MeanLoss()
        sums: dict[str, Mean] = {}
        longest_first = self.data.longest_first(examples)
        with np.errstate(all="ignore"):
            for batch in batches(self.data, self.plan.batch_size, longest_first):
                for window in windows(batch, self.plan.truncate):
                    program.loss(window.batch, training=False, carry=window.is_continuation)
                    loss.add(program.heads)
                    for name, pair in program.metrics().items():
                        sums.setdefault(name, Mean()).add(*pair)
                    program.carry_states(window.continuing)
        return loss.value, {name: mean.value for name, mean in sums.items()}

    # ---------------------------------------------------------------------------- weights

    def _restore_best_weights(self) -> None:
        if self.stopping.best is not None:
            self._last_weights = self.program.weights.copy()
            self.program.weights[...] = self.stopping.best

    @property
    def weights(self) -> dict[str, Array]:
        """Copies of the weights by ``node.weight``: the best with early stopping, otherwise the last."""
        return self.program.named_weights(self.stopping.best)

    def sampler(self) -> Sampler:
        """Return a sampler that shares the weights being trained."""
        return Sampler.of_program(self.program, self.data)

    # ------------------------------------------------------------------------ checkpoints

    def checkpoint(self) -> Checkpoint:
        """Return the training state after the last step, without `weights`."""
        state = {
            "layout": LAYOUT,
            "run": self.identity,
            "plan": msgspec.to_builtins(self.plan),
            "length": self.length.state(),
            **self.numerics,
            "step": self.step_index,
            "over": self.is_finished,
            "losses": self.losses.state,
            "epochs_done": [asdict(done) for done in self.epochs_done],
            "place": self.data_loader.state(),
            "learning_rate": self.optimizer_step.optimizer.learning_rate,
            "draws": self.program.rng.bit_generator.state,
            "schedule": self.schedule.state(),
            "stopping": self.stopping.state(),
        }
        arrays = optimizer_arrays(self.optimizer_step.optimizer.state())
        arrays |= {f"{CARRIED}{name}": array.copy() for name, array in self.program.carried_states().items()}
        if self.stopping.best is not None:
            arrays["weights"] = np.array(
                self.program.weights if self._last_weights is None else self._last_weights
            )
        return Checkpoint(state, arrays)

    def _start(self, given: bool, checkpoint: Checkpoint | None, how: ScheduleExtension) -> str:
        """Restore the checkpoint if it belongs to this run; return a sentence about where training starts."""
        if checkpoint is None or not given:
            return ANEW.format(why="there is no checkpoint of their run") if given else ""
        differs = differences(checkpoint, self.plan, self.identity)
        if differs:
            return ANEW.format(why="; ".join(differs))
        try:
            notes = self._restore(checkpoint.state, checkpoint.arrays, how)
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            raise damaged(error) from error
        self.is_resumed = True
        return resumption_sentence(self.step_index, changes(checkpoint.state, self.numerics), notes)

    def _restore(
        self, state: Mapping[str, Any], arrays: Mapping[str, Array], how: ScheduleExtension
    ) -> list[str]:
        """Restore a checkpoint; return sentences about differences from a run that never stopped."""
        require_finite(arrays)
        self.optimizer_step.optimizer.load_state(
            optimizer_state(arrays, self.optimizer_step.optimizer.state())
        )
        self.optimizer_step.optimizer.learning_rate = float(state["learning_rate"])
        self.program.rng.bit_generator.state = state["draws"]
        self.data_loader.load_state(state["place"])
        self._restore_carried(arrays)
        self.step_index = int(state["step"])
        self.losses = MeanLoss(state["losses"])
        self.epochs_done = [EpochDone(**done) for done in state["epochs_done"]]
        self.stopping.load_state(state["stopping"], self.program.weights)
        if self.stopping.best is not None:
            self.program.weights[...] = require_like(arrays["weights"], self.program.weights, "weights")
        notes = []
        before = RunLength.from_state(state, self.plan, self.learning_rate)
        after = before.extended(self.plan, len(self.epochs_done), over=self.stopping.has_triggered)
        if self.stopping.has_triggered:
            notes.append("Early stopping, which had ended it, counts from 0 again.")
            self.stopping.bad_epochs = 0
        choice = schedule_choice(self.plan, state, before, after)
        if choice is not None:
            self.extension = how
            notes.append(choice.sentence(how))
        as_before = after.epochs == before.epochs or self.extension is ScheduleExtension.CONTINUE
        self.length = replace(after, span=before.span) if as_before else after
        self.epochs = self.length.epochs
        self.schedule = make_schedule(self.plan.schedule, self.length.span)
        self.schedule.load_state(state["schedule"])
        return notes

    def _restore_carried(self, arrays: Mapping[str, Array]) -> None:
        """Restore the states that the last window carries to the next one."""
        last = self.data_loader.last_window()
        expected: dict[str, Array] = {}
        if last is not None:  # run it again to find out which states there are
            draws = self.program.rng.bit_generator.state
            self.program.loss(last.batch, training=True)
            self.program.carry_states(last.continuing)
            self.program.rng.bit_generator.state = draws
            expected = self.program.carried_states()
        self.program.set_carried_states(
            {n: require_like(arrays[f"{CARRIED}{n}"], like, n) for n, like in expected.items()}
        )

    def record(self) -> dict[str, Any]:
        """Return the record of the run for the weight file, as JSON values."""
        last = self.epochs_done[-1] if self.epochs_done else None
        return {
            "version": rnnstudio.__version__,
            **self.numerics,
            "seed": self.plan.seed,
            "dtype": self.plan.dtype,
            "symbols": symbols_record(self.data),
            "steps": self.step_index,
            "epochs": len(self.epochs_done),
            "training_loss": [done.training_loss for done in self.epochs_done],
            "validation_loss": [done.validation_loss for done in self.epochs_done],
            "learning_rate": [done.learning_rate for done in self.epochs_done],
            "bits": last.bits if last else None,
            "metrics": dict(last.metrics) if last else {},
        }
