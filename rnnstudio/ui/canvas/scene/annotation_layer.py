"""Keeps one item for each frame, note and expanded group of the document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from PySide6.QtCore import QPointF, QRectF

from rnnstudio.design import grouping
from rnnstudio.design.model import Comment, Design, Frame, Group, Node, NodeId
from rnnstudio.ui.canvas.items.annotation_items import (
    Annotation,
    AnnotationItem,
    FrameItem,
    GroupOutlineItem,
    NoteItem,
    within_reach,
)
from rnnstudio.ui.canvas.scene.scene_access import SceneAccess

__all__ = ["AnnotationItem", "AnnotationLayer"]


class AnnotationLayer:
    """Frames, notes and group outlines of one scene."""

    def __init__(self, scene: SceneAccess) -> None:
        self._scene = scene
        self.items: dict[NodeId, AnnotationItem] = {}
        self._unseen: Mapping[NodeId, NodeId] = {}  # the collapsed group of each hidden node and group
        self._inside: dict[NodeId, list[NodeId]] = {}  # of each expanded group, the innermost first
        self._homes: Mapping[NodeId, str] = {}  # the new group of what is being dragged

    # ------------------------------------------------------------------------------- following

    def follow(self, design: Design, drawn: grouping.VisiblePart) -> None:
        """Update the items to a design, of which ``drawn`` is visible."""
        self._unseen = drawn.hidden_in(design)
        if not (self.items or design.groups or design.frames or design.comments):
            return
        opened = grouping.expanded_depths(design)
        every: tuple[Annotation, ...] = (*design.frames, *design.groups, *design.comments)
        here: dict[NodeId, Annotation] = {
            element.id: element for element in every if not isinstance(element, Group) or element.id in opened
        }
        for item_id, item in list(self.items.items()):
            if item_id not in here or type(here[item_id]) is not type(item.annotation):
                self._scene.removeItem(self.items.pop(item_id))
        for item_id, element in here.items():
            known = self.items.get(item_id)
            if known is None:
                known = self.items[item_id] = _made(element, opened.get(item_id, 0))
                self._scene.addItem(known)
                chosen = item_id in self._scene.selection.nodes
                known.set_selected(chosen, chosen and self._scene.keyboard)
            elif known.annotation is not element:
                known.set_annotation(element)
            if isinstance(known, GroupOutlineItem):
                known.setZValue(known.level(opened[item_id]))
        seen = [group.id for group in design.groups if group.id in opened]
        self._inside = {i: [] for i in sorted(seen, key=lambda i: -opened[i])}
        members: tuple[Node | Group, ...] = (*design.nodes, *design.groups)
        for member in members:
            if member.group in self._inside:
                self._inside[NodeId(member.group)].append(member.id)
        self.settle()

    def settle(self, moved: Iterable[NodeId] | None = None) -> None:
        """Fit each group outline around its members; with ``moved``, only the groups of what moved."""
        touched = None if moved is None else set(moved)
        for group_id, members in self._inside.items():
            outline, inner = self.items[group_id], members
            if self._homes:
                inner = [i for i in members if self._homes.get(i, group_id) == group_id]
                inner += [i for i, home in self._homes.items() if home == group_id]
            if touched is not None:
                if touched.isdisjoint(inner):
                    continue
                touched.add(group_id)  # the outer outline follows
            if isinstance(outline, GroupOutlineItem):
                drawn = [item for i in inner if (item := self._scene.item(i)) is not None]
                outline.around([item.frame() for item in drawn])

    def refresh(self) -> None:
        """Lay out all texts again, because the theme changed."""
        for item in self.items.values():
            item.measure()
        self.settle()

    def keep_selection(self, design: Design) -> None:
        """Deselect what is deleted or hidden."""
        self._scene.selection.prune(design)
        self.select_visible()

    def select_visible(self) -> bool:
        """Select collapsed groups instead of their members; return whether the selection changed."""
        chosen, links = self._scene.selection, self._scene.link_items.keys()
        if not self._unseen or (chosen.nodes.isdisjoint(self._unseen) and chosen.links <= links):
            return False
        chosen.set({self._unseen.get(i, i) for i in chosen.nodes}, chosen.links & links)
        return True

    def follow_selection(self, keyboard: bool) -> None:
        """Show what is selected."""
        for item_id, item in self.items.items():
            chosen = item_id in self._scene.selection.nodes
            item.set_selected(chosen, chosen and keyboard)

    # ------------------------------------------------------------------------------- gestures

    def carry(self, positions: Mapping[NodeId, QPointF]) -> None:
        """Move frames and notes, and fit outlines around what moved."""
        for item_id, item in self.items.items():
            if item_id in positions and not isinstance(item, GroupOutlineItem):
                item.setPos(positions[item_id])
        if self._inside:
            self.settle(positions)

    def reset_positions(self, ids: Iterable[NodeId]) -> None:
        """Restore the positions of the document."""
        ids = list(ids)
        for item_id in ids:
            if item_id in self.items:
                self.items[item_id].set_annotation(self.items[item_id].annotation)
        if self._inside:
            self.settle(ids)

    def dragged_with(self, ids: Iterable[NodeId]) -> dict[NodeId, QPointF]:
        """Return the positions of all that moves with these: members of groups, and what is on frames."""
        design = self._scene.document.design
        chosen, new = set[NodeId](), set(ids)
        while new - chosen:
            chosen |= new
            new = grouping.descendants(design, chosen)
            for item_id in chosen:
                item = self.items.get(item_id)
                if isinstance(item, FrameItem):
                    new |= set(self._wholly_in(item.frame()))
        return {
            element.id: within_reach(element.x, element.y)
            for element in design.elements
            if element.id in chosen
        }

    def _wholly_in(self, rect: QRectF) -> Iterator[NodeId]:
        for items in (self._scene.node_items, self.items):
            yield from (i for i, item in items.items() if item.isVisible() and rect.contains(item.frame()))

    # ------------------------------------------------------------------------------- questions

    def at(self, point: QPointF, reach: float) -> tuple[AnnotationItem, str] | None:
        """Return the topmost annotation at a point, and which part of it."""
        square = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        for item in self._scene.items(square):
            if isinstance(item, AnnotationItem) and item.isVisible() and (by := item.hold(point, reach)):
                return item, by
        return None

    def group_at(self, point: QPointF) -> NodeId | None:
        """Return the innermost expanded group at a point."""
        return next((i for i, rect in self.outlines() if rect.contains(point)), None)

    def innermost_first(self) -> Iterable[NodeId]:
        """Return the expanded groups, each before its outer groups."""
        return self._inside.keys()

    def outlines(self) -> Iterator[tuple[NodeId, QRectF]]:
        """Return the outline of each expanded group, the innermost first."""
        return ((i, self.items[i].frame()) for i in self._inside if self.items[i].isVisible())

    def show_drop_targets(self, homes: Mapping[NodeId, str]) -> None:
        """Draw group outlines as if these items were in these groups, and highlight changes."""
        self._homes = homes
        for group_id, inner in self._inside.items():
            outline = self.items[group_id]
            if isinstance(outline, GroupOutlineItem):
                left = any(homes.get(i, group_id) != group_id for i in inner)
                outline.set_traffic(comes=group_id in homes.values(), goes=left)
        self.settle()

    def touched(self, rect: QRectF) -> set[NodeId]:
        """Return what a rubber band selects: notes that it touches, frames and groups that it contains."""
        return {
            i
            for i, item in self.items.items()
            if (rect.intersects(item.frame()) if isinstance(item, NoteItem) else rect.contains(item.frame()))
        }

    def extent(self) -> QRectF:
        """Return the rectangle that holds all of them."""
        rect = QRectF()
        for item in self.items.values():
            if item.isVisible():
                rect = rect.united(item.frame())
        return rect


def _made(element: Annotation, depth: int) -> AnnotationItem:
    if isinstance(element, Frame):
        return FrameItem(element)
    return NoteItem(element) if isinstance(element, Comment) else GroupOutlineItem(element, depth)
