"""Data in the memory plan: their size in memory, and the refusal of data that are too large."""

import tracemalloc
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design import codec
from rnnstudio.design.assign import assign
from rnnstudio.design.errors import DataError, FileError, StudioError
from rnnstudio.design.model import Choice, Design, TrainingPlan
from rnnstudio.design.problems import Report
from rnnstudio.engine import datasets
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.program import memory
from rnnstudio.engine.program.memory import SPARE
from rnnstudio.engine.tasks import text as text_task
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.training.data_loader import DataLoader
from rnnstudio.resources import templates
from tests.data_kit import check_training

catalogue()  # what it loads is not counted as data
MB = 2**20
TEXTS = {
    "ascii": "abcdefgh \n",
    "accents": "àéîõü \n",
    "one rare character": "abcdefgh" * 500_000 + "😀",
    "chinese": "".join(map(chr, range(0x4E00, 0x4E00 + 3000))),
    "line ends of Windows": "abc\r\n",
}


def peak_of(act: Callable[[], object]) -> int:
    """Return the most bytes that something takes at a time."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def text_of(folder: Path, pattern: str, size: int = 4 * MB) -> Path:
    file = folder / "text.txt"
    block = pattern.encode()
    file.write_bytes(block * max(size // len(block), 1))
    return file


def choice_of(file: Path, length: int) -> Choice:
    return Choice("text", {"path": str(file), "length": length})


@pytest.mark.parametrize("length", [2, 3, 64])
@pytest.mark.parametrize("pattern", TEXTS.values(), ids=TEXTS)
def test_a_text_takes_at_most_four_times_its_file(tmp_path: Path, pattern: str, length: int) -> None:
    file = text_of(tmp_path, pattern)
    data: list[TaskData] = []

    def open_and_go_through_an_epoch() -> None:
        data.append(datasets.open_task(choice_of(file, length)))
        training, _ = data[0].split(0.1, 1)
        loader = DataLoader(data[0], training, TrainingPlan(batch_size=64))
        loader.begin_epoch()
        next(loader.windows())
        loader.end_epoch()

    assert peak_of(open_and_go_through_an_epoch) <= 4 * file.stat().st_size


def test_another_length_reads_the_file_no_second_time(tmp_path: Path) -> None:
    file = text_of(tmp_path, TEXTS["ascii"])
    first = datasets.open_task(choice_of(file, 2))
    second: list[TaskData] = []
    assert peak_of(lambda: second.append(datasets.open_task(choice_of(file, 5)))) < file.stat().st_size / 2
    assert np.array_equal(first.streams["tokens"][0], second[0].streams["tokens"][0][:2])


@pytest.mark.parametrize("kind", ["adding", "parity", "spirals"])
def test_made_examples_take_no_more_than_their_numbers(kind: str) -> None:
    data = datasets.open_task(Choice(kind, {"count": 50_000}))
    assert data.facts.examples == 50_000
    opened: list[TaskData] = []
    tracemalloc.start()
    try:
        opened.append(datasets.open_task(Choice(kind, {"count": 50_001})))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept <= 1.1 * opened[0].facts.memory


def test_one_data_set_is_in_memory_at_a_time_and_the_facts_of_all_are_kept() -> None:
    first, second = (Choice("parity", {"count": count}) for count in (1000, 2000))
    facts, gone = datasets.facts(first), weakref.ref(datasets.open_task(first))
    data = datasets.open_task(second)
    assert gone() is None
    assert datasets.facts(first) is facts
    assert datasets.open_task(second) is data


def designed(*settings: str) -> Design:
    design = codec.load(templates()["sonnets-lstm"])
    for setting in settings:
        design = assign(design, catalogue(), setting)
    return design


def test_the_memory_plan_holds_the_data(tmp_path: Path) -> None:
    file = text_of(tmp_path, TEXTS["ascii"], 4 * MB)

    def planned(*settings: str) -> Report:
        return check_training(
            designed("task=text", f"task.params.path={file}", "nodes.dense.units=10", *settings)
        )

    report = planned("task.params.length=2")
    # A byte a character, and four for an example's place in the order.
    assert report.data_memory == pytest.approx(4 * MB + 4 * 2 * MB, rel=0.01)
    assert report.fixed_memory >= report.data_memory
    longer = planned("task.params.length=200")
    assert longer.data_memory < report.data_memory
    assert planned("task.params.length=2", "plan.bucket=true").data_memory > report.data_memory


@pytest.fixture
def small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 40 MB to spare."""
    monkeypatch.setattr(memory, "available", lambda: SPARE + 40 * MB)
    monkeypatch.setattr(memory, "UNCHECKED", 0)


