"""Attention: the weight of each step of the memory at each step of the query, on the probe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication

from rnnstudio.design.channel import ATTENTION, Channel
from rnnstudio.design.model import Design
from rnnstudio.design.rules import Report
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.ui.plots.base import Labels, PlotWidget, Trace
from rnnstudio.ui.plots.heat_map import HeatMap, LabelAxis
from rnnstudio.ui.plots.registry import PlotSpec, register_plot
from rnnstudio.ui.theme.colormaps import SEQUENTIAL
from rnnstudio.ui.widgets.chips import CellComboBox
from rnnstudio.ui.widgets.text_format import visible

KIND, MEMORY = "attention", "memory"


def _title() -> str:
    return QCoreApplication.translate("Plots", "Attention")


class AttentionPlot(PlotWidget):
    """A heat map of attention weights, steps of the memory by steps of the query."""

    def __init__(self) -> None:
        super().__init__(
            _title(),
            QCoreApplication.translate(
                "Plots", "A network with attention shows here which steps it looks at, once it trains."
            ),
        )
        self.traces: dict[str, Trace] = {}
        self.labels: Labels = {}
        self.memories: dict[str, str] = {}  # by attention: the node whose steps are its memory
        self.node_selector = CellComboBox(self)
        self.node_selector.setAccessibleName(self.tr("Attention"))
        self.node_selector.setToolTip(self.tr("The attention that this plot shows"))
        self.node_selector.chosen.connect(self.schedule_draw)
        self.header.add_stretch()
        self.header.add(self.node_selector)
        self.header.add(self.menu_button)
        self.header.set_selector(self.node_selector)
        self.memory_axis = LabelAxis()
        self.heat_map = HeatMap(self.tr("step that looks"), self.tr("step looked at"), left=self.memory_axis)
        self.heat_map.put_first_row_on_top()
        self.heat_map.describe = self._describe
        self.heat_map.menu_requested.connect(self.show_menu)
        self.set_content(self.heat_map)

    # ---------------------------------------------------------------------------- telemetry

    def begin(self, started: Any, design: Design) -> None:
        """See `PlotWidget`."""
        super().begin(started, design)
        nodes = [node for node in design.nodes if node.kind == KIND]
        self.memories = {
            link.target: link.source
            for link in design.links
            if link.target_port == MEMORY and any(node.id == link.target for node in nodes)
        }
        self.node_selector.show_cells([(node.id, node.title or f"{_title()} ({node.id})") for node in nodes])

    def show_traces(self, traces: Mapping[Channel, Trace], labels: Labels) -> None:
        """See `PlotWidget`."""
        for channel, weights in traces.items():
            if channel.kind == ATTENTION and weights.ndim == 2 and weights.size:
                self.traces[channel.node] = weights
                self.labels = labels
                self.schedule_draw()

    def clear(self) -> None:
        """See `PlotWidget`."""
        self.traces.clear()
        super().clear()

    # ------------------------------------------------------------------------------ drawing

    def draw(self) -> None:
        """See `PlotWidget`."""
        weights = self._weights()
        if weights is None:
            return
        self.show_content()
        self.heat_map.show_labels(self._query_labels())
        self.memory_axis.show_labels(self._memory_labels())
        self.heat_map.show_values(weights, SEQUENTIAL, 0.0, 1.0)
        self.heat_map.colour_bar.show_range(SEQUENTIAL, "0", "1")

    def show_all(self) -> None:
        """See `PlotWidget`."""
        self.heat_map.show_all()

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """See `PlotWidget`: one row per step of the memory, one column per step of the query."""
        weights = self._weights()
        if weights is None:
            return ("step looked at",), ()
        queries = [_label_at(self._query_labels(), t) for t in range(weights.shape[1])]
        headings = ["step looked at", *(f"t={t + 1} {queries[t]}".rstrip() for t in range(len(queries)))]
        rows = [
            (f"{s + 1} {_label_at(self._memory_labels(), s)}".rstrip(), *row)
            for s, row in enumerate(weights.tolist())
        ]
        return headings, rows

    def _weights(self) -> Trace | None:
        return self.traces.get(self.node_selector.choice)

    def _query_labels(self) -> Sequence[str]:
        return self.labels.get(self.node_selector.choice, ())

    def _memory_labels(self) -> Sequence[str]:
        return self.labels.get(self.memories.get(self.node_selector.choice, ""), ())

    def _describe(self, x: float, y: float) -> str:
        weights, cell = self._weights(), self.heat_map.cell_at(x, y)
        if weights is None or cell is None:
            return ""
        s, t = cell
        return self.tr("step {0} {1}\nlooks at step {2} {3}\nweight {4}").format(
            t + 1,
            visible(_label_at(self._query_labels(), t)),
            s + 1,
            visible(_label_at(self._memory_labels(), s)),
            f"{float(weights[s, t]):.3f}",
        )


def _label_at(labels: Sequence[str], step: int) -> str:
    return labels[step] if step < len(labels) else ""


def channels(design: Design, _report: Report | None) -> set[Channel]:
    """Return the channel of every attention node."""
    if KIND not in catalogue().nodes:
        return set()
    return {Channel(ATTENTION, node.id) for node in design.nodes if node.kind == KIND}


def is_relevant(design: Design) -> bool:
    """Return whether a design has an attention node."""
    return any(node.kind == KIND for node in design.nodes)


register_plot(
    PlotSpec(
        kind="attention",
        title=_title(),
        make=AttentionPlot,
        channels=channels,
        is_relevant=is_relevant,
        description="The weights of an attention: which steps of the memory each step looks at.",
        order=50,
    )
)
