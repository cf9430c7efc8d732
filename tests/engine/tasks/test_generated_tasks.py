"""The tasks whose data are made from a seed: each is what its source defines."""

import datetime
import math
import re

import numpy as np
import pytest

from rnnstudio.design.errors import DataError
from rnnstudio.design.model import Choice
from rnnstudio.design.signals import Content, Signal
from rnnstudio.engine import datasets
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.tasks.base import TASKS, TaskData
from rnnstudio.engine.tasks.dates import FORMATS, SOURCE

catalogue()
MADE = sorted(spec.kind for spec in TASKS if any(p.name == "seed" for p in spec.params))
SMALL = 300


def made(kind: str, **params: int | float | bool | str) -> TaskData:
    return datasets.open_task(Choice(kind, {"count": SMALL, **params}))


@pytest.mark.parametrize("kind", MADE)
def test_the_seed_of_the_data_fixes_them(kind: str) -> None:
    data, other = made(kind), made(kind, seed=2)
    params = {p.name: p.default for p in TASKS.get(kind).params} | {"count": SMALL}
    repeated = TASKS.get(kind).open(params)
    for name, rows in data.streams.items():
        assert all(np.array_equal(a, b) for a, b in zip(rows, repeated.streams[name], strict=True))
    assert any(
        not np.array_equal(a, b)
        for name, rows in data.streams.items()
        for a, b in zip(rows, other.streams[name], strict=True)
    )


@pytest.mark.parametrize("kind", MADE)
def test_every_stream_is_what_the_facts_say(kind: str) -> None:
    data = made(kind)
    assert data.count == SMALL
    lengths: dict[str, np.ndarray] = {}
    for stream in data.facts.streams:
        rows = data.streams[stream.name]
        tail = () if stream.content is Content.TOKENS else (stream.size,)
        for row in rows:
            assert np.shape(row)[1 if stream.signal is Signal.SEQUENCE else 0 :] == tail
        if stream.content is Content.TOKENS:
            every = np.concatenate([np.ravel(row) for row in rows])
            assert every.dtype == np.int32
            assert every.min() >= -1
            assert every.max() < stream.size
        if stream.name in data.symbols:
            assert len(set(data.symbols[stream.name])) == stream.size
        if stream.signal is Signal.SEQUENCE:
            own = np.array([len(row) for row in rows])
            assert np.array_equal(lengths.setdefault(stream.clock, own), own)
    assert {clock: own.max() for clock, own in lengths.items()} == dict(
        data.facts.steps
    ) or data.facts.steps == {"T": 1}


@pytest.mark.parametrize("kind", MADE)
def test_made_data_cannot_be_changed(kind: str) -> None:
    for rows in made(kind).streams.values():
        with pytest.raises((ValueError, TypeError)):
            rows[0][...] = 0


@pytest.mark.parametrize("kind", MADE)
def test_more_data_than_there_is_room_for_are_refused(kind: str) -> None:
    params = {p.name for p in TASKS.get(kind).params}
    huge = {"count": 10_000_000} | ({"length": 10_000} if "length" in params else {})
    if kind == "spirals":
        return  # ten million points of two numbers have room
    with pytest.raises(DataError, match="Lower the number of examples"):
        datasets.open_task(Choice(kind, huge))


# ------------------------------------------------------------------------- each as published


@pytest.mark.parametrize("ragged", [False, True])
def test_adding_marks_one_value_in_each_half_and_asks_for_their_sum(ragged: bool) -> None:
    data = made("adding", length=20, ragged=ragged)
    for pairs, total in zip(data.streams["pairs"], data.streams["sum"], strict=True):
        values, marks = pairs.T
        marked = np.flatnonzero(marks)
        assert len(marked) == 2
        assert marked[0] < len(pairs) // 2 <= marked[1]
        assert values.min() >= 0
        assert values.max() <= 1
        assert total[0] == pytest.approx(values[marked].sum())
    lengths = {len(pairs) for pairs in data.streams["pairs"]}
    assert lengths == ({20, 21, 22} if ragged else {20})


def test_temporal_order_is_task_6a() -> None:
    data = made("temporal_order")
    symbols, classes = data.symbols["symbols"], data.symbols["order"]
    wanted = {"XX": "Q", "XY": "R", "YX": "S", "YY": "U"}
    seen = set()
    for tokens, order in zip(data.streams["symbols"], data.streams["order"], strict=True):
        text = "".join(symbols[token] for token in tokens)
        places = [place for place, symbol in enumerate(text) if symbol in "XY"]
        assert 100 <= len(text) <= 110
        assert (text[0], text[-1]) == ("E", "B")
        assert set(text[1:-1]) <= set("abcdXY")
        assert 10 <= places[0] <= 20
        assert 50 <= places[1] <= 60
        assert wanted["".join(text[place] for place in places)] == classes[order]
        seen.add(classes[order])
    assert seen == set("QRSU")


