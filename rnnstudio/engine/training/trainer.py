"""Training: the whole loop on one screen."""

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
from rnnstudio.design.model import Design
from rnnstudio.engine import datasets
from rnnstudio.engine.check import check_training
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.environment import changes, numerics_record
from rnnstudio.engine.inference.sampler import Sampler
from rnnstudio.engine.program.batches import batches
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.schedules.base import ScheduleExtension, Span, make_schedule
from rnnstudio.engine.tasks.columns import Indices
from rnnstudio.engine.training.checkpoint import (
    LAYOUT,
    Checkpoint,
    alike,
    damaged,
    optimizer_arrays,
    optimizer_state,
    require_finite,
)
from rnnstudio.engine.training.data_loader import DataLoader, Window, largest, windows
from rnnstudio.engine.training.early_stopping import EarlyStopping
from rnnstudio.engine.training.metrics import EpochDone, Mean, MeanLoss, StepDone, TrainingDiverged
from rnnstudio.engine.training.optimizer_step import OptimizerStep
from rnnstudio.engine.training.resumption import (
    ANEW,
    Length,
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

    With early stopping but without a validation set in which anything counts, the loss of the whole training
    set is measured after each epoch, as that of a validation set would be, and told as its training loss: so
    the weights that are kept are those with the lowest loss that was told.

    Parameters
    ----------
    design : Design
    weights : arrays by ``node.weight``, optional
        Where to start from, instead of freshly initialised weights.
    checkpoint : Checkpoint, optional
        Of the run that these weights are of. A run of the same network, plan and data goes on, and one that
        had come to its end, for as many epochs again; ``start`` says in a sentence whether it does and what
        is not to the bit as if it had never stopped, ``goes_on`` in a word.
    schedule : how the schedule of the learning rate goes on where the run becomes longer
    symbols : digest of the symbols that the weights were trained on, None where it is not known; see
        `rnnstudio.engine.weights.symbols`

    Raises
    ------
    StudioError
        If the design cannot be trained, its data cannot be read, it needs more memory than there is, or
        the weights or the checkpoint do not match.
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
        report = check_training(design)
        if symbols is not None:
            require_symbols(symbols, datasets.open_task(design.task))
        # A design that cannot be trained is refused here, before its data are read.
        self.program = Program(design, report, datasets.facts(design.task))
        self.data = datasets.open_task(design.task)
        self.program.allocate(largest(self.data, self.plan))
        self.program.initialise(self.plan.seed)
        self.program.seed(self.plan.seed)
        if weights is not None:
            shapes = {name: view.shape for name, view in self.program.parameters.items()}
            require_match(weights, shapes, self.plan.dtype)
            self.program.load(weights)
        training, self.validation = self.data.split(self.plan.validation, self.plan.seed)
        if not len(training):
            raise DataError(
                "The task leaves no sequence to train on. Lower the validation share, or give more data."
            )
        watched = self.validation if len(self.validation) else training
        self.telemetry = Telemetry(self.program, self.data, choose_probe(self.data, watched))
        self.reader = DataLoader(self.data, training, self.plan)
        self._require_targets()
        self.optimizer_step = OptimizerStep(self.program, self.plan)
        self.stopping = EarlyStopping(self.plan.patience, self.program.weights)
        self.steps_per_epoch, self.epochs = self.reader.steps, self.plan.epochs
        self.step_index, self.losses = 0, MeanLoss()
        self.epochs_done: list[EpochDone] = []
        self._last: Array | None = None  # the weights of the last step, where the best have their place
        self.identity = identity(design, self.data)
        # That of the plan; the schedule sets that of a step.
        self.learning_rate = self.optimizer_step.optimizer.learning_rate
        self.length = Length(self.epochs, Span(self.learning_rate, self.epochs, self.total_steps))
        self.schedule = make_schedule(self.plan.schedule, self.length.span)
        self.bits = numerics_record(self.kernel)
        self.goes_on = False
        self.extension: ScheduleExtension | None = None  # how the schedule goes on, where there was a choice
        self.start = self._begin(weights is not None, checkpoint, schedule)

    def _require_targets(self) -> None:
        """Refuse data of which nothing counts; mostly the first batch tells that something does."""
        for batch in batches(self.data, self.plan.batch_size, self.reader.examples):
            for window in windows(batch, self.plan.truncate):
                self.program.feed(window.batch)
                if any(head.has_loss for head in self.program.heads):
                    return
        raise DataError(
            "Nothing in the training data counts, so nothing can be learned: every target is missing, "
            "ignored or of a class that weighs nothing. Change the ignored class, the weights or the data."
        )

    # --------------------------------------------------------------------------- the loop

    def run(self) -> Iterator[StepDone | EpochDone]:
        """Train, yielding after each step and each epoch; a `checkpoint` may be taken whenever it has.

        Raises
        ------
        TrainingDiverged
            When a value is not finite; the weights are those before that step.
        """
        while not self.over:
            self.reader.begin()
            for window in self.reader.windows():
                yield self._step(window)
            yield self._end_epoch()
        self._take_best()

    def _step(self, window: Window) -> StepDone:
        started = time.perf_counter()
        rate = self.schedule.rate(self.step_index, len(self.epochs_done) + window.share)
        self.step_index += 1
        loss, norm, clipped = self.optimizer_step.step(self.step_index, window, rate)
        self.losses.add(self.program.heads)
        seconds = time.perf_counter() - started
        return StepDone(self.step_index, self.epoch, loss, norm, clipped, rate, seconds)

    def _end_epoch(self) -> EpochDone:
        self.reader.end()
        validation, metrics = self.validate()
        training = self.losses.value
        if validation is None and self.plan.patience is not None:
            # The steps' losses are of the weights before each of them, and those after all are kept.
            training, _ = self._measure(self.reader.examples)
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
    def over(self) -> bool:
        """Whether the run has come to its end."""
        return len(self.epochs_done) >= self.epochs or self.stopping.over

    @property
    def in_bits(self) -> bool:
        """Whether the loss is one of classes alone, so that it can be told in bits a prediction."""
        return all(head.predicts_classes for head in self.program.heads)

    @property
    def epoch(self) -> int:
        """The epoch under way, from 1; the last one at the end."""
        return min(len(self.epochs_done) + 1, self.epochs)

    @property
    def total_steps(self) -> int:
        """How many steps the run has; about as many, where sequences of many lengths are cut."""
        return self.steps_per_epoch * self.epochs

    def validate(self) -> tuple[float | None, dict[str, float | None]]:
        """Return the mean loss over the validation set and its metrics, None where nothing counts.

        It takes the buffers of training, so it must not be asked for within an epoch.
        """
        return self._measure(self.validation)

    def _measure(self, examples: Indices) -> tuple[float | None, dict[str, float | None]]:
        """Return the mean loss of the weights over some examples, and the metrics."""
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

    def _take_best(self) -> None:
        if self.stopping.best is not None:
            self._last = self.program.weights.copy()
            self.program.weights[...] = self.stopping.best

    @property
    def weights(self) -> dict[str, Array]:
        """Return copies of the weights by ``node.weight``: with early stopping the best, else the last."""
        return self.program.named_weights(self.stopping.best)

    def sampler(self) -> Sampler:
        """Return a sampler on the weights as they are trained."""
        return Sampler.of_program(self.program, self.data)

    # ------------------------------------------------------------------------ checkpoints

    def checkpoint(self) -> Checkpoint:
        """Return all that the run needs to go on after its last step, beside `weights`."""
        state = {
            "layout": LAYOUT,
            "run": self.identity,
            "plan": msgspec.to_builtins(self.plan),
            "length": self.length.state(),
            **self.bits,
            "step": self.step_index,
            "over": self.over,
            "losses": self.losses.state,
            "epochs_done": [asdict(done) for done in self.epochs_done],
            "place": self.reader.state(),
            "learning_rate": self.optimizer_step.optimizer.learning_rate,
            "draws": self.program.rng.bit_generator.state,
            "schedule": self.schedule.state(),
            "stopping": self.stopping.state(),
        }
        arrays = optimizer_arrays(self.optimizer_step.optimizer.state())
        arrays |= {f"{CARRIED}{name}": array.copy() for name, array in self.program.carried_states().items()}
        if self.stopping.best is not None:
            arrays["weights"] = np.array(self.program.weights if self._last is None else self._last)
        return Checkpoint(state, arrays)

    def _begin(self, given: bool, checkpoint: Checkpoint | None, how: ScheduleExtension) -> str:
        """Go to where the checkpoint is, if it is of this run; say in a sentence where training starts."""
        if checkpoint is None or not given:
            return ANEW.format(why="there is no checkpoint of their run") if given else ""
        differs = differences(checkpoint, self.plan, self.identity)
        if differs:
            return ANEW.format(why="; ".join(differs))
        try:
            notes = self._restore(checkpoint.state, checkpoint.arrays, how)
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            raise damaged(error) from error
        self.goes_on = True
        return resumption_sentence(self.step_index, changes(checkpoint.state, self.bits), notes)

    def _restore(
        self, state: Mapping[str, Any], arrays: Mapping[str, Array], how: ScheduleExtension
    ) -> list[str]:
        """Go to where a checkpoint is; return sentences about what is not as if the run had never stopped."""
        require_finite(arrays)
        self.optimizer_step.optimizer.load_state(
            optimizer_state(arrays, self.optimizer_step.optimizer.state())
        )
        self.optimizer_step.optimizer.learning_rate = float(state["learning_rate"])
        self.program.rng.bit_generator.state = state["draws"]
        self.reader.load_state(state["place"])
        self._restore_carried(arrays)
        self.step_index = int(state["step"])
        self.losses = MeanLoss(state["losses"])
        self.epochs_done = [EpochDone(**done) for done in state["epochs_done"]]
        self.stopping.load_state(state["stopping"], self.program.weights)
        if self.stopping.best is not None:
            self.program.weights[...] = alike(arrays["weights"], self.program.weights, "weights")
        notes = []
        before = Length.of(state, self.plan, self.learning_rate)
        after = before.after(self.plan, len(self.epochs_done), over=self.stopping.over)
        if self.stopping.over:
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
        """Take the states that the last window left for the next one."""
        last = self.reader.last_window()
        likes: dict[str, Array] = {}
        if last is not None:  # it is run again, to see which states there are
            draws = self.program.rng.bit_generator.state
            self.program.loss(last.batch, training=True)
            self.program.carry_states(last.continuing)
            self.program.rng.bit_generator.state = draws
            likes = self.program.carried_states()
        self.program.set_carried_states(
            {n: alike(arrays[f"{CARRIED}{n}"], like, n) for n, like in likes.items()}
        )

    def record(self) -> dict[str, Any]:
        """Return what is worth knowing of this run later, fit for JSON."""
        last = self.epochs_done[-1] if self.epochs_done else None
        return {
            "version": rnnstudio.__version__,
            **self.bits,
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
