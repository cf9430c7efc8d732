"""Invalid values of parameters of nodes, the plan, and its parts."""

import pytest

from rnnstudio.design import edits
from rnnstudio.design.model import Choice
from rnnstudio.design.plan import PLAN_PARAMS
from tests.design.checking import fixed, only_problem, report
from tests.design.kinds import SPECS, chain, draw

BAD_PARAMS = [
    (spec.kind, param, value)
    for spec in SPECS
    for param in spec.params
    for value in param.constraint.invalid()
]


@pytest.mark.parametrize(
    ("kind", "param", "value"),
    BAD_PARAMS,
    ids=[f"{k}-{p.name}-{n}" for n, (k, p, _) in enumerate(BAD_PARAMS)],
)
def test_a_value_that_a_parameter_must_not_have_is_a_problem_of_its_node(kind, param, value):
    design = draw(it=(kind, {param.name: value}))
    problem = only_problem(design, "param")
    assert problem.node == "it"
    assert problem.sentence.startswith(f"The {param.title.lower()} of ")
    assert problem.fix.title.startswith(f"Set {param.title.lower()} to ")
    assert fixed(design, problem).node("it").params == {param.name: param.default}


@pytest.mark.parametrize(("size", "got"), [(0, "0"), (-1, "-1"), (10**12, "1,000,000,000,000")])
def test_an_impossible_size_is_reported_with_what_it_may_be(size, got):
    problem = only_problem(edits.set_params(chain(), ["cell"], {"units": size}), "param")
    assert problem.sentence == f"The units of Cell must be a whole number from 1 to 65,536; got {got}."


def test_a_bad_size_hides_what_depends_on_it_and_says_so_once():
    result = report(edits.set_params(chain(), ["cell"], {"units": 0}))
    assert [p.code for p in result.problems] == ["param"]
    assert not result.trainable
    assert ("embedding", "sequence") in result.shapes
    assert ("cell", "sequence") not in result.shapes


def test_a_bad_parameter_that_sets_no_size_hides_no_shape():
    result = report(edits.set_params(chain(), ["cell"], {"bias": 1e9}))
    assert [p.code for p in result.problems] == ["param"]
    assert ("dense", "output") in result.shapes


def test_an_unknown_parameter_is_a_warning():
    design = edits.set_params(chain(), ["cell"], {"colour": "red"})
    problem = only_problem(design, "unknown-param")
    assert (problem.severity, problem.node) == ("warning", "cell")
    assert report(design).trainable
    assert fixed(design, problem) == chain()


BAD_PLAN = [(param.name, value) for param in PLAN_PARAMS for value in param.constraint.invalid()]


@pytest.mark.parametrize(("name", "value"), BAD_PLAN, ids=[f"{n}-{i}" for i, (n, _) in enumerate(BAD_PLAN)])
def test_a_value_that_the_plan_must_not_have_is_a_problem_of_no_node(name, value):
    design = edits.set_plan(chain(), **{name: value})
    problem = only_problem(design, "param")
    assert problem.node is None
    assert "of the training plan must be" in problem.sentence
    assert fixed(design, problem) == chain()


def test_the_parameters_of_task_optimizer_and_schedule_are_checked():
    design = edits.set_task(chain(), Choice("names", {"length": 1, "old": 2}))
    design = edits.set_plan(design, optimizer=Choice("adam", {"rate": 0.0, "old": 2}))
    design = edits.set_plan(design, schedule=Choice("decay", {"factor": 2.0, "old": 2}))
    found = report(design).problems
    assert [p.sentence for p in found] == [
        "The length of the task must be a whole number from 2 to 100; got 1.",
        "The task has no parameter “old”; it is ignored.",
        "The learning rate of the optimizer must be a number above 0 to 1; got 0.",
        "The optimizer has no parameter “old”; it is ignored.",
        "The factor of the schedule must be a number above 0 to 1; got 2.",
        "The schedule has no parameter “old”; it is ignored.",
    ]
    for problem in found:
        design = problem.fix.apply(design)
    assert report(design).problems == ()


def test_an_unknown_task_optimizer_and_schedule_are_reported_with_those_there_are():
    design = edits.set_plan(edits.set_task(chain(), Choice("poems")), optimizer=Choice("magic"))
    design = edits.set_plan(design, schedule=Choice("spell"))
    assert [p.sentence for p in report(design).problems] == [
        "There is no task of kind “poems” here. Choose one of: names.",
        "There is no optimizer of kind “magic” here. Choose one of: adam.",
        "There is no schedule of kind “spell” here. Choose one of: constant, decay.",
    ]
    for problem in report(design).problems:
        design = fixed(design, problem)
    assert report(design).trainable
