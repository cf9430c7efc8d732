"""Common code of tasks whose data is generated from a seed."""

from __future__ import annotations

import numpy as np

from rnnstudio.design.constraints import Integer
from rnnstudio.design.errors import DataError
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.program.memory import require_free

LICENCE = "Made from a seed"
LARGEST = 2**27  # largest number of values that a task generates
WHILE_MADE = 16  # bytes per value during generation; 4 afterwards

SEED = ParamSpec(
    "seed",
    "Data seed",
    Integer(0, 2**32 - 1),
    1,
    "Fixes the examples; the plan's own seed fixes weights and order.",
)


def count_of(default: int) -> ParamSpec:
    """Return the parameter with the number of examples."""
    return ParamSpec(
        "count",
        "Examples",
        Integer(2, 10_000_000),
        default,
        "How many examples are made; a share of them is held out for validation.",
        "examples",
    )


def number(params: Params, name: str) -> int:
    """Return an integer parameter."""
    value = params[name]
    assert isinstance(value, int)
    return value


def generator(params: Params) -> np.random.Generator:
    """Return the random generator for the task's seed."""
    return np.random.default_rng(number(params, "seed"))


def require_room(count: int, numbers: int) -> None:
    """Raise an error before generation if the examples are too large; ``numbers`` is the size of one.

    Raises
    ------
    DataError
        If the total size is above `LARGEST`, or needs more memory than is available.
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
