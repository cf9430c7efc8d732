"""A two-sided average: the target of each step depends on earlier and later steps.

Schuster & Paliwal 1997, "Bidirectional Recurrent Neural Networks", section III.A: the weighted average of a
stream of random numbers in [0, 1], with weights that decrease linearly, 10 steps back and 20 ahead,
``y(t) = 1/10 Σ (1 - |Δ|/10) x(t + Δ)  [Δ = -10 … -1]  +  1/20 Σ (1 - Δ/20) x(t + Δ)  [Δ = 0 … 19]``; for
classification, whether it exceeds 0.5. A sequence is zero beyond its ends.
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

THRESHOLD = 0.5


def open_two_sided(params: Params) -> TaskData:
    """Generate the random numbers, and the average and class of each step."""
    count, steps, back, ahead = (number(params, name) for name in ("count", "length", "back", "ahead"))
    require_room(count, 3 * steps)
    values = generator(params).random((count, steps))
    average = np.zeros_like(values)
    for offset in range(1, min(back, steps)):
        average[:, offset:] += (1 - offset / back) / back * values[:, :-offset]
    for offset in range(min(ahead, steps)):
        average[:, : steps - offset] += (1 - offset / ahead) / ahead * values[:, offset:]
    facts = Facts(
        (
            Stream("values", "Values", "input", Signal.SEQUENCE, Content.REAL, 1),
            Stream("average", "Average", "target", Signal.SEQUENCE, Content.REAL, 1),
            Stream("above", "Above a half", "target", Signal.SEQUENCE, Content.TOKENS, 2),
        ),
        {"T": steps},
        "step",
    )
    streams = {
        "values": Rows(values[:, :, None].astype(np.float32)),
        "average": Rows(average[:, :, None].astype(np.float32)),
        "above": Rows((average > THRESHOLD).astype(np.int32)),
    }
    return TaskData(facts, streams, {"above": ("below", "above")})


TASKS.register(
    TaskSpec(
        kind="two_sided",
        title="Two-sided average",
        description="Of random numbers, each step's average over some steps behind it and more ahead.",
        params=(
            ParamSpec("length", "Length", Integer(2, 10_000), 50, "Steps of each sequence.", "steps"),
            ParamSpec("back", "Back", Integer(1, 1000), 10, "How far the average reaches back.", "steps"),
            ParamSpec("ahead", "Ahead", Integer(1, 1000), 20, "How far it reaches ahead.", "steps"),
            count_of(1_000),
            SEED,
        ),
        open=open_two_sided,
        licence=LICENCE,
    )
)
