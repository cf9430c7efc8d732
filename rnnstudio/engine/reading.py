"""How a run goes through its data: which examples make a batch, and which time steps a window.

A place in the data is three things: the generator's state where the epoch began, the batch, and the
window within it. They are kept such that they always tell what comes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.model import TrainingPlan
from rnnstudio.design.signals import MAIN_CLOCK, Signal
from rnnstudio.engine.batches import Batch, make_batch
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.timeline import Timeline

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
    carries: bool = False
    following: int = 0
    share: float = 0.0


def windows(batch: Batch, steps: int | None) -> list[Window]:
    """Cut a batch into windows of so many time steps, the last one shorter; None for a single one."""
    timeline = batch.timeline
    if steps is None or timeline.steps <= steps:
        return [Window(batch)]
    starts = range(0, timeline.steps, steps)
    parts = []
    for start in starts:
        stop = min(start + steps, timeline.steps)
        count = int(timeline.active[start])
        rows = timeline.slice(start, stop)
        lengths = np.minimum(timeline.lengths[:count], stop) - start
        streams = {name: values[rows] for name, values in batch.streams.items()}
        following = int(timeline.active[stop]) if stop < timeline.steps else 0
        timelines = {MAIN_CLOCK: Timeline(lengths, timeline.order[:count])}
        parts.append(Window(Batch(timelines, streams), start > 0, following))
    return parts


def largest(data: TaskData, plan: TrainingPlan) -> dict[str, Timeline]:
    """Return the timelines of the largest batch there can be: buffers made for it never have to grow."""
    count = min(plan.batch_size, data.count)
    lengths = {stream.clock: np.ones(count, np.intp) for stream in data.facts.streams}
    lengths.setdefault(MAIN_CLOCK, np.ones(count, np.intp))
    for stream in data.facts.streams:
        if stream.signal is Signal.SEQUENCE:
            every = np.array([len(row) for row in data.streams[stream.name]], np.intp)
            lengths[stream.clock] = np.sort(every)[::-1][:count]
    if plan.truncate is not None:
        lengths[MAIN_CLOCK] = np.minimum(lengths[MAIN_CLOCK], plan.truncate)
    return {clock: Timeline(steps) for clock, steps in lengths.items()}


class Reader:
    """Goes through the training set, epoch by epoch, in an order that the seed fixes."""

    def __init__(self, data: TaskData, examples: Ints, plan: TrainingPlan) -> None:
        self.data, self.examples, self.plan = data, examples, plan
        self.lengths = data.steps_of(examples)
        self.rng = np.random.default_rng([plan.seed, _ORDER_STREAM])
        self.began: Mapping[str, Any] = self.rng.bit_generator.state
        self.groups: list[Ints] | None = None
        self.batch, self.window = 0, 0

    def begin(self) -> None:
        """Draw the order of an epoch, unless one is under way."""
        if self.groups is None:
            self.groups = self._draw()
            self._steps_before = np.concatenate(([0], np.cumsum(self._counts(self.groups))))

    def end(self) -> None:
        """Be ready for the next epoch."""
        self.began = self.rng.bit_generator.state
        self.groups, self.batch, self.window = None, 0, 0

    def _draw(self) -> list[Ints]:
        order = self.rng.permutation(len(self.examples))
        size = self.plan.batch_size
        if self.plan.bucket:
            spread = self.lengths[order] * self.rng.uniform(1, 1 + SPREAD, len(order))
            order = order[np.argsort(spread, kind="stable")]
        groups = [order[start : start + size] for start in range(0, len(order), size)]
        if self.plan.bucket:
            groups = [groups[i] for i in self.rng.permutation(len(groups))]
        return groups

    def windows(self) -> Iterator[Window]:
        """Yield the windows that are left of the epoch; the place is then already after each."""
        assert self.groups is not None, "begin the epoch first"
        for number in range(self.batch, len(self.groups)):
            parts = windows(make_batch(self.data, self.examples[self.groups[number]]), self.plan.truncate)
            for index in range(self.window, len(parts)):
                last, share = index + 1 == len(parts), self.share
                self.batch, self.window = (number + 1, 0) if last else (number, index + 1)
                yield replace(parts[index], share=share)

    # --------------------------------------------------------------------------- counting

    @property
    def share(self) -> float:
        """How much of the epoch's steps has been handed out, 0 to 1."""
        if self.groups is None:
            return 0.0
        before = self._steps_before
        return float((before[self.batch] + self.window) / before[-1])

    @property
    def steps(self) -> int:
        """How many steps an epoch has; about as many, where batches are cut and lengths differ."""
        size = self.plan.batch_size
        order = np.arange(len(self.examples))
        return sum(self._counts([order[start : start + size] for start in range(0, len(order), size)]))

    def _counts(self, groups: list[Ints]) -> list[int]:
        if self.plan.truncate is None:
            return [1] * len(groups)
        return [-(-int(self.lengths[group].max()) // self.plan.truncate) for group in groups]

    # ------------------------------------------------------------------------- checkpoints

    def state(self) -> dict[str, Any]:
        """Return the place in the data."""
        return {"began": dict(self.began), "batch": self.batch, "window": self.window}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go to a place in the data."""
        self.began = state["began"]
        self.rng.bit_generator.state = state["began"]
        self.groups, self.batch, self.window = None, int(state["batch"]), int(state["window"])
