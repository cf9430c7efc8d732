"""Two spirals: on which of two interleaved spirals a point lies.

Lang & Witbrock 1988, "Learning to Tell Two Spirals Apart": radius 6.5 (104 - i) / 104 at the angle i π / 16
for i from 0 to 96, three turns, and the same curve rotated by half a circle. Here i is drawn uniformly, so
there can be more points than the 194 of the paper, and coordinates are divided by 6.5.
"""

import math

import numpy as np

from rnnstudio.design.constraints import Real
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine.tasks.base import TASKS, TaskData, TaskSpec
from rnnstudio.engine.tasks.columns import Rows
from rnnstudio.engine.tasks.made import LICENCE, SEED, count_of, generator, number, require_room

TURNS = 3.0  # of 32 points each


def open_spirals(params: Params) -> TaskData:
    """Generate the points, and the spiral of each."""
    count, turns = number(params, "count"), float(params["turns"] or TURNS)
    require_room(count, 4)  # a point, and its random position on the spiral
    rng = generator(params)
    along = rng.uniform(0, 32 * turns, count)
    angle = along * math.pi / 16
    radius = (104 - along * TURNS / turns) / 104
    which = rng.integers(0, 2, count, dtype=np.int32)
    points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1) * (1 - 2 * which)[:, None]
    points += rng.normal(0, float(params["noise"] or 0), points.shape)
    facts = Facts(
        (
            Stream("point", "Point", "input", Signal.VECTOR, Content.REAL, 2),
            Stream("spiral", "Spiral", "target", Signal.VECTOR, Content.TOKENS, 2),
        ),
        {"T": 1},
        "point",
    )
    streams = {"point": Rows(points.astype(np.float32)), "spiral": Rows(which)}
    return TaskData(facts, streams, {"spiral": ("one", "other")})


TASKS.register(
    TaskSpec(
        kind="spirals",
        title="Two spirals",
        description="Points of the plane on two spirals wound into each other: which one is it?",
        params=(
            ParamSpec("turns", "Turns", Real(0.1, 10.0), TURNS, "How often each spiral goes round.", "turns"),
            ParamSpec(
                "noise",
                "Noise",
                Real(0.0, 1.0),
                0.0,
                "Standard deviation by which points lie off their spiral, whose radius is 1.",
            ),
            count_of(2_000),
            SEED,
        ),
        open=open_spirals,
        licence=LICENCE,
    )
)
