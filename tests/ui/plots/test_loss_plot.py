"""The plot of the loss."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt

from rnnstudio.design.model import Choice, Design, Node
from rnnstudio.worker.messages import EpochDone
from tests.ui.plots.plot_kit import DESIGN, STARTED, drawn, feed


def test_loss_draws_guessing_at_the_logarithm_of_the_classes(make, qtbot):
    plot = make("loss", Design(nodes=(Node("head", "classification"),)))
    feed(plot)
    drawn(plot, qtbot)
    guessing = math.log(53)  # letters of the names
    assert plot.baseline_line.value() == pytest.approx(guessing)
    assert plot.baseline_line.label.format == f"guessing {guessing:.2f}"
    plot.log_action.setChecked(True)
    drawn(plot, qtbot)
    assert plot.baseline_line.value() == pytest.approx(math.log10(guessing))


def test_the_loss_of_a_regression_is_compared_with_the_tasks_simple_answer_and_has_no_bits(make, qtbot):
    head = Node("head", "regression", params={"per": "sequence"})
    plot = make("loss", Design(nodes=(head,), task=Choice("adding")))
    feed(plot)
    drawn(plot, qtbot)
    assert plot.baseline_line.value() == pytest.approx(1 / 6)
    assert plot.baseline_line.label.format == "always 1 0.17"
    assert not plot.quantity_chips.isVisible()
    assert plot.graph.getAxis("left").labelText == "loss"
    assert plot.table()[0] == ("training step", "loss", "smoothed", "validation")
    assert "nats" not in plot.graph.describe(3, 0)
    plot.begin(STARTED, DESIGN)
    assert plot.quantity_chips.isVisible()


def test_loss_in_bits_is_loss_in_nats_over_ln_2(make, qtbot):
    plot = make("loss")
    feed(plot)
    qtbot.mouseClick(plot.quantity_chips.buttons["bits"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot.step_curve.item.yData[0] == pytest.approx(2.0 / math.log(2.0))
    assert "bits" in plot.graph.getAxis("left").labelText


def test_a_loss_that_is_no_number_leaves_a_gap(make, qtbot):
    plot = make("loss")
    plot.show_steps(np.arange(3), np.array([1.0, np.nan, np.inf]), np.ones(3), np.ones(3))
    assert drawn(plot, qtbot)
    assert np.isnan(plot.steps["loss"]).tolist() == [False, True, True]
    assert plot.steps["smooth"].tolist() == [1.0, 1.0, 1.0]


def test_what_heads_measure_is_shown_in_place_of_the_loss(make, qtbot):
    plot = make("loss")
    feed(plot)
    assert list(plot.quantity_chips.buttons) == ["nats", "bits"]
    plot.show_epoch(EpochDone(1, 10, 1.5, 1.6, 2.3, {"accuracy": 0.25}))
    plot.show_epoch(EpochDone(2, 20, 1.4, 1.5, 2.2, {"accuracy": 0.5}))
    qtbot.mouseClick(plot.quantity_chips.buttons["accuracy"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot.validation_curve.yData.tolist() == [0.25, 0.5]
    assert plot.graph.getAxis("left").labelText == "accuracy"
    assert not plot.baseline_line.isVisible()
    assert plot.graph.describe(19, 0) == "epoch 2\naccuracy 50.0 %"
    assert plot.table() == (("epoch", "training step", "accuracy"), [[1, 10, 0.25], [2, 20, 0.5]])
    qtbot.mouseClick(plot.quantity_chips.buttons["nats"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot.validation_curve.yData.tolist() == [1.6, 1.5]


def test_the_validation_loss_is_at_the_step_that_ended_its_epoch(make, qtbot):
    plot = make("loss")
    feed(plot, 20)
    plot.show_epoch(EpochDone(1, 10, 1.5, 1.6, 2.3))
    plot.show_epoch(EpochDone(2, 20, 1.4, None, None))
    drawn(plot, qtbot)
    assert plot.validation_curve.xData.tolist() == [10.0, 20.0]
    headings, rows = plot.table()
    assert rows[9][headings.index("validation / nats")] == 1.6


def test_a_mean_over_nothing_is_a_gap_and_not_a_zero(make, qtbot):
    plot = make("loss")
    feed(plot, 20)
    plot.show_epoch(EpochDone(1, 10, 1.5, None, None, {"accuracy": None}))
    plot.show_epoch(EpochDone(2, 20, None, None, None, {"accuracy": 0.5}))
    drawn(plot, qtbot)
    assert plot.validation_curve.getData() == (None, None)
    assert "validation" not in plot.graph.describe(15, 0)
    plot.show_steps(np.array([21]), np.array([math.nan]), np.zeros(1), np.zeros(1))
    assert plot.graph.describe(21, 0).splitlines()[1] == "nothing counted"
    qtbot.mouseClick(plot.quantity_chips.buttons["accuracy"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot.graph.describe(10, 0) == "epoch 1\nnothing counted"
    assert plot.graph.describe(20, 0) == "epoch 2\naccuracy 50.0 %"


def test_the_smoothed_loss_does_not_lag_behind_a_slope():
    from rnnstudio.ui.plots.loss import SmoothedLoss

    smooth = SmoothedLoss()
    values = [5.0 - 0.01 * step for step in range(300)]
    last = [smooth.add(value) for value in values][-1]
    assert last == pytest.approx(values[-1], abs=0.01)


def test_zooming_into_a_long_run_shows_every_step(make, qtbot):
    plot = make("loss")
    steps = np.arange(1.0, 100_001.0)
    loss = np.random.default_rng(1).uniform(1, 2, len(steps))
    plot.show_steps(steps, loss, loss, loss)
    drawn(plot, qtbot)
    assert len(plot.step_curve.item.xData) < 2000
    plot.graph.setXRange(5000, 5050, padding=0)
    qtbot.waitUntil(lambda: plot.step_curve.item.xData[0] >= 4999)
    inside = [x for x in plot.step_curve.item.xData if 5000 <= x <= 5050]
    assert inside == list(range(5000, 5051))
