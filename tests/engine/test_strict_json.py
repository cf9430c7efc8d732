"""Strict JSON for any numbers."""

import json
import math

import numpy as np
import pytest

from rnnstudio.design.model import Choice
from rnnstudio.engine import strict_json
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.schedules.base import Schedule, Span, make_schedule


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, np.float64("inf")])
def test_what_is_not_finite_is_null_at_every_depth(number: float) -> None:
    text = strict_json.dumps({"a": number, "b": [1.5, number], "c": {"d": ({"e": number},)}})
    assert json.loads(text, parse_constant=pytest.fail) == {
        "a": None,
        "b": [1.5, None],
        "c": {"d": [{"e": None}]},
    }


@pytest.mark.parametrize("text", ["naïve 漢字", "line\nline", "\x1b[31m", "name-\udcff"])
def test_any_text_is_one_line_of_ascii_and_comes_back(text: str) -> None:
    line = strict_json.dumps({"text": text})
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == {"text": text}


@pytest.mark.parametrize("losses", [(), (2.0, 1.0)])
def test_a_plateau_comes_back_from_strict_json_as_it_was(losses: tuple[float, ...]) -> None:
    catalogue()

    def make() -> Schedule:
        return make_schedule(Choice("plateau", {"patience": 0}), Span(0.1, 4, 40))

    one, other = make(), make()
    for loss in losses:
        one.epoch_done(loss)
    other.load_state(json.loads(strict_json.dumps(one.state())))
    for loss in (3.0, 2.5, 2.5):
        one.epoch_done(loss)
        other.epoch_done(loss)
        assert one.rate(0, 0.0) == other.rate(0, 0.0)
