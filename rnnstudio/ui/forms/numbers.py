"""Numbers as people step them; no widgets here. How they are typed and shown is told in `number_text`."""

from __future__ import annotations

import math

from rnnstudio.design.constraints import Constraint, Integer, Real
from rnnstudio.design.model import Value
from rnnstudio.ui.widgets.number_text import NotANumber, real_from, whole_from, written

__all__ = ["NotANumber", "real_from", "stepped", "whole_from", "written"]


def stepped(constraint: Constraint, value: Value, steps: int, default: Value = None) -> Value:
    """Return ``value`` after ``steps`` steps up (or down, if negative), kept inside the range.

    Whole numbers step by one. Real numbers above zero over several decades step 1, 2, 5, 10, ...;
    others by a round share of their range. From off, the first step is to the default.
    """
    if isinstance(constraint, Integer):
        if value is None and constraint.optional:
            return default if isinstance(default, int) else constraint.minimum
        start = value if isinstance(value, int) else constraint.minimum
        return min(max(start + steps, constraint.minimum), constraint.maximum)
    if not isinstance(constraint, Real) or steps == 0:
        return value
    if value is None:
        return default if isinstance(default, int | float) else 1.0
    now = float(value) if isinstance(value, int | float) else max(constraint.minimum, 0.0)
    new = _log_stepped(now, steps) if _by_decades(constraint) else _evenly_stepped(constraint, now, steps)
    new = min(max(new, constraint.minimum), constraint.maximum)
    return value if constraint.problem(new) is not None else new


def _by_decades(constraint: Real) -> bool:
    return constraint.open_minimum and constraint.minimum >= 0.0


def _log_stepped(value: float, steps: int) -> float:
    """Walk along 1, 2, 5, 10, 20, 50, ..., to the next of them from wherever ``value`` is."""
    if value <= 0.0:
        return 0.0
    decade = math.floor(math.log10(value) + 1e-9)
    digit = value / 10.0**decade
    series = (1.0, 2.0, 5.0)
    if steps > 0:
        place = max(i for i, s in enumerate(series) if s <= digit * (1 + 1e-9))
    else:
        above = [i for i, s in enumerate(series) if s >= digit * (1 - 1e-9)]
        place = above[0] if above else 3
    index = 3 * decade + place + steps
    return float(f"{series[index % 3]:g}e{index // 3}")


def _evenly_stepped(constraint: Real, value: float, steps: int) -> float:
    span = constraint.maximum - constraint.minimum
    step = 0.05 if span <= 1.0 else 0.1 if span <= 20.0 else 1.0
    if span <= 1.0 and constraint.maximum - value < step:  # 0.99, 0.999: what matters is the rest to the end
        step = 0.01
    return float(round(value + steps * step, 6))
