"""The heads of plots where the window is small: nothing is cut off."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget

from rnnstudio.ui.plots.graph import Graph
from rnnstudio.ui.theme import apply, fonts
from rnnstudio.worker.messages import EpochDone
from tests.ui.plots.plot_kit import DESIGN, LABELS, STARTED, TWO_CELLS, drawn, feed, spec, traces

NARROWEST = 218  # logical pixels of a plot in a window of 1280 with an answer's panel beside
METRICS = {"average.mse": 0.1, "above.accuracy": 0.5}


@pytest.fixture
def panel(qtbot):
    """Return a plot in a panel of a given size, such as a dock, that has been fed."""
    panels = []

    def panel(kind, width, height=260, design=DESIGN, metrics=METRICS):
        apply.install()
        around = QWidget()
        qtbot.addWidget(around)
        panels.append(around)
        around.resize(width, height)
        plot = spec(kind).make()
        plot.setParent(around)
        plot.setGeometry(0, 0, width, height)
        around.show()
        qtbot.waitExposed(around)
        plot.begin(STARTED, design)
        feed(plot)
        plot.show_epoch(EpochDone(1, 10, 1.5, 1.6, 2.3, metrics))
        plot.show_traces(traces(design), LABELS)
        assert drawn(plot, qtbot)
        return plot

    yield panel


def parts(plot):
    """Return what stands above the graph."""
    lines = (plot.header.line, plot.header.below)
    widgets = [line.itemAt(place).widget() for line in lines for place in range(line.count())]
    return [widget for widget in widgets if widget is not None and widget.isVisible()]


@pytest.mark.parametrize("design", [DESIGN, TWO_CELLS], ids=["one cell", "two cells"])
@pytest.mark.parametrize("kind", ["loss", "gradient_norm", "gradient_flow", "gates"])
@pytest.mark.parametrize("width", [NARROWEST, 250, 275, 300, 340, 460])
def test_all_of_a_head_has_its_room(panel, qtbot, kind, width, design):
    plot = panel(kind, width, design=design)

    def all_fit():
        shown = parts(plot)
        for part in shown:
            assert part.width() >= (part.minimumWidth() or part.minimumSizeHint().width()), part
            assert QRect(0, 0, width, 260).contains(part.geometry()), part
        rooms = [part.geometry() for part in shown]
        assert not any(a.intersects(b) for at, a in enumerate(rooms) for b in rooms[at + 1 :])

    qtbot.waitUntil(all_fit)  # once the layouts have come to rest


def test_the_lines_of_the_loss_are_named_below_a_narrow_head_and_in_a_wide_one(panel, qtbot):
    plot = panel("loss", NARROWEST)
    assert plot.header.below.indexOf(plot.legend) >= 0
    plot.parentWidget().resize(460, 260)
    plot.resize(460, 260)
    assert plot.header.below.indexOf(plot.legend) < 0
    assert plot.header.line.indexOf(plot.legend) == plot.header.line.indexOf(plot.header.title) + 1
    plot.resize(NARROWEST, 260)
    assert plot.header.below.indexOf(plot.legend) >= 0


def test_the_lines_of_the_loss_move_when_what_there_is_to_choose_leaves_them_no_room(panel, qtbot):
    plot = panel("loss", 250, metrics={})
    assert plot.header.below.indexOf(plot.legend) < 0
    plot.show_epoch(EpochDone(2, 20, 1.5, 1.6, 2.3, METRICS))
    qtbot.waitUntil(lambda: plot.header.below.indexOf(plot.legend) >= 0)
    plot.begin(STARTED, DESIGN)
    qtbot.waitUntil(lambda: plot.header.below.indexOf(plot.legend) < 0)


@pytest.mark.parametrize("kind", ["loss", "gradient_norm", "gradient_flow", "gates"])
@pytest.mark.parametrize("size", [(NARROWEST, 290), (200, 130)])
def test_titles_of_axes_are_no_longer_than_the_axes(panel, kind, size):
    plot = panel(kind, *size)
    metrics = QFontMetricsF(fonts.small())
    for graph in plot.findChildren(Graph):
        if graph.isVisible():
            down, along = graph.getAxis("left"), graph.getAxis("bottom")
            assert metrics.horizontalAdvance(down.labelText) <= down.height()
            assert metrics.horizontalAdvance(along.labelText) <= along.width()
            assert size[1] < 200 or (down.labelText, along.labelText) == (graph.y_title, graph.x_title)
