"""The gradient's global norm before and after clipping, the threshold, and how often it was reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QPen

from rnnstudio.ui.plots.base import PlotWidget
from rnnstudio.ui.plots.columns import Columns
from rnnstudio.ui.plots.curve import Curve
from rnnstudio.ui.plots.graph import Graph, Level, pen
from rnnstudio.ui.plots.legend import Legend
from rnnstudio.ui.plots.registry import PlotSpec, register_plot

FLAT = 3.0  # a threshold this many times as high as the longest gradient is out of sight


def _title() -> str:
    return QCoreApplication.translate("Plots", "Gradient norm")


class GradientNormPlot(PlotWidget):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(
            _title(),
            QCoreApplication.translate("Plots", "Press Train to see how long the gradient is at each step."),
            QCoreApplication.translate("Plots", "Norm"),
        )
        self.steps = Columns(("step", "before", "after"))
        self.clipped = 0
        self.legend = Legend(parent=self)
        self.head.add_yielding(self.legend, 1)
        self.head.add(self.more)
        self.graph = Graph(self.tr("training step"), self.tr("global norm of dL/dw"))
        self.graph.read = self._read
        self.graph.menu_requested.connect(self.show_menu)
        self._before = Curve(self.graph, smooth=False)
        self._after = Curve(self.graph, smooth=False)
        self._held = pg.PlotDataItem(
            pen=QPen(Qt.PenStyle.NoPen)
        )  # nothing to see: holds 0 and the threshold in sight
        self.graph.addItem(self._held)
        self.threshold_level = Level(self.graph, above=True)
        self.fill(self.graph)
        self.log_action = QAction(self.tr("Logarithmic axis"), self)
        self.log_action.setCheckable(True)
        self.log_action.toggled.connect(self._log_toggled)
        self.add_action(self.log_action)
        self.dress()

    def show_steps(
        self, steps: NDArray[Any], loss: NDArray[Any], grad_norm: NDArray[Any], clipped_norm: NDArray[Any]
    ) -> None:
        """See `PlotWidget`."""
        if not len(steps):
            return
        self.steps.append(steps, grad_norm, clipped_norm)
        self.clipped += int(np.count_nonzero(np.asarray(grad_norm) > np.asarray(clipped_norm) * (1 + 1e-6)))
        self.touch()

    def clear(self) -> None:
        """See `PlotWidget`."""
        self.steps.clear()
        self.clipped = 0
        super().clear()

    @property
    def threshold(self) -> float | None:
        """The norm that the whole gradient is clipped to in this run; None where it is not."""
        plan = self.design.plan if self.design is not None else None
        return plan.clip_norm if plan is not None and plan.clip == "norm" else None

    @property
    def clipped_share(self) -> float:
        """The share of training steps whose gradient was clipped, 0 to 1."""
        return self.clipped / len(self.steps) if len(self.steps) else 0.0

    def draw(self) -> None:
        """See `PlotWidget`."""
        if len(self.steps):
            self.reveal()
        self._before.show(self.steps["step"], self.steps["before"])
        self._after.show(self.steps["step"], self.steps["after"])
        self._hold()
        if self.threshold is None:
            self.threshold_level.hide()
        else:
            self.threshold_level.show_at(self.threshold, self.clip_words())

    def _hold(self) -> None:
        """Keep zero in sight, and the threshold unless that would press the curves flat."""
        if not len(self.steps) or np.isnan(self.steps["before"]).all():
            return
        at = float(self.steps["step"][0])
        held = [] if self.graph.is_log else [0.0]
        if self.threshold is not None and self.threshold <= FLAT * float(np.nanmax(self.steps["before"])):
            held.append(self.threshold * (1.6 if self.graph.is_log else 1.15))  # and the words above it
        self._held.setData([at] * len(held), held)

    def clip_words(self) -> str:
        """Return the threshold and the share of clipped steps, in words."""
        return self.tr("clip at {0} · {1} % of steps").format(
            f"{self.threshold or 0.0:g}", f"{100 * self.clipped_share:.0f}"
        )

    def dress(self) -> None:
        """See `PlotWidget`."""
        self._before.set_pen(pen("quiet", share=0.7))
        self._after.set_pen(pen("output"))
        self.threshold_level.dress("forget", "text")
        before, clipped = self.tr("before clipping"), self.tr("after clipping")
        self.legend.show_entries(
            (("quiet", before, self.tr("before")), ("output", clipped, self.tr("after")))
        )

    def show_all(self) -> None:
        """See `PlotWidget`."""
        self.graph.show_all()

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """See `PlotWidget`."""
        rows = [(int(step), before, after) for step, before, after in self.steps.table().tolist()]
        return ("training step", "gradient norm before clipping", "gradient norm after clipping"), rows

    def _log_toggled(self, log: bool) -> None:
        self.graph.set_log(log)
        self.touch()

    def _read(self, x: float, _y: float) -> str:
        at = min(int(np.searchsorted(self.steps["step"], x)), len(self.steps) - 1)
        if at < 0:
            return ""
        step, before, after = (self.steps[name][at] for name in self.steps.names)
        return self.tr("step {0}\nbefore {1}\nafter clipping {2}").format(
            f"{step:,.0f}", f"{before:.4g}", f"{after:.4g}"
        )


register_plot(
    PlotSpec(
        kind="gradient_norm",
        title=_title(),
        make=GradientNormPlot,
        description="The gradient's length before and after clipping.",
        place=20,
    )
)
