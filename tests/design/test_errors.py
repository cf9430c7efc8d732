"""Messages are short enough to be read, whatever they quote."""

import pytest

from rnnstudio.design.errors import DataError, DesignError, FileError, StudioError
from rnnstudio.design.message import LONGEST, LONGEST_DETAILS, LONGEST_QUOTE, brief
from rnnstudio.design.problems import Problem
from rnnstudio.engine.compiler.frontend.errors import EquationError


def test_a_sentence_that_can_be_read_is_left_as_it_is() -> None:
    sentence = "There is no file “" + "a" * LONGEST_QUOTE + "”. Choose another."
    assert brief(sentence) == sentence


def test_of_a_long_quotation_the_beginning_and_the_end_are_shown() -> None:
    sentence = brief("There is no file “begin" + "x" * 1_000_000 + "end.rnnd”. Choose another file.")
    assert sentence.startswith("There is no file “beginxxx")
    assert "…" in sentence
    assert sentence.endswith("xxxend.rnnd”. Choose another file.")
    assert len(sentence) < LONGEST_QUOTE + 50


@pytest.mark.parametrize("error", [StudioError, FileError, DesignError, DataError, EquationError])
@pytest.mark.parametrize("text", ["x" * 1_000_000, "“x” " * 100_000, "“" * 100_000, "“x" * 100_000])
def test_no_error_is_longer_than_can_be_read(error: type[StudioError], text: str) -> None:
    caught = error(f"It begins. {text} It ends.")
    assert len(caught.sentence) <= LONGEST
    assert str(caught) == caught.sentence
    assert caught.sentence.endswith("It ends.")


def test_details_are_longer_and_not_without_end() -> None:
    assert len(FileError("Short.", details="x" * 10**6).details) == LONGEST_DETAILS


def test_no_problem_is_longer_than_can_be_read() -> None:
    assert len(Problem("code", "“" + "x" * 10**6 + "” is not linked.").sentence) < LONGEST_QUOTE + 50
