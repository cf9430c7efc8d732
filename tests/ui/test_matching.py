"""How typed words match titles."""

import pytest

from rnnstudio.ui.matching import match


@pytest.mark.parametrize(
    "typed, title, about, rank",
    [
        ("", "LSTM", "", 0),
        ("last", "Last step", "", 0),
        ("LAST st", "Last step", "", 1),
        ("step", "Last step", "", 1),
        ("ast", "Last step", "", 2),
        ("mos", "Mean over steps", "", 3),
        ("gate", "GRU", "two gates", 4),
        ("lststp", "Last step", "", 5),
        ("zq", "Last step", "two gates", None),
        ("last zq", "Last step", "", None),
    ],
)
def test_nearer_matches_rank_before_farther_ones(typed, title, about, rank):
    assert match(typed, title, about) == rank
