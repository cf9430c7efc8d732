"""Edits of a design, as pure functions that return a new design.

Edits do not apply the rules: a design may be invalid in between. They reject only what no document can
contain, such as an id that is used twice or a link to a node that does not exist.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from rnnstudio.design import grouping
from rnnstudio.design.errors import DesignError
from rnnstudio.design.message import message
from rnnstudio.design.model import (
    Choice,
    Comment,
    Design,
    Element,
    Frame,
    Group,
    Link,
    LinkId,
    Node,
    NodeId,
    Value,
)

P = TypeVar("P", Node, Group, Frame, Comment)

LIMIT = 1_000_000.0  # the largest scene coordinate; larger ones break drawing


def round_coordinate(coordinate: float) -> float:
    """Return a scene coordinate rounded to a tenth of a pixel and limited to the canvas."""
    if not abs(coordinate) <= LIMIT:  # also true for NaN
        return LIMIT if coordinate > 0 else -LIMIT if coordinate < 0 else 0.0
    return round(float(coordinate), 1) + 0.0  # no negative zero


# --------------------------------------------------------------------------------------- ids


def new_node_id(design: Design, kind: str) -> NodeId:
    """Return an unused id for a new element: the kind, or the kind with a number from 2."""
    taken = {element.id for element in design.elements}
    return next(name for name in _names(kind) if name not in taken)


def _names(base: str) -> Iterator[NodeId]:
    base = re.sub(r"\W+", "_", base) or "node"
    yield NodeId(base)
    for number in itertools.count(2):
        yield NodeId(f"{base}{number}")


def new_link_id(design: Design) -> LinkId:
    """Return an unused id for a new link."""
    return _free_link_id({link.id for link in design.links}, len(design.links) + 1)


def _free_link_id(taken: Collection[str], number: int) -> LinkId:
    while f"link{number}" in taken:
        number += 1
    return LinkId(f"link{number}")


# ------------------------------------------------------------------------- nodes and links


def add_node(design: Design, node: Node) -> Design:
    """Add a node.

    Raises
    ------
    DesignError
        A node has that id already.
    """
    if any(node.id == other.id for other in design.nodes):
        raise DesignError(
            message("There is already a node with the id “{node}”; a new node needs another.", node=node.id)
        )
    return replace(
        design, nodes=(*design.nodes, replace(node, x=round_coordinate(node.x), y=round_coordinate(node.y)))
    )


def remove(design: Design, node_ids: Iterable[NodeId] = (), link_ids: Iterable[LinkId] = ()) -> Design:
    """Remove elements and links; unknown ids are ignored.

    The links of a node, the members of a group, and groups left empty are removed too.
    """
    nodes, links = set(node_ids), set(link_ids)
    nodes |= grouping.descendants(design, nodes)
    if design.groups or design.frames or design.comments:
        design = grouping.remove_annotations(design, nodes)
    return replace(
        design,
        nodes=tuple(node for node in design.nodes if node.id not in nodes),
        links=tuple(
            link
            for link in design.links
            if link.id not in links and link.source not in nodes and link.target not in nodes
        ),
    )


def move(design: Design, positions: Mapping[NodeId, tuple[float, float]]) -> Design:
    """Move nodes, groups, frames and comments to scene coordinates.

    The members of a group move with it, unless they have their own position in ``positions``.
    """
    if design.groups and any(group.id in positions for group in design.groups):
        positions = _with_members(design, positions)

    def moved(elements: tuple[P, ...]) -> tuple[P, ...]:
        if not any(element.id in positions for element in elements):
            return elements
        return tuple(
            replace(t, x=round_coordinate(positions[t.id][0]), y=round_coordinate(positions[t.id][1]))
            if t.id in positions
            else t
            for t in elements
        )

    return replace(
        design,
        nodes=moved(design.nodes),
        groups=moved(design.groups),
        frames=moved(design.frames),
        comments=moved(design.comments),
    )


def _with_members(
    design: Design, positions: Mapping[NodeId, tuple[float, float]]
) -> dict[NodeId, tuple[float, float]]:
    """Add the positions of group members; the innermost group determines the offset."""
    placed = dict(positions)
    elements: tuple[Node | Group, ...] = (*design.groups, *design.nodes)
    movers: dict[str, Group | None] = {}
    for group in grouping.outer_first(design):
        movers[group.id] = group if group.id in positions else movers.get(group.group)
    for element in elements:
        mover = movers.get(element.group)
        if mover is not None and element.id not in positions:
            x, y = positions[mover.id]
            placed[element.id] = (element.x + x - mover.x, element.y + y - mover.y)
    return placed


def connect(design: Design, link: Link) -> Design:
    """Add a link; existing links are kept, and the rules report an input with two links.

    Raises
    ------
    DesignError
        A link has that id already, or one of the ends is not in the design.
    """
    if any(link.id == other.id for other in design.links):
        raise DesignError(
            message("There is already a link with the id “{link}”; a new link needs another.", link=link.id)
        )
    present = {node.id for node in design.nodes}
    for end in (link.source, link.target):
        if end not in present:
            raise DesignError(
                message("The link “{link}” cannot be made: there is no node “{end}”.", link=link.id, end=end)
            )
    return replace(design, links=(*design.links, link))


def replace_link(design: Design, link_id: LinkId, **changes: Any) -> Design:
    """Change fields of a link: its ends, its ports or its delay."""
    return replace(design, links=tuple(replace(k, **changes) if k.id == link_id else k for k in design.links))


def insert_node(design: Design, link_id: LinkId, node: Node, *, input_port: str, output_port: str) -> Design:
    """Insert a new node into a link: the link ends at its input, and a new link starts at its output."""
    link = design.link(link_id)
    onward = Link(new_link_id(design), node.id, output_port, link.target, link.target_port)
    design = replace_link(add_node(design, node), link_id, target=node.id, target_port=input_port)
    return connect(design, onward)


def set_params(design: Design, node_ids: Iterable[NodeId], values: Mapping[str, Value]) -> Design:
    """Set the same parameters of several nodes."""
    chosen = set(node_ids)
    return replace(
        design,
        nodes=tuple(
            replace(node, params={**node.params, **values}) if node.id in chosen else node
            for node in design.nodes
        ),
    )


def remove_params(design: Design, node_ids: Iterable[NodeId], names: Collection[str]) -> Design:
    """Reset parameters of nodes to the defaults of their kinds."""
    chosen = set(node_ids)
    return replace(
        design,
        nodes=tuple(
            replace(node, params=_without(node.params, names)) if node.id in chosen else node
            for node in design.nodes
        ),
    )


def _without(params: Mapping[str, Value], names: Collection[str]) -> dict[str, Value]:
    return {name: value for name, value in params.items() if name not in names}


def rename_node(design: Design, node_id: NodeId, title: str) -> Design:
    """Set the title of a node; an empty title shows that of the kind."""
    return replace(
        design, nodes=tuple(replace(n, title=title) if n.id == node_id else n for n in design.nodes)
    )


class Fragment(NamedTuple):
    """Copied elements of a design and the links between them."""

    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    groups: tuple[Group, ...] = ()
    frames: tuple[Frame, ...] = ()
    comments: tuple[Comment, ...] = ()

    @property
    def elements(self) -> tuple[Element, ...]:
        """Nodes, groups, frames and comments."""
        return (*self.nodes, *self.groups, *self.frames, *self.comments)


def extract(design: Design, ids: Iterable[NodeId]) -> Fragment:
    """Return the elements with these ids, the members of groups, and the links between the nodes."""
    chosen = set(ids)
    chosen |= grouping.descendants(design, chosen)

    def of(elements: tuple[P, ...]) -> tuple[P, ...]:
        return tuple(element for element in elements if element.id in chosen)

    nodes = tuple(n if n.group in chosen else replace(n, group="") for n in of(design.nodes))
    groups = tuple(g if g.group in chosen else replace(g, group="") for g in of(design.groups))
    links = tuple(link for link in design.links if link.source in chosen and link.target in chosen)
    return Fragment(nodes, links, groups, of(design.frames), of(design.comments))


def paste(design: Design, part: Fragment, dx: float, dy: float) -> tuple[Design, tuple[NodeId, ...]]:
    """Add a copy of a fragment, moved by ``(dx, dy)`` pixels.

    Returns
    -------
    design, new_ids
        The ids of the copies, in the order of ``part.elements``. Links with an end outside are left out.
    """
    taken: set[str] = {element.id for element in design.elements}
    new_id: dict[str, NodeId] = {}
    names: dict[str, Iterator[NodeId]] = {}
    for element in part.elements:
        fresh = element.id
        if fresh in taken:
            base = element.id.rstrip("0123456789")  # a copy of a copy is "lstm3", not "lstm22"
            fresh = next(name for name in names.setdefault(base, _names(base)) if name not in taken)
        taken.add(fresh)
        new_id[element.id] = fresh

    def copied(elements: tuple[P, ...]) -> tuple[P, ...]:
        return tuple(
            replace(t, id=new_id[t.id], x=round_coordinate(t.x + dx), y=round_coordinate(t.y + dy))
            for t in elements
        )

    nodes = tuple(replace(n, group=new_id.get(n.group, "")) for n in copied(part.nodes))
    groups = tuple(
        replace(g, group=new_id.get(g.group, ""), names=grouping.renamed_ports(g.names, new_id))
        for g in copied(part.groups)
    )
    link_ids: set[str] = {link.id for link in design.links}
    joined: list[Link] = []
    for link in part.links:
        if link.source in new_id and link.target in new_id:
            fresh_link = _free_link_id(link_ids, len(link_ids) + 1)
            link_ids.add(fresh_link)
            ends = {"source": new_id[link.source], "target": new_id[link.target]}
            joined.append(replace(link, id=fresh_link, **ends))
    pasted = replace(
        design,
        nodes=(*design.nodes, *nodes),
        links=(*design.links, *joined),
        groups=(*design.groups, *groups),
        frames=(*design.frames, *copied(part.frames)),
        comments=(*design.comments, *copied(part.comments)),
    )
    return pasted, tuple(new_id[element.id] for element in part.elements)


# ---------------------------------------------------------------------------- the whole design


def set_plan(design: Design, **changes: Any) -> Design:
    """Change fields of the training plan by name."""
    return replace(design, plan=replace(design.plan, **changes))


def set_optimizer_params(design: Design, values: Mapping[str, Value]) -> Design:
    """Set parameters of the optimizer."""
    return set_plan(design, optimizer=_with(design.plan.optimizer, values))


def remove_optimizer_params(design: Design, names: Collection[str]) -> Design:
    """Reset parameters of the optimizer to their defaults."""
    optimizer = design.plan.optimizer
    return set_plan(design, optimizer=replace(optimizer, params=_without(optimizer.params, names)))


def set_schedule_params(design: Design, values: Mapping[str, Value]) -> Design:
    """Set parameters of the schedule."""
    return set_plan(design, schedule=_with(design.plan.schedule, values))


def remove_schedule_params(design: Design, names: Collection[str]) -> Design:
    """Reset parameters of the schedule to their defaults."""
    schedule = design.plan.schedule
    return set_plan(design, schedule=replace(schedule, params=_without(schedule.params, names)))


def set_task(design: Design, choice: Choice) -> Design:
    """Set the task."""
    return replace(design, task=choice)


def set_task_params(design: Design, values: Mapping[str, Value]) -> Design:
    """Set parameters of the task."""
    return set_task(design, _with(design.task, values))


def remove_task_params(design: Design, names: Collection[str]) -> Design:
    """Reset parameters of the task to their defaults."""
    return set_task(design, replace(design.task, params=_without(design.task.params, names)))


def _with(choice: Choice, values: Mapping[str, Value]) -> Choice:
    return replace(choice, params={**choice.params, **values})


def set_name(design: Design, name: str) -> Design:
    """Set the name of the design."""
    return replace(design, name=name)


def set_notes(design: Design, notes: str) -> Design:
    """Set the notes of the design."""
    return replace(design, notes=notes)
