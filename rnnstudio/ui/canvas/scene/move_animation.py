"""The animation of nodes, frames and notes from their old to their new positions."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QVariantAnimation

from rnnstudio.design.model import NodeId
from rnnstudio.ui.canvas.geometry.node_metrics import place
from rnnstudio.ui.canvas.items.annotation_items import GroupOutlineItem
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene

LONG = 150  # ms


class MoveAnimation(QVariantAnimation):
    """Moves items from their old to their new positions; it can be ended at any time."""

    MOST = 250  # more nodes would not move smoothly, so they are not animated

    def __init__(
        self, scene: CanvasScene, before: Mapping[NodeId, QPointF], behind: Mapping[NodeId, QRectF]
    ) -> None:
        super().__init__(scene)
        self._scene = scene
        self._before = dict(before)
        items = scene.annotations.items
        self._behind = {  # old and new rectangles of frames and notes; outlines follow their members
            i: (rect, items[i].frame())
            for i, rect in behind.items()
            if not isinstance(items[i], GroupOutlineItem)
        }
        self.setStartValue(0.0)
        self.setEndValue(1.0)
        self.setDuration(LONG)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.valueChanged.connect(self._show)
        self.finished.connect(self.finish)

    def _show(self, share: float) -> None:
        items = self._scene.node_items
        self._scene.show_positions(
            {
                i: start + (place(items[i].node) - start) * share
                for i, start in self._before.items()
                if i in items
            }
        )
        annotations = self._scene.annotations.items
        for i, (start, end) in self._behind.items():
            if i in annotations:
                corner = start.topLeft() + (end.topLeft() - start.topLeft()) * share
                size = start.size() + (end.size() - start.size()) * share
                annotations[i].set_rect(QRectF(corner, size))

    def finish(self) -> None:
        """End the animation: show everything at its position in the document."""
        before, self._before = [*self._before, *self._behind], {}
        self._behind = {}
        if before:  # otherwise it has ended before, and Qt may have deleted it
            self.stop()
            self._scene.reset_positions(before)
            self.deleteLater()
