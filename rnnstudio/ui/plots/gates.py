"""Gates and states of a cell as heat maps, units by time steps, on one probe sequence."""

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
from rnnstudio.ui.plots.cells import Cell, Inside, strands
from rnnstudio.ui.plots.heat import HeatMap, RowAxis
from rnnstudio.ui.plots.maps import SEQUENTIAL
from rnnstudio.ui.plots.registry import PlotSpec, register_plot
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.chips import CellComboBox, Chips
from rnnstudio.ui.widgets.text_format import visible

SATURATED = 0.95  # of its range: a gate above this, or below 1 - this, hardly learns


def _title() -> str:
    return QCoreApplication.translate("Plots", "Gates")


def saturation(values: Trace, inside: Inside) -> float | None:
    """Return the share of values in the flat ends of their function; None where it has none."""
    if not inside.bounded or not values.size:
        return None
    if inside.kind == SEQUENTIAL:
        flat = (values > SATURATED) | (values < 1.0 - SATURATED)
    else:
        flat = np.abs(values) > SATURATED
    return float(np.mean(flat))


class GatesPlot(PlotWidget):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(
            _title(),
            QCoreApplication.translate(
                "Plots", "Press Train to see what each gate does as the probe is read."
            ),
        )
        self.cells: tuple[Cell, ...] = ()
        self.traces: dict[Channel, Trace] = {}
        self._labels: Labels = {}
        self.cell = CellComboBox(self)
        self.cell.chosen.connect(self._cell_chosen)
        self.gate = Chips(self.tr("Gate"))
        self.gate.chosen.connect(self.touch)
        self.saturated = QLabel(self)
        self.saturated.setTextFormat(Qt.TextFormat.PlainText)
        self.saturated.setProperty("role", "quiet")
        self.saturated.setFont(fonts.small())
        self.saturated.setToolTip(
            self.tr("Share of the values where the gate is nearly open or shut and hardly learns")
        )
        self.head.add(self.cell)
        self.head.add(self.gate, 1)
        self.head.add_yielding(self.saturated)
        self.head.add(self.more)
        self.head.name_by(self.cell)
        self.units = RowAxis()
        self.heat = HeatMap(self.tr("time step"), self.tr("unit"), left=self.units)
        self.heat.rows_from_top()
        self.heat.read = self._read
        self.heat.menu_requested.connect(self.show_menu)
        self.fill(self.heat)

    # ------------------------------------------------------------------------------- told

    def begin(self, started: Any, design: Design) -> None:
        """See `PlotWidget`."""
        super().begin(started, design)
        self.cells = strands(design)
        self.cell.show_cells([(cell.key, cell.title) for cell in self.cells])
        self._cell_chosen()

    def show_traces(self, traces: Mapping[Channel, Trace], labels: Labels) -> None:
        """See `PlotWidget`."""
        mine = {
            channel: values
            for channel, values in traces.items()
            if channel.kind in (GATE, STATE) and values.ndim == 2 and values.size
        }
        if mine:
            self.traces.update(mine)
            self._labels = labels
            self.touch()

    def clear(self) -> None:
        """See `PlotWidget`."""
        self.traces.clear()
        self.saturated.hide()
        super().clear()

    # ------------------------------------------------------------------------------- shown

    def draw(self) -> None:
        """See `PlotWidget`."""
        inside, values = self.chosen()
        if inside is None or values is None:
            return
        self.reveal()
        if inside.kind == SEQUENTIAL:
            low, high = 0.0, 1.0
        else:
            most = 1.0 if inside.bounded else _round_up(float(np.nanmax(np.abs(values))))
            low, high = -most, most
        if len(values) != len(self.units.names):
            self.units.show_names(range(1, len(values) + 1))
        self.heat.show_labels(self.labels)
        self.heat.show_values(values, inside.kind, low, high)
        self.heat.bar.show_range(
            inside.kind, f"{low:g}".replace("-", "−"), f"{high:g}", "" if inside.kind == SEQUENTIAL else "0"
        )
        share = saturation(values, inside)
        self.saturated.setVisible(share is not None)
        if share is not None:
            words = self.tr("sat. {0} %") if self.head.narrow else self.tr("saturated {0} %")
            self.saturated.setText(words.format(f"{100 * share:.0f}"))

    def show_all(self) -> None:
        """See `PlotWidget`."""
        self.heat.show_all()

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """See `PlotWidget`: one row a unit, one column a time step."""
        inside, values = self.chosen()
        if inside is None or values is None:
            return ("unit",), ()
        steps = values.shape[1]
        texts = [visible(self.labels[t]) if t < len(self.labels) else "" for t in range(steps)]
        headings = [f"{inside.name}: unit", *(f"t={t + 1} {texts[t]}".rstrip() for t in range(steps))]
        return headings, [(unit + 1, *row) for unit, row in enumerate(values.tolist())]

    @property
    def labels(self) -> Sequence[str]:
        """What the probe has at each time step of the cell that is shown."""
        cell = self._cell()
        return () if cell is None else self._labels.get(cell.node, ())

    def _cell_chosen(self) -> None:
        cell = self._cell()
        self.gate.show_chips(
            [(i.name, i.title, i.hue, i.name) for i in cell.insides] if cell is not None else []
        )
        self.touch()

    def _cell(self) -> Cell | None:
        return next((cell for cell in self.cells if cell.key == self.cell.choice), None)

    def chosen(self) -> tuple[Inside | None, Trace | None]:
        """Return the chosen gate or state and its last trace."""
        cell = self._cell()
        for inside in cell.insides if cell is not None else ():
            if inside.name == self.gate.choice:
                return inside, self.traces.get(inside.channel)
        return None, None

    def _read(self, x: float, y: float) -> str:
        place = self.heat.cell_at(x, y)
        if place is None:
            return ""
        unit, t = place
        text = visible(self.labels[t]) if t < len(self.labels) else ""
        return self.tr("unit {0}, time step {1} “{2}”\n{3}").format(
            unit + 1, t + 1, text, f"{float(self.heat.values[unit, t]):.3f}"
        )


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, ... at or above a value, so that the colours do not flicker."""
    if not np.isfinite(value) or value <= 0.0:
        return 1.0
    decade = 10.0 ** np.floor(np.log10(value))
    return float(next(step * decade for step in (1.0, 2.0, 5.0, 10.0) if step * decade >= value * (1 - 1e-9)))


def channels(design: Design, _report: Report | None) -> set[Channel]:
    """Return the channel of every gate and state of every layer and direction of every cell."""
    return {inside.channel for cell in strands(design) for inside in cell.insides}


register_plot(
    PlotSpec(
        kind="gates",
        title=_title(),
        make=GatesPlot,
        channels=channels,
        description="Every gate and state of a cell, units by time steps.",
        place=40,
    )
)