def test_copy_memory_repeats_after_the_go_mark() -> None:
    data = made("copy_memory", delay=7)
    for given, answer in zip(data.streams["given"], data.streams["answer"], strict=True):
        shown, asked = (data.decode(tokens, name) for tokens, name in ((given, "given"), (answer, "answer")))
        assert len(shown) == 7 + 20
        assert set(shown[:10]) <= set("abcdefgh")
        assert shown[10:] == "·" * 6 + ":" + "·" * 10
        assert asked == "·" * 17 + shown[:10]


def test_copy_memory_can_count_only_what_is_repeated() -> None:
    data = made("copy_memory", delay=7, symbols=3, counted="recalled")
    answer = np.array(data.streams["answer"])
    assert (answer[:, :-3] == -1).all()
    assert np.array_equal(answer[:, -3:], np.array(data.streams["given"])[:, :3])


def test_running_parity_is_that_of_the_ones_so_far() -> None:
    data = made("parity", length=9)
    for bits, parity in zip(data.streams["bits"], data.streams["parity"], strict=True):
        assert parity.tolist() == [sum(bits[: t + 1]) % 2 for t in range(len(bits))]
    assert {len(bits) for bits in data.streams["bits"]} == set(range(1, 10))


def test_the_second_spiral_is_the_first_turned_by_half_a_circle() -> None:
    data = made("spirals")
    points, which = np.array(data.streams["point"]), np.array(data.streams["spiral"])
    points[which == 1] *= -1
    radius = np.hypot(*points.T)
    along = 104 * (1 - radius)  # the paper's i
    angle = along * math.pi / 16
    np.testing.assert_allclose(
        points, np.stack([np.sin(angle), np.cos(angle)], 1) * radius[:, None], atol=1e-4
    )
    assert along.min() >= -1e-3
    assert along.max() <= 96


def test_a_wave_is_the_sine_that_its_three_numbers_say() -> None:
    data = made("waves", length=16)
    for (frequency, phase, amplitude), samples in zip(
        data.streams["wave"], data.streams["samples"], strict=True
    ):
        turns = (2 + frequency) * np.arange(16) / 16 + phase / 4
        expected = (0.625 + 0.375 * amplitude) * np.sin(2 * np.pi * turns)
        np.testing.assert_allclose(samples[:, 0], expected, atol=1e-5)


def test_the_two_sided_average_is_weighted_as_published() -> None:
    data = made("two_sided", length=40)
    values, average = (np.array(data.streams[name], np.float64)[..., 0] for name in ("values", "average"))
    at = 15
    expected = sum((1 - back / 10) * values[:, at - back] for back in range(1, 11)) / 10
    expected = expected + sum((1 - ahead / 20) * values[:, at + ahead] for ahead in range(20)) / 20
    np.testing.assert_allclose(average[:, at], expected, atol=1e-6)
    assert np.array_equal(np.array(data.streams["above"]), (average > 0.5).astype(int))


def test_every_way_to_write_a_date_means_that_day() -> None:
    data = made("dates", count=2000)
    codes = {"d:02": "%d", "d": "%d", "m": "%m", "y": "%Y", "month": "%B", "short": "%b"}
    codes |= {"weekday": "%A", "weekday3": "%a"}
    read = {how: re.sub(r"{([^}]*)}", lambda part: codes[part[1]], how) for how in FORMATS}
    used = set()
    for written, date in zip(data.streams["written"], data.streams["date"], strict=True):
        text, answer = data.decode(written, "written"), data.decode(date, "date")
        day = datetime.date.fromisoformat(answer.removesuffix("\n"))
        for how, pattern in read.items():
            try:
                found = datetime.datetime.strptime(text, pattern).date()
            except ValueError:
                continue
            assert found == day
            assert f"{found:%a}" in text or "{weekday" not in how
            used.add(how)
    assert used == set(FORMATS)
    assert data.facts.stream("target", "date", (Signal.SEQUENCE,), Content.TOKENS).start == 0
    assert data.symbols["date"][0] == "\n"


def test_dates_of_few_formats_keep_the_alphabet() -> None:
    data = made("dates", formats=1)
    assert data.symbols["written"] == SOURCE
    assert all("." in data.decode(tokens, "written") for tokens in data.streams["written"])


# ---------------------------------------------------------------------------------- baselines


def losses(kind: str, **params: int | float | bool | str) -> dict[str, float]:
    data = made(kind, **params)
    return {b.stream: b.value for b in TASKS.get(kind).baselines(data)}


def test_always_guessing_one_costs_a_sixth_in_the_adding_problem() -> None:
    data = made("adding", count=5000)
    assert losses("adding")["sum"] == pytest.approx(1 / 6)
    assert np.mean((np.array(data.streams["sum"]) - 1) ** 2) == pytest.approx(1 / 6, rel=0.05)


def test_no_memory_costs_what_the_paper_says_in_copy_memory() -> None:
    assert losses("copy_memory", delay=100)["answer"] == pytest.approx(10 * math.log(8) / 120)
    assert losses("copy_memory", delay=5, counted="recalled")["answer"] == pytest.approx(math.log(8))


def test_a_flat_line_costs_the_power_of_the_waves() -> None:
    data = made("waves")
    assert losses("waves")["samples"] == pytest.approx(np.mean(np.array(data.streams["samples"]) ** 2))
