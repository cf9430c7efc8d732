"""What holds for every plot: display, cost and export."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from rnnstudio.design.errors import FileError
from rnnstudio.ui.plots import base
from rnnstudio.ui.plots.columns import Columns
from rnnstudio.ui.plots.graph import Graph
from rnnstudio.ui.plots.registry import PLOTS, PlotSpec, plots, register_plot
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets import file_dialogs
from rnnstudio.worker.messages import EpochDone
from tests.ui.plots.plot_kit import DESIGN, LABELS, STARTED, drawn, feed, spec, traces


def test_the_plots_are_found_in_their_order():
    assert [plot.kind for plot in plots() if plot.order < 100] == [
        "loss", "gradient_norm", "gradient_flow", "gates", "attention",
    ]  # fmt: skip


def test_a_plot_from_outside_is_found_like_any_other():
    mine = PlotSpec("mine", "Mine", make=spec("loss").make)
    register_plot(mine)
    try:
        assert plots()[-1] is mine
    finally:
        PLOTS.remove("mine")


@pytest.mark.parametrize("kind", ["loss", "gradient_norm", "gradient_flow", "gates"])
class TestEveryPlot:
    def test_says_what_to_do_while_there_is_nothing_to_see(self, make, kind):
        plot = make(kind)
        assert plot.stack.currentIndex() == 0
        assert plot.placeholder.text().startswith("Press Train")

    def test_shows_what_it_is_fed(self, make, qtbot, kind):
        plot = make(kind)
        feed(plot)
        plot.show_epoch(EpochDone(1, 10, 1.5, 1.6, 2.3))
        plot.show_traces(traces(), LABELS)
        assert drawn(plot, qtbot)

    def test_begins_again_with_a_new_run(self, make, qtbot, kind):
        plot = make(kind)
        feed(plot)
        plot.show_traces(traces(), LABELS)
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
            plot.show_traces(traces(), LABELS)
        drawn(plot, qtbot)
        assert len(drawings) <= 1 + 200 * 0.1  # feeding took a few frames at most

    def test_stands_still_while_paused_and_catches_up(self, make, qtbot, kind, monkeypatch):
        plot = make(kind)
        drawn(plot, qtbot)
        plot.pause_action.setChecked(True)
        feed(plot)
        plot.show_traces(traces(), LABELS)
        assert not drawn(plot, qtbot)
        assert "paused" in plot.header.title.text()
        plot.pause_action.setChecked(False)
        assert drawn(plot, qtbot)

    def test_costs_nothing_while_hidden_and_catches_up(self, make, qtbot, kind):
        plot = make(kind)
        plot.hide()
        feed(plot)
        plot.show_traces(traces(), LABELS)
        assert not drawn(plot, qtbot)
        plot.show()
        assert drawn(plot, qtbot)

    def test_exports_png_svg_and_csv(self, make, qtbot, kind, tmp_path):
        plot = make(kind)
        feed(plot)
        plot.show_traces(traces(), LABELS)
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
        plot.show_traces(traces(), LABELS)
        drawn(plot, qtbot)
        before = plot.grab().toImage()
        try:
            themes.set_scheme("dark" if themes.current().name == "light" else "light")
            drawn(plot, qtbot)
            assert plot.grab().toImage() != before
        finally:
            themes.set_scheme("system")

    def test_names_its_axes_with_units(self, make, qtbot, kind):
        plot = make(kind)
        feed(plot)
        plot.show_traces(traces(), LABELS)
        assert drawn(plot, qtbot)
        graph = plot.graph if hasattr(plot, "graph") else plot.heat_map.graph
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
    plot.show_traces(traces(), LABELS)
    plot.draw_now()
    for _ in range(5):
        QApplication.processEvents()


def test_plots_take_turns_also_where_the_event_loop_was_late(make, monkeypatch):
    waiting, told = [make(kind) for kind in ("loss", "gradient_norm", "loss")], []
    for plot in waiting:
        plot.draw_now()
        plot.schedule_draw()
        monkeypatch.setattr(plot, "draw", lambda plot=plot: told.append(plot))
    clock = [base.now() + 1000]  # by then each of them should long have been drawn
    monkeypatch.setattr(base, "now", lambda: clock[0])
    for turn in range(1, 4):
        for plot in waiting:
            plot.draw_in_turn()
        assert len(told) == turn
        clock[0] += base.STAGGER
    assert set(told) == set(waiting)


@pytest.mark.parametrize("kind", ["loss", "gradient_norm", "gradient_flow", "gates"])
def test_the_crosshair_tells_values_and_goes_with_the_pointer(make, qtbot, kind):
    plot = make(kind)
    feed(plot)
    plot.show_traces(traces(), LABELS)
    drawn(plot, qtbot)
    graph = plot.heat_map.graph if hasattr(plot, "heat_map") else plot.graph
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

    def shows_all():
        low, high = plot.graph.viewRange()[0]
        return low <= 1 and high >= 30  # the steps that were fed

    plot = make("loss")
    feed(plot)
    drawn(plot, qtbot)
    viewport = plot.graph.viewport()
    centre = QPointF(viewport.rect().center())
    plot.graph.getViewBox().updateAutoRange()  # pyqtgraph does so when it paints, which may be later
    assert shows_all()
    QApplication.sendEvent(
        viewport,
        QWheelEvent(
            centre, viewport.mapToGlobal(centre), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip
    assert not shows_all()
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
    assert shows_all()


def test_a_file_that_cannot_be_written_is_reported_in_place(make, qtbot, monkeypatch, tmp_path):
    plot = make("loss")
    feed(plot)
    drawn(plot, qtbot)
    target = tmp_path / "none" / "plot.csv"
    monkeypatch.setattr(file_dialogs, "save_path", lambda *_: target)
    action = next(a for a in plot.menu_button.menu().actions() if a.property("suffix") == "csv")
    action.trigger()
    assert plot.message_label.isVisible()
    assert plot.message_label.text()
    assert not target.exists()


def test_columns_grow_and_keep_what_they_have():
    columns = Columns(("a", "b"), capacity=4)
    for start in range(0, 100, 5):
        columns.append(np.arange(start, start + 5), np.full(5, np.inf))
    assert columns["a"].tolist() == list(range(100))
    assert np.isnan(columns["b"]).all()
    columns.clear()
    assert len(columns) == 0
    with pytest.raises(ValueError, match="equal length"):
        columns.append([1, 2], [1])


@pytest.mark.parametrize("count", [0, 1, 7, 1000, 100_003])
def test_a_thinned_curve_keeps_its_ends_and_extremes(count):
    from rnnstudio.ui.plots.curve import downsampled

    rng = np.random.default_rng(5)
    x, y = np.arange(count, dtype=float), rng.normal(size=count)
    if count > 10:
        y[3] = np.nan
    thin_x, thin_y = downsampled(x, y, 200)
    assert len(thin_x) == len(thin_y) <= max(count if count < 600 else 0, 202 * 3)
    assert (np.diff(thin_x) >= 0).all()
    if count:
        assert thin_x[0] == x[0]
        assert (thin_x[-1], thin_y[-1]) == (x[-1], y[-1])
        assert (np.nanmin(thin_y), np.nanmax(thin_y)) == (np.nanmin(y), np.nanmax(y))
