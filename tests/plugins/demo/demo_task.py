"""A task from outside."""

import numpy as np

from rnnstudio.design.constraints import Integer
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.tasks.base import TASKS, TaskSpec, next_token_data


def counting(params):
    """Return sequences that count up through the letters from a random one."""
    rng = np.random.default_rng(0)
    starts = rng.integers(0, 4, int(params["sequences"]))
    lengths = rng.integers(3, 9, len(starts))
    rows = [np.arange(s, s + n, dtype=np.int32) % 4 for s, n in zip(starts, lengths, strict=True)]
    return next_token_data(tuple("abcd"), rows, "letter")


TASKS.register(
    TaskSpec(
        kind="demo_counting",
        title="Counting",
        description="Letters in their order, over and over.",
        params=(ParamSpec("sequences", "Sequences", Integer(2, 10_000), 200, "How many."),),
        open=counting,
        sample_prompt="ab",
    )
)
