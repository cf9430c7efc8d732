"""Results of a node are cached for the next check, and never used for another node."""

from dataclasses import replace

import pytest

from rnnstudio.design.constraints import Integer
from rnnstudio.design.errors import StudioError
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortSpec, ShapeProblem
from rnnstudio.design.spec_cache import MOST, SpecCache
from rnnstudio.design.streams import Facts

SIXTEEN, EIGHT = (Shape(Signal.SEQUENCE, Content.REAL, size) for size in (16, 8))


@pytest.fixture
def asked():
    return []


@pytest.fixture
def spec(asked):
    def infer(params, inputs, facts):
        asked.append((params["units"], inputs, facts))
        if inputs["x"].size == 8:
            raise ShapeProblem("x", "eight is too little.")
        return {"y": inputs["x"].with_size(params["units"])}

    return NodeSpec(
        "dense", "Dense", "layer", "A layer.",
        infer=infer,
        inputs=(PortSpec("x", "X", (Signal.SEQUENCE,)),),
        outputs=(PortSpec("y", "Y", (Signal.SEQUENCE,)),),
        params=(ParamSpec("units", "Units", Integer(), 4),),
        weights=lambda params, inputs, facts: {"W": (params["units"], inputs["x"].size), "b": (3,)},
    )  # fmt: skip


def test_a_kind_is_asked_once_for_the_same_values(spec, asked):
    recall, params, facts = SpecCache(), {"units": 3}, Facts()
    first = recall.infer(spec, params, {"x": SIXTEEN}, facts)
    assert recall.infer(spec, params, {"x": SIXTEEN}, Facts()) is first
    assert first.weights == 51 and first.given["y"].size == 3
    assert len(asked) == 1


def test_other_inputs_other_data_and_other_parameters_are_asked_for(spec, asked):
    recall, params = SpecCache(), {"units": 3}
    recall.infer(spec, params, {"x": SIXTEEN}, Facts())
    recall.infer(spec, params, {"x": SIXTEEN.with_size(5)}, Facts())
    recall.infer(spec, params, {"x": SIXTEEN}, Facts(unit="day"))
    recall.infer(spec, {"units": 3}, {"x": SIXTEEN}, Facts(unit="day"))
    recall.infer(replace(spec), params, {"x": SIXTEEN}, Facts(unit="day"))
    assert len(asked) == 5


def test_what_is_wrong_is_reported_each_time(spec, asked):
    recall, params = SpecCache(), {"units": 3}
    for _ in range(2):
        with pytest.raises(StudioError):
            recall.infer(spec, params, {"x": EIGHT}, Facts())
    assert len(asked) == 2


def test_true_is_not_one(spec):
    recall = SpecCache()
    recall.keep_params(spec, {"units": 1}, {"units": 1})
    assert recall.params(spec, {"units": 1}) == {"units": 1}
    assert recall.params(spec, {"units": True}) is None
    assert recall.params(spec, {"units": 1.0}) is None


def test_a_long_session_keeps_no_more_than_so_many_answers(spec):
    recall = SpecCache()
    for units in range(1, 2 * MOST):
        params = {"units": units}
        recall.keep_params(spec, params, params)
        recall.infer(spec, params, {"x": SIXTEEN}, Facts())
    kept = [units for units in range(1, 2 * MOST) if recall.params(spec, {"units": units}) is not None]
    assert 0 < len(kept) <= MOST
