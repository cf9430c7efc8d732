"""The global norm of the gradient before and after clipping, and the clipping threshold."""

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
from rnnstudio.ui.plots.graph import Graph, ReferenceLine, pen
from rnnstudio.ui.plots.legend import Legend
from rnnstudio.ui.plots.registry import PlotSpec, register_plot

MAX_THRESHOLD_RATIO = 3.0  # a threshold above this multiple of the largest norm is not kept in view


def _title() -> str:
    return QCoreApplication.translate("Plots", "Gradient norm")


class GradientNormPlot(PlotWidget):
    """Two lines over the training steps, and the share of clipped steps."""

    def __init__(self) -> None:
        super().__init__(
            _title(),
            QCoreApplication.translate("Plots", "Press Train to see the norm of the gradient at each step."),
            QCoreApplication.translate("Plots", "Norm"),
        )
        self.steps = Columns(("step", "before", "after"))
        self.clipped = 0
        self.legend = Legend(parent=self)
        self.header.add_wrapping(self.legend, 1)
        self.header.add(self.menu_button)
        self.graph = Graph(self.tr("training step"), self.tr("global norm of dL/dw"))
        self.graph.describe = self._describe
        self.graph.menu_requested.connect(self.show_menu)
        self._before = Curve(self.graph, smooth=False)
        self._after = Curve(self.graph, smooth=False)
        self._range_anchor = pg.PlotDataItem(pen=QPen(Qt.PenStyle.NoPen))  # invisible: extends the axis
        self.graph.addItem(self._range_anchor)
        self.threshold_line = ReferenceLine(self.graph, above=True)
        self.set_content(self.graph)
        self.log_action = QAction(self.tr("Logarithmic axis"), self)
        self.log_action.setCheckable(True)
        self.log_action.toggled.connect(self._log_toggled)
        self.add_action(self.log_action)
        self.apply_theme()

    def show_steps(
        self, steps: NDArray[Any], loss: NDArray[Any], grad_norm: NDArray[Any], clipped_norm: NDArray[Any]
    ) -> None:
        """See `PlotWidget`."""
        if not len(steps):
            return
        self.steps.append(steps, grad_norm, clipped_norm)
        self.clipped += int(np.count_nonzero(np.asarray(grad_norm) > np.asarray(clipped_norm) * (1 + 1e-6)))
        self.schedule_draw()

    def clear(self) -> None:
        """See `PlotWidget`."""
        self.steps.clear()
        self.clipped = 0
        super().clear()

    @property
    def threshold(self) -> float | None:
        """The norm to which the gradient is clipped in this run; None without clipping by norm."""
        plan = self.design.plan if self.design is not None else None
        return plan.clip_norm if plan is not None and plan.clip == "norm" else None

    @property
    def clipped_share(self) -> float:
        """The share of training steps with a clipped gradient, from 0 to 1."""
        return self.clipped / len(self.steps) if len(self.steps) else 0.0

    def draw(self) -> None:
        """See `PlotWidget`."""
        if len(self.steps):
            self.show_content()
        self._before.show(self.steps["step"], self.steps["before"])
        self._after.show(self.steps["step"], self.steps["after"])
        self._update_range_anchor()
        if self.threshold is None:
            self.threshold_line.hide()
        else:
            self.threshold_line.show_at(self.threshold, self.clip_text())

    def _update_range_anchor(self) -> None:
        """Keep zero in view, and the threshold unless it would flatten the curves."""
        if not len(self.steps) or np.isnan(self.steps["before"]).all():
            return
        at = float(self.steps["step"][0])
        anchors = [] if self.graph.is_log else [0.0]
        if self.threshold is not None and self.threshold <= MAX_THRESHOLD_RATIO * float(
            np.nanmax(self.steps["before"])
        ):
            anchors.append(self.threshold * (1.6 if self.graph.is_log else 1.15))  # includes its label
        self._range_anchor.setData([at] * len(anchors), anchors)

    def clip_text(self) -> str:
        """Return the label of the threshold, with the share of clipped steps."""
        return self.tr("clip at {0} · {1} % of steps").format(
            f"{self.threshold or 0.0:g}", f"{100 * self.clipped_share:.0f}"
        )

    def apply_theme(self) -> None:
        """See `PlotWidget`."""
        self._before.set_pen(pen("quiet", share=0.7))
        self._after.set_pen(pen("output"))
        self.threshold_line.apply_theme("forget", "text")
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
        self.schedule_draw()

    def _describe(self, x: float, _y: float) -> str:
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
        description="The norm of the gradient before and after clipping.",
        order=20,
    )
)
