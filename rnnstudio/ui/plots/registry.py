"""The registry of plots. A new plot is one new file in this folder or in a plug-in."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rnnstudio.design.channel import Channel
from rnnstudio.design.model import Design
from rnnstudio.design.plugins import load_plugins
from rnnstudio.design.registry import Registry
from rnnstudio.design.rules import Report
from rnnstudio.design.spec import ParamSpec

if TYPE_CHECKING:
    from rnnstudio.ui.plots.base import PlotWidget


def no_channels(_design: Design, _report: Report | None) -> set[Channel]:
    """Return no channels: losses and gradient norms of each step come without a subscription."""
    return set()


PLUGINS = "rnnstudio.plots"


@dataclass(frozen=True)
class PlotSpec:
    """A kind of plot.

    Attributes
    ----------
    make : creates the widget
    channels : (design, its report or None) -> the channels whose traces the plot shows
    is_relevant : design -> whether it has anything that the plot shows; if not, the plot is hidden
    order : the plots are sorted by this number
    """

    kind: str
    title: str
    make: Callable[[], PlotWidget]
    channels: Callable[[Design, Report | None], set[Channel]] = no_channels
    description: str = ""
    params: tuple[ParamSpec, ...] = ()
    is_relevant: Callable[[Design], bool] | None = None
    order: int = 100


PLOTS: Registry[PlotSpec] = Registry("plot")


def register_plot(spec: PlotSpec) -> PlotSpec:
    """Register a plot and return ``spec``."""
    return PLOTS.register(spec)


def plots() -> tuple[PlotSpec, ...]:
    """Import the plots of this folder and of plug-ins, and return all registered plots in order.

    Plug-ins list plots in a separate group of entry points, so that the training process never loads Qt.
    """
    broken_plugins()
    return tuple(sorted(PLOTS, key=lambda spec: (spec.order, spec.title)))


@cache
def broken_plugins() -> tuple[str, ...]:
    """Import every plot once; return a sentence for each plug-in that failed to load."""
    package = importlib.import_module("rnnstudio.ui.plots")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return load_plugins(PLUGINS, {PLOTS: PlotSpec})
