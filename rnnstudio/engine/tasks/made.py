"""What tasks share whose data are made from a seed, and not read."""

from __future__ import annotations

import numpy as np

from rnnstudio.design.constraints import Integer
from rnnstudio.design.errors import DataError
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.program.memory import require_free

LICENCE = "Made from a seed"
LARGEST = 2**27  # numbers that a task makes at most
WHILE_MADE = 16  # bytes that one takes while they are made; 4 afterwards

SEED = ParamSpec(
    "seed",
    "Data seed",
    Integer(0, 2**32 - 1),
    1,
    "Fixes the examples; the plan's own seed fixes weights and order.",
)


def count_of(default: int) -> ParamSpec:
    """Return the parameter that says how many examples are made."""
    return ParamSpec(
        "count",
        "Examples",
        Integer(2, 10_000_000),
        default,
        "How many examples are made; a share of them is held out for validation.",
        "examples",
    )


def number(params: Params, name: str) -> int:
    """Return a parameter that is a whole number."""
    value = params[name]
    assert isinstance(value, int)
    return value


def generator(params: Params) -> np.random.Generator:
    """Return the random numbers of the task's seed."""
    return np.random.default_rng(number(params, "seed"))


def require_room(count: int, numbers: int) -> None:
    """Refuse examples that would not fit, before they are made; ``numbers`` of them make one.

    Raises
    ------
    DataError
        If all of them are more than `LARGEST`, or need more memory than there is.
    """
    if count * numbers > LARGEST:
        raise DataError(
            message(
                "The task would make {count:,} numbers, more than the {largest:,} there is room for. "
                "Lower the number of examples or their length.",
                count=count * numbers,
                largest=LARGEST,
            )
        )
    require_free(
        count * numbers * WHILE_MADE,
        message("Making this data"),
        message("Lower the number of examples or their length."),
    )
