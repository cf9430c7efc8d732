"""The plot of gates and states, of every cell, layer and direction."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt

from rnnstudio.design.channel import Channel
from rnnstudio.design.model import Design, Node
from tests.ui.plots.plot_kit import DESIGN, LABELS, STEPS, TEXT, TWO_CELLS, drawn, spec, traces


def test_channels_name_every_gate_and_state_of_every_cell():
    gates = {Channel("gate", "lstm", name) for name in "ifog"}
    states = {Channel("state", "lstm", name) for name in "hc"}
    assert spec("gates").channels(DESIGN, None) == gates | states
    assert spec("gradient_flow").channels(TWO_CELLS, None) == {
        Channel("gradient_flow", "lstm"),
        Channel("gradient_flow", "gru"),
    }
    assert spec("loss").channels(DESIGN, None) == set()


def test_each_layer_and_direction_of_a_cell_can_be_looked_into(make, qtbot):
    deep = Design(nodes=(Node("lstm", "lstm", params={"layers": 2, "direction": "both"}),))
    plot = make("gates", deep)
    titles = [plot.cell_selector.itemText(k) for k in range(plot.cell_selector.count())]
    ends = ["layer 1, forward", "layer 1, reverse", "layer 2, forward", "layer 2, reverse"]
    assert [title.partition(", ")[2] for title in titles] == ends
    channels = spec("gates").channels(deep, None)
    assert len(channels) == 4 * 6
    assert {
        Channel("gate", "lstm", "i"),
        Channel("gate", "lstm", "i", "reverse."),
        Channel("state", "lstm", "c", "layer2.reverse."),
    } <= channels
    plot.show_traces(traces(deep), LABELS)
    for _ in range(3):
        qtbot.keyClick(plot.cell_selector, Qt.Key.Key_Down)
    assert drawn(plot, qtbot)
    assert plot.chosen()[0].channel == Channel("gate", "lstm", "i", "layer2.reverse.")
    assert spec("gradient_flow").channels(deep, None) == {Channel("gradient_flow", "lstm")}


def test_another_cell_can_be_chosen_by_key(make, qtbot):
    plot = make("gates", TWO_CELLS)
    plot.show_traces(traces(TWO_CELLS), LABELS)
    drawn(plot, qtbot)
    assert plot.cell_selector.isVisible()
    assert [button.accessibleName() for button in plot.gate_chips.buttons.values()][0].startswith("Gate: ")
    before = set(plot.gate_chips.buttons)
    qtbot.keyClick(plot.cell_selector, Qt.Key.Key_Down)
    assert set(plot.gate_chips.buttons) != before
    assert drawn(plot, qtbot)


def test_gates_run_from_0_to_1_and_candidates_on_both_sides_of_zero(make, qtbot):
    plot = make("gates")
    plot.show_traces(traces(), LABELS)
    drawn(plot, qtbot)
    assert plot.heat_map.colormap == "sequential"
    assert tuple(plot.heat_map.image.levels) == (0.0, 1.0)
    qtbot.mouseClick(plot.gate_chips.buttons["g"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot.heat_map.colormap == "diverging"
    assert tuple(plot.heat_map.image.levels) == (-1.0, 1.0)


def test_the_share_of_saturated_values_is_reported(make, qtbot):
    plot = make("gates")
    values = np.full((4, 4), 0.5, np.float32)
    values[0] = 0.99
    values[1, :2] = 0.01
    plot.show_traces({Channel("gate", "lstm", "i"): values}, {"lstm": TEXT[:4]})
    drawn(plot, qtbot)
    assert plot.saturation_label.text() == "saturated 38 %"


def test_the_probes_characters_are_below_their_time_steps(make, qtbot):
    plot = make("gates")
    plot.show_traces(traces(), LABELS)
    drawn(plot, qtbot)
    axis = plot.heat_map.step_axis
    [(_, ticks)] = axis.tickValues(0.5, STEPS + 0.5, 400)
    assert ticks == [float(t) for t in range(1, STEPS + 1)]
    assert axis.tickStrings(ticks, 1, 1) == [c if c != " " else "·" for c in TEXT]
