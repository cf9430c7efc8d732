"""Gates and states of a cell as heat maps, units by time steps, on the probe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel

from rnnstudio.design.channel import GATE, STATE, Channel
from rnnstudio.design.model import Design
from rnnstudio.design.rules import Report
from rnnstudio.ui.plots.base import Labels, PlotWidget, Trace
from rnnstudio.ui.plots.cells import Cell, CellSignal, cell_parts
from rnnstudio.ui.plots.heat_map import HeatMap, RowAxis
from rnnstudio.ui.plots.registry import PlotSpec, register_plot
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.theme.colormaps import SEQUENTIAL
from rnnstudio.ui.widgets.chips import CellComboBox, Chips
from rnnstudio.ui.widgets.text_format import visible

SATURATED = 0.95  # of its range; gradients hardly flow through a gate above this, or below 1 - this


def _title() -> str:
    return QCoreApplication.translate("Plots", "Gates")


def saturation(values: Trace, signal: CellSignal) -> float | None:
    """Return the share of saturated values; None if the activation function is unbounded."""
    if not signal.is_bounded or not values.size:
        return None
    if signal.colormap == SEQUENTIAL:
        flat = (values > SATURATED) | (values < 1.0 - SATURATED)
    else:
        flat = np.abs(values) > SATURATED
    return float(np.mean(flat))


class GatesPlot(PlotWidget):
    """A heat map of one gate or state, with selectors for cell, layer, direction and gate."""

    def __init__(self) -> None:
        super().__init__(
            _title(),
            QCoreApplication.translate(
                "Plots", "Press Train to see what each gate does at each time step of the probe."
            ),
        )
        self.cells: tuple[Cell, ...] = ()
        self.traces: dict[Channel, Trace] = {}
        self._labels: Labels = {}
        self.cell_selector = CellComboBox(self)
        self.cell_selector.chosen.connect(self._cell_chosen)
        self.gate_chips = Chips(self.tr("Gate"))
        self.gate_chips.chosen.connect(self.schedule_draw)
        self.saturation_label = QLabel(self)
        self.saturation_label.setTextFormat(Qt.TextFormat.PlainText)
        self.saturation_label.setProperty("role", "quiet")
        self.saturation_label.setFont(fonts.small())
        self.saturation_label.setToolTip(
            self.tr("Share of values where the gate is almost open or closed and hardly learns")
        )
        self.header.add(self.cell_selector)
        self.header.add(self.gate_chips, 1)
        self.header.add_wrapping(self.saturation_label)
        self.header.add(self.menu_button)
        self.header.set_selector(self.cell_selector)
        self.unit_axis = RowAxis()
        self.heat_map = HeatMap(self.tr("time step"), self.tr("unit"), left=self.unit_axis)
        self.heat_map.put_first_row_on_top()
        self.heat_map.describe = self._describe
        self.heat_map.menu_requested.connect(self.show_menu)
        self.set_content(self.heat_map)

    # ---------------------------------------------------------------------------- telemetry

    def begin(self, started: Any, design: Design) -> None:
        """See `PlotWidget`."""
        super().begin(started, design)
        self.cells = cell_parts(design)
        self.cell_selector.show_cells([(cell.key, cell.title) for cell in self.cells])
        self._cell_chosen()

    def show_traces(self, traces: Mapping[Channel, Trace], labels: Labels) -> None:
        """See `PlotWidget`."""
        new = {
            channel: values
            for channel, values in traces.items()
            if channel.kind in (GATE, STATE) and values.ndim == 2 and values.size
        }
        if new:
            self.traces.update(new)
            self._labels = labels
            self.schedule_draw()

    def clear(self) -> None:
        """See `PlotWidget`."""
        self.traces.clear()
        self.saturation_label.hide()
        super().clear()

    # ------------------------------------------------------------------------------ drawing

    def draw(self) -> None:
        """See `PlotWidget`."""
        signal, values = self.chosen()
        if signal is None or values is None:
            return
        self.show_content()
        if signal.colormap == SEQUENTIAL:
            low, high = 0.0, 1.0
        else:
            most = 1.0 if signal.is_bounded else _round_up(float(np.nanmax(np.abs(values))))
            low, high = -most, most
        if len(values) != len(self.unit_axis.names):
            self.unit_axis.show_names(range(1, len(values) + 1))
        self.heat_map.show_labels(self.labels)
        self.heat_map.show_values(values, signal.colormap, low, high)
        self.heat_map.colour_bar.show_range(
            signal.colormap,
            f"{low:g}".replace("-", "−"),
            f"{high:g}",
            "" if signal.colormap == SEQUENTIAL else "0",
        )
        share = saturation(values, signal)
        self.saturation_label.setVisible(share is not None)
        if share is not None:
            text = self.tr("sat. {0} %") if self.header.is_narrow else self.tr("saturated {0} %")
            self.saturation_label.setText(text.format(f"{100 * share:.0f}"))

    def show_all(self) -> None:
        """See `PlotWidget`."""
        self.heat_map.show_all()

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """See `PlotWidget`: one row per unit, one column per time step."""
        signal, values = self.chosen()
        if signal is None or values is None:
            return ("unit",), ()
        steps = values.shape[1]
        texts = [visible(self.labels[t]) if t < len(self.labels) else "" for t in range(steps)]
        headings = [f"{signal.name}: unit", *(f"t={t + 1} {texts[t]}".rstrip() for t in range(steps))]
        return headings, [(unit + 1, *row) for unit, row in enumerate(values.tolist())]

    @property
    def labels(self) -> Sequence[str]:
        """The labels of the time steps of the selected cell."""
        cell = self._cell()
        return () if cell is None else self._labels.get(cell.node, ())

    def _cell_chosen(self) -> None:
        cell = self._cell()
        self.gate_chips.show_chips(
            [(i.name, i.title, i.hue, i.name) for i in cell.signals] if cell is not None else []
        )
        self.schedule_draw()

    def _cell(self) -> Cell | None:
        return next((cell for cell in self.cells if cell.key == self.cell_selector.choice), None)

    def chosen(self) -> tuple[CellSignal | None, Trace | None]:
        """Return the selected gate or state and its last trace."""
        cell = self._cell()
        for signal in cell.signals if cell is not None else ():
            if signal.name == self.gate_chips.choice:
                return signal, self.traces.get(signal.channel)
        return None, None

    def _describe(self, x: float, y: float) -> str:
        cell = self.heat_map.cell_at(x, y)
        if cell is None:
            return ""
        unit, t = cell
        text = visible(self.labels[t]) if t < len(self.labels) else ""
        return self.tr("unit {0}, time step {1} “{2}”\n{3}").format(
            unit + 1, t + 1, text, f"{float(self.heat_map.values[unit, t]):.3f}"
        )


def _round_up(value: float) -> float:
    """Round up to the next of 1, 2, 5, 10, ..., so that the colours do not flicker."""
    if not np.isfinite(value) or value <= 0.0:
        return 1.0
    decade = 10.0 ** np.floor(np.log10(value))
    return float(next(step * decade for step in (1.0, 2.0, 5.0, 10.0) if step * decade >= value * (1 - 1e-9)))


def channels(design: Design, _report: Report | None) -> set[Channel]:
    """Return the channels of all gates and states of all cells."""
    return {signal.channel for cell in cell_parts(design) for signal in cell.signals}


register_plot(
    PlotSpec(
        kind="gates",
        title=_title(),
        make=GatesPlot,
        channels=channels,
        description="The gates and states of a cell, units by time steps.",
        order=40,
    )
)
