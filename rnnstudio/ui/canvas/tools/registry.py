"""Where tools register themselves. Adding one is one new file in this folder, or a plug-in's."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QMimeData, QPoint, Qt

from rnnstudio.design.plugins import load_plugins
from rnnstudio.design.registry import Registry
from rnnstudio.design.spec import ParamSpec
from rnnstudio.ui.canvas.canvas_context import CanvasContext, Gesture
from rnnstudio.ui.canvas.hit_test import Hit

PLUGINS = "rnnstudio.tools"
_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


@dataclass(frozen=True)
class Press:
    """A press of a mouse button on the canvas.

    Attributes
    ----------
    at : in pixels of the viewport
    space : whether Space is held
    cutting : whether the next drag cuts links
    """

    at: QPoint
    button: Qt.MouseButton = Qt.MouseButton.LeftButton
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    space: bool = False
    cutting: bool = False

    @property
    def is_left(self) -> bool:
        """Whether it is the left button."""
        return self.button == Qt.MouseButton.LeftButton

    @property
    def adds(self) -> bool:
        """Whether it adds to what is selected."""
        return bool(self.modifiers & _ADDING)


def _never(_press: Press, _hit: Hit) -> bool:
    return False


def _no_cursor(_hit: Hit) -> Qt.CursorShape | None:
    return None


@dataclass(frozen=True)
class ToolSpec:
    """A tool.

    Attributes
    ----------
    order : tools are tried in the order of this number
    matches : (press, hit) -> whether the press belongs to this tool
    make : (context, press, hit) -> the gesture that begins, or None if the press did everything
    cursor : hit -> the pointer that shows what a press would do, or None for the plain one
    double_click : (context, hit) -> whether a double click did something; if None, it counts as a press
    drop : (context, data) -> the gesture for what is dragged over the canvas, or None
    """

    id: str
    order: int
    matches: Callable[[Press, Hit], bool] = _never
    make: Callable[[CanvasContext, Press, Hit], Gesture | None] | None = None
    cursor: Callable[[Hit], Qt.CursorShape | None] = _no_cursor
    double_click: Callable[[CanvasContext, Hit], bool] | None = None
    drop: Callable[[CanvasContext, QMimeData], Gesture | None] | None = None
    params: tuple[ParamSpec, ...] = ()

    @property
    def kind(self) -> str:
        """The name in the registry."""
        return self.id

    @property
    def title(self) -> str:
        """The name in sentences."""
        return self.id


TOOLS: Registry[ToolSpec] = Registry("tool")


def register_tool(spec: ToolSpec) -> ToolSpec:
    """Register a tool; returns ``spec``."""
    return TOOLS.register(spec)


def tools() -> tuple[ToolSpec, ...]:
    """Import every tool of this folder and of plug-ins; return all that are registered, in their order."""
    broken_plugins()
    return tuple(sorted(TOOLS, key=lambda spec: spec.order))


def tool_for(press: Press, hit: Hit) -> ToolSpec | None:
    """Return the first tool that a press belongs to."""
    return next((tool for tool in tools() if tool.matches(press, hit)), None)


@cache
def broken_plugins() -> tuple[str, ...]:
    """Import every tool once; return a sentence for each plug-in that could not be loaded."""
    package = importlib.import_module("rnnstudio.ui.canvas.tools")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return load_plugins(PLUGINS, {TOOLS: ToolSpec})
