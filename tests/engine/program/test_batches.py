"""Batches contain only tokens of their vocabulary."""

import numpy as np
import pytest

from rnnstudio.design.errors import DataError
from rnnstudio.design.model import Choice
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.streams import Facts, Stream, token_facts
from rnnstudio.engine import datasets
from rnnstudio.engine.program.batches import next_token_batch, pack
from rnnstudio.engine.tasks.base import TASKS, TaskData, TaskSpec

FACTS = token_facts(4, 4, 3)
ONCE = Facts(
    (
        Stream("word", "Word", "input", Signal.VECTOR, Content.TOKENS, 4),
        Stream("kind", "Kind", "target", Signal.VECTOR, Content.TOKENS, 2),
    )
)


@pytest.mark.parametrize("wrong", [-1, -7, 4, 2**31, 2**32 + 1, 1.5, np.nan, np.inf])
def test_an_input_that_is_no_token_is_refused_in_a_sentence(wrong):
    tokens, targets = np.array([0, wrong, 3]), np.array([1, 2, 3])
    with pytest.raises(DataError, match=r"The input “Tokens” of the task has a token .* from 0 to 3\."):
        pack(FACTS, {"tokens": [targets, tokens], "next": [targets, targets]}, 2)
    with pytest.raises(DataError, match="input “Word”"):
        pack(ONCE, {"word": [np.array(wrong)], "kind": [np.array(1)]}, 1)


@pytest.mark.parametrize("wrong", [-2, -100, 4, 2**40, 0.5, np.nan])
def test_a_target_that_is_no_class_is_refused_in_a_sentence(wrong):
    tokens = np.array([1, 2, 3])
    with pytest.raises(DataError, match=r"The target “Next token” of the task has a token .* and -1 where"):
        pack(FACTS, {"tokens": [tokens], "next": [np.array([1, wrong, 2])]}, 1)
    with pytest.raises(DataError, match="target “Kind”"):
        pack(ONCE, {"word": [np.array(1)], "kind": [np.array(wrong)]}, 1)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.int64, np.float32, np.float64])
def test_tokens_and_missing_targets_are_packed_from_every_type_of_number(dtype):
    tokens = np.array([0, 3, 1]).astype(dtype)
    missing = np.array([-1, 2, 3], np.int32 if np.dtype(dtype).kind == "u" else dtype)
    batch = pack(FACTS, {"tokens": [tokens], "next": [missing]}, 1)
    assert batch.streams["tokens"].tolist() == [0, 3, 1]
    assert batch.streams["next"].tolist() == [-1, 2, 3]
    assert batch.streams["next"].dtype == np.int32


def test_a_vocabulary_that_is_not_known_allows_every_token():
    batch = next_token_batch([np.array([5, 900, 7])])
    assert batch.streams["tokens"].tolist() == [5, 900]


@pytest.mark.parametrize(("stream", "wrong"), [("tokens", -1), ("tokens", 4), ("next", -2), ("next", 4)])
def test_a_task_that_gives_what_is_no_token_is_refused_when_it_is_opened(stream, wrong, request):
    def open_counting(_params):
        streams = {name: [np.arange(3), np.arange(4)] for name in ("tokens", "next")}
        streams[stream][1][2] = wrong
        return TaskData(FACTS, streams, {"tokens": tuple("abcd"), "next": tuple("abcd")})

    TASKS.register(TaskSpec("wrong", "Wrong", "Tokens of its own.", (), open_counting))
    request.addfinalizer(lambda: TASKS.remove("wrong"))
    role = "input" if stream == "tokens" else "target"
    with pytest.raises(
        DataError, match=f"The {role} .* of the task has a token {wrong}; expected whole numbers"
    ):
        datasets.open_task(Choice("wrong"))
