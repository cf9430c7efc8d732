"""Brackets with the names of groups and frames beside an unrolled network, along their nodes' rows.

Unrolled, a node stands at every step, so nothing can be drawn around what a group holds without being
drawn around most of the picture. But a node keeps its row. Groups and frames of the last run of steps stand
at the right, those of any other at the left; notes belong to the drawing as it is built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from rnnstudio.design import grouping
from rnnstudio.design.model import Design, Node, NodeId
from rnnstudio.design.spec import NodeSpec
from rnnstudio.layout.unrolled_picture import Unrolled
from rnnstudio.ui.canvas.geometry.node_metrics import lay_out
from rnnstudio.ui.canvas.items.collapsed_group_item import title_of
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.widgets.text_format import elided

HOOK = 6.0  # how far a bracket reaches towards the rows
_APART, _BESIDE = 16.0, 8.0  # between picture and bracket, and between bracket and words
_WIDEST, _LINE = 128.0, 20.0  # of the words
_AROUND = 4.0  # how far a bracket reaches beyond its rows


@dataclass(frozen=True)
class GroupBracket:
    """A bracket with its label. ``right`` is its side; ``dashed`` marks a frame."""

    thing: NodeId
    words: str
    bracket: QRectF
    words_rect: QRectF
    right: bool
    dashed: bool


@dataclass(frozen=True)
class _Run:
    thing: NodeId
    words: str
    dashed: bool
    right: bool
    low: int
    high: int
    count: int  # of what is in it


def group_brackets(
    design: Design,
    layout: Unrolled,
    spec: Callable[[NodeId], NodeSpec | None],
    row: Callable[[int], QRectF],
    picture: QRectF,
) -> list[GroupBracket]:
    """Return the names of all groups and titled frames, outside ``picture``; ``row`` gives a row's extent."""
    made: list[GroupBracket] = []
    for right in (False, True):
        edge = picture.right() if right else picture.left()
        lanes: list[list[_Run]] = []
        runs = [run for run in _runs(design, layout, spec) if run.right is right]
        for run in sorted(runs, key=lambda run: (run.high - run.low, run.count)):  # what is inside is nearer
            beyond = range(len(lanes))
            occurrence = next((n for n in beyond if _clear(run, lanes[n:])), len(lanes))
            if occurrence == len(lanes):
                lanes.append([])
            lanes[occurrence].append(run)
        for lane in lanes:
            shown = [elided(run.words, paint_cache.small_metrics(), _WIDEST) for run in lane]
            wide = max(paint_cache.small_metrics().horizontalAdvance(words) for words in shown) + 2.0
            for run, words in zip(lane, shown, strict=True):
                top, bottom = row(run.high).top() - _AROUND, row(run.low).bottom() + _AROUND
                at = edge + _APART if right else edge - _APART - HOOK
                bracket = QRectF(at, top, HOOK, bottom - top)
                left = bracket.right() + _BESIDE if right else bracket.left() - _BESIDE - wide
                middle = bracket.center().y() - _LINE / 2
                words_rect = QRectF(left, middle, wide, _LINE)
                made.append(GroupBracket(run.thing, words, bracket, words_rect, right, run.dashed))
            step = _APART + HOOK + _BESIDE + wide
            edge += step if right else -step
    return made


def _clear(run: _Run, lanes: Sequence[Sequence[_Run]]) -> bool:
    """Return whether a run does not overlap those in these lanes."""
    return all(run.high < other.low or run.low > other.high for lane in lanes for other in lane)


def _runs(design: Design, layout: Unrolled, spec: Callable[[NodeId], NodeSpec | None]) -> Iterator[_Run]:
    """Yield each run of adjacent rows of one group or frame, by side."""
    last = max((column.phase for column in layout.columns), default=0)
    rows: dict[NodeId, set[tuple[bool, int]]] = {}
    for occurrence in layout.occurrences:
        right = last > 0 and layout.columns[occurrence.column].phase == last
        rows.setdefault(occurrence.node, set()).add((right, occurrence.row))
    for thing, words, dashed, members in _gatherings(design, spec):
        taken = {where for node in members for where in rows.get(node, ())}
        for right in (False, True):
            mine = sorted(row for side, row in taken if side is right)
            for low, high in _ranges(mine):
                yield _Run(thing, words, dashed, right, low, high, len(members))


def _ranges(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each run of consecutive numbers."""
    start = None
    for occurrence, row in enumerate(rows):
        start = row if start is None else start
        if occurrence + 1 == len(rows) or rows[occurrence + 1] > row + 1:
            yield start, row
            start = None


def _gatherings(
    design: Design, spec: Callable[[NodeId], NodeSpec | None]
) -> Iterator[tuple[NodeId, str, bool, set[NodeId]]]:
    """Yield (id, title, whether it is a frame, nodes) of each group and titled frame."""
    for group in design.groups:
        yield group.id, title_of(group), False, grouping.descendants(design, [group.id])
    holder = grouping.visible_part(design).holder
    collapsed = {group.id: group for group in design.groups}
    for frame in design.frames:
        box = QRectF(frame.x, frame.y, frame.width, frame.height)
        members = set[NodeId]()
        for node in design.nodes:
            block = collapsed.get(holder[node.id]) if node.id in holder else None
            stands = _rect(node, spec(node.id)) if block is None else QRectF(block.x, block.y, 1.0, 1.0)
            if box.contains(stands):
                members.add(node.id)
        if frame.title and members:
            yield frame.id, frame.title, True, members


def _rect(node: Node, spec: NodeSpec | None) -> QRectF:
    return lay_out(node, spec).rect.translated(node.x, node.y)
