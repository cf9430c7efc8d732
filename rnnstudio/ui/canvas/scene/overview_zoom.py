"""The zoom below which the overview is painted; see `overview_painter`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF

from rnnstudio.design.model import Design
from rnnstudio.ui.canvas.geometry.node_metrics import FAR
from rnnstudio.ui.canvas.pan_zoom_view import PanZoomView
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene

_CROWD, _FAR_OF_MANY = 120, 0.85  # nodes, with their links, that can be painted one by one in a frame


class OverviewZoom:
    """Turns the overview on below a zoom that depends on how densely the nodes are placed."""

    def __init__(self, view: PanZoomView, scene: CanvasScene) -> None:
        self._view, self._scene = view, scene
        self._dense: float | None = None  # nodes per square unit of the scene
        scene.document.changed.connect(self._renew)
        view.zoom_changed.connect(self._zoomed)

    def _renew(self, _design: Design) -> None:
        self._dense = None

    def _zoomed(self, zoom: float) -> None:
        self._scene.set_overview(zoom < self.overview_below)

    @property
    def overview_below(self) -> float:
        """The zoom below which the overview is painted."""
        if self._dense is None:
            self._dense = _density([item.frame() for item in self._scene.node_items.values()])
        room = self._view.viewport().size()
        return min(max(math.sqrt(self._dense * room.width() * room.height() / _CROWD), FAR), _FAR_OF_MANY)


def _density(frames: Sequence[QRectF]) -> float:
    """Return the nodes per square unit; 0 if there are few."""
    if len(frames) < _CROWD:
        return 0.0
    whole = QRectF()
    for frame in frames:
        whole = whole.united(frame)
    return len(frames) / (whole.width() * whole.height())
