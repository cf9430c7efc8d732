"""Edits that move items: the document changes at once, and the items move to their new positions."""

from __future__ import annotations

from rnnstudio.design.model import Design
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene
from rnnstudio.ui.canvas.scene.move_animation import MoveAnimation
from rnnstudio.ui.document.document import Document


class AnimatedEdits:
    """Makes edits, and runs at most one animation.

    Attributes
    ----------
    motion : whether items move to their new positions; otherwise they are there at once
    """

    def __init__(self, scene: CanvasScene, document: Document) -> None:
        self._scene = scene
        self._document = document
        self._animation: MoveAnimation | None = None
        self.motion = False
        document.changed.connect(self.settle)

    def edit(self, text: str, design: Design) -> None:
        """Make one undoable edit, and animate what it moves."""
        if design == self._document.design:
            return
        self.settle()
        scene = self._scene
        before = {i: item.pos() for i, item in scene.node_items.items()}
        behind = {i: item.frame() for i, item in scene.annotations.items.items()}
        self._document.edit(text, design)
        if self.motion:
            nodes, annotations = scene.node_items, scene.annotations.items
            moved = {i: at for i, at in before.items() if i in nodes and nodes[i].pos() != at}
            resized = {i: r for i, r in behind.items() if i in annotations and annotations[i].frame() != r}
            if 0 < len(moved) <= MoveAnimation.MOST:
                self._animation = MoveAnimation(scene, moved, resized)
                self._animation.start()

    def set_motion(self, moves: bool) -> None:
        """Set whether edits are animated; a running animation ends."""
        self.motion = moves
        self.settle()

    def settle(self, _design: object = None) -> None:
        """End a running animation: every item is at its position in the document."""
        animation, self._animation = self._animation, None
        if animation is not None:
            animation.finish()
