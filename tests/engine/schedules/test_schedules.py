"""Schedules equal PyTorch's."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design.model import Choice
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.schedules.base import Span, make_schedule

VECTORS = np.load(Path(__file__).parents[2] / "oracles" / "torch_schedules.npz")
CASES = {
    name: Choice(kind, params) for name, (kind, params) in json.loads(str(VECTORS["parameters"])).items()
}
LOSSES = VECTORS["losses"]
SPAN = Span(float(VECTORS["rate"]), len(LOSSES), len(LOSSES))  # one step an epoch
KINDS = [spec.kind for spec in catalogue().schedules]


@pytest.mark.parametrize("case", CASES)
def test_a_schedule_gives_the_rates_of_pytorch(case: str) -> None:
    schedule = make_schedule(CASES[case], SPAN)
    rates = []
    for epoch, loss in enumerate(LOSSES):
        rates.append(schedule.rate(epoch, float(epoch)))
        schedule.epoch_done(float(loss))
    assert len(set(rates)) > 1
    np.testing.assert_allclose(rates, VECTORS[f"rates/{case}"], rtol=1e-12)


def test_every_schedule_but_the_constant_one_has_vectors_of_pytorch() -> None:
    assert {choice.kind for choice in CASES.values()} == set(KINDS) - {"constant"}


def test_the_constant_schedule_is_constant() -> None:
    schedule = make_schedule(Choice("constant"), SPAN)
    assert {schedule.rate(step, step / 3) for step in range(50)} == {0.3}


@pytest.mark.parametrize("case", CASES)
def test_a_schedule_saved_and_restored_continues(case: str) -> None:
    steady, rates = make_schedule(CASES[case], SPAN), []
    taken_up, again = make_schedule(CASES[case], SPAN), []
    for epoch, loss in enumerate(LOSSES):
        for schedule, kept in ((steady, rates), (taken_up, again)):
            kept.append(schedule.rate(epoch, float(epoch)))
            schedule.epoch_done(float(loss))
        state = json.loads(json.dumps(taken_up.state()))
        taken_up = make_schedule(CASES[case], SPAN)
        taken_up.load_state(state)
    assert rates == again


def test_the_cosine_falls_with_every_step_and_ends_at_the_lowest_rate() -> None:
    span = Span(1.0, 4, 40)
    schedule = make_schedule(Choice("cosine", {"minimum": 0.1}), span)
    rates = [schedule.rate(step, step / 10) for step in range(41)]
    assert all(after < before for before, after in zip(rates, rates[1:], strict=False))
    assert rates[-1] == pytest.approx(0.1)
    assert schedule.rate(60, 6.0) == pytest.approx(0.1)


def test_a_warm_up_longer_than_the_run_only_rises() -> None:
    schedule = make_schedule(Choice("warmup", {"steps": 100, "then": "cosine"}), Span(1.0, 1, 10))
    rates = [schedule.rate(step, step / 10) for step in range(10)]
    assert rates == sorted(rates)
    assert max(rates) < 1.0
    assert math.isclose(schedule.rate(100, 10.0), 1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_no_rate_is_negative_or_above_the_optimizers(kind: str) -> None:
    schedule = make_schedule(Choice(kind), Span(0.5, 30, 300))
    for step in range(300):
        assert 0 <= schedule.rate(step, step / 10) <= 0.5
        if step % 10 == 9:
            schedule.epoch_done(1.0)
