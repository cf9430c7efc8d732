"""The plots in docks. The channels of a plot are subscribed to only while it is visible."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from rnnstudio.design.channel import GATE, Channel
from rnnstudio.design.model import Design, NodeId
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.plots.registry import PlotSpec, plots
from rnnstudio.ui.training.session import TrainingSession
from rnnstudio.ui.window.docks import Dock
from rnnstudio.worker import messages as m
from rnnstudio.worker.payloads import unpack_arrays

if TYPE_CHECKING:
    from rnnstudio.ui.plots.base import PlotWidget

_STRIP_HUES = (
    "forget",
    "input",
    "reset",
    "output",
)  # the first of these is the gate of the strip

UPDATE_INTERVAL = 7  # milliseconds between the updates of two plots
MAX_PENDING = 24  # updates; with more, several are shown at once


class ActivationStrips(Protocol):
    """Shows a strip of gate activations on a node; the canvas does."""

    def show_activations(self, node_id: NodeId, values: NDArray[Any] | None) -> None:
        """Show ``values``, of shape (units, T), on a node; None removes the strip."""


class PlotDockManager(QObject):
    """Creates a dock for each registered plot, and passes telemetry to the plots and the canvas.

    Docks and plots are created when they are first used, because loading pyqtgraph takes longer than the
    rest of the window, which is shown before.

    Signals
    -------
    created(list of Dock) : the docks are created and can be added to the window
    """

    created = Signal(object)

    def __init__(
        self,
        document: Document,
        session: TrainingSession,
        canvas: ActivationStrips,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._session, self._canvas = document, session, canvas
        self._strips: dict[Channel, NodeId] = {}  # the node whose strip shows a channel
        self._labels: dict[str, tuple[str, ...]] = {}  # labels of the time steps of the probe, by node
        self._is_disposed = False
        self._channels: frozenset[Channel] = frozenset()
        self._docks: dict[str, Dock] = {}
        self._plots: dict[str, PlotWidget] = {}
        self._specs: dict[str, PlotSpec] = {}
        self._pending_updates: deque[Callable[[], None]] = deque()
        self._update_timer = QTimer(self)
        self._update_timer.setInterval(UPDATE_INTERVAL)
        self._update_timer.timeout.connect(self._run_updates)
        self._subscribe_timer = QTimer(self)  # docks are shown and hidden in bursts
        self._subscribe_timer.setSingleShot(True)
        self._subscribe_timer.setInterval(0)
        self._subscribe_timer.timeout.connect(self.subscribe)
        document.report_changed.connect(self.schedule_subscribe)
        document.changed.connect(self._update_relevance)
        session.started.connect(self._begin)
        session.frame.connect(self._show_frame)
        session.epoch_done.connect(self._show_epoch)

    def schedule_subscribe(self, _what: object = None) -> None:
        """Subscribe after the current burst of events."""
        self._subscribe_timer.start()

    def subscribe(self) -> None:
        """Subscribe to the channels of the visible plots and of the activation strips."""
        design = self._session.run_design or self._document.design
        report = self._document.report if design is self._document.design else None
        channels = set(self._find_strip_channels(design))
        for kind, plot in self._plots.items():
            if plot.isVisible():
                channels |= self._specs[kind].channels(design, report)
        if frozenset(channels) != self._channels:
            self._channels = frozenset(channels)
            self._session.subscribe(channels)

    def clear(self) -> None:
        """Remove the data of the last run, when another document is opened."""
        self._pending_updates.clear()
        for plot in self._plots.values():
            plot.begin(None, Design())
        for node_id in self._strips.values():
            self._show_activations(node_id, None)

    def dispose(self) -> None:
        """Release the plots. The menus of pyqtgraph have no parent and live as long as their plots."""
        self._is_disposed = True
        self._subscribe_timer.timeout.disconnect(self.subscribe)
        self._pending_updates.clear()
        for mapping in (self._plots, self._docks, self._specs):
            mapping.clear()

    @property
    def docks(self) -> dict[str, Dock]:
        """The docks by kind of plot."""
        self.create()
        return self._docks

    @property
    def plots(self) -> dict[str, PlotWidget]:
        """The plots by kind."""
        self.create()
        return self._plots

    def load_modules(self) -> None:
        """Import the modules of the plots, so that `create` is faster."""
        plots()

    def create(self) -> None:
        """Create docks and plots, if they do not exist yet."""
        if self._docks or self._is_disposed:
            return
        for spec in plots():
            try:
                plot = self._plots[spec.kind] = spec.make()
            except Exception:  # of a plug-in: report it, and create the other plots
                sys.excepthook(*sys.exc_info())
                continue
            optional = spec.is_relevant is not None
            dock = Dock(f"plot-{spec.kind}", spec.title, plot, optional=optional)
            self._docks[spec.kind] = dock
            dock.visibilityChanged.connect(self.schedule_subscribe)
            self._specs[spec.kind] = spec
        self.created.emit(list(self._docks.values()))
        for dock in self._docks.values():
            dock.setVisible(dock.belongs and not dock.isHidden())
        self._update_relevance()

    def _update_relevance(self) -> None:
        """Hide the plots that are not relevant for the design."""
        design = self._document.design
        for kind, dock in self._docks.items():
            is_relevant = self._specs[kind].is_relevant
            if is_relevant is not None:
                dock.set_relevant(is_relevant(design))

    def _find_strip_channels(self, design: Design) -> dict[Channel, NodeId]:
        nodes = self._document.catalogue.nodes
        found = {}
        for node in design.nodes:
            if node.kind not in nodes:
                continue
            spec = nodes.get(node.kind)
            gates = spec.gate_titles(spec.complete(node.params))
            hues = {hue: name for name, (_, hue) in reversed(list(gates.items()))}
            gate = next((hues[hue] for hue in _STRIP_HUES if hue in hues), None)
            if gate is not None:
                found[Channel(GATE, node.id, gate)] = node.id
        self._strips = found
        return found

    def _begin(self, started: m.Started) -> None:
        design = self._session.run_design
        if design is None:
            return
        self.flush()
        self._labels = {node: started.labels.get(clock, ()) for node, clock in started.clocks.items()}
        for plot in self.plots.values():
            plot.begin(started, design)
        self.subscribe()

    def _show_frame(self, frame: m.Frame) -> None:
        traces = unpack_arrays(frame.traces)
        steps = [column.numpy() for column in (frame.step, frame.loss, frame.grad_norm, frame.clipped_norm)]
        for plot in self.plots.values():
            self._queue(partial(self._update_plot, plot, steps, traces))
        for channel, node_id in self._strips.items():
            if channel in traces:
                self._queue(partial(self._show_activations, node_id, traces[channel]))

    def _update_plot(self, plot: PlotWidget, steps: list[Any], traces: dict[Channel, NDArray[Any]]) -> None:
        if len(steps[0]):
            plot.show_steps(*steps)
        if traces and plot.isVisible():
            plot.show_traces(traces, self._labels)

    def _show_epoch(self, epoch: m.EpochDone) -> None:
        for plot in self.plots.values():
            self._queue(partial(plot.show_epoch, epoch))

    def _queue(self, update: Callable[[], None]) -> None:
        """Run one update per turn of the event loop, so that no turn takes long. None is dropped."""
        self._pending_updates.append(update)
        if not self._update_timer.isActive():
            self._update_timer.start()

    def _run_updates(self) -> None:
        for _ in range(1 + len(self._pending_updates) // MAX_PENDING):  # several if it falls behind
            if self._pending_updates:
                self._pending_updates.popleft()()
        if not self._pending_updates:
            self._update_timer.stop()

    def flush(self) -> None:
        """Run all pending updates now."""
        while self._pending_updates:
            self._pending_updates.popleft()()

    def _show_activations(self, node_id: NodeId, values: NDArray[Any] | None) -> None:
        if any(node.id == node_id for node in self._document.design.nodes):
            self._canvas.show_activations(node_id, values)
