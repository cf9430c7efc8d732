"""Names of people, letter by letter (US Census of 1990).

Each different name is one sequence between two boundary tokens; see the data set's README for the meaning of
validation here.
"""

from itertools import islice

import numpy as np

from rnnstudio.design.constraints import Integer, OneOf
from rnnstudio.design.errors import FileError
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.tasks.base import TASKS, TaskData, TaskSpec, character_tokens, consecutive_data
from rnnstudio.resources import path

BOUNDARY = "\n"  # sorts before every letter, so its token is 0
GIVEN = ("dist.female.first", "dist.male.first")
SURNAMES = "dist.all.last"


def read(file: str, count: int | None = None) -> list[str]:
    """Return the names of a census file, the most frequent first, capitalized as in "Mary"."""
    source = path("datasets", "names", file)
    try:
        with source.open(encoding="ascii") as lines:
            return [line.split(maxsplit=1)[0].capitalize() for line in islice(lines, count)]
    except (OSError, ValueError) as error:
        raise FileError(
            message(
                "The names that ship with RNN Studio cannot be read: {error}. Install it again.", error=error
            )
        ) from None


def open_names(params: Params) -> TaskData:
    """Read the names selected by the parameters, each once."""
    which, count = params["which"], params["surnames"]
    assert isinstance(count, int)
    names: list[str] = []
    if which != "surnames":
        names += [name for file in GIVEN for name in read(file)]
    if which != "given":
        names += read(SURNAMES, count)
    unique = list(dict.fromkeys(names))
    symbols, tokens = character_tokens(lambda: [BOUNDARY + BOUNDARY.join(unique) + BOUNDARY])
    starts = np.cumsum([0, *(len(name) + 1 for name in unique[:-1])])
    return consecutive_data(symbols, tokens, starts, "character", boundary=0)


TASKS.register(
    TaskSpec(
        kind="names",
        title="Names",
        description="Given names and surnames, letter by letter; validation is on names never seen before.",
        params=(
            ParamSpec(
                "which",
                "Names",
                OneOf(("both", "given", "surnames"), ("Both", "Given names", "Surnames")),
                "both",
                "Which names are learnt; each different name counts once.",
            ),
            ParamSpec(
                "surnames",
                "Surnames",
                Integer(2, 88_799),
                500,
                "How many surnames, the commonest first.",
                "surnames",
            ),
        ),
        open=open_names,
        licence="Public domain (US Census Bureau, 1990)",
        sample_prompt="Mar",
    )
)
