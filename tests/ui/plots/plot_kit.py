"""Invented runs for plots."""

from __future__ import annotations

import numpy as np

from rnnstudio.design.model import Design, Node, TrainingPlan
from rnnstudio.ui.plots.registry import PLOTS, PlotSpec, plots
from rnnstudio.worker.messages import Started

STEPS, UNITS = 16, 6
TEXT = tuple("the summer's flower"[:STEPS])
LABELS = {"lstm": TEXT, "gru": TEXT}
STARTED = Started(100, 10, 10, 1000, {"T": TEXT}, {"lstm": "T", "gru": "T"})
DESIGN = Design(nodes=(Node("lstm", "lstm"),), plan=TrainingPlan(clip_norm=1.0))
TWO_CELLS = Design(nodes=(Node("lstm", "lstm"), Node("gru", "gru")))


def spec(kind: str) -> PlotSpec:
    plots()
    return PLOTS.get(kind)


def feed(plot, count=30, start=1):
    steps = np.arange(start, start + count)
    norm = np.linspace(2.0, 0.5, count)
    plot.show_steps(steps, 1.0 + 1.0 / np.maximum(steps, 1), norm, np.minimum(norm, 1.0))


def traces(design=DESIGN):
    """Return a trace for each channel that any plot asks for."""
    rng = np.random.default_rng(3)
    made = {}
    for plot in plots():
        for channel in plot.channels(design, None):
            shape = (STEPS,) if channel.kind == "gradient_flow" else (UNITS, STEPS)
            made[channel] = rng.uniform(0.01, 0.99, shape).astype(np.float32)
    return made


def drawn(plot, qtbot):
    qtbot.waitUntil(lambda: not plot.is_waiting)
    return plot.stack.currentIndex() == 1
