"""Dates: from many formats and of various lengths, to one format of ten characters.

The task of the course "Sequence Models" (Ng, Katanforoosh & Bensouda Mourri, deeplearning.ai, week 3, "Neural
Machine Translation"): from "Thursday, May 3, 1979" or "3.5.1979" to "1979-05-03". The target ends with a
boundary token, which also precedes its first character when targets are fed back.
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

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
DAYS = ("Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday")  # from 1 January 1970
FORMATS = (
    "{d}.{m}.{y}",
    "{d} {month} {y}",
    "{month} {d}, {y}",
    "{d:02} {short} {y}",
    "{weekday}, {month} {d}, {y}",
    "{weekday} {d} {month} {y}",
    "{short} {d} {y}",
    "{short}. {d:02}, {y}",
    "{weekday3}, {d:02} {short} {y}",
    "{d} of {month} {y}",
)
FIRST, AFTER = "1950-01-01", "2050-01-01"
BOUNDARY = "\n"
SOURCE = tuple(sorted(set("".join((*MONTHS, *DAYS, "0123456789 ,.of"))) | {"-"}))
TARGET = (BOUNDARY, "-", *"0123456789")


def written(day: np.datetime64, how: str) -> str:
    """Return a day in one of `FORMATS`."""
    y, m, d = (int(part) for part in str(day).split("-"))
    month, weekday = MONTHS[m - 1], DAYS[int(day.astype(np.int64)) % 7]
    return how.format(y=y, m=m, d=d, month=month, short=month[:3], weekday=weekday, weekday3=weekday[:3])


def open_dates(params: Params) -> TaskData:
    """Draw random days and formats."""
    count, formats = number(params, "count"), number(params, "formats")
    require_room(count, 64)
    rng = generator(params)
    first, after = np.datetime64(FIRST), np.datetime64(AFTER)
    days = first + rng.integers(0, (after - first).astype(int), count)
    hows = rng.integers(0, formats, count)
    texts = [written(day, FORMATS[how]) for day, how in zip(days, hows, strict=True)]
    source_ids = {symbol: token for token, symbol in enumerate(SOURCE)}
    target_ids = {symbol: token for token, symbol in enumerate(TARGET)}
    lengths = np.array([len(text) for text in texts], np.intp)
    sources = np.zeros((count, lengths.max()), np.int32)
    for row, text in zip(sources, texts, strict=True):
        row[: len(text)] = [source_ids[character] for character in text]
    answers = [[target_ids[c] for c in f"{day}{BOUNDARY}"] for day in days]
    facts = Facts(
        (
            Stream("written", "Written", "input", Signal.SEQUENCE, Content.TOKENS, len(SOURCE), clock="S"),
            Stream("date", "Date", "target", Signal.SEQUENCE, Content.TOKENS, len(TARGET), end=0),
        ),
        {"S": int(lengths.max()), "T": len(answers[0])},
        "character",
    )
    streams = {"written": Rows(sources, lengths), "date": Rows(np.array(answers, np.int32))}
    return TaskData(facts, streams, {"written": SOURCE, "date": TARGET})


TASKS.register(
    TaskSpec(
        kind="dates",
        title="Dates",
        description="A date written in one of many ways, to be written as in 1979-05-03.",
        params=(
            ParamSpec(
                "formats",
                "Ways to write it",
                Integer(1, len(FORMATS)),
                len(FORMATS),
                "How many ways there are: figures only, then with the month's name, then with the weekday's.",
            ),
            count_of(10_000),
            SEED,
        ),
        open=open_dates,
        licence=LICENCE,
    )
)
