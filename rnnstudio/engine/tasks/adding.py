"""The adding problem: two numbers in a sequence are marked, and their sum is the target.

Hochreiter & Schmidhuber 1997, "Long Short-Term Memory", experiment 4, in the form of Le, Jaitly & Hinton
2015, "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units", section 4.1, and Arjovsky,
Shah & Bengio 2016, "Unitary Evolution Recurrent Neural Networks", section 5.2: values uniform in [0, 1], one
mark in each half of the sequence, and the sum of the two values as target. Always predicting 1 has the loss
1/6, the variance of a sum of two such values.
"""

import numpy as np

from rnnstudio.design.constraints import Flag, Integer
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine.tasks.base import TASKS, Baseline, TaskData, TaskSpec
from rnnstudio.engine.tasks.columns import Rows
from rnnstudio.engine.tasks.made import LICENCE, SEED, count_of, generator, number, require_room


def open_adding(params: Params) -> TaskData:
    """Generate pairs of value and mark, and the sum of each sequence."""
    count, length = number(params, "count"), number(params, "length")
    longest = length + length // 10 if params["ragged"] else length
    require_room(count, 2 * longest)
    rng = generator(params)
    lengths = rng.integers(length, longest, count, endpoint=True)
    half = lengths // 2
    first, second = rng.integers(0, half), rng.integers(half, lengths)
    pairs = np.zeros((count, longest, 2), np.float32)
    pairs[:, :, 0] = rng.random((count, longest), np.float32)
    every = np.arange(count)
    pairs[every, first, 1] = pairs[every, second, 1] = 1
    total = pairs[every, first, 0] + pairs[every, second, 0]
    facts = Facts(
        (
            Stream("pairs", "Value and mark", "input", Signal.SEQUENCE, Content.REAL, 2),
            Stream("sum", "Sum", "target", Signal.VECTOR, Content.REAL, 1),
        ),
        {"T": longest},
        "step",
    )
    return TaskData(facts, {"pairs": Rows(pairs, lengths), "sum": Rows(total[:, None])})


TASKS.register(
    TaskSpec(
        kind="adding",
        title="Adding problem",
        description="Two values of a sequence are marked; the network is to give their sum at the end.",
        params=(
            ParamSpec(
                "length",
                "Length",
                Integer(2, 10_000),
                50,
                "Steps of each sequence, T in the papers.",
                "steps",
            ),
            ParamSpec(
                "ragged",
                "Lengths differ",
                Flag(),
                False,
                "Draws each length from T to T + T/10, as the first paper has it.",
            ),
            count_of(10_000),
            SEED,
        ),
        open=open_adding,
        licence=LICENCE,
        baselines=lambda _data: (Baseline("sum", "mse", 1 / 6, "always 1"),),
    )
)
