"""Edits of groups, frames and comments, the elements of the canvas that annotate the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from rnnstudio.design import edits, grouping
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Comment, Design, Element, Frame, Group, Node, NodeId

LEAST_WIDTH, LEAST_HEIGHT = 96.0, 48.0


def _fitted(rect: Rect) -> Rect:
    """Return a rectangle with rounded coordinates that is large enough to be grabbed."""
    width, height = max(rect.width, LEAST_WIDTH), max(rect.height, LEAST_HEIGHT)
    return Rect(*(edits.round_coordinate(value) for value in (rect.x, rect.y, width, height)))


def find(design: Design, element_id: str) -> Element | None:
    """Return the element with this id, or None."""
    return next((element for element in design.elements if element.id == element_id), None)


def add_frame(design: Design, rect: Rect, title: str = "") -> tuple[Design, NodeId]:
    """Add a frame; return the new design and the id of the frame."""
    frame = Frame(edits.new_node_id(design, "frame"), *_fitted(rect), title)
    return replace(design, frames=(*design.frames, frame)), frame.id


def add_comment(design: Design, rect: Rect, text: str = "") -> tuple[Design, NodeId]:
    """Add a comment; return the new design and the id of the comment."""
    comment = Comment(edits.new_node_id(design, "note"), *_fitted(rect), text)
    return replace(design, comments=(*design.comments, comment)), comment.id


def resize(design: Design, element_id: NodeId, rect: Rect) -> Design:
    """Set the position and size of a frame or a comment."""
    changes = _fitted(rect)._asdict()
    return replace(
        design,
        frames=tuple(replace(f, **changes) if f.id == element_id else f for f in design.frames),
        comments=tuple(replace(c, **changes) if c.id == element_id else c for c in design.comments),
    )


def set_rects(design: Design, rects: Mapping[NodeId, Rect]) -> Design:
    """Set the rectangles of frames and the positions of comments; a comment keeps its size."""

    def moved(comment: Comment) -> Comment:
        rect = rects[comment.id]
        return replace(comment, x=edits.round_coordinate(rect.x), y=edits.round_coordinate(rect.y))

    return replace(
        design,
        frames=tuple(
            replace(f, **_fitted(rects[f.id])._asdict()) if f.id in rects else f for f in design.frames
        ),
        comments=tuple(moved(c) if c.id in rects else c for c in design.comments),
    )


def text_of(element: Element) -> str:
    """Return the title of an element, or the text of a comment."""
    return element.text if isinstance(element, Comment) else element.title


def set_text(design: Design, element_id: NodeId, text: str) -> Design:
    """Set the title of a node, a group or a frame, or the text of a comment."""
    return replace(
        design,
        nodes=tuple(replace(n, title=text) if n.id == element_id else n for n in design.nodes),
        groups=tuple(replace(g, title=text) if g.id == element_id else g for g in design.groups),
        frames=tuple(replace(f, title=text) if f.id == element_id else f for f in design.frames),
        comments=tuple(replace(c, text=text) if c.id == element_id else c for c in design.comments),
    )


def create_group(
    design: Design, ids: Iterable[str], title: str, x: float, y: float
) -> tuple[Design, NodeId] | None:
    """Put nodes and groups into a new group; return None if none of the ids belongs to a node or group.

    If both a group and its members are given, only the group is moved.
    """
    groupable: tuple[Node | Group, ...] = (*design.nodes, *design.groups)
    chosen = {element.id for element in groupable} & set(ids)
    chosen -= grouping.descendants(design, chosen)
    if not chosen:
        return None
    outer = grouping.common_group(design, chosen)
    x, y = edits.round_coordinate(x), edits.round_coordinate(y)
    group = Group(edits.new_node_id(design, "group"), x, y, title, group=outer)
    return grouping.remove_annotations(grouping.add_group(design, group, chosen)), group.id


def ungroup(design: Design, ids: Iterable[str]) -> Design:
    """Remove groups and keep their members."""
    chosen = set(ids)
    for group in design.groups:
        if group.id in chosen:
            design = grouping.ungroup(design, group.id)
    return design


def set_groups(design: Design, group_of: Mapping[NodeId, str]) -> Design:
    """Move nodes and groups into the groups with these ids, "" for none; groups left empty are removed."""
    moved = replace(
        design,
        nodes=tuple(replace(n, group=group_of[n.id]) if n.id in group_of else n for n in design.nodes),
        groups=tuple(replace(g, group=group_of[g.id]) if g.id in group_of else g for g in design.groups),
    )
    return grouping.remove_annotations(moved)


def leave_groups(design: Design, ids: Iterable[str]) -> Design:
    """Move nodes out of their group into the enclosing one; groups left empty are removed."""
    chosen = set(ids)
    outer: dict[str, str] = {group.id: group.group for group in design.groups}
    nodes = tuple(replace(n, group=outer.get(n.group, "")) if n.id in chosen else n for n in design.nodes)
    return grouping.remove_annotations(replace(design, nodes=nodes))


def expand_around(design: Design, element_id: str) -> Design:
    """Expand every collapsed group that encloses a node or a group."""
    element = find(design, element_id)
    outer = element.group if isinstance(element, Node | Group) else ""
    for group in grouping.enclosing_groups(design, outer):
        if group.collapsed:
            design = grouping.change_group(design, group.id, collapsed=False)
    return design


def set_port_name(design: Design, group_id: NodeId, key: str, name: str) -> Design:
    """Name a port of a collapsed group by ``node.port``; an empty name restores the default."""
    group = next(g for g in design.groups if g.id == group_id)
    names = {k: v for k, v in group.names.items() if k != key}
    return grouping.change_group(design, group_id, names={**names, key: name} if name else names)
