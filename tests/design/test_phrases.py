"""Names of nodes and ports in messages."""

import pytest

from rnnstudio.design.phrases import counted


@pytest.mark.parametrize(("number", "words"), [(0, "0 units"), (1, "1 unit"), (64, "64 units")])
def test_a_number_agrees_with_what_it_counts(number: int, words: str):
    assert counted(number, "unit") == words
