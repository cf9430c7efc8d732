"""Numbers in the inspector: reading, writing and stepping them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnstudio.design.constraints import Integer, Real
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.ui.forms.numbers import NotANumber, real_from, stepped, whole_from, written

RATE = Real(0.0, 10.0, open_minimum=True)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_reads_back_as_the_same_number(value):
    assert real_from(written(value), optional=False) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.001, "0.001"), (1e-8, "1e-8"), (1.0, "1"), (64, "64"), (None, "off"), (2.5e-5, "2.5e-5")],
)
def test_numbers_are_written_short(value, text):
    assert written(value) == text


@pytest.mark.parametrize("text", ["", "x", "1.5", "1e3", "--1"])
def test_what_is_no_whole_number_is_distinguished(text):
    with pytest.raises(NotANumber):
        whole_from(text)


@pytest.mark.parametrize(
    ("start", "steps", "end"),
    [(0.001, 1, 0.002), (0.002, 1, 0.005), (0.005, 1, 0.01), (0.001, -1, 0.0005), (0.003, 1, 0.005),
     (0.003, -1, 0.002), (0.007, -1, 0.005), (1.0, 3, 10.0), (10.0, 1, 10.0), (0.6, 10, 10.0)],
)  # fmt: skip
def test_a_rate_steps_along_1_2_5(start, steps, end):
    assert stepped(RATE, start, steps) == pytest.approx(end, rel=1e-12)


def test_off_steps_to_the_default():
    assert stepped(Real(0.0, 1e6, open_minimum=True, optional=True), None, 1, 1.0) == 1.0


def test_a_whole_number_may_be_off_where_that_is_allowed():
    patience = Integer(1, 100, optional=True)
    assert whole_from(" Off ", optional=True) is None
    assert whole_from("1 0", optional=True) == 10
    assert stepped(patience, None, 1) == 1
    assert stepped(patience, None, -1, 7) == 7


def test_a_whole_number_stops_at_the_ends_of_its_range():
    assert stepped(Integer(1, 10), 10, 1) == 10
    assert stepped(Integer(1, 10), 3, -10) == 1


def numbers_that_differ():
    """Return each pair of a range and a default once, by the name of the first parameter that has it."""
    known, found = catalogue(), {}
    for params in (
        PLAN_PARAMS,
        *(spec.params for r in (known.nodes, known.tasks, known.optimizers, known.schedules) for spec in r),
    ):
        for param in params:
            if isinstance(param.constraint, Integer | Real):
                found.setdefault((repr(param.constraint), repr(param.default)), param)
    return found.values()


@pytest.mark.parametrize("param", numbers_that_differ(), ids=lambda param: param.name)
def test_stepping_any_registered_number_stays_valid(param):
    for steps in (1, -1, 10, -10, 1000, -1000):
        value = param.default
        for _ in range(5):
            value = stepped(param.constraint, value, steps, param.default)
            assert param.constraint.problem(value) is None
