"""Whether the links and groups of a file refer to what is in it."""

from __future__ import annotations

from collections.abc import Sequence, Set

from rnnstudio.design.json_reader import refuse, shown
from rnnstudio.design.message import Message, message
from rnnstudio.design.model import Group, Link, Node, NodeId


def check_links(links: Sequence[Link], nodes: Set[NodeId], source: Message | str) -> None:
    """Refuse ids of links that are used twice, and links to nodes that are not there."""
    link_ids: set[str] = set()
    for link in links:
        if link.id in link_ids:
            refuse(
                source,
                message(
                    "has two links with the id {link}. Every link needs its own; rename one.",
                    link=shown(link.id),
                ),
            )
        link_ids.add(link.id)
        for end, direction in ((link.source, message("from")), (link.target, message("to"))):
            if end not in nodes:
                refuse(
                    source,
                    message(
                        "has a link to nothing: {link} goes {direction} the node {end}, and there is no such "
                        "node. Take the link's line out, or choose an unchanged copy.",
                        link=shown(link.id),
                        direction=direction,
                        end=shown(end),
                    ),
                )


def check_groups(nodes: Sequence[Node], held: Sequence[Group], source: Message | str) -> None:
    """Refuse groups that are not there, and those inside themselves."""
    groups = {group.id: group for group in held}
    members: tuple[Node | Group, ...] = (*nodes, *held)
    for thing in members:
        if thing.group and thing.group not in groups:
            refuse(
                source,
                message(
                    "has no group {group}, which {thing} is said to be in. Take that out, or choose an "
                    "unchanged copy.",
                    group=shown(thing.group),
                    thing=shown(thing.id),
                ),
            )
    sound: set[NodeId] = set()
    for group in held:
        inside: dict[NodeId, None] = {}  # the groups from this one outwards that were not looked at yet
        outer: Group | None = group
        while outer is not None and outer.id not in sound:
            if outer.id in inside:
                refuse(
                    source,
                    message(
                        "has a group that is inside itself: {outer}. Take its “group” out.",
                        outer=shown(outer.id),
                    ),
                )
            inside[outer.id] = None
            outer = groups[NodeId(outer.group)] if outer.group else None
        sound.update(inside)
