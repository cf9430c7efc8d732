"""The order of a run's data: fixed by the seed, in buckets or not, in windows or not, from any place."""

import json
from itertools import islice

import numpy as np
import pytest

from rnnstudio.design.model import TrainingPlan
from rnnstudio.design.streams import token_facts
from rnnstudio.engine.program.batches import make_batch
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.training.data_loader import DataLoader, windows

COUNT = 53
LENGTHS = np.random.default_rng(5).integers(1, 30, COUNT)
ROWS = [np.full(length, i, np.int32) for i, length in enumerate(LENGTHS)]  # each token is its example
DATA = TaskData(token_facts(COUNT, COUNT, 29, "token"), {"tokens": ROWS, "next": ROWS})
PLANS = {
    "plain": TrainingPlan(batch_size=8),
    "bucketed": TrainingPlan(batch_size=8, bucket=True),
    "truncated": TrainingPlan(batch_size=8, truncate=7),
    "both": TrainingPlan(batch_size=8, bucket=True, truncate=5, seed=3),
}
every_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)


def loader(plan: TrainingPlan) -> DataLoader:
    return DataLoader(DATA, np.arange(COUNT), plan)


def epoch(loader: DataLoader) -> list[bytes]:
    """Go through one epoch; return the tokens of each window."""
    loader.begin_epoch()
    seen = [window.batch.streams["tokens"].tobytes() for window in loader.windows()]
    loader.end_epoch()
    return seen


@every_plan
def test_every_step_of_every_example_comes_once_an_epoch(plan: TrainingPlan) -> None:
    tokens = np.concatenate([np.frombuffer(part, np.int32) for part in epoch(loader(plan))])
    np.testing.assert_array_equal(np.bincount(tokens, minlength=COUNT), LENGTHS)


@every_plan
def test_the_seed_fixes_the_order_and_each_epoch_has_another(plan: TrainingPlan) -> None:
    one, other = loader(plan), loader(plan)
    first, second = epoch(one), epoch(one)
    assert first == epoch(other)
    assert second == epoch(other)
    assert first != second


@every_plan
def test_a_reader_continues_from_any_place_as_if_it_had_never_stopped(plan: TrainingPlan) -> None:
    whole = loader(plan)
    expected = epoch(whole) + epoch(whole)
    for stop in range(len(expected) + 1):
        stopped, seen = loader(plan), []
        while len(seen) < stop:
            stopped.begin_epoch()
            seen += [w.batch.streams["tokens"].tobytes() for w in islice(stopped.windows(), stop - len(seen))]
            if stopped.epoch_fraction == 1.0:
                stopped.end_epoch()
        resumed = loader(plan)
        resumed.load_state(json.loads(json.dumps(stopped.state())))
        while len(seen) < len(expected):
            seen += epoch(resumed)
        assert seen == expected


def test_buckets_hold_similar_lengths_and_come_in_random_order() -> None:
    def spreads(plan: TrainingPlan) -> tuple[float, list[float]]:
        one = loader(plan)
        one.begin_epoch()
        lengths = [window.batch.packing.lengths for window in one.windows()]
        return float(np.mean([np.ptp(batch) for batch in lengths])), [batch.mean() for batch in lengths]

    plain, _ = spreads(PLANS["plain"])
    bucketed, means = spreads(PLANS["bucketed"])
    assert bucketed < plain / 3
    assert means != sorted(means)


def test_windows_cut_a_batch_where_they_say_and_tell_who_continues() -> None:
    batch = make_batch(DATA, np.argsort(LENGTHS)[[5, 25, 50]])
    lengths = batch.packing.lengths
    parts = windows(batch, 4)
    assert len(parts) == -(-lengths[0] // 4)
    assert [part.is_continuation for part in parts] == [False] + [True] * (len(parts) - 1)
    for index, part in enumerate(parts):
        left = lengths - 4 * index
        np.testing.assert_array_equal(part.batch.packing.lengths, np.clip(left[left > 0], 0, 4))
        assert part.continuing == np.count_nonzero(left > 4)


def test_a_batch_that_is_short_enough_is_not_cut() -> None:
    batch = make_batch(DATA, [0, 1, 2])
    assert [part.batch for part in windows(batch, 30)] == [batch]
    assert [part.batch for part in windows(batch, None)] == [batch]


@every_plan
def test_the_share_of_an_epoch_grows_step_by_step_to_the_whole(plan: TrainingPlan) -> None:
    one = loader(plan)
    one.begin_epoch()
    befores = []
    for window in one.windows():
        befores.append(window.epoch_fraction)
        assert window.epoch_fraction < one.epoch_fraction
    assert befores[0] == 0
    assert befores == sorted(set(befores))
    assert one.epoch_fraction == 1
    if plan.truncate is None:
        assert one.steps == len(befores)
