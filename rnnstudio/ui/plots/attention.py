"""Attention: which steps of the memory each step looks at, on one probe sequence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication

from rnnstudio.design.channel import ATTENTION, Channel
from rnnstudio.design.model import Design
from rnnstudio.design.rules import Report
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.ui.plots.base import Labels, PlotWidget, Trace
from rnnstudio.ui.plots.heat import HeatMap, LabelAxis
from rnnstudio.ui.plots.maps import SEQUENTIAL
from rnnstudio.ui.plots.registry import PlotSpec, register_plot
from rnnstudio.ui.widgets.chips import CellComboBox
from rnnstudio.ui.widgets.text_format import visible

KIND, MEMORY = "attention", "memory"


def _title() -> str:
    return QCoreApplication.translate("Plots", "Attention")


class AttentionPlot(PlotWidget):
    """See the module: the memory's steps downwards, the steps that look at them across."""

    def __init__(self) -> None:
        super().__init__(
            _title(),
            QCoreApplication.translate(
                "Plots", "A network with attention shows here which steps it looks at, once it trains."
            ),
        )
        self.traces: dict[str, Trace] = {}
        self.labels: Labels = {}
        self.memories: dict[str, str] = {}  # the node that each attention looks at
        self.node = CellComboBox(self)
        self.node.setAccessibleName(self.tr("Attention"))
        self.node.setToolTip(self.tr("The attention that this plot shows"))
        self.node.chosen.connect(self.touch)
        self.head.add_space()
        self.head.add(self.node)
        self.head.add(self.more)
        self.head.name_by(self.node)
        self.memory = LabelAxis()
        self.heat = HeatMap(self.tr("step that looks"), self.tr("step looked at"), left=self.memory)
        self.heat.rows_from_top()
        self.heat.read = self._read
        self.heat.menu_requested.connect(self.show_menu)
        self.fill(self.heat)

    # ------------------------------------------------------------------------------- told

    def begin(self, started: Any, design: Design) -> None:
        """See `PlotWidget`."""
        super().begin(started, design)
        nodes = [node for node in design.nodes if node.kind == KIND]
        self.memories = {
            link.target: link.source
            for link in design.links
            if link.target_port == MEMORY and any(node.id == link.target for node in nodes)
        }
        self.node.show_cells([(node.id, node.title or f"{_title()} ({node.id})") for node in nodes])

    def show_traces(self, traces: Mapping[Channel, Trace], labels: Labels) -> None:
        """See `PlotWidget`."""
        for channel, weights in traces.items():
            if channel.kind == ATTENTION and weights.ndim == 2 and weights.size:
                self.traces[channel.node] = weights
                self.labels = labels
                self.touch()

    def clear(self) -> None:
        """See `PlotWidget`."""
        self.traces.clear()
        super().clear()

    # ------------------------------------------------------------------------------- shown

    def draw(self) -> None:
        """See `PlotWidget`."""
        weights = self._weights()
        if weights is None:
            return
        self.reveal()
        self.heat.show_labels(self._looking())
        self.memory.show_labels(self._looked_at())
        self.heat.show_values(weights, SEQUENTIAL, 0.0, 1.0)
        self.heat.bar.show_range(SEQUENTIAL, "0", "1")

    def show_all(self) -> None:
        """See `PlotWidget`."""
        self.heat.show_all()

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """See `PlotWidget`: one row a step of the memory, one column a step that looks."""
        weights = self._weights()
        if weights is None:
            return ("step looked at",), ()
        looking = [_at(self._looking(), t) for t in range(weights.shape[1])]
        headings = ["step looked at", *(f"t={t + 1} {looking[t]}".rstrip() for t in range(len(looking)))]
        rows = [
            (f"{s + 1} {_at(self._looked_at(), s)}".rstrip(), *row) for s, row in enumerate(weights.tolist())
        ]
        return headings, rows

    def _weights(self) -> Trace | None:
        return self.traces.get(self.node.choice)

    def _looking(self) -> Sequence[str]:
        return self.labels.get(self.node.choice, ())

    def _looked_at(self) -> Sequence[str]:
        return self.labels.get(self.memories.get(self.node.choice, ""), ())

    def _read(self, x: float, y: float) -> str:
        weights, place = self._weights(), self.heat.cell_at(x, y)
        if weights is None or place is None:
            return ""
        s, t = place
        return self.tr("step {0} {1}\nlooks at step {2} {3}\nweight {4}").format(
            t + 1,
            visible(_at(self._looking(), t)),
            s + 1,
            visible(_at(self._looked_at(), s)),
            f"{float(weights[s, t]):.3f}",
        )


def _at(labels: Sequence[str], step: int) -> str:
    return labels[step] if step < len(labels) else ""


def channels(design: Design, _report: Report | None) -> set[Channel]:
    """Return the channel of every attention."""
    if KIND not in catalogue().nodes:
        return set()
    return {Channel(ATTENTION, node.id) for node in design.nodes if node.kind == KIND}


def concerns(design: Design) -> bool:
    """Return whether a design has attention."""
    return any(node.kind == KIND for node in design.nodes)


register_plot(
    PlotSpec(
        kind="attention",
        title=_title(),
        make=AttentionPlot,
        channels=channels,
        concerns=concerns,
        description="The weights of an attention: which steps of the memory each step looks at.",
        place=50,
    )
)
