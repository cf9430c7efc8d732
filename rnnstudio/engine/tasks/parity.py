"""Running parity: at each step, whether the number of ones so far is odd.

Minsky & Papert 1969, "Perceptrons", chapter 3, spread over time: one bit of memory, flipped by each one. One
wrong step makes all later ones wrong, so only the exact rule works.
"""

import numpy as np

from rnnstudio.design.constraints import Flag, Integer
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine.tasks.base import TASKS, TaskData, TaskSpec
from rnnstudio.engine.tasks.columns import Rows
from rnnstudio.engine.tasks.made import LICENCE, SEED, count_of, generator, number, require_room

BITS = ("0", "1")
PARITIES = ("even", "odd")


def open_parity(params: Params) -> TaskData:
    """Generate the bits, and the parity of all bits up to each step."""
    count, longest = number(params, "count"), number(params, "length")
    require_room(count, 2 * longest)
    rng = generator(params)
    lengths = rng.integers(1 if params["ragged"] else longest, longest, count, endpoint=True)
    lengths[0] = longest
    bits = rng.integers(0, 2, (count, longest), dtype=np.int32)
    parity = np.cumsum(bits, axis=1, dtype=np.int32) % 2
    facts = Facts(
        (
            Stream("bits", "Bits", "input", Signal.SEQUENCE, Content.TOKENS, 2),
            Stream("parity", "Parity so far", "target", Signal.SEQUENCE, Content.TOKENS, 2),
        ),
        {"T": longest},
        "step",
    )
    streams = {"bits": Rows(bits, lengths), "parity": Rows(parity, lengths)}
    return TaskData(facts, streams, {"bits": BITS, "parity": PARITIES})


TASKS.register(
    TaskSpec(
        kind="parity",
        title="Running parity",
        description="At each step of a sequence of bits: is the number of ones so far odd?",
        params=(
            ParamSpec("length", "Length", Integer(1, 10_000), 40, "Bits of the longest sequences.", "bits"),
            ParamSpec(
                "ragged",
                "Lengths differ",
                Flag(),
                True,
                "Draws each length from 1 to the longest; short ones show the rule first.",
            ),
            count_of(4_000),
            SEED,
        ),
        open=open_parity,
        licence=LICENCE,
    )
)