@pytest.mark.usefixtures("small_machine")
@pytest.mark.parametrize(
    ("choice", "way_out"),
    [
        (Choice("parity", {"count": 1_000_000}), "Lower the number of examples"),
        (Choice("spirals", {"count": 10_000_000}), "Lower the number of examples"),
        (Choice("dates", {"count": 1_000_000}), "Lower the number of examples"),
    ],
    ids=lambda value: value.kind if isinstance(value, Choice) else "",
)
def test_examples_without_room_are_refused_before_they_are_made(choice: Choice, way_out: str) -> None:
    def refused() -> None:
        with pytest.raises(DataError, match=f"of memory, and 40.0 MB are free. {way_out}"):
            datasets.open_task(choice)

    assert peak_of(refused) < MB


@pytest.mark.usefixtures("small_machine")
def test_a_text_without_room_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = text_of(tmp_path, TEXTS["ascii"], 20 * MB)

    def refused() -> None:
        with pytest.raises(
            DataError, match="Reading “text.txt” needs 60.0 MB of memory, and 40.0 MB are free"
        ):
            datasets.open_task(choice_of(file, 64))

    assert peak_of(refused) < MB


def test_a_text_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    with file.open("wb") as sparse:
        sparse.truncate(text_task.LARGEST + 1)

    def refused() -> None:
        with pytest.raises(FileError, match="larger than 64 MB"):
            datasets.open_task(choice_of(file, 64))

    assert peak_of(refused) < MB


@pytest.mark.usefixtures("small_machine")
def test_data_that_leave_no_room_to_train_are_what_is_to_be_lowered(tmp_path: Path) -> None:
    file = text_of(tmp_path, TEXTS["ascii"], 12 * MB)
    design = designed("task=text", f"task.params.path={file}", "task.params.length=2", "nodes.dense.units=10")
    (problem,) = check_training(design).problems
    assert "Most of it is for the data: use less of it" in problem.sentence


# --------------------------------------------------------------------------- block by block

PIECES = ("a", "é", "語", "😀", "\r\n", "\r", "\n", "\ufeff")


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7])
def test_a_text_reads_the_same_in_blocks_of_any_size(
    tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_task, "BLOCK", size)
    rng = np.random.default_rng(size)
    for number in range(20):
        content = "".join(rng.choice(PIECES, 30)) + "end"
        file = tmp_path / f"{number}.txt"
        file.write_bytes(content.encode())
        data = datasets.open_task(choice_of(file, 3))
        read = "".join(data.decode(row) for row in data.streams["tokens"])
        expected = content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        assert read == expected[:-1]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 1000])
@pytest.mark.parametrize(
    ("raw", "byte", "offset"),
    [
        (b"abc\xff", "0xff", 3),
        (b"\xef\xbb\xbfab\xc3(", "0xc3", 5),
        ("語語".encode() + b"\xe8\xaa", "0xe8", 6),
        (b"a\xf0\x9f\x98", "0xf0", 1),
        (b"ab\xed\xa0\x80", "0xed", 2),
    ],
)
def test_what_is_not_utf8_is_reported_by_its_place(
    tmp_path: Path, size: int, raw: bytes, byte: str, offset: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_task, "BLOCK", size)
    file = tmp_path / "text.txt"
    file.write_bytes(raw)
    with pytest.raises(StudioError, match=f"byte {byte} at offset {offset} does not fit"):
        datasets.open_task(choice_of(file, 2))
