"""Plots that are shown, at the beginning of an invented run."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from rnnstudio.design.model import Design
from rnnstudio.worker.messages import Baseline
from tests.data_kit import baseline
from tests.ui.plots.plot_kit import DESIGN, STARTED, spec


@pytest.fixture
def make(qtbot):
    def make(kind: str, design: Design = DESIGN):
        plot = spec(kind).make()
        qtbot.addWidget(plot)
        plot.resize(400, 260)
        plot.show()
        qtbot.waitExposed(plot)
        plot.begin(replace(STARTED, baseline=Baseline.of(baseline(design))), design)
        return plot

    return make
