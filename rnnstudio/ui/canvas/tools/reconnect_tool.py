"""Reconnecting: dragging the end of a link to another port."""

from __future__ import annotations

from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.hit_test import Hit, Target
from rnnstudio.ui.canvas.tools.connect_tool import Connect
from rnnstudio.ui.canvas.tools.registry import Press, ToolSpec, register_tool


def _matches(press: Press, hit: Hit) -> bool:
    return press.is_left and not press.adds and hit.target is Target.LINK_END


def _make(context: CanvasContext, _press: Press, hit: Hit) -> Connect:
    assert hit.link is not None and hit.port is not None
    context.selection.set(links=[hit.link.link.id])
    return Connect(context, hit.port, hit.link.link)


register_tool(ToolSpec("reconnect", 30, _matches, _make))
