"""Tasks: reading and splitting data, and errors of unusable data."""

from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design.errors import DataError, DesignError, FileError, StudioError, UnknownKindError
from rnnstudio.design.model import Choice
from rnnstudio.engine import datasets
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.tasks import text as text_task
from rnnstudio.engine.tasks.base import TASKS, TaskData, TaskSpec

catalogue()
SHIPPED = (Choice("names"), Choice("sonnets"))
ENTIRE = Choice("names", {"which": "both", "surnames": 88_799})


@pytest.fixture(params=SHIPPED, ids=lambda choice: choice.kind)
def data(request: pytest.FixtureRequest) -> TaskData:
    return datasets.open_task(request.param)


def sequences(data: TaskData) -> list[np.ndarray]:
    """Return what inputs and targets are cut from."""
    pairs = zip(data.streams["tokens"], data.streams["next"], strict=True)
    return [np.concatenate((tokens, following[-1:])) for tokens, following in pairs]


def own_text(folder: Path, content: str | bytes, length: int = 4) -> Choice:
    file = folder / "own.txt"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return Choice("text", {"path": str(file), "length": length})


# ------------------------------------------------------------------------------- every task


def test_facts_tell_the_vocabulary_and_the_longest_sequence(data: TaskData) -> None:
    symbols = data.symbols["tokens"]
    assert data.facts.vocabulary == data.facts.classes == len(symbols) == len(set(symbols))
    assert data.facts.steps["T"] == max(len(s) for s in sequences(data)) - 1
    assert data.facts.unit == "character"


def test_every_sequence_is_int32_with_at_least_one_step(data: TaskData) -> None:
    assert all(s.dtype == np.int32 and s.ndim == 1 and len(s) >= 2 for s in sequences(data))
    every = np.concatenate(sequences(data))
    assert every.min() == 0
    assert every.max() == len(data.symbols["tokens"]) - 1


def test_text_and_tokens_turn_into_each_other(data: TaskData) -> None:
    text = data.decode(sequences(data)[0])
    assert np.array_equal(data.encode(text), sequences(data)[0])
    assert data.encode("").dtype == np.int32
    assert len(data.encode("")) == 0


def test_a_character_outside_the_vocabulary_is_named(data: TaskData) -> None:
    with pytest.raises(DataError, match="“é” at place 3"):
        data.encode("abé")
    with pytest.raises(DataError, match=r"U\+0007 at place 1"):
        data.encode("\x07")


def test_a_split_holds_out_each_sequence_once_and_repeats_with_its_seed(data: TaskData) -> None:
    training, validation = data.split(0.1, seed=7)
    assert sorted([*training, *validation]) == list(range(data.count))
    assert len(validation) == round(0.1 * data.count)
    again = data.split(0.1, seed=7)[1]
    other = data.split(0.1, seed=8)[1]
    assert again.tolist() == validation.tolist() != other.tolist()


def test_a_share_of_nothing_holds_nothing_out(data: TaskData) -> None:
    training, validation = data.split(0.0, seed=1)
    assert (len(training), len(validation)) == (data.count, 0)


def test_data_are_read_once_and_cannot_be_changed() -> None:
    data = datasets.open_task(Choice("sonnets"))
    assert datasets.open_task(Choice("sonnets", {"length": 64})) is data
    with pytest.raises(ValueError, match="read-only"):
        data.streams["tokens"][0][0] = 1


@pytest.mark.parametrize("spec", list(TASKS), ids=lambda spec: spec.kind)
def test_every_invalid_parameter_is_refused_by_name(spec: TaskSpec) -> None:
    for param in spec.params:
        for value in param.constraint.invalid():
            with pytest.raises(
                DesignError, match=f"The {param.title.lower()} of the task {spec.title} must be"
            ):
                datasets.open_task(Choice(spec.kind, {param.name: value}))


def test_an_unknown_task_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownKindError, match="“poems”.*names.*sonnets.*text"):
        datasets.facts(Choice("poems"))


# ------------------------------------------------------------------------------------ names


def test_names_are_different_from_each_other_and_are_between_boundaries() -> None:
    data = datasets.open_task(Choice("names"))
    assert data.boundary == 0
    assert data.symbols["tokens"][0] == "\n"
    assert all(s[0] == s[-1] == 0 and (s[1:-1] > 0).all() for s in sequences(data))
    names = [data.decode(s) for s in sequences(data)]
    assert len(set(names)) == len(names)
    assert {"\nMary\n", "\nJames\n", "\nSmith\n"} < set(names)


