"""The plots, fed with invented runs: what they show, what they leave alone, what they export."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Choice, Design, Link, Node, TrainingPlan
from rnnstudio.ui.plots import base
from rnnstudio.ui.plots.columns import Columns
from rnnstudio.ui.plots.graph import Graph
from rnnstudio.ui.plots.registry import PLOTS, PlotSpec, plots, register_plot
from rnnstudio.ui.theme import themes
from rnnstudio.worker.messages import EpochDone, Started

STEPS, UNITS = 16, 6
TEXT = tuple("the summer's flower"[:STEPS])
LABELS = {"lstm": TEXT, "gru": TEXT}
STARTED = Started(100, 10, 10, 1000, {"T": TEXT}, {"lstm": "T", "gru": "T"})
DESIGN = Design(nodes=(Node("lstm", "lstm"),), plan=TrainingPlan(clip_norm=1.0))
TWO_CELLS = Design(nodes=(Node("lstm", "lstm"), Node("gru", "gru")))


def spec(kind: str) -> PlotSpec:
    plots()
    return PLOTS.get(kind)


@pytest.fixture
def make(qtbot):
    def make(kind: str, design: Design = DESIGN):
        plot = spec(kind).make()
        qtbot.addWidget(plot)
        plot.resize(400, 260)
        plot.show()
        qtbot.waitExposed(plot)
        plot.begin(STARTED, design)
        return plot

    return make


def feed(plot, count=30, start=1):
    steps = np.arange(start, start + count)
    norm = np.linspace(2.0, 0.5, count)
    plot.show_steps(steps, 1.0 + 1.0 / np.maximum(steps, 1), norm, np.minimum(norm, 1.0))


def pictures(design=DESIGN):
    """Return a picture for each channel that any plot asks for."""
    rng = np.random.default_rng(3)
    made = {}
    for plot in plots():
        for channel in plot.channels(design, None):
            shape = (STEPS,) if channel.startswith("grad") else (UNITS, STEPS)
            made[channel] = rng.uniform(0.01, 0.99, shape).astype(np.float32)
    return made


def drawn(plot, qtbot):
    qtbot.waitUntil(lambda: not plot._timer.isActive())
    return plot.stack.currentIndex() == 1


def test_the_plots_are_found_in_their_order():
    assert [plot.kind for plot in plots() if plot.place < 100] == [
        "loss", "gradient_norm", "gradient_flow", "gates", "attention",
    ]  # fmt: skip


def test_a_plot_from_outside_is_found_like_any_other():
    mine = PlotSpec("mine", "Mine", make=spec("loss").make)
    register_plot(mine)
    try:
        assert plots()[-1] is mine
    finally:
        PLOTS.remove("mine")


def test_channels_name_every_gate_and_state_of_every_cell():
    assert spec("gates").channels(DESIGN, None) == {
        *(f"gate.lstm.{gate}" for gate in "ifog"), "state.lstm.h", "state.lstm.c",
    }  # fmt: skip
    assert spec("gradient_flow").channels(TWO_CELLS, None) == {"grad.flow.lstm", "grad.flow.gru"}
    assert spec("loss").channels(DESIGN, None) == set()


def test_each_layer_and_direction_of_a_cell_can_be_looked_into(make, qtbot):
    deep = Design(nodes=(Node("lstm", "lstm", params={"layers": 2, "direction": "both"}),))
    plot = make("gates", deep)
    titles = [plot.cell.itemText(k) for k in range(plot.cell.count())]
    ends = ["layer 1, forward", "layer 1, reverse", "layer 2, forward", "layer 2, reverse"]
    assert [title.partition(", ")[2] for title in titles] == ends
    channels = spec("gates").channels(deep, None)
    assert len(channels) == 4 * 6
    assert {"gate.lstm.i", "gate.lstm.reverse.i", "state.lstm.layer2.reverse.c"} <= channels
    plot.show_pictures(pictures(deep), LABELS)
    for _ in range(3):
        qtbot.keyClick(plot.cell, Qt.Key.Key_Down)
    assert drawn(plot, qtbot)
    assert plot._shown()[0].channel == "gate.lstm.layer2.reverse.i"
    assert spec("gradient_flow").channels(deep, None) == {"grad.flow.lstm"}


@pytest.mark.parametrize("kind", ["loss", "gradient_norm", "gradient_flow", "gates"])
class TestEveryPlot:
    def test_says_what_to_do_while_there_is_nothing_to_see(self, make, kind):
        plot = make(kind)
        assert plot.stack.currentIndex() == 0
        assert plot.empty.text().startswith("Press Train")

    def test_shows_what_it_is_fed(self, make, qtbot, kind):
        plot = make(kind)
        feed(plot)
        plot.show_epoch(EpochDone(1, 10, 1.5, 1.6, 2.3))
        plot.show_pictures(pictures(), LABELS)
        assert drawn(plot, qtbot)

    def test_begins_anew_with_a_new_run(self, make, qtbot, kind):
        plot = make(kind)
        feed(plot)
        plot.show_pictures(pictures(), LABELS)
        assert drawn(plot, qtbot)
        plot.begin(STARTED, DESIGN)
        assert not drawn(plot, qtbot)
        assert len(list(plot.table()[1])) == 0

    def test_draws_at_most_once_a_frame(self, make, qtbot, kind, monkeypatch):
        plot = make(kind)
        drawn(plot, qtbot)
        drawings = []
        monkeypatch.setattr(plot, "draw", lambda: drawings.append(1))
        for start in range(1, 200):
            feed(plot, 1, start)
            plot.show_pictures(pictures(), LABELS)
        drawn(plot, qtbot)
        assert len(drawings) <= 1 + 200 * 0.1  # feeding took a few frames at most

    def test_stands_still_while_paused_and_catches_up(self, make, qtbot, kind, monkeypatch):
        plot = make(kind)
        drawn(plot, qtbot)
        plot.pause_action.setChecked(True)
        feed(plot)
        plot.show_pictures(pictures(), LABELS)
        assert not drawn(plot, qtbot)
        assert "paused" in plot.title.text()
        plot.pause_action.setChecked(False)
        assert drawn(plot, qtbot)

    def test_costs_nothing_while_hidden_and_catches_up(self, make, qtbot, kind):
        plot = make(kind)
        plot.hide()
        feed(plot)
        plot.show_pictures(pictures(), LABELS)
        assert not drawn(plot, qtbot)
        plot.show()
        assert drawn(plot, qtbot)

    def test_exports_png_svg_and_csv(self, make, qtbot, kind, tmp_path):
        plot = make(kind)
        feed(plot)
        plot.show_pictures(pictures(), LABELS)
        drawn(plot, qtbot)
        for suffix in ("png", "svg", "csv"):
            plot.export(tmp_path / f"plot.{suffix}")
        image = QImage(str(tmp_path / "plot.png"))
        assert (image.width(), image.height()) == (800, 520)
        assert QSvgRenderer(str(tmp_path / "plot.svg")).isValid()
        rows = list(csv.reader(io.StringIO((tmp_path / "plot.csv").read_text())))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}

    def test_refuses_a_format_it_does_not_know(self, make, kind, tmp_path):
        with pytest.raises(FileError, match="written as"):
            make(kind).export(tmp_path / "plot.bmp")

    def test_switches_theme_live(self, make, qtbot, kind):
        plot = make(kind)
        feed(plot)
        plot.show_pictures(pictures(), LABELS)
        drawn(plot, qtbot)
        before = plot.grab().toImage()
        try:
            themes.set_scheme("dark" if themes.current().name == "light" else "light")
            drawn(plot, qtbot)
            assert plot.grab().toImage() != before
        finally:
            themes.set_scheme("system")

    def test_names_its_axes_with_units(self, make, kind):
        plot = make(kind)
        graph = plot.graph if hasattr(plot, "graph") else plot.heat.graph
        assert graph.getAxis("left").labelText
        assert graph.getAxis("bottom").labelText


class Paints(QObject):
    """Counts how often what it watches is painted."""

    count = 0

    def eventFilter(self, watched, event):
        self.count += event.type() == QEvent.Type.Paint
        return False


@pytest.mark.parametrize("kind", ["loss", "gradient_norm", "gradient_flow"])
def test_what_is_drawn_is_painted_once(make, kind):
    plot = make(kind)
    for start in (1, 31):  # axes and labels find their places
        show_more(plot, start)
    paints = Paints()
    for graph in plot.findChildren(Graph):
        graph.viewport().installEventFilter(paints)
    show_more(plot, 61)
    assert paints.count == 1


def show_more(plot, start):
    feed(plot, start=start)
    plot.show_pictures(pictures(), LABELS)
    plot.draw_now()
    for _ in range(5):
        QApplication.processEvents()


def test_plots_take_turns_also_where_the_event_loop_was_late(make, monkeypatch):
    waiting, told = [make(kind) for kind in ("loss", "gradient_norm", "loss")], []
    for plot in waiting:
        plot.draw_now()
        plot.touch()
        monkeypatch.setattr(plot, "draw", lambda plot=plot: told.append(plot))
    clock = [base._now() + 1000]  # by then each of them should long have been drawn
    monkeypatch.setattr(base, "_now", lambda: clock[0])
    for turn in range(1, 4):
        for plot in waiting:
            plot._take_turn()
        assert len(told) == turn
        clock[0] += base._TURN
    assert set(told) == set(waiting)


def test_loss_draws_guessing_at_the_logarithm_of_the_classes(make, qtbot):
    plot = make("loss", Design(nodes=(Node("head", "classification"),)))
    feed(plot)
    drawn(plot, qtbot)
    guessing = math.log(53)  # letters of the names
    assert plot._guess.value() == pytest.approx(guessing)
    assert plot._guess.label.format == f"guessing {guessing:.2f}"
    plot.log_action.setChecked(True)
    drawn(plot, qtbot)
    assert plot._guess.value() == pytest.approx(math.log10(guessing))


def test_the_loss_of_a_regression_is_compared_with_the_tasks_simple_answer_and_has_no_bits(make, qtbot):
    head = Node("head", "regression", params={"per": "sequence"})
    plot = make("loss", Design(nodes=(head,), task=Choice("adding")))
    feed(plot)
    drawn(plot, qtbot)
    assert plot._guess.value() == pytest.approx(1 / 6)
    assert plot._guess.label.format == "always 1 0.17"
    assert not plot.unit.isVisible()
    assert plot.graph.getAxis("left").labelText == "loss"
    assert plot.table()[0] == ("training step", "loss", "smoothed", "validation")
    assert "nats" not in plot._read(3, 0)
    plot.begin(STARTED, DESIGN)
    assert plot.unit.isVisible()


def test_loss_in_bits_is_loss_in_nats_over_ln_2(make, qtbot):
    plot = make("loss")
    feed(plot)
    qtbot.mouseClick(plot.unit.buttons["bits"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot._each.item.yData[0] == pytest.approx(2.0 / math.log(2.0))
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
    assert list(plot.unit.buttons) == ["nats", "bits"]
    plot.show_epoch(EpochDone(1, 10, 1.5, 1.6, 2.3, {"accuracy": 0.25}))
    plot.show_epoch(EpochDone(2, 20, 1.4, 1.5, 2.2, {"accuracy": 0.5}))
    qtbot.mouseClick(plot.unit.buttons["accuracy"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot._validation.yData.tolist() == [0.25, 0.5]
    assert plot.graph.getAxis("left").labelText == "accuracy"
    assert not plot._guess.isVisible()
    assert plot._read(19, 0) == "epoch 2\naccuracy 50.0 %"
    assert plot.table() == (("epoch", "training step", "accuracy"), [[1, 10, 0.25], [2, 20, 0.5]])
    qtbot.mouseClick(plot.unit.buttons["nats"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot._validation.yData.tolist() == [1.6, 1.5]


def test_the_validation_loss_stands_at_the_step_that_ended_its_epoch(make, qtbot):
    plot = make("loss")
    feed(plot, 20)
    plot.show_epoch(EpochDone(1, 10, 1.5, 1.6, 2.3))
    plot.show_epoch(EpochDone(2, 20, 1.4, None, None))
    drawn(plot, qtbot)
    assert plot._validation.xData.tolist() == [10.0, 20.0]
    headings, rows = plot.table()
    assert rows[9][headings.index("validation / nats")] == 1.6


def test_the_share_of_clipped_steps_is_told_at_the_threshold(make, qtbot):
    plot = make("gradient_norm")
    norm = np.array([2.0, 0.5, 3.0, 0.9])
    plot.show_steps(np.arange(4), norm, norm, np.minimum(norm, 1.0))
    drawn(plot, qtbot)
    assert plot.clipped_share == 0.5
    assert plot.clip_words() == "clip at 1 · 50 % of steps"
    assert plot._clip.isVisible()
    assert plot._clip.value() == 1.0


def test_without_clipping_there_is_no_threshold(make, qtbot):
    plot = make("gradient_norm", Design(plan=TrainingPlan(clip_norm=None)))
    feed(plot)
    drawn(plot, qtbot)
    assert not plot._clip.isVisible()


def test_gradient_through_time_keeps_the_latest_rows_of_each_cell(make, qtbot):
    from rnnstudio.ui.plots.gradient_flow import ROWS

    plot = make("gradient_flow", TWO_CELLS)
    for step in range(3 * ROWS):
        feed(plot, 1, step)
        plot.show_pictures({"grad.flow.lstm": np.full(STEPS, 10.0 ** -(step % 3), np.float32)}, LABELS)
    drawn(plot, qtbot)
    history = plot.histories["lstm"]
    assert history.rows.shape == (ROWS, STEPS)
    assert history.at[-1] == 3 * ROWS - 1
    assert history.at[0] == 2 * ROWS
    assert plot.heat.values.shape == (ROWS, STEPS)


def test_a_gradient_that_vanished_wholly_is_shown(make, qtbot):
    plot = make("gradient_flow")
    norms = np.array([0.0, 0.0, 1e-3, 1.0], np.float32)
    plot.show_pictures({"grad.flow.lstm": norms}, {"lstm": TEXT[:4]})
    assert drawn(plot, qtbot)
    assert np.isfinite(plot.heat.values).all()
    qtbot.mouseClick(plot.mode.buttons["latest"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot.views.currentWidget() is plot.graph
    assert plot._read_line(4.0, 0.0).endswith("1")


def test_another_cell_can_be_chosen_by_key(make, qtbot):
    plot = make("gates", TWO_CELLS)
    plot.show_pictures(pictures(TWO_CELLS), LABELS)
    drawn(plot, qtbot)
    assert plot.cell.isVisible()
    assert [button.accessibleName() for button in plot.gate.buttons.values()][0].startswith("Gate: ")
    before = set(plot.gate.buttons)
    qtbot.keyClick(plot.cell, Qt.Key.Key_Down)
    assert set(plot.gate.buttons) != before
    assert drawn(plot, qtbot)


def test_gates_run_from_0_to_1_and_candidates_on_both_sides_of_zero(make, qtbot):
    plot = make("gates")
    plot.show_pictures(pictures(), LABELS)
    drawn(plot, qtbot)
    assert plot.heat.kind == "sequential"
    assert tuple(plot.heat.image.levels) == (0.0, 1.0)
    qtbot.mouseClick(plot.gate.buttons["g"], Qt.MouseButton.LeftButton)
    drawn(plot, qtbot)
    assert plot.heat.kind == "diverging"
    assert tuple(plot.heat.image.levels) == (-1.0, 1.0)


def test_the_share_of_saturated_values_is_told(make, qtbot):
    plot = make("gates")
    values = np.full((4, 4), 0.5, np.float32)
    values[0] = 0.99
    values[1, :2] = 0.01
    plot.show_pictures({"gate.lstm.i": values}, {"lstm": TEXT[:4]})
    drawn(plot, qtbot)
    assert plot.saturated.text() == "saturated 38 %"


def test_the_probes_characters_stand_below_their_time_steps(make, qtbot):
    plot = make("gates")
    plot.show_pictures(pictures(), LABELS)
    drawn(plot, qtbot)
    axis = plot.heat.steps
    [(_, ticks)] = axis.tickValues(0.5, STEPS + 0.5, 400)
    assert ticks == [float(t) for t in range(1, STEPS + 1)]
    assert axis.tickStrings(ticks, 1, 1) == [c if c != " " else "·" for c in TEXT]


@pytest.mark.parametrize("kind", ["loss", "gradient_norm", "gradient_flow", "gates"])
def test_the_crosshair_tells_values_and_goes_with_the_pointer(make, qtbot, kind):
    plot = make(kind)
    feed(plot)
    plot.show_pictures(pictures(), LABELS)
    drawn(plot, qtbot)
    graph = plot.heat.graph if hasattr(plot, "heat") else plot.graph
    view = graph.mapFromScene(graph.getViewBox().sceneBoundingRect()).boundingRect()
    qtbot.mouseMove(graph.viewport(), view.center())
    qtbot.mouseMove(graph.viewport(), view.center() + QPoint(3, 3))
    qtbot.waitUntil(graph.readout.isVisible)
    assert any(character.isdigit() for character in graph.readout.text())
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    QApplication.sendEvent(graph.viewport(), QEvent(QEvent.Type.Leave))
    assert not graph.readout.isVisible()


def test_zooming_by_wheel_holds_until_a_double_click_shows_everything(make, qtbot):
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    plot = make("loss")
    feed(plot)
    drawn(plot, qtbot)
    viewport = plot.graph.viewport()
    centre = QPointF(viewport.rect().center())
    plot.graph.getViewBox().updateAutoRange()  # pyqtgraph does so when it paints, which may be later
    whole = plot.graph.viewRange()[0]
    QApplication.sendEvent(
        viewport,
        QWheelEvent(
            centre, viewport.mapToGlobal(centre), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip
    low, high = plot.graph.viewRange()[0]
    assert high - low < whole[1] - whole[0]
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
    qtbot.waitUntil(lambda: plot.graph.viewRange()[0] == pytest.approx(whole, abs=0.5))


def test_a_file_that_cannot_be_written_is_told_in_place(make, qtbot, monkeypatch, tmp_path):
    from PySide6.QtWidgets import QFileDialog

    plot = make("loss")
    feed(plot)
    drawn(plot, qtbot)
    target = tmp_path / "none" / "plot.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    action = next(a for a in plot._menu.actions() if a.property("suffix") == "csv")
    action.trigger()
    assert plot.said.isVisible()
    assert plot.said.text()
    assert not target.exists()


def test_columns_grow_and_keep_what_they_have():
    columns = Columns(("a", "b"), capacity=4)
    for start in range(0, 100, 5):
        columns.append(np.arange(start, start + 5), np.full(5, np.inf))
    assert columns["a"].tolist() == list(range(100))
    assert np.isnan(columns["b"]).all()
    columns.clear()
    assert len(columns) == 0
    with pytest.raises(ValueError, match="one length"):
        columns.append([1, 2], [1])


def test_the_smoothed_loss_does_not_lag_behind_a_slope():
    from rnnstudio.ui.plots.loss import Smooth

    smooth = Smooth()
    values = [5.0 - 0.01 * step for step in range(300)]
    last = [smooth.add(value) for value in values][-1]
    assert last == pytest.approx(values[-1], abs=0.01)


def test_the_threshold_stays_in_sight_of_shorter_gradients(make, qtbot):
    plot = make("gradient_norm")
    norm = np.full(20, 0.6)
    plot.show_steps(np.arange(20), norm, norm, norm)
    drawn(plot, qtbot)
    qtbot.waitUntil(lambda: plot.graph.viewRange()[1][1] > 1.0 and plot.graph.viewRange()[1][0] <= 0.0)


@pytest.mark.parametrize("count", [0, 1, 7, 1000, 100_003])
def test_a_thinned_curve_keeps_its_ends_and_extremes(count):
    from rnnstudio.ui.plots.curve import thinned

    rng = np.random.default_rng(5)
    x, y = np.arange(count, dtype=float), rng.normal(size=count)
    if count > 10:
        y[3] = np.nan
    thin_x, thin_y = thinned(x, y, 200)
    assert len(thin_x) == len(thin_y) <= max(count if count < 600 else 0, 202 * 3)
    assert (np.diff(thin_x) >= 0).all()
    if count:
        assert thin_x[0] == x[0]
        assert (thin_x[-1], thin_y[-1]) == (x[-1], y[-1])
        assert (np.nanmin(thin_y), np.nanmax(thin_y)) == (np.nanmin(y), np.nanmax(y))


def test_zooming_into_a_long_run_shows_every_step(make, qtbot):
    plot = make("loss")
    steps = np.arange(1.0, 100_001.0)
    loss = np.random.default_rng(1).uniform(1, 2, len(steps))
    plot.show_steps(steps, loss, loss, loss)
    drawn(plot, qtbot)
    assert len(plot._each.item.xData) < 2000
    plot.graph.setXRange(5000, 5050, padding=0)
    qtbot.waitUntil(lambda: plot._each.item.xData[0] >= 4999)
    inside = [x for x in plot._each.item.xData if 5000 <= x <= 5050]
    assert inside == list(range(5000, 5051))


# --------------------------------------------------------------------------------- attention

ATTENDING = Design(
    nodes=(Node("encoder", "gru"), Node("look", "attention"), Node("decoder", "gru")),
    links=(
        Link("a", "encoder", "sequence", "look", "memory"),
        Link("b", "decoder", "sequence", "look", "query"),
    ),
)


def test_attention_is_labelled_with_the_steps_of_both_sequences(make, qtbot):
    plot = make("attention", ATTENDING)
    assert spec("attention").channels(ATTENDING, None) == {"attention.look"}
    weights = np.full((3, 2), 0.25, np.float32)
    weights[2, 1] = 0.75
    plot.show_pictures({"attention.look": weights}, {"encoder": ("a", "b", " "), "look": ("x", "y")})
    assert drawn(plot, qtbot)
    [(_, ticks)] = plot.memory.tickValues(0, 3, 100)
    assert plot.memory.tickStrings(ticks, 1, 1) == ["a", "b", "·"]
    assert plot._read(2.0, 2.5) == "step 2 y\nlooks at step 3 ·\nweight 0.750"
    headings, rows = plot.table()
    assert headings == ["step looked at", "t=1 x", "t=2 y"]
    assert rows[1] == ("2 b", 0.25, 0.25)


def test_rows_without_room_for_their_labels_show_some_numbers(make, qtbot):
    plot = make("attention", ATTENDING)
    plot.memory.show_labels([*"the quick brown fox"])
    [(_, ticks)] = plot.memory.tickValues(0, 19, 60)
    assert plot.memory.tickStrings(ticks, 1, 1) == ["10"]


def test_attention_concerns_designs_that_have_it(make):
    assert spec("attention").concerns(ATTENDING)
    assert not spec("attention").concerns(DESIGN)
