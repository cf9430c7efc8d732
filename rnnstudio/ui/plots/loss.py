"""The loss of every training step, smoothed, of the validation set after each epoch, and of a baseline."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction

from rnnstudio.design.model import Design
from rnnstudio.engine.training.baseline import in_nats
from rnnstudio.ui.plots.base import PlotWidget
from rnnstudio.ui.plots.columns import Columns
from rnnstudio.ui.plots.curve import Curve
from rnnstudio.ui.plots.graph import Graph, ReferenceLine, pen
from rnnstudio.ui.plots.legend import Legend
from rnnstudio.ui.plots.registry import PlotSpec, register_plot
from rnnstudio.ui.theme import theme
from rnnstudio.ui.widgets.chips import Chip, Chips
from rnnstudio.ui.widgets.text_format import format_metric
from rnnstudio.worker.messages import Baseline

NATS, BITS, LOSS = "nats", "bits", "loss"
SMOOTHING_STEPS = 20  # training steps that the running mean covers, approximately


def _title() -> str:
    return QCoreApplication.translate("Plots", "Loss")


class SmoothedLoss:
    """A double exponential moving average, which does not lag behind a slope.

    Mulloy 1994, "Smoothing data with faster moving averages": twice the exponential
    moving average minus the average of the average.
    """

    def __init__(self) -> None:
        self._count = 0
        self._once = self._twice = math.nan

    def add(self, value: float) -> float:
        """Add a value and return the average. Values that are not finite are ignored."""
        if math.isfinite(value):
            share = max(1.0 / (self._count + 1), 1.0 / SMOOTHING_STEPS)
            self._once = self._once + share * (value - self._once) if self._count else value
            self._twice = self._twice + share * (self._once - self._twice) if self._count else value
            self._count += 1
        return 2.0 * self._once - self._twice


class LossPlot(PlotWidget):
    """Loss and metrics over the training steps, in the selected quantity."""

    def __init__(self) -> None:
        super().__init__(
            _title(),
            QCoreApplication.translate("Plots", "Press Train to see the loss of every training step."),
        )
        self.steps = Columns(("step", "loss", "smooth"))
        self.epochs = Columns(("epoch", "step", "training", "validation"), 256)
        self.baseline: Baseline | None = None
        self.in_nats = True
        self._smooth = SmoothedLoss()
        self.metrics: dict[str, Columns] = {}  # metrics of the heads after each epoch
        self.legend = Legend(parent=self)
        self.quantity_chips = Chips(self.tr("Show"))
        self.quantity_chips.chosen.connect(self._quantity_changed)
        self.header.add_wrapping(self.legend, 1)
        self.header.add(self.quantity_chips)
        self.header.add(self.menu_button)
        self.graph = Graph(self.tr("training step"), self._y_title())
        self.graph.describe = self._describe
        self.graph.menu_requested.connect(self.show_menu)
        self.step_curve = Curve(self.graph, smooth=False)
        self._mean = Curve(self.graph)
        self.validation_curve = pg.PlotDataItem(
            connect="finite", antialias=True, symbol="o", symbolSize=4, pxMode=True
        )
        self.graph.addItem(self.validation_curve)
        self.baseline_line = ReferenceLine(self.graph, above=False)
        self.set_content(self.graph)
        self.log_action = QAction(self.tr("Logarithmic axis"), self)
        self.log_action.setCheckable(True)
        self.log_action.toggled.connect(self._log_toggled)
        self.add_action(self.log_action)
        self.apply_theme()

    # ---------------------------------------------------------------------------- telemetry

    def begin(self, started: Any, design: Design) -> None:
        """See `PlotWidget`."""
        super().begin(started, design)
        self.baseline = started.baseline if started is not None else None
        self.in_nats = in_nats(design)
        self._update_quantities()

    def show_steps(
        self, steps: NDArray[Any], loss: NDArray[Any], grad_norm: NDArray[Any], clipped_norm: NDArray[Any]
    ) -> None:
        """See `PlotWidget`."""
        if not len(steps):
            return
        smooth = [self._smooth.add(value) for value in np.asarray(loss, np.float64).tolist()]
        self.steps.append(steps, loss, smooth)
        self.schedule_draw()

    def show_epoch(self, epoch_done: Any) -> None:
        """See `PlotWidget`."""
        losses = (epoch_done.training_loss, epoch_done.validation_loss)
        self.epochs.append(epoch_done.epoch, epoch_done.step, *map(_nan_if_none, losses))
        for name, value in epoch_done.metrics.items():
            self.metrics.setdefault(name, Columns(("epoch", "step", "value"), 256)).append(
                epoch_done.epoch, epoch_done.step, _nan_if_none(value)
            )
        self._update_quantities()
        self.schedule_draw()

    def clear(self) -> None:
        """See `PlotWidget`."""
        self.steps.clear()
        self._smooth = SmoothedLoss()
        self.epochs.clear()
        self.metrics.clear()
        self._update_quantities()
        super().clear()

    # ------------------------------------------------------------------------------ drawing

    def draw(self) -> None:
        """See `PlotWidget`."""
        if len(self.steps) or len(self.epochs):
            self.show_content()
        metric = self.metrics.get(self.quantity_chips.choice)
        if metric is not None:
            empty = np.zeros(0)
            self.step_curve.show(empty, empty)
            self._mean.show(empty, empty)
            self.baseline_line.hide()
            self._show_at_epochs(metric["step"], metric["value"])
            return
        scale = self._scale()
        self.step_curve.show(self.steps["step"], self.steps["loss"] * scale)
        self._mean.show(self.steps["step"], self.steps["smooth"] * scale)
        self._show_at_epochs(self.epochs["step"], self.epochs["validation"] * scale)
        if self.baseline is None or self.baseline.value <= 0.0:
            self.baseline_line.hide()
            return
        value = self.baseline.value * scale
        number = f"{value:.2f}" if value >= 1.0 else f"{value:.2g}"
        self.baseline_line.show_at(value, f"{self.baseline.words} {number}")

    def apply_theme(self) -> None:
        """See `PlotWidget`."""
        self.step_curve.set_pen(pen("input", share=0.4))
        self._mean.set_pen(pen("input", 1.6))
        self.validation_curve.setPen(pen("forget", 1.6))
        self.validation_curve.setSymbolBrush(theme.color("forget"))
        self.validation_curve.setSymbolPen(None)
        self.baseline_line.apply_theme("faint", "quiet")
        training = ("input", self.tr("training"), self.tr("train"))
        validation = ("forget", self.tr("validation"), self.tr("val."))
        self.legend.show_entries(
            (validation,) if self.quantity_chips.choice in self.metrics else (training, validation)
        )

    def show_all(self) -> None:
        """See `PlotWidget`."""
        self.graph.show_all()

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """See `PlotWidget`: one row per step; validation is in the last row of its epoch.

        If a metric is shown, one row per epoch.
        """
        metric = self.metrics.get(self.quantity_chips.choice)
        if metric is not None:
            return ("epoch", "training step", self.quantity_chips.choice), metric.table().tolist()
        validation = dict(zip(self.epochs["step"].tolist(), self.epochs["validation"].tolist(), strict=True))
        rows = [
            (int(step), loss, smooth, validation.get(step, math.nan))
            for step, loss, smooth in self.steps.table().tolist()
        ]
        if not self.in_nats:
            return ("training step", "loss", "smoothed", "validation"), rows
        return (
            "training step",
            "loss / nats",
            "smoothed / nats",
            "loss / bits",
            "validation / nats",
        ), [(step, loss, smooth, loss / math.log(2.0), held_out) for step, loss, smooth, held_out in rows]

    # ------------------------------------------------------------------------------ private

    def _show_at_epochs(self, steps: NDArray[Any], values: NDArray[Any]) -> None:
        if np.isnan(values).all():  # pyqtgraph warns if no point has a position
            steps = values = np.zeros(0)
        self.validation_curve.setData(steps, values)

    def _scale(self) -> float:
        return 1.0 / math.log(2.0) if self.in_nats and self.quantity_chips.choice == BITS else 1.0

    def _y_title(self) -> str:
        if self.quantity_chips.choice in self.metrics:
            return self.quantity_chips.choice.replace(".", " ")
        if not self.in_nats:
            return self.tr("loss")
        return self.tr("loss (bits)") if self.quantity_chips.choice == BITS else self.tr("loss (nats)")

    def _update_quantities(self) -> None:
        """List what can be shown: the loss, in each of its units, and the metrics."""
        chips: list[Chip]
        if self.in_nats:
            chips = [(NATS, self.tr("nats"), "text"), (BITS, self.tr("bits"), "text")]
        else:
            chips = [(LOSS, self.tr("loss"), "text")]
        chips += [
            (name, name.replace(".", " "), "text", _short(name.rpartition(".")[2])) for name in self.metrics
        ]
        self.quantity_chips.show_chips(chips)
        self.quantity_chips.setVisible(len(chips) > 1)
        self._quantity_changed()

    def _quantity_changed(self) -> None:
        title = self._y_title()
        if title != self.graph.y_title:
            self.graph.set_titles(self.tr("training step"), title)
            self.graph.show_all()
            self.apply_theme()
        self.schedule_draw()

    def _log_toggled(self, log: bool) -> None:
        self.graph.set_log(log)
        self.schedule_draw()

    def _describe_metric(self, metric: Columns, x: float) -> str:
        """Return the readout of the epoch that ended nearest to ``x``."""
        at = int(np.argmin(np.abs(metric["step"] - x)))
        epoch = self.tr("epoch {0}").format(f"{metric['epoch'][at]:.0f}")
        value = float(metric["value"][at])
        if math.isnan(value):
            return f"{epoch}\n{self.tr('nothing counted')}"
        return f"{epoch}\n{format_metric(self.quantity_chips.choice, value)}"

    def _describe(self, x: float, _y: float) -> str:
        metric = self.metrics.get(self.quantity_chips.choice)
        if metric is not None:
            return self._describe_metric(metric, x)
        at = int(np.searchsorted(self.steps["step"], x))
        at = min(at, len(self.steps) - 1)
        if at < 0:
            return ""
        step, loss, smooth = (self.steps[name][at] for name in self.steps.names)
        unit = " " + self.tr("nats") if self.in_nats else ""
        bits = ", " + self.tr("{0} bits").format(f"{loss / math.log(2.0):.4g}") if self.in_nats else ""
        lines = [self.tr("step {0}").format(f"{step:,.0f}")]
        if math.isnan(loss):
            lines.append(self.tr("nothing counted"))
        else:
            lines.append(self.tr("loss {0}").format(f"{loss:.4g}{unit}{bits}"))
        if not math.isnan(smooth):
            lines.append(self.tr("smoothed {0}").format(f"{smooth:.4g}{unit}"))
        done = int(np.searchsorted(self.epochs["step"], step + 0.5)) - 1
        if done >= 0 and math.isfinite(self.epochs["validation"][done]):
            lines.append(
                self.tr("validation {0} (epoch {1})").format(
                    f"{self.epochs['validation'][done]:.4g}{unit}", f"{self.epochs['epoch'][done]:.0f}"
                )
            )
        return "\n".join(lines)


def _nan_if_none(value: float | None) -> float:
    """Return NaN, which is drawn as a gap, for None."""
    return math.nan if value is None else value


def _short(word: str) -> str:
    """Abbreviate the name of a metric: "acc.", "mse"."""
    return word if len(word) <= 4 else f"{word[:3]}."


register_plot(
    PlotSpec(
        kind="loss",
        title=_title(),
        make=LossPlot,
        description="Training loss of every step and validation loss of every epoch.",
        order=10,
    )
)
