"""Edits of what stands on the canvas besides nodes and links: groups, frames and comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from rnnstudio.design import edits, grouping
from rnnstudio.design.model import Comment, Design, Frame, Group, Node, NodeId, Placed

LEAST_WIDTH, LEAST_HEIGHT = 96.0, 48.0


@dataclass(frozen=True)
class Box:
    """A rectangle in scene coordinates."""

    x: float
    y: float
    width: float
    height: float

    def fitting(self) -> Box:
        """Return it with numbers as files keep them, and not too small to take hold of."""
        width, height = max(self.width, LEAST_WIDTH), max(self.height, LEAST_HEIGHT)
        return Box(edits.tidy(self.x), edits.tidy(self.y), edits.tidy(width), edits.tidy(height))


def find(design: Design, thing_id: str) -> Placed | None:
    """Return what has this id and a place, or None."""
    return next((thing for thing in design.placed if thing.id == thing_id), None)


def add_frame(design: Design, box: Box, title: str = "") -> tuple[Design, NodeId]:
    """Add a frame; return the design with it, and its id."""
    box = box.fitting()
    frame = Frame(edits.new_node_id(design, "frame"), box.x, box.y, box.width, box.height, title)
    return replace(design, frames=(*design.frames, frame)), frame.id


def add_comment(design: Design, box: Box, text: str = "") -> tuple[Design, NodeId]:
    """Add a comment; return the design with it, and its id."""
    box = box.fitting()
    comment = Comment(edits.new_node_id(design, "note"), box.x, box.y, box.width, box.height, text)
    return replace(design, comments=(*design.comments, comment)), comment.id


def resize(design: Design, thing_id: NodeId, box: Box) -> Design:
    """Give a frame or a comment another place and size."""
    box = box.fitting()
    place = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    return replace(
        design,
        frames=tuple(replace(f, **place) if f.id == thing_id else f for f in design.frames),
        comments=tuple(replace(c, **place) if c.id == thing_id else c for c in design.comments),
    )


def put_rects(design: Design, rects: Mapping[NodeId, Box]) -> Design:
    """Give frames these rectangles, and comments these places; their text says how large they are."""

    def frame(thing: Frame) -> Frame:
        box = rects[thing.id].fitting()
        return replace(thing, x=box.x, y=box.y, width=box.width, height=box.height)

    def comment(thing: Comment) -> Comment:
        return replace(thing, x=edits.tidy(rects[thing.id].x), y=edits.tidy(rects[thing.id].y))

    return replace(
        design,
        frames=tuple(frame(f) if f.id in rects else f for f in design.frames),
        comments=tuple(comment(c) if c.id in rects else c for c in design.comments),
    )


def words(thing: Placed) -> str:
    """Return what a person wrote on a thing: its title, or a comment's text."""
    return thing.text if isinstance(thing, Comment) else thing.title


def write(design: Design, thing_id: NodeId, text: str) -> Design:
    """Give a node, a group or a frame another title, or a comment another text."""
    return replace(
        design,
        nodes=tuple(replace(n, title=text) if n.id == thing_id else n for n in design.nodes),
        groups=tuple(replace(g, title=text) if g.id == thing_id else g for g in design.groups),
        frames=tuple(replace(f, title=text) if f.id == thing_id else f for f in design.frames),
        comments=tuple(replace(c, text=text) if c.id == thing_id else c for c in design.comments),
    )


def group(design: Design, ids: Iterable[str], title: str, x: float, y: float) -> tuple[Design, NodeId] | None:
    """Put nodes and groups into a new group at a place; None where none of the ids is one.

    Of a group and what is in it, the group alone is taken.
    """
    groupable: tuple[Node | Group, ...] = (*design.nodes, *design.groups)
    chosen = {thing.id for thing in groupable} & set(ids)
    chosen -= grouping.inside(design, chosen)
    if not chosen:
        return None
    outer = grouping.common(design, chosen)
    made = Group(edits.new_node_id(design, "group"), edits.tidy(x), edits.tidy(y), title, group=outer)
    return grouping.without(grouping.make(design, made, chosen), ()), made.id


def unpack(design: Design, ids: Iterable[str]) -> Design:
    """Take these groups away and leave what is in them."""
    for each in design.groups:
        if each.id in set(ids):
            design = grouping.unpack(design, each.id)
    return design


def put(design: Design, homes: Mapping[NodeId, str]) -> Design:
    """Put nodes and groups each into the group of this id, "" for none; a group left empty goes."""
    moved = replace(
        design,
        nodes=tuple(replace(n, group=homes[n.id]) if n.id in homes else n for n in design.nodes),
        groups=tuple(replace(g, group=homes[g.id]) if g.id in homes else g for g in design.groups),
    )
    return grouping.without(moved, ())


def leave(design: Design, ids: Iterable[str]) -> Design:
    """Take nodes out of the group that they are in, into the one around it; an empty group goes."""
    chosen = set(ids)
    outer: dict[str, str] = {group.id: group.group for group in design.groups}
    nodes = tuple(replace(n, group=outer.get(n.group, "")) if n.id in chosen else n for n in design.nodes)
    return grouping.without(replace(design, nodes=nodes), ())


def open_around(design: Design, thing_id: str) -> Design:
    """Open every folded group that a node or a group is in."""
    thing = find(design, thing_id)
    outer = thing.group if thing is not None and not isinstance(thing, Frame | Comment) else ""
    for each in grouping.chain(design, outer):
        if each.folded:
            design = grouping.change(design, each.id, folded=False)
    return design


def name_port(design: Design, group_id: NodeId, key: str, name: str) -> Design:
    """Name a port of a folded group, by ``node.port``; an empty name shows the port's own."""
    found = next(g for g in design.groups if g.id == group_id)
    names = {k: v for k, v in found.names.items() if k != key}
    return grouping.change(design, group_id, names={**names, key: name} if name else names)
