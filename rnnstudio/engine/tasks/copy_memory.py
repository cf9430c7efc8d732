"""Copy memory: symbols are shown, and must be repeated after a long pause.

Hochreiter & Schmidhuber 1997 in the form of Arjovsky, Shah & Bengio 2016, "Unitary Evolution Recurrent Neural
Networks", section 5.1: ten symbols from an alphabet of eight; T - 1 blanks; a go mark; ten more blanks. The
target is blank for T + 10 steps and then the ten symbols. Without memory, the best strategy is to predict
blank and then to guess; its loss is 10 log 8 / (T + 20) on average over the steps.
"""

import math

import numpy as np

from rnnstudio.design.constraints import Integer, OneOf
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine.tasks.base import TASKS, Baseline, TaskData, TaskSpec
from rnnstudio.engine.tasks.columns import Rows
from rnnstudio.engine.tasks.made import LICENCE, SEED, count_of, generator, number, require_room

LETTERS = 8
BLANK, GO = LETTERS, LETTERS + 1
SYMBOLS = (*"abcdefgh", "·", ":")


def open_copy_memory(params: Params) -> TaskData:
    """Generate the shown symbols and the targets of each step."""
    count, delay, shown = (number(params, name) for name in ("count", "delay", "symbols"))
    steps = delay + 2 * shown
    require_room(count, 2 * steps)
    letters = generator(params).integers(0, LETTERS, (count, shown), dtype=np.int32)
    given = np.full((count, steps), BLANK, np.int32)
    given[:, :shown] = letters
    given[:, shown + delay - 1] = GO
    answer = np.full((count, steps), BLANK if params["counted"] == "all" else -1, np.int32)
    answer[:, -shown:] = letters
    facts = Facts(
        (
            Stream("given", "Given", "input", Signal.SEQUENCE, Content.TOKENS, len(SYMBOLS)),
            Stream("answer", "Answer", "target", Signal.SEQUENCE, Content.TOKENS, LETTERS + 1),
        ),
        {"T": steps},
        "step",
    )
    streams = {"given": Rows(given), "answer": Rows(answer)}
    return TaskData(facts, streams, {"given": SYMBOLS, "answer": SYMBOLS[: LETTERS + 1]})


def baselines(data: TaskData) -> tuple[Baseline, ...]:
    """Return the loss of predicting blank, and guessing when a letter is expected."""
    answer = np.asarray(data.streams["answer"])
    due = float(((answer >= 0) & (answer < BLANK)).sum() / (answer >= 0).sum())
    return (Baseline("answer", "cross-entropy", due * math.log(LETTERS), "no memory"),)


TASKS.register(
    TaskSpec(
        kind="copy_memory",
        title="Copy memory",
        description="Symbols are shown, then blanks; after the go mark the network is to repeat them.",
        params=(
            ParamSpec(
                "delay", "Delay", Integer(1, 10_000), 100, "Steps to remember over, T in the paper.", "steps"
            ),
            ParamSpec("symbols", "Symbols", Integer(1, 1000), 10, "How many are shown.", "symbols"),
            ParamSpec(
                "counted",
                "Counted",
                OneOf(("all", "recalled"), ("every step", "the repeated symbols")),
                "all",
                "Whether the blanks before the answer are answers too, as in the paper.",
            ),
            count_of(5_000),
            SEED,
        ),
        open=open_copy_memory,
        licence=LICENCE,
        baselines=baselines,
    )
)
