"""Fuzzy matching."""

import pytest

from rnnstudio.ui.widgets.fuzzy_match import ranked, score

TITLES = ("Redo", "Undo", "Select all", "Reset panels", "Fit", "LSTM", "Last step", "Export weights")


def found(query: str) -> list[str]:
    return ranked(query, TITLES, lambda title: (title,))


def test_a_text_that_begins_so_comes_before_one_that_holds_it():
    assert found("do") == ["Redo", "Undo"]
    assert ranked("st", ["Last step", "Steps"], lambda title: (title,)) == ["Steps", "Last step"]


def test_first_letters_of_words_find_them():
    assert found("rp") == ["Reset panels"]


def test_letters_with_gaps_find_them_too():
    assert found("expwts") == ["Export weights"]


def test_every_word_must_be_found_in_any_order():
    assert found("all sel") == ["Select all"]
    assert found("select none") == []


def test_words_that_stand_together_as_typed_come_first():
    names = ["Names with a deep GRU", "Names with a GRU"]
    assert ranked("with a gru", names, lambda name: (name,))[0] == "Names with a GRU"


def test_case_does_not_matter_and_no_words_fit_everything_in_its_order():
    assert found("lstm") == found("LSTM") == ["LSTM"]
    assert found("") == found(" ") == list(TITLES)
    assert score("", "anything") is not None


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        ("Last step", "Dense layer for the last step"),  # begins so, a word begins so
        ("To last", "Ballast"),  # a word begins so, inside a word
        ("Ballast", "Look at seven things"),  # inside a word, first letters
        ("Look at seven things", "Layer that is set"),  # first letters, letters with gaps
    ],
)
def test_nearer_fits_come_before_farther_ones(nearer, farther):
    assert ranked("last", [farther, nearer], lambda title: (title,)) == [nearer, farther]


def test_the_name_counts_more_than_what_is_said_of_it():
    things = [("Undo", "take back the last edit"), ("Last step", "structure")]
    assert ranked("last", things, lambda thing: thing)[0] == ("Last step", "structure")


def test_letters_scattered_over_a_description_find_nothing():
    assert ranked("att", [("One-hot", "a vector that is all zero but one")], lambda thing: thing) == []