def test_no_name_of_validation_occurs_in_training() -> None:
    data = datasets.open_task(ENTIRE)
    names = [data.decode(s) for s in sequences(data)]
    training, validation = ({names[i] for i in part} for part in data.split(0.1, seed=1))
    assert not training & validation


@pytest.mark.parametrize(
    ("which", "there", "not_there"), [("given", "Mary", "Peterson"), ("surnames", "Peterson", "Mildred")]
)
def test_names_of_one_sort_leave_the_others_out(which: str, there: str, not_there: str) -> None:
    data = datasets.open_task(Choice("names", {"which": which, "surnames": 100}))
    names = {data.decode(s).strip() for s in sequences(data)}
    assert there in names
    assert not_there not in names
    if which == "surnames":
        assert len(names) == 100


def test_all_of_the_census_can_be_learnt() -> None:
    data = datasets.open_task(ENTIRE)
    assert len(sequences(data)) > 88_799


# ------------------------------------------------------------------------- sonnets and text


@pytest.mark.parametrize("length", [2, 64, 10_000])
def test_chunks_predict_each_character_but_the_first_exactly_once(length: int) -> None:
    data = datasets.open_task(Choice("sonnets", {"length": length}))
    targets = "".join(data.decode(s[1:]) for s in sequences(data))
    assert data.symbols["tokens"][sequences(data)[0][0]] + targets == (
        Path(__file__).resolve().parents[3] / "resources/datasets/sonnets/sonnets.txt"
    ).read_text("utf-8")
    assert {len(s) - 1 for s in sequences(data)[:-1]} == {length}


def test_a_text_of_ones_own_is_cut_like_the_sonnets(tmp_path: Path) -> None:
    data = datasets.open_task(own_text(tmp_path, "grüße dich"))
    assert [data.decode(s) for s in sequences(data)] == ["grüße", "e dic", "ch"]
    assert data.boundary is None
    assert data.facts.steps["T"] == 4


def test_line_ends_and_the_byte_order_mark_are_made_plain(tmp_path: Path) -> None:
    data = datasets.open_task(own_text(tmp_path, "\ufeffa\r\nb\rc\nd\n", length=2))
    assert set(data.symbols["tokens"]) == set("\nabcd")


def test_a_file_that_was_edited_is_read_again(tmp_path: Path) -> None:
    choice = own_text(tmp_path, "first version")
    assert "v" in datasets.open_task(choice).symbols["tokens"]
    own_text(tmp_path, "another one of them")
    assert "v" not in datasets.open_task(choice).symbols["tokens"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "“own.txt” is empty"),
        ("x", "one character long"),
        ("abcde", "5 characters: too few for two sequences of 4.*Set the length to 2 or less"),
        ("ab", "2 characters: too few.*Choose a file with more text"),
        (b"plain then \xff\xfe", "not UTF-8 text: byte 0xff at offset 11"),
        ("text".encode("utf-16"), "not UTF-8 text: byte 0xff at offset 0"),
        (b"cut off \xc3", "byte 0xc3 at offset 8"),
    ],
)
def test_text_that_cannot_be_learnt_from_is_reported(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        datasets.open_task(own_text(tmp_path, content))


def test_a_text_of_two_sequences_can_be_split(tmp_path: Path) -> None:
    training, validation = datasets.open_task(own_text(tmp_path, "abcdef")).split(0.1, seed=1)
    assert (len(training), len(validation)) == (1, 1)


def test_a_single_sequence_cannot_be_split() -> None:
    whole = datasets.open_task(Choice("sonnets"))
    single = TaskData(whole.facts, {name: rows[:1] for name, rows in whole.streams.items()}, whole.symbols)
    with pytest.raises(DataError, match="validation share to 0"):
        single.split(0.1, seed=1)
    assert len(single.split(0.0, seed=1)[0]) == 1


def test_a_text_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_task, "LARGEST", 2**20)
    choice = own_text(tmp_path, b"x" * (2**20 + 1))
    with pytest.raises(FileError, match="larger than 1 MB"):
        datasets.open_task(choice)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("", "No text file is chosen"),
        ("gone.txt", "There is no file"),
        (".", "is a folder"),
        ("\0", "cannot be"),
    ],
)
def test_a_file_that_cannot_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((DataError, FileError), match=sentence):
        datasets.open_task(Choice("text", {"path": path}))


def test_problems_of_data_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(StudioError) as caught:
        datasets.open_task(own_text(tmp_path, ""))
    assert str(caught.value) == "“own.txt” is empty. Choose a file with some text."
