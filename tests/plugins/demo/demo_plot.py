"""A plot from outside: it counts training steps and stores its traces."""

from rnnstudio.design.channel import Channel
from rnnstudio.ui.plots.base import PlotWidget
from rnnstudio.ui.plots.registry import PlotSpec, register_plot


class Counter(PlotWidget):
    def __init__(self):
        super().__init__("Counter", "Nothing counted yet.")
        self.header.add(self.menu_button)
        self.count, self.traces = 0, {}

    def show_steps(self, steps, loss, grad_norm, clipped_norm):
        self.count += len(steps)

    def show_traces(self, traces, labels):
        self.traces.update(traces)


register_plot(
    PlotSpec(
        kind="demo_counter",
        title="Counter",
        make=Counter,
        channels=lambda design, report: {Channel("state", "cell", "h")},
    )
)
