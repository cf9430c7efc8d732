"""How a run goes through its data: which examples make a batch, and which time steps a window.

A place in the data is three things: the generator's state where the epoch began, the batch, and the
window within it. They are kept such that they always tell what comes next.
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
_ORDER_STREAM = (
    2  # the seed's stream of random numbers that orders; weights, dropout and the split have others
)
SPREAD = 0.1  # lengths that differ by this share may meet in a batch of similar ones


@dataclass(frozen=True)
class Window:
    """What one training step works on.

    Attributes
    ----------
    batch : a whole batch, or some time steps of one
    carries : whether it goes on where the window before it ended
    following : how many of its sequences, its first ones, go on in the window after it
    share : how much of the epoch's steps came before it, 0 to 1
    """

    batch: Batch
    is_continuation: bool = False
    continuing: int = 0
    share: float = 0.0


def windows(batch: Batch, steps: int | None) -> list[Window]:
    """Cut a batch into windows of so many time steps, the last one shorter; None for a single one."""
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


def largest(data: TaskData, plan: TrainingPlan) -> dict[str, PackedSequence]:
    """Return the packings of the largest batch there can be: buffers made for it never have to grow."""
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
    """Return the ``count`` greatest lengths of a column, the greatest first; looks at a part at a time."""
    found = np.zeros(0, np.intp)
    for start in range(0, len(column), BLOCK):
        part = np.arange(start, min(start + BLOCK, len(column)))
        found = np.sort(np.concatenate((found, lengths_of(column, part))))[::-1][:count]
    return found


class DataLoader:
    """Goes through the training set, epoch by epoch, in an order that the seed fixes.

    ``examples`` are in ascending order between epochs and in the order of the epoch within one. They are
    shuffled in place: a long text has millions of them.
    """

    def __init__(self, data: TaskData, examples: Indices, plan: TrainingPlan) -> None:
        self.data, self.examples, self.plan = data, examples, plan
        self.rng = np.random.default_rng([plan.seed, _ORDER_STREAM])
        self.began: Mapping[str, Any] = self.rng.bit_generator.state
        self.starts: range | Ints = self._in_order  # of the batches
        self.is_epoch_begun = False
        self.batch, self.window = 0, 0

    def begin(self) -> None:
        """Draw the order of an epoch, unless one is under way."""
        if not self.is_epoch_begun:
            self.is_epoch_begun = True
            self._draw()
            if self.plan.truncate is not None:
                self._steps_before = np.concatenate(([0], np.cumsum(self._counts())))

    def end(self) -> None:
        """Be ready for the next epoch."""
        self.began = self.rng.bit_generator.state
        self._rewind()
        self.batch, self.window = 0, 0

    def _draw(self) -> None:
        self.rng.shuffle(self.examples)
        if self.plan.bucket:
            spread = self.rng.uniform(1, 1 + SPREAD, len(self.examples))
            spread *= self.data.steps_of(self.examples)
            self.examples[...] = self.examples[np.argsort(spread, kind="stable")]
            self.starts = np.array(self._in_order)
            self.rng.shuffle(self.starts)

    def _rewind(self) -> None:
        self.examples.sort()
        self.starts = self._in_order
        self.is_epoch_begun = False

    @property
    def _in_order(self) -> range:
        return range(0, len(self.examples), self.plan.batch_size)

    def windows(self) -> Iterator[Window]:
        """Yield the windows that are left of the epoch; the place is then already after each."""
        assert self.is_epoch_begun, "begin the epoch first"
        for number in range(self.batch, len(self.starts)):
            parts = windows(make_batch(self.data, self._examples_of(number)), self.plan.truncate)
            for index in range(self.window, len(parts)):
                last, share = index + 1 == len(parts), self.share
                self.batch, self.window = (number + 1, 0) if last else (number, index + 1)
                yield replace(parts[index], share=share)

    def _examples_of(self, number: int) -> Indices:
        start = self.starts[number]
        return self.examples[start : start + self.plan.batch_size]

    # --------------------------------------------------------------------------- counting

    @property
    def share(self) -> float:
        """How much of the epoch's steps has been handed out, 0 to 1."""
        if not self.is_epoch_begun:
            return 0.0
        if self.plan.truncate is None:
            return self.batch / len(self.starts)
        before = self._steps_before
        return float((before[self.batch] + self.window) / before[-1])

    @property
    def steps(self) -> int:
        """How many steps an epoch has; about as many, where batches are cut and lengths differ."""
        return len(self.starts) if self.plan.truncate is None else int(self._counts().sum())

    def _counts(self) -> Ints:
        """Return how many windows each batch is cut into."""
        assert self.plan.truncate is not None
        numbers = range(len(self.starts))
        longest = np.array([self.data.steps_of(self._examples_of(number)).max() for number in numbers])
        return -(-longest // self.plan.truncate)

    # ------------------------------------------------------------------------- checkpoints

    def state(self) -> dict[str, Any]:
        """Return the place in the data."""
        return {"began": dict(self.began), "batch": self.batch, "window": self.window}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go to a place in the data; ``ValueError`` where there is no such place."""
        self.began = state["began"]
        self.rng.bit_generator.state = state["began"]
        self._rewind()
        self.begin()
        batch, window = int(state["batch"]), int(state["window"])
        cut = [1] * len(self.starts) if self.plan.truncate is None else self._counts()
        if not (0 <= batch <= len(self.starts) and 0 <= window < [*cut, 1][batch]):
            raise ValueError(f"there is no window {window} of a batch {batch}")
        self.batch, self.window = batch, window

    def last_window(self) -> Window | None:
        """Return the window before the place in the data, where both are of one batch."""
        if not self.window:
            return None
        batch = make_batch(self.data, self._examples_of(self.batch))
        return windows(batch, self.plan.truncate)[self.window - 1]
