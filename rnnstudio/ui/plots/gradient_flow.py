"""Gradient flow: how much of the gradient of the loss reaches each earlier time step of a cell.

Pascanu et al. 2013, "On the difficulty of training recurrent neural networks": the norm of dL/dh_t
over the time steps t. Where it vanishes, the cell cannot learn from earlier steps.
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
from rnnstudio.ui.plots.heat_map import HeatMap, RowAxis, StepAxis
from rnnstudio.ui.plots.registry import PlotSpec, register_plot
from rnnstudio.ui.theme.colormaps import SEQUENTIAL
from rnnstudio.ui.widgets.chips import CellComboBox, Chips

HISTORY_ROWS = 120  # traces that the history shows
DECADES = 6.0  # range of the colours at most
_LATEST, _HISTORY = "latest", "history"
Values = NDArray[np.float32]


def _title() -> str:
    return QCoreApplication.translate("Plots", "Gradient through time")


class History:
    """The last `HISTORY_ROWS` traces of one cell, in an array of twice the size, compacted when full."""

    def __init__(self, steps: int) -> None:
        self._rows = np.empty((2 * HISTORY_ROWS, steps), np.float32)
        self._at = np.empty(2 * HISTORY_ROWS)
        self._end = 0

    def append(self, at: float, norms: Values) -> None:
        """Add the norms ``(T,)`` of a training step, as their decimal logarithms."""
        if self._end == len(self._rows):
            self._rows[:HISTORY_ROWS] = self._rows[HISTORY_ROWS:]
            self._at[:HISTORY_ROWS] = self._at[HISTORY_ROWS:]
            self._end = HISTORY_ROWS
        with np.errstate(divide="ignore", invalid="ignore"):
            np.log10(norms, out=self._rows[self._end])
        self._at[self._end] = at
        self._end += 1

    @property
    def rows(self) -> Values:
        """Logarithms ``(rows, T)``, the newest last; a norm of zero is -inf."""
        return self._rows[max(0, self._end - HISTORY_ROWS) : self._end]

    @property
    def at(self) -> NDArray[np.float64]:
        """The training step of each row."""
        return self._at[max(0, self._end - HISTORY_ROWS) : self._end]


class GradientFlowPlot(PlotWidget):
    """The gradient flow of one cell: its history as a heat map, or the latest trace as a line."""

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
        self.cell_selector = CellComboBox(self)
        self.cell_selector.chosen.connect(self.schedule_draw)
        self.view_chips = Chips(
            self.tr("View"),
            (
                (_HISTORY, self.tr("history"), "text", self.tr("map")),
                (_LATEST, self.tr("latest"), "text", self.tr("line")),
            ),
        )
        self.view_chips.chosen.connect(self.schedule_draw)
        self.header.add_stretch()
        self.header.add(self.cell_selector)
        self.header.add_wrapping(self.view_chips)
        self.header.add(self.menu_button)
        self.header.set_selector(self.cell_selector)
        x_title = self.tr("time step t")
        self.training_step_axis = RowAxis()
        self.heat_map = HeatMap(x_title, self.tr("training step"), left=self.training_step_axis)
        self.heat_map.describe = self._describe_heat_map
        self.heat_map.menu_requested.connect(self.show_menu)
        self.graph = Graph(x_title, self.tr("‖dL/dhₜ‖"), bottom=StepAxis())
        self.graph.set_log(True)
        self.graph.describe = self._describe_line
        self.graph.menu_requested.connect(self.show_menu)
        self._line = Curve(self.graph)
        self.views = QStackedWidget(self)
        self.views.addWidget(self.heat_map)
        self.views.addWidget(self.graph)
        self.set_content(self.views)
        self.apply_theme()

    # ---------------------------------------------------------------------------- telemetry

    def begin(self, started: Any, design: Design) -> None:
        """See `PlotWidget`."""
        super().begin(started, design)
        self.cell_selector.show_cells([(cell.node, cell.title) for cell in cells(design)])

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
            self.schedule_draw()

    def clear(self) -> None:
        """See `PlotWidget`."""
        self.histories.clear()
        self._step = 0.0
        super().clear()

    # ------------------------------------------------------------------------------ drawing

    def draw(self) -> None:
        """See `PlotWidget`."""
        history = self._history()
        if history is None:
            return
        self.show_content()
        if self.view_chips.choice == _LATEST:
            self.views.setCurrentWidget(self.graph)
            norms = 10.0 ** history.rows[-1].astype(np.float64)
            norms[norms <= 0.0] = np.nan
            self._line.show(np.arange(1.0, len(norms) + 1.0), norms)
            return
        self.views.setCurrentWidget(self.heat_map)
        rows = history.rows
        finite = rows[np.isfinite(rows)]
        high = float(np.ceil(2.0 * finite.max()) / 2.0) if finite.size else 0.0
        low = float(max(np.floor(2.0 * finite.min()) / 2.0, high - DECADES)) if finite.size else -1.0
        low = min(low, high - 1.0)
        self.training_step_axis.show_names(history.at)
        self.heat_map.show_values(
            np.nan_to_num(rows, nan=low, neginf=low, posinf=high), SEQUENTIAL, low, high
        )
        self.heat_map.colour_bar.show_range(SEQUENTIAL, _power(low), _power(high))

    def apply_theme(self) -> None:
        """See `PlotWidget`."""
        self._line.set_pen(pen("accent", 1.6))

    def show_all(self) -> None:
        """See `PlotWidget`."""
        self.heat_map.show_all()
        self.graph.show_all()

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """See `PlotWidget`: one row per trace, one column per time step."""
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
        return self.histories.get(self.cell_selector.choice)

    def _describe_line(self, x: float, _y: float) -> str:
        history = self._history()
        t = round(x)
        if history is None or not 1 <= t <= history.rows.shape[1]:
            return ""
        norm = 10.0 ** float(history.rows[-1, t - 1])
        return self.tr("time step {0}\n‖dL/dh‖ {1}").format(t, f"{norm:.3g}")

    def _describe_heat_map(self, x: float, y: float) -> str:
        history, cell = self._history(), self.heat_map.cell_at(x, y)
        if history is None or cell is None or cell[0] >= len(history.at):
            return ""
        row, t = cell
        return self.tr("training step {0}\ntime step {1}\n‖dL/dh‖ {2}").format(
            f"{history.at[row]:,.0f}", t + 1, f"{10.0 ** float(history.rows[row, t]):.3g}"
        )


def _power(exponent: float) -> str:
    """Return a power of ten in short scientific notation: "3e-2"."""
    figure, _, power = f"{10.0**exponent:.0e}".partition("e")
    return f"{figure}e{int(power)}"


def channels(design: Design, _report: Report | None) -> set[Channel]:
    """Return the gradient flow of every cell."""
    return {Channel(GRADIENT_FLOW, cell.node) for cell in cells(design)}


register_plot(
    PlotSpec(
        kind="gradient_flow",
        title=_title(),
        make=GradientFlowPlot,
        channels=channels,
        description="The norm of dL/dh at each time step, for each cell.",
        order=30,
    )
)
