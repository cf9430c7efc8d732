"""Tidy up, align and distribute: edits of where things stand. The document changes at once; blocks glide."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, QRectF

from rnnstudio.design import annotation, edits
from rnnstudio.design.annotation import Box
from rnnstudio.design.model import Design, NodeId
from rnnstudio.layout.containment import clusters
from rnnstudio.layout.layered import Wire
from rnnstudio.layout.nested import Nested
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.scene import item_rects
from rnnstudio.ui.canvas.scene.move_animation import Glide
from rnnstudio.ui.document import undo_text
from rnnstudio.ui.document.grid import grid

Shift = Callable[[QRectF, QRectF], QPointF]


class Arranging:
    """The arrange menu of one canvas.

    Attributes
    ----------
    motion : whether blocks glide to their new places; else they are there at once
    """

    def __init__(self, context: CanvasContext) -> None:
        self._context = context
        self._scene = context.canvas
        self._document = context.document
        self._glide: Glide | None = None
        self.motion = False
        self._document.changed.connect(self.settle)

    # ------------------------------------------------------------------------------- tidy up

    def tidy(self) -> None:
        """Lay the selected nodes out from left to right; all of them where fewer than two are selected."""
        scene = self._scene
        carried = scene.carried(self._context.selection.nodes)
        chosen = [i for i in scene.node_items if i in carried]
        if len(chosen) < 2:
            chosen = list(scene.node_items)
        if not chosen:
            self._context.report(self._context.tr("There is nothing to tidy up yet."))
            return
        design = self._document.design
        moved = self._tidied(chosen)
        if moved == design:
            self._context.report(self._context.tr("Everything is tidy already."))
            return
        whole = self._context.visible_scene_rect().contains(scene.content_rect())
        self.edit(undo_text.tidied(len(chosen)), moved)
        if whole and not self._context.visible_scene_rect().contains(scene.content_rect()):
            self._context.fit()

    def _tidied(self, chosen: list[NodeId]) -> Design:
        """Return the design with the chosen blocks tidied, and with them groups, frames and notes."""
        scene, design = self._scene, self._document.design
        rects, pads = item_rects.rects(scene), item_rects.pads(scene)
        tree = clusters(design, rects)
        places = Nested(tree, rects, list(self._wires()), pads, grid.step).tidied(chosen)
        moved = self._moved({i: QPointF(places[i].x, places[i].y) for i in scene.node_items if i in places})
        return annotation.put_rects(moved, {i: Box(*rect) for i, rect in places.items()})

    def _wires(self) -> Iterable[Wire]:
        items = self._scene.node_items
        for wire in self._scene.link_items.values():
            link = wire.link
            source, target = wire.blocks
            if source in items and target in items:
                leaves = items[source].key((link.source, link.source_port, True))
                enters = items[target].key((link.target, link.target_port, False))
                yield Wire(
                    source,
                    items[source].layout.port(leaves, True).y(),
                    target,
                    items[target].layout.port(enters, False).y(),
                    bool(link.delay),
                )

    # ------------------------------------------------------------------------------- align

    def align_left(self) -> None:
        """Move the selection to its left edge."""
        self._align(lambda frame, whole: QPointF(whole.left() - frame.left(), 0.0))

    def align_centre(self) -> None:
        """Move the selection to one vertical line."""
        self._align(lambda frame, whole: QPointF(whole.center().x() - frame.center().x(), 0.0))

    def align_right(self) -> None:
        """Move the selection to its right edge."""
        self._align(lambda frame, whole: QPointF(whole.right() - frame.right(), 0.0))

    def align_top(self) -> None:
        """Move the selection to its top edge."""
        self._align(lambda frame, whole: QPointF(0.0, whole.top() - frame.top()))

    def align_middle(self) -> None:
        """Move the selection to one level line."""
        self._align(lambda frame, whole: QPointF(0.0, whole.center().y() - frame.center().y()))

    def align_bottom(self) -> None:
        """Move the selection to its bottom edge."""
        self._align(lambda frame, whole: QPointF(0.0, whole.bottom() - frame.bottom()))

    def distribute_across(self) -> None:
        """Leave equal gaps between the selected, from the leftmost to the rightmost."""
        self._distribute(across=True)

    def distribute_down(self) -> None:
        """Leave equal gaps between the selected, from the highest to the lowest."""
        self._distribute(across=False)

    def _align(self, shift: Shift) -> None:
        frames = self._chosen()
        if len(frames) < 2:
            self._context.report(self._context.tr("Select two nodes or more to align them."))
            return
        whole = _bounds(frames.values())
        places = {i: frame.topLeft() + shift(frame, whole) for i, frame in frames.items()}
        self.edit(undo_text.aligned(len(frames)), self._moved(places))

    def _distribute(self, *, across: bool) -> None:
        frames = self._chosen()
        if len(frames) < 3:
            self._context.report(self._context.tr("Select three nodes or more to distribute them."))
            return

        def span(frame: QRectF) -> tuple[float, float]:
            return (frame.left(), frame.width()) if across else (frame.top(), frame.height())

        order = sorted(frames, key=lambda i: (span(frames[i])[0] + span(frames[i])[1] / 2, i))
        at = span(frames[order[0]])[0]
        room = sum(span(frames[order[-1]])) - at - sum(span(frame)[1] for frame in frames.values())
        places = {}
        for i in order:
            places[i] = QPointF(at, frames[i].top()) if across else QPointF(frames[i].left(), at)
            at += span(frames[i])[1] + room / (len(order) - 1)
        places[order[-1]] = frames[order[-1]].topLeft()
        self.edit(undo_text.distributed(len(frames)), self._moved(places))

    def _chosen(self) -> dict[NodeId, QRectF]:
        """Return what is selected and its rectangle; what another of them carries goes with it."""
        scene, selected = self._scene, self._context.selection.nodes
        carried = {inner for i in selected for inner in scene.carried([i]) if inner != i}
        items = {i: scene.item(i) for i in sorted(selected) if i not in carried}
        return {i: item.frame() for i, item in items.items() if item is not None}

    # ------------------------------------------------------------------------------- the edit

    def _moved(self, places: dict[NodeId, QPointF]) -> Design:
        """Return the design with each block there, and with it what is in it or on it."""
        design = self._document.design
        before = {thing.id: QPointF(thing.x, thing.y) for thing in design.placed}
        to: dict[NodeId, tuple[float, float]] = {}
        nodes = {node.id for node in design.nodes}
        for i, place in places.items():
            item = self._scene.item(i)
            if item is None:
                continue
            by = place - item.frame().topLeft()
            for inner in [i] if i in nodes else self._scene.carried([i]):
                to[inner] = (before[inner].x() + by.x(), before[inner].y() + by.y())
        return edits.move(design, to)

    def edit(self, text: str, design: Design) -> None:
        """Put a step into the document, and let what it moves glide there."""
        if design == self._document.design:
            return
        self.settle()
        scene = self._scene
        before = {i: item.pos() for i, item in scene.node_items.items()}
        behind = {i: item.frame() for i, item in scene.things.items.items()}
        self._document.edit(text, design)
        if self.motion:
            blocks, things_now = scene.node_items, scene.things.items
            moved = {i: at for i, at in before.items() if i in blocks and blocks[i].pos() != at}
            resized = {i: r for i, r in behind.items() if i in things_now and things_now[i].frame() != r}
            if 0 < len(moved) <= Glide.MOST:
                self._glide = Glide(scene, moved, resized)
                self._glide.start()

    def set_motion(self, moves: bool) -> None:
        """Let blocks glide from now on, or be at their places at once; one that glides is there now."""
        self.motion = moves
        self.settle()

    def settle(self, _design: object = None) -> None:
        """Show everything at its place now: a hand, or another edit, does not wait for a glide."""
        glide, self._glide = self._glide, None
        if glide is not None:
            glide.finish()


def _bounds(frames: Iterable[QRectF]) -> QRectF:
    whole = QRectF()
    for frame in frames:
        whole = whole.united(frame)
    return whole
