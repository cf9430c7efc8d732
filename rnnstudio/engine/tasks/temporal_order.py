"""Temporal order: the order of two symbols that are far apart in noise.

Hochreiter & Schmidhuber 1997, "Long Short-Term Memory", experiment 6, task 6a: a sequence starts with E, ends
with B, and has noise from {a, b, c, d} in between, except for X or Y at two positions t1 and t2. With a
length T of 100 the sequence has 100 to 110 symbols, t1 lies in 10 to 20 and t2 in 50 to 60; other lengths
keep these proportions. The classes Q, R, S, U are XX, XY, YX, YY.
"""

import numpy as np

from rnnstudio.design.constraints import Integer
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine.tasks.base import TASKS, TaskData, TaskSpec
from rnnstudio.engine.tasks.columns import Rows
from rnnstudio.engine.tasks.made import LICENCE, SEED, count_of, generator, number, require_room

SYMBOLS = ("E", "B", "a", "b", "c", "d", "X", "Y")
CLASSES = ("Q", "R", "S", "U")
NOISE, RELEVANT = 2, 6  # the first symbol of each kind


def open_temporal_order(params: Params) -> TaskData:
    """Generate the sequences of symbols, and the class of each."""
    count, length = number(params, "count"), number(params, "length")
    longest = length + length // 10
    require_room(count, longest)
    rng = generator(params)
    lengths = rng.integers(length, longest, count, endpoint=True)
    symbols = rng.integers(NOISE, RELEVANT, (count, longest), dtype=np.int32)
    every = np.arange(count)
    first = rng.integers(length // 10, length // 5, count, endpoint=True)
    second = rng.integers(length // 2, 6 * length // 10, count, endpoint=True)
    order = rng.integers(0, 4, count, dtype=np.int32)
    symbols[every, first] = RELEVANT + order // 2
    symbols[every, second] = RELEVANT + order % 2
    symbols[:, 0] = 0
    symbols[every, lengths - 1] = 1
    facts = Facts(
        (
            Stream("symbols", "Symbols", "input", Signal.SEQUENCE, Content.TOKENS, len(SYMBOLS)),
            Stream("order", "Order", "target", Signal.VECTOR, Content.TOKENS, len(CLASSES)),
        ),
        {"T": longest},
        "sequence",
    )
    streams = {"symbols": Rows(symbols, lengths), "order": Rows(order)}
    return TaskData(facts, streams, {"symbols": SYMBOLS, "order": CLASSES})


TASKS.register(
    TaskSpec(
        kind="temporal_order",
        title="Temporal order",
        description="Among many symbols stand two of X or Y; the network is to say which, in their order.",
        params=(
            ParamSpec(
                "length",
                "Length",
                Integer(10, 10_000),
                100,
                "Steps of the shortest sequences; the longest have a tenth more.",
                "steps",
            ),
            count_of(5_000),
            SEED,
        ),
        open=open_temporal_order,
        licence=LICENCE,
    )
)
