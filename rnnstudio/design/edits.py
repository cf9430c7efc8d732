"""Every edit of a design: pure functions that take one design and return another."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId, Value


def new_node_id(design: Design, kind: str) -> NodeId:
    """Return an id that no node has: the kind, or the kind and a number from 2 on."""
    taken = {node.id for node in design.nodes}
    numbered = (NodeId(f"{kind}{number}") for number in itertools.count(2))
    return next(name for name in itertools.chain([NodeId(kind)], numbered) if name not in taken)


def new_link_id(design: Design) -> LinkId:
    """Return an id that no link has: ``link1``, ``link2`` and so on."""
    taken = {link.id for link in design.links}
    numbered = (LinkId(f"link{number}") for number in itertools.count(len(taken) + 1))
    return next(name for name in numbered if name not in taken)


def add_node(design: Design, node: Node) -> Design:
    """Add a node; ``ValueError`` where its id is taken."""
    if any(other.id == node.id for other in design.nodes):
        raise ValueError(f"node id {node.id!r} is taken")
    return msgspec.structs.replace(design, nodes=(*design.nodes, node))


def connect(design: Design, link: Link) -> Design:
    """Add a link; ``ValueError`` where its id is taken. `rules.refusal` says whether it fits."""
    if any(other.id == link.id for other in design.links):
        raise ValueError(f"link id {link.id!r} is taken")
    return msgspec.structs.replace(design, links=(*design.links, link))


def remove(design: Design, node_ids: Iterable[NodeId] = (), link_ids: Iterable[LinkId] = ()) -> Design:
    """Remove nodes with all their links, and further links."""
    nodes, links = frozenset(node_ids), frozenset(link_ids)
    return msgspec.structs.replace(
        design,
        nodes=tuple(n for n in design.nodes if n.id not in nodes),
        links=tuple(
            k for k in design.links if k.id not in links and k.source not in nodes and k.target not in nodes
        ),
    )


def _change(design: Design, changes: Mapping[NodeId, Mapping[str, Any]]) -> Design:
    nodes = tuple(
        msgspec.structs.replace(n, **changes[n.id]) if changes.get(n.id) else n for n in design.nodes
    )
    return msgspec.structs.replace(design, nodes=nodes)


def move(design: Design, places: Mapping[NodeId, tuple[float, float]]) -> Design:
    """Put nodes at new places, in scene coordinates."""
    return _change(design, {node_id: {"x": x, "y": y} for node_id, (x, y) in places.items()})


def set_params(design: Design, node_ids: Iterable[NodeId], values: Mapping[str, Value]) -> Design:
    """Set parameters of nodes; other parameters stay."""
    chosen = frozenset(node_ids)
    changes = {n.id: {"params": {**n.params, **values}} for n in design.nodes if n.id in chosen}
    return _change(design, changes)


def remove_param(design: Design, node_id: NodeId, name: str) -> Design:
    """Take a parameter away from a node, so that its kind's default holds."""
    params = {key: value for key, value in design.node(node_id).params.items() if key != name}
    return _change(design, {node_id: {"params": params}})


def rename_node(design: Design, node_id: NodeId, title: str) -> Design:
    """Give a node a title of its own; an empty one shows its kind's."""
    return _change(design, {node_id: {"title": title}})


def set_plan(design: Design, **changes: Any) -> Design:
    """Change fields of the training plan."""
    return msgspec.structs.replace(design, plan=msgspec.structs.replace(design.plan, **changes))


def set_task(design: Design, task: Choice) -> Design:
    """Choose a task."""
    return msgspec.structs.replace(design, task=task)


def set_name(design: Design, name: str) -> Design:
    """Name the design."""
    return msgspec.structs.replace(design, name=name)


def set_notes(design: Design, notes: str) -> Design:
    """Replace the design's notes."""
    return msgspec.structs.replace(design, notes=notes)


def paste(
    design: Design, nodes: Iterable[Node], links: Iterable[Link], dx: float = 0.0, dy: float = 0.0
) -> tuple[Design, tuple[NodeId, ...]]:
    """Add copies of nodes and of the links among them, moved; return the new nodes' ids too."""
    new_ids: dict[NodeId, NodeId] = {}
    for node in nodes:
        new_ids[node.id] = new_node_id(design, node.kind)
        copy = msgspec.structs.replace(node, id=new_ids[node.id], x=node.x + dx, y=node.y + dy)
        design = add_node(design, copy)
    for link in links:
        if link.source in new_ids and link.target in new_ids:
            copy_of_link = msgspec.structs.replace(
                link, id=new_link_id(design), source=new_ids[link.source], target=new_ids[link.target]
            )
            design = connect(design, copy_of_link)
    return design, tuple(new_ids.values())
