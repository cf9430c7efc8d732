"""The plots of gradient norm and gradient through time."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt

from rnnstudio.design.channel import Channel
from rnnstudio.design.model import Design, TrainingPlan
from tests.ui.plots.plot_kit import LABELS, STEPS, TEXT, TWO_CELLS, drawn, feed


def test_the_share_of_clipped_steps_is_reported_at_the_threshold(make, qtbot):
    plot = make("gradient_norm")
    norm = np.array([2.0, 0.5, 3.0, 0.9])
    plot.show_steps(np.arange(4), norm, norm, np.minimum(norm, 1.0))
    drawn(plot, qtbot)
    assert plot.clipped_share == 0.5
    assert plot.clip_text() == "clip at 1 · 50 % of steps"
    assert plot.threshold_line.isVisible()
    assert plot.threshold_line.value() == 1.0


def test_without_clipping_there_is_no_threshold(make, qtbot):
    plot = make("gradient_norm", Design(plan=TrainingPlan(clip_norm=None)))
    feed(plot)
    drawn(plot, qtbot)
    assert not plot.threshold_line.isVisible()


def test_gradient_through_time_keeps_the_latest_rows_of_each_cell(make, qtbot):
    from rnnstudio.ui.plots.gradient_flow import HISTORY_ROWS

    plot = make("gradient_flow", TWO_CELLS)
    for step in range(3 * HISTORY_ROWS):
        feed(plot, 1, step)
        plot.show_traces(
            {Channel("gradient_flow", "lstm"): np.full(STEPS, 10.0 ** -(step % 3), np.float32)}, LABELS
        )
    drawn(plot, qtbot)
    history = plot.histories["lstm"]
    assert history.rows.shape == (HISTORY_ROWS, STEPS)
    assert history.at[-1] == 3 * HISTORY_ROWS - 1
    assert history.at[0] == 2 * HISTORY_ROWS
    assert plot.heat_map.values.shape == (HISTORY_ROWS, STEPS)


def test_a_gradient_that_vanished_wholly_is_shown(make, qtbot):
    plot = make("gradient_flow")
    norms = np.array([0.0, 0.0, 1e-3, 1.0], np.float32)
    plot.show_traces({Channel("gradient_flow", "lstm"): norms}, {"lstm": TEXT[:4]})
    assert drawn(plot, qtbot)
    assert np.isfinite(plot.heat_map.values).all()
    qtbot.mouseClick(plot.view_chips.buttons["latest"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot.views.currentWidget() is plot.graph
    assert plot.graph.describe(4.0, 0.0).endswith("1")


def test_the_threshold_stays_in_sight_of_shorter_gradients(make, qtbot):
    plot = make("gradient_norm")
    norm = np.full(20, 0.6)
    plot.show_steps(np.arange(20), norm, norm, norm)
    drawn(plot, qtbot)
    qtbot.waitUntil(lambda: plot.graph.viewRange()[1][1] > 1.0 and plot.graph.viewRange()[1][0] <= 0.0)
