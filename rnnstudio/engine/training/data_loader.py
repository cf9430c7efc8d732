"""The data loader: batches of examples in an order that the seed fixes, cut into windows of time steps.

The position in the data consists of the generator's state at the start of the epoch, the number of the
batch and the number of the window within it. It always points to the next window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.model import TrainingPlan
from rnnstudio.design.signals import MAIN_CLOCK, Signal
from rnnstudio.engine.program.batches import Batch, make_batch
from rnnstudio.engine.program.packed_sequence import PackedSequence
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.tasks.columns import BLOCK, Indices, lengths_of

Ints = NDArray[np.intp]
_ORDER_STREAM = 2  # random stream of the order; weights, dropout and the split have streams of their own
SPREAD = 0.1  # relative difference of lengths that may share a bucketed batch


@dataclass(frozen=True)
class Window:
    """The part of a batch that one training step processes (truncated backpropagation through time).

    Attributes
    ----------
    batch : a whole batch, or some time steps of one
    is_continuation : whether it continues the previous window
    continuing : number of its sequences, the first ones, that continue in the next window
    epoch_fraction : fraction of the epoch's steps before this window, 0 to 1
    """

    batch: Batch
    is_continuation: bool = False
    continuing: int = 0
    epoch_fraction: float = 0.0


def windows(batch: Batch, steps: int | None) -> list[Window]:
    """Cut a batch into windows of ``steps`` time steps, the last one shorter; None gives one window."""
    packing = batch.packing
    if steps is None or packing.steps <= steps:
        return [Window(batch)]
    starts = range(0, packing.steps, steps)
    parts = []
    for start in starts:
        stop = min(start + steps, packing.steps)
        count = int(packing.active[start])
        rows = packing.slice(start, stop)
        lengths = np.minimum(packing.lengths[:count], stop) - start
        streams = {name: values[rows] for name, values in batch.streams.items()}
        continuing = int(packing.active[stop]) if stop < packing.steps else 0
        packings = {MAIN_CLOCK: PackedSequence(lengths, packing.order[:count])}
        parts.append(Window(Batch(packings, streams), start > 0, continuing))
    return parts


def largest_packings(data: TaskData, plan: TrainingPlan) -> dict[str, PackedSequence]:
    """Return the packings of the largest possible batch. Buffers allocated for it never have to grow."""
    count = min(plan.batch_size, data.count)
    lengths = {stream.clock: np.ones(count, np.intp) for stream in data.facts.streams}
    lengths.setdefault(MAIN_CLOCK, np.ones(count, np.intp))
    for stream in data.facts.streams:
        if stream.signal is Signal.SEQUENCE:
            lengths[stream.clock] = _longest(data.streams[stream.name], count)
    if plan.truncate is not None:
        lengths[MAIN_CLOCK] = np.minimum(lengths[MAIN_CLOCK], plan.truncate)
    return {clock: PackedSequence(steps) for clock, steps in lengths.items()}


def _longest(column: Sequence[NDArray[Any]], count: int) -> Ints:
    """Return the ``count`` greatest lengths of a column in descending order, reading a block at a time."""
    found = np.zeros(0, np.intp)
    for start in range(0, len(column), BLOCK):
        part = np.arange(start, min(start + BLOCK, len(column)))
        found = np.sort(np.concatenate((found, lengths_of(column, part))))[::-1][:count]
    return found


class DataLoader:
    """Iterates over the training set, epoch by epoch, in an order that the seed fixes.

    ``examples`` are in ascending order between epochs, and in the order of the epoch within one. They are
    shuffled in place, because a long text has millions of them.
    """

    def __init__(self, data: TaskData, examples: Indices, plan: TrainingPlan) -> None:
        self.data, self.examples, self.plan = data, examples, plan
        self.rng = np.random.default_rng([plan.seed, _ORDER_STREAM])
        self.epoch_rng_state: Mapping[str, Any] = self.rng.bit_generator.state
        self.batch_starts: range | Ints = self._sequential_starts  # of the batches
        self.is_epoch_begun = False
        self.batch, self.window = 0, 0

    def begin_epoch(self) -> None:
        """Draw the order of an epoch, unless one has begun."""
        if not self.is_epoch_begun:
            self.is_epoch_begun = True
            self._draw_order()
            if self.plan.truncate is not None:
                self._steps_before = np.concatenate(([0], np.cumsum(self._window_counts())))

    def end_epoch(self) -> None:
        """Reset the position for the next epoch."""
        self.epoch_rng_state = self.rng.bit_generator.state
        self._reset_order()
        self.batch, self.window = 0, 0

    def _draw_order(self) -> None:
        self.rng.shuffle(self.examples)
        if self.plan.bucket:
            spread = self.rng.uniform(1, 1 + SPREAD, len(self.examples))
            spread *= self.data.steps_of(self.examples)
            self.examples[...] = self.examples[np.argsort(spread, kind="stable")]
            self.batch_starts = np.array(self._sequential_starts)
            self.rng.shuffle(self.batch_starts)

    def _reset_order(self) -> None:
        self.examples.sort()
        self.batch_starts = self._sequential_starts
        self.is_epoch_begun = False

    @property
    def _sequential_starts(self) -> range:
        return range(0, len(self.examples), self.plan.batch_size)

    def windows(self) -> Iterator[Window]:
        """Yield the remaining windows of the epoch. The position is advanced before each is yielded."""
        assert self.is_epoch_begun, "begin the epoch first"
        for number in range(self.batch, len(self.batch_starts)):
            parts = windows(make_batch(self.data, self._examples_of(number)), self.plan.truncate)
            for index in range(self.window, len(parts)):
                is_last, fraction = index + 1 == len(parts), self.epoch_fraction
                self.batch, self.window = (number + 1, 0) if is_last else (number, index + 1)
                yield replace(parts[index], epoch_fraction=fraction)

    def _examples_of(self, number: int) -> Indices:
        start = self.batch_starts[number]
        return self.examples[start : start + self.plan.batch_size]

    # --------------------------------------------------------------------------- counting

    @property
    def epoch_fraction(self) -> float:
        """Fraction of the epoch's steps that have been yielded, 0 to 1."""
        if not self.is_epoch_begun:
            return 0.0
        if self.plan.truncate is None:
            return self.batch / len(self.batch_starts)
        before = self._steps_before
        return float((before[self.batch] + self.window) / before[-1])

    @property
    def steps(self) -> int:
        """Number of steps of an epoch; an estimate where batches are cut and lengths differ."""
        return len(self.batch_starts) if self.plan.truncate is None else int(self._window_counts().sum())

    def _window_counts(self) -> Ints:
        """Return the number of windows of each batch."""
        assert self.plan.truncate is not None
        numbers = range(len(self.batch_starts))
        longest = np.array([self.data.steps_of(self._examples_of(number)).max() for number in numbers])
        return -(-longest // self.plan.truncate)

    # ------------------------------------------------------------------------- checkpoints

    def state(self) -> dict[str, Any]:
        """Return the position in the data, for a checkpoint."""
        return {"began": dict(self.epoch_rng_state), "batch": self.batch, "window": self.window}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore a position in the data; raises ``ValueError`` if it does not exist."""
        self.epoch_rng_state = state["began"]
        self.rng.bit_generator.state = state["began"]
        self._reset_order()
        self.begin_epoch()
        batch, window = int(state["batch"]), int(state["window"])
        cut = [1] * len(self.batch_starts) if self.plan.truncate is None else self._window_counts()
        if not (0 <= batch <= len(self.batch_starts) and 0 <= window < [*cut, 1][batch]):
            raise ValueError(f"there is no window {window} of a batch {batch}")
        self.batch, self.window = batch, window

    def last_window(self) -> Window | None:
        """Return the previous window of the current batch; None at the start of a batch."""
        if not self.window:
            return None
        batch = make_batch(self.data, self._examples_of(self.batch))
        return windows(batch, self.plan.truncate)[self.window - 1]
