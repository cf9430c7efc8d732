"""The plot of attention."""

from __future__ import annotations

import numpy as np

from rnnstudio.design.channel import Channel
from rnnstudio.design.model import Design, Link, Node
from tests.ui.plots.plot_kit import DESIGN, drawn, spec

ATTENDING = Design(
    nodes=(Node("encoder", "gru"), Node("look", "attention"), Node("decoder", "gru")),
    links=(
        Link("a", "encoder", "sequence", "look", "memory"),
        Link("b", "decoder", "sequence", "look", "query"),
    ),
)


def test_attention_is_labelled_with_the_steps_of_both_sequences(make, qtbot):
    plot = make("attention", ATTENDING)
    assert spec("attention").channels(ATTENDING, None) == {Channel("attention", "look")}
    weights = np.full((3, 2), 0.25, np.float32)
    weights[2, 1] = 0.75
    plot.show_traces(
        {Channel("attention", "look"): weights}, {"encoder": ("a", "b", " "), "look": ("x", "y")}
    )
    assert drawn(plot, qtbot)
    [(_, ticks)] = plot.memory_axis.tickValues(0, 3, 100)
    assert plot.memory_axis.tickStrings(ticks, 1, 1) == ["a", "b", "·"]
    assert plot.heat_map.describe(2.0, 2.5) == "step 2 y\nlooks at step 3 ·\nweight 0.750"
    headings, rows = plot.table()
    assert headings == ["step looked at", "t=1 x", "t=2 y"]
    assert rows[1] == ("2 b", 0.25, 0.25)


def test_rows_without_room_for_their_labels_show_some_numbers(make, qtbot):
    plot = make("attention", ATTENDING)
    plot.memory_axis.show_labels([*"the quick brown fox"])
    [(_, ticks)] = plot.memory_axis.tickValues(0, 19, 60)
    assert plot.memory_axis.tickStrings(ticks, 1, 1) == ["10"]


def test_attention_concerns_designs_that_have_it(make):
    assert spec("attention").is_relevant(ATTENDING)
    assert not spec("attention").is_relevant(DESIGN)
