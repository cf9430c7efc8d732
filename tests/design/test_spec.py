"""Parameters of specifications."""

from __future__ import annotations

import pytest

from rnnstudio.design.constraints import Real
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.catalogue import catalogue


def specs(known: Catalogue):
    yield "the plan", PLAN_PARAMS
    for registry in (known.nodes, known.tasks, known.optimizers, known.schedules):
        for spec in registry:
            yield spec.kind, spec.params


@pytest.mark.parametrize(("value", "matters"), [("huber", True), ("mse", False)])
def test_a_parameter_matters_with_the_values_that_it_names(value, matters):
    delta = ParamSpec("delta", "Delta", Real(0, 1), 1.0, when={"loss": ("huber",)})
    assert delta.is_relevant({"loss": value, "delta": 1.0}) is matters


@pytest.mark.parametrize(("value", "matters"), [(0.0, False), (0.9, True)])
def test_a_parameter_may_matter_with_all_values_that_a_constraint_allows(value, matters):
    dampening = ParamSpec("d", "D", Real(0, 1), 0.0, when={"momentum": Real(0, 1, open_minimum=True)})
    assert dampening.is_relevant({"momentum": value}) is matters


def test_every_condition_names_a_parameter_beside_it_that_can_have_those_values():
    for kind, params in specs(catalogue()):
        beside = {param.name: param for param in params}
        for param in params:
            for name, allowed in param.when.items():
                assert name in beside, (kind, param.name, name)
                for value in allowed if isinstance(allowed, tuple) else ():
                    assert beside[name].constraint.problem(value) is None, (kind, param.name, value)
