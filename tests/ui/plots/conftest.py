"""Plots that are shown, at the beginning of an invented run."""

from __future__ import annotations

import pytest

from rnnstudio.design.model import Design
from tests.ui.plots.plot_kit import DESIGN, STARTED, spec


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
