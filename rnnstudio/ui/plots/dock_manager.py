"""The plots as docks: what each needs is asked of the engine only while it can be seen."""

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

_STRIP_HUES = ("forget", "input", "reset", "output")  # which gate a node's activation strip shows

TURN = 7  # ms between two plots that take in a frame
MOST_WAITING = 24


class ActivationStrips(Protocol):
    """Shows a strip of gate activations on a node; the canvas does."""

    def show_activations(self, node_id: NodeId, values: NDArray[Any] | None) -> None:
        """Show ``values``, of shape (units, T), on a node; None removes the strip."""


class PlotBoard(QObject):
    """Makes a dock for every registered plot and hands telemetry to them and to the canvas.

    Docks and plots are made when they are first asked for: loading pyqtgraph takes longer than all
    the rest of the window, which can be shown before.

    Signals
    -------
    made(list of Dock) : the docks are there and want a place
    """

    made = Signal(object)

    def __init__(
        self,
        document: Document,
        session: TrainingSession,
        canvas: ActivationStrips,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._session, self._canvas = document, session, canvas
        self._strips: dict[Channel, NodeId] = {}  # channel -> the node whose strip shows it
        self._labels: dict[str, tuple[str, ...]] = {}  # what the probe has at each step of a node's clock
        self._gone = False
        self._channels: frozenset[Channel] = frozenset()
        self._docks: dict[str, Dock] = {}
        self._plots: dict[str, PlotWidget] = {}
        self._specs: dict[str, PlotSpec] = {}
        self._waiting: deque[Callable[[], None]] = deque()
        self._turns = QTimer(self)
        self._turns.setInterval(TURN)
        self._turns.timeout.connect(self._take_turn)
        self._late = QTimer(self)  # docks show and hide in bursts: ask the engine once
        self._late.setSingleShot(True)
        self._late.setInterval(0)
        self._late.timeout.connect(self.subscribe)
        document.report_changed.connect(self.subscribe_soon)
        document.changed.connect(self._follow_design)
        session.started.connect(self._begin)
        session.frame.connect(self._show_frame)
        session.epoch_done.connect(self._show_epoch)

    def subscribe_soon(self, _what: object = None) -> None:
        """Ask for the traces that can be seen, once this burst of events is over."""
        self._late.start()

    def subscribe(self) -> None:
        """Ask the engine for the traces of the plots that can be seen, and of the strips."""
        design = self._session.run_design or self._document.design
        report = self._document.report if design is self._document.design else None
        channels = set(self._find_strips(design))
        for kind, plot in self._plots.items():
            if plot.isVisible():
                channels |= self._specs[kind].channels(design, report)
        if frozenset(channels) != self._channels:
            self._channels = frozenset(channels)
            self._session.subscribe(channels)

    def clear(self) -> None:
        """Forget the run that was shown: another document is open."""
        self._waiting.clear()
        for plot in self._plots.values():
            plot.begin(None, Design())
        for node_id in self._strips.values():
            self._show_strip(node_id, None)

    def dispose(self) -> None:
        """Let go of the plots; pyqtgraph's menus have no parent and live as long as their plots."""
        self._gone = True
        self._late.timeout.disconnect(self.subscribe)
        self._waiting.clear()
        for kept in (self._plots, self._docks, self._specs):
            kept.clear()

    @property
    def docks(self) -> dict[str, Dock]:
        """The docks by kind of plot."""
        self.make()
        return self._docks

    @property
    def plots(self) -> dict[str, PlotWidget]:
        """The plots by kind."""
        self.make()
        return self._plots

    def load(self) -> None:
        """Load the modules of the plots, so that `make` takes less."""
        plots()

    def make(self) -> None:
        """Make docks and plots, where that was not done yet."""
        if self._docks or self._gone:
            return
        for spec in plots():
            try:
                plot = self._plots[spec.kind] = spec.make()
            except Exception:  # of a plug-in: it is told as any error is, and the other plots are made
                sys.excepthook(*sys.exc_info())
                continue
            optional = spec.concerns is not None
            dock = Dock(f"plot-{spec.kind}", spec.title, plot, optional=optional)
            self._docks[spec.kind] = dock
            dock.visibilityChanged.connect(self.subscribe_soon)
            self._specs[spec.kind] = spec
        self.made.emit(list(self._docks.values()))
        for dock in self._docks.values():
            dock.setVisible(dock.belongs and not dock.isHidden())
        self._follow_design()

    def _follow_design(self) -> None:
        """Show the plots that concern the design only."""
        design = self._document.design
        for kind, dock in self._docks.items():
            concerns = self._specs[kind].concerns
            if concerns is not None:
                dock.set_belongs(concerns(design))

    def _find_strips(self, design: Design) -> dict[Channel, NodeId]:
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
            self._later(partial(self._show_on, plot, steps, traces))
        for channel, node_id in self._strips.items():
            if channel in traces:
                self._later(partial(self._show_strip, node_id, traces[channel]))

    def _show_on(self, plot: PlotWidget, steps: list[Any], traces: dict[Channel, NDArray[Any]]) -> None:
        if len(steps[0]):
            plot.show_steps(*steps)
        if traces and plot.isVisible():
            plot.show_traces(traces, self._labels)

    def _show_epoch(self, epoch: m.EpochDone) -> None:
        for plot in self.plots.values():
            self._later(partial(plot.show_epoch, epoch))

    def _later(self, show: Callable[[], None]) -> None:
        """Show one thing a turn of the event loop, so that no turn takes long; none is left out."""
        self._waiting.append(show)
        if not self._turns.isActive():
            self._turns.start()

    def _take_turn(self) -> None:
        for _ in range(1 + len(self._waiting) // MOST_WAITING):  # more at once where it falls behind
            if self._waiting:
                self._waiting.popleft()()
        if not self._waiting:
            self._turns.stop()

    def flush(self) -> None:
        """Show all that waits, now."""
        while self._waiting:
            self._waiting.popleft()()

    def _show_strip(self, node_id: NodeId, values: NDArray[Any] | None) -> None:
        if any(node.id == node_id for node in self._document.design.nodes):
            self._canvas.show_activations(node_id, values)
