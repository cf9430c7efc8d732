"""Gradient through time: how much of the loss's gradient reaches each earlier time step of a cell.

Pascanu et al. 2013, "On the difficulty of training recurrent neural networks": the norm of dL/dh_t
over the time steps t; where it falls to nothing, the cell cannot learn from what lies further back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QStackedWidget

from rnnstudio.design.channel import GRADIENT_FLOW, Channel
from rnnstudio.design.model import Design
from rnnstudio.design.rules import Report
from rnnstudio.ui.plots.base import Labels, PlotWidget, Trace
from rnnstudio.ui.plots.cells import cells
from rnnstudio.ui.plots.curve import Curve
from rnnstudio.ui.plots.graph import Graph, pen
from rnnstudio.ui.plots.heat import HeatMap, RowAxis, StepAxis
from rnnstudio.ui.plots.maps import SEQUENTIAL
from rnnstudio.ui.plots.registry import PlotSpec, register_plot
from rnnstudio.ui.widgets.chips import CellComboBox, Chips

ROWS = 120  # traces that the history keeps
DECADES = 6.0  # that the colours span at most
_LATEST, _HISTORY = "latest", "history"
Values = NDArray[np.float32]


def _title() -> str:
    return QCoreApplication.translate("Plots", "Gradient through time")


class History:
    """The last traces of one cell, one row each, in one array that is filled like a conveyor."""

    def __init__(self, steps: int) -> None:
        self._rows = np.empty((2 * ROWS, steps), np.float32)
        self._at = np.empty(2 * ROWS)
        self._end = 0

    def append(self, at: float, norms: Values) -> None:
        """Add the norms ``(T,)`` of a training step, as their decimal logarithms."""
        if self._end == len(self._rows):
            self._rows[:ROWS] = self._rows[ROWS:]
            self._at[:ROWS] = self._at[ROWS:]
            self._end = ROWS
        with np.errstate(divide="ignore", invalid="ignore"):
            np.log10(norms, out=self._rows[self._end])
        self._at[self._end] = at
        self._end += 1

    @property
    def rows(self) -> Values:
        """Logarithms ``(rows, T)``, the newest last; a norm of zero is -inf."""
        return self._rows[max(0, self._end - ROWS) : self._end]

    @property
    def at(self) -> NDArray[np.float64]:
        """The training step of each row."""
        return self._at[max(0, self._end - ROWS) : self._end]


class GradientFlowPlot(PlotWidget):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(
            _title(),
            QCoreApplication.translate(
                "Plots", "Press Train to see how far back in time the gradient reaches."
            ),
            QCoreApplication.translate("Plots", "Gradient in time"),
        )
        self.histories: dict[str, History] = {}
        self._step = 0.0
        self.cell = CellComboBox(self)
        self.cell.chosen.connect(self.touch)
        self.mode = Chips(
            self.tr("View"),
            (
                (_HISTORY, self.tr("history"), "text", self.tr("map")),
                (_LATEST, self.tr("latest"), "text", self.tr("line")),
            ),
        )
        self.mode.chosen.connect(self.touch)
        self.head.add_space()
        self.head.add(self.cell)
        self.head.add_yielding(self.mode)
        self.head.add(self.more)
        self.head.name_by(self.cell)
        x_title = self.tr("time step t")
        self.training_steps = RowAxis()
        self.heat = HeatMap(x_title, self.tr("training step"), left=self.training_steps)
        self.heat.read = self._read_heat
        self.heat.menu_requested.connect(self.show_menu)
        self.graph = Graph(x_title, self.tr("‖dL/dhₜ‖"), bottom=StepAxis())
        self.graph.set_log(True)
        self.graph.read = self._read_line
        self.graph.menu_requested.connect(self.show_menu)
        self._line = Curve(self.graph)
        self.views = QStackedWidget(self)
        self.views.addWidget(self.heat)
        self.views.addWidget(self.graph)
        self.fill(self.views)
        self.dress()

    # ------------------------------------------------------------------------------- told

    def begin(self, started: Any, design: Design) -> None:
        """See `PlotWidget`."""
        super().begin(started, design)
        self.cell.show_cells([(cell.node, cell.title) for cell in cells(design)])

    def show_steps(
        self, steps: NDArray[Any], loss: NDArray[Any], grad_norm: NDArray[Any], clipped_norm: NDArray[Any]
    ) -> None:
        """See `PlotWidget`."""
        if len(steps):
            self._step = float(steps[-1])

    def show_traces(self, traces: Mapping[Channel, Trace], labels: Labels) -> None:
        """See `PlotWidget`."""
        for channel, norms in traces.items():
            if channel.kind != GRADIENT_FLOW or norms.ndim != 1 or not len(norms):
                continue
            history = self.histories.get(channel.node)
            if history is None or history.rows.shape[1] != len(norms):
                history = self.histories[channel.node] = History(len(norms))
            history.append(self._step, norms)
            self.touch()

    def clear(self) -> None:
        """See `PlotWidget`."""
        self.histories.clear()
        self._step = 0.0
        super().clear()

    # ------------------------------------------------------------------------------- shown

    def draw(self) -> None:
        """See `PlotWidget`."""
        history = self._history()
        if history is None:
            return
        self.reveal()
        if self.mode.choice == _LATEST:
            self.views.setCurrentWidget(self.graph)
            norms = 10.0 ** history.rows[-1].astype(np.float64)
            norms[norms <= 0.0] = np.nan
            self._line.show(np.arange(1.0, len(norms) + 1.0), norms)
            return
        self.views.setCurrentWidget(self.heat)
        rows = history.rows
        finite = rows[np.isfinite(rows)]
        high = float(np.ceil(2.0 * finite.max()) / 2.0) if finite.size else 0.0
        low = float(max(np.floor(2.0 * finite.min()) / 2.0, high - DECADES)) if finite.size else -1.0
        low = min(low, high - 1.0)
        self.training_steps.show_names(history.at)
        self.heat.show_values(np.nan_to_num(rows, nan=low, neginf=low, posinf=high), SEQUENTIAL, low, high)
        self.heat.bar.show_range(SEQUENTIAL, _power(low), _power(high))

    def dress(self) -> None:
        """See `PlotWidget`."""
        self._line.set_pen(pen("accent", 1.6))

    def show_all(self) -> None:
        """See `PlotWidget`."""
        self.heat.show_all()
        self.graph.show_all()

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """See `PlotWidget`: one row a trace, one column a time step."""
        history = self._history()
        if history is None:
            return ("training step",), ()
        headings = ["training step", *(f"norm of dL/dh at t={t + 1}" for t in range(history.rows.shape[1]))]
        rows = [
            (int(at), *row)
            for at, row in zip(history.at, (10.0 ** history.rows.astype(np.float64)).tolist(), strict=True)
        ]
        return headings, rows

    def _history(self) -> History | None:
        return self.histories.get(self.cell.choice)

    def _read_line(self, x: float, _y: float) -> str:
        history = self._history()
        t = round(x)
        if history is None or not 1 <= t <= history.rows.shape[1]:
            return ""
        norm = 10.0 ** float(history.rows[-1, t - 1])
        return self.tr("time step {0}\n‖dL/dh‖ {1}").format(t, f"{norm:.3g}")

    def _read_heat(self, x: float, y: float) -> str:
        history, place = self._history(), self.heat.cell_at(x, y)
        if history is None or place is None or place[0] >= len(history.at):
            return ""
        row, t = place
        return self.tr("training step {0}\ntime step {1}\n‖dL/dh‖ {2}").format(
            f"{history.at[row]:,.0f}", t + 1, f"{10.0 ** float(history.rows[row, t]):.3g}"
        )


def _power(exponent: float) -> str:
    """Return a power of ten, its figure and exponent only: "3e-2"."""
    figure, _, power = f"{10.0**exponent:.0e}".partition("e")
    return f"{figure}e{int(power)}"


def channels(design: Design, _report: Report | None) -> set[Channel]:
    """Return the channel of every cell."""
    return {Channel(GRADIENT_FLOW, cell.node) for cell in cells(design)}


register_plot(
    PlotSpec(
        kind="gradient_flow",
        title=_title(),
        make=GradientFlowPlot,
        channels=channels,
        description="The norm of dL/dh at each time step, for each cell.",
        place=30,
    )
)
