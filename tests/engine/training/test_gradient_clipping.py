"""Gradient clipping respects its bounds, and reports the global norm before clipping."""

import math

import numpy as np
import pytest

from rnnstudio.design.constraints import OneOf
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.engine.training.gradient_clipping import clip, global_norm

KINDS = next(
    p.constraint.options for p in PLAN_PARAMS if p.name == "clip" and isinstance(p.constraint, OneOf)
)


def clipped(kind: str, limit: float | None) -> tuple[np.ndarray, float, float]:
    """Clip the gradients (3, 4) and (0, 12) of two parameters: norms 5 and 12, together 13."""
    gradients = np.array([3.0, 4.0, 0.0, 12.0])
    before, after = clip(kind, limit, gradients, [gradients[:2], gradients[2:]])
    return gradients, before, after


def test_the_whole_norm_scales_all_parameters_alike() -> None:
    gradients, before, after = clipped("norm", 1.3)
    assert (before, after) == (13.0, 1.3)
    np.testing.assert_allclose(gradients, [0.3, 0.4, 0.0, 1.2])


def test_each_parameters_norm_leaves_short_ones_as_they_are() -> None:
    gradients, before, after = clipped("parameter", 6.0)
    assert before == 13.0
    assert after == pytest.approx(math.hypot(5, 6))
    np.testing.assert_allclose(gradients, [3, 4, 0, 6])


def test_each_value_is_cut_off_at_the_limit() -> None:
    gradients, before, after = clipped("value", 3.5)
    assert before == 13.0
    assert after == pytest.approx(np.linalg.norm([3, 3.5, 0, 3.5]))
    np.testing.assert_allclose(gradients, [3, 3.5, 0, 3.5])


@pytest.mark.parametrize(("kind", "limit"), [("none", 1.0), *((kind, None) for kind in KINDS)])
def test_nothing_is_clipped_without_a_kind_or_a_limit(kind: str, limit: float | None) -> None:
    gradients, before, after = clipped(kind, limit)
    assert (before, after) == (13.0, 13.0)
    np.testing.assert_array_equal(gradients, [3, 4, 0, 12])


@pytest.mark.parametrize("kind", KINDS)
def test_a_gradient_within_the_limit_is_left_to_the_bit(kind: str) -> None:
    gradients, before, after = clipped(kind, 100.0)
    assert before == after == 13.0
    np.testing.assert_array_equal(gradients, [3, 4, 0, 12])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_gradient_that_is_not_finite_is_reported_and_not_hidden(kind: str, value: float) -> None:
    gradients = np.array([1.0, value])
    before, _ = clip(kind, 1.0, gradients, [gradients])
    assert not math.isfinite(before)
    np.testing.assert_array_equal(gradients, [1.0, value])


def test_a_norm_whose_squares_overflow_is_still_told() -> None:
    assert global_norm(np.full(4, 1e30, np.float32)) == pytest.approx(2e30, rel=1e-6)
