"""Pushing elements apart when one of them grows, for example a group that is expanded.

Everything to the right of the element moves right by the distance that the nearest neighbour needs, and
likewise on the other sides, so that the order is kept. The container grows and pushes in turn.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from msgspec.structs import replace as replace_fields

from rnnstudio.design import edits
from rnnstudio.design.geometry import Rect, bounding_rect
from rnnstudio.design.grouping import visible_part
from rnnstudio.design.model import Design, NodeId
from rnnstudio.layout.containment import CANVAS, Containment, Padding
from rnnstudio.layout.layered import BETWEEN_LAYERS, GRID

CLEAR = 24.0  # the gap between an element that grew, or was laid out, and others
ENOUGH = 40.0  # a gap of this size is not enlarged


@dataclass
class _Push:
    """How far the elements on each side move."""

    left: float = 0.0
    up: float = 0.0
    right: float = 0.0
    down: float = 0.0


def push_apart(
    tree: Containment,
    rects: Mapping[NodeId, Rect],
    element: NodeId,
    after: Rect,
    pads: Mapping[NodeId, Padding],
) -> dict[NodeId, Rect]:
    """Return the changed rectangles when an element, which is included, grows to ``after``.

    Parameters
    ----------
    tree, rects : the containers and the rectangles before
    element, after : the element that grows, and its new rectangle
    pads : the padding of each group and frame
    """
    now = dict(rects)
    notes: defaultdict[NodeId, list[NodeId]] = defaultdict(list)
    for note, owner in tree.notes.items():
        notes[owner].append(note)
    while True:
        container, before, now[element] = tree.parent[element], now[element], after
        units = [_all_in(tree, notes, i) for i in tree.children[container] if i != element]
        units += [[note] for note in notes[element]]
        if container == CANVAS:
            units += [[i] for i in rects if i not in tree.parent and i not in tree.notes]
        areas = [bounding_rect(now[i] for i in unit) for unit in units]
        push = _needed(areas, before, after)
        for unit, area in zip(units, areas, strict=True):
            dx, dy = _shift(area, before, push)
            now |= {i: now[i].translated(dx, dy) for i in unit}
        if container == CANVAS:
            break
        room = now[container].padded(push.left, push.up, push.right, push.down)
        room = bounding_rect([room, after.padded(*pads[container])])
        if room == now[container]:
            break
        element, after = container, room
    return {i: rect for i, rect in now.items() if rect != rects[i]}


def _all_in(tree: Containment, notes: Mapping[NodeId, list[NodeId]], element: NodeId) -> list[NodeId]:
    found = [element]
    for inner in found:  # grows during the iteration
        found += tree.children.get(inner, ())
    return [*found, *(note for inner in found for note in notes.get(inner, ()))]


def _needed(areas: Iterable[Rect], before: Rect, after: Rect) -> _Push:
    """Return the smallest push that keeps every neighbour on its side, at up to the distance of a layer.

    Elements off a corner are pushed in the direction that is shorter, if they are in the way.
    """
    push, corners = _Push(), list[Rect]()
    for area in areas:
        across = area.x < before.right and area.right > before.x
        down = area.y < before.bottom and area.bottom > before.y
        if not across and not down:
            corners.append(area)
        elif not (across and down):
            _widen(push, area, before, after, sideways=down)
    for area in corners:
        reach = after.padded(CLEAR, CLEAR, CLEAR, CLEAR)
        if area.translated(*_shift(area, before, push)).intersects(reach):
            wide, high = replace(push), replace(push)
            _widen(wide, area, before, after, sideways=True)
            _widen(high, area, before, after, sideways=False)
            push = min(wide, high, key=lambda push: push.left + push.right + push.up + push.down)
    return push


def _widen(push: _Push, area: Rect, before: Rect, after: Rect, *, sideways: bool) -> None:
    """Enlarge a push as far as an area needs, horizontally or vertically."""
    if sideways:
        push.right = max(push.right, _step(area.x - before.right, area.x - after.right))
        push.left = max(push.left, _step(before.x - area.right, after.x - area.right))
    else:
        push.down = max(push.down, _step(area.y - before.bottom, area.y - after.bottom))
        push.up = max(push.up, _step(before.y - area.bottom, after.y - area.bottom))


def _step(was: float, left: float) -> float:
    """Return how far to move when a gap of ``was`` has shrunk to ``left``."""
    if was < 0 or left >= min(was, ENOUGH):
        return 0.0
    return math.ceil((min(was, BETWEEN_LAYERS) - left) / GRID) * GRID


def _shift(area: Rect, before: Rect, push: _Push) -> tuple[float, float]:
    dx = push.right if area.x >= before.right else -push.left if area.right <= before.x else 0.0
    dy = push.down if area.y >= before.bottom else -push.up if area.bottom <= before.y else 0.0
    return dx, dy


def shift_right(design: Design, x: float, by: float, keep: str = "") -> Design:
    """Move all elements at ``x`` or right of it by ``by`` pixels, and widen frames across ``x``.

    The members of a collapsed group move with it. The node with the id ``keep`` stays.
    """
    container = visible_part(design).holder
    lefts = {group.id: group.x for group in design.groups}
    positions = {}
    for element in design.elements:
        left = lefts[container[element.id]] if element.id in container else element.x
        if left >= x and element.id != keep:
            positions[element.id] = (element.x + by, element.y)
    moved = edits.move(design, positions)
    across = {frame.id for frame in design.frames if frame.x < x < frame.x + frame.width}
    if not across:
        return moved
    frames = (replace_fields(f, width=f.width + by) if f.id in across else f for f in moved.frames)
    return replace_fields(moved, frames=tuple(frames))
