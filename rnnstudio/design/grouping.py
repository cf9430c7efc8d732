"""Groups: which nodes stand together, and what a folded group looks like from outside.

A group changes nothing of what the network computes; it is a way to draw it. The ports of a folded
group are those of its nodes that are linked across its edge, or that nothing is linked to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from rnnstudio.design.model import Design, Group, Link, Node, NodeId
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import PortSpec


def chain(design: Design, group_id: str) -> list[Group]:
    """Return a group and those that it is in, the outermost last; none for no group."""
    known: dict[str, Group] = {group.id: group for group in design.groups}
    found: dict[str, Group] = {}
    while group_id in known and group_id not in found:
        found[group_id] = known[group_id]
        group_id = known[group_id].group
    return list(found.values())


def inwards(design: Design) -> Iterator[Group]:
    """Yield every group after the one that it is in."""
    within: dict[str, list[Group]] = {}
    for group in design.groups:
        within.setdefault(group.group, []).append(group)
    known = {group.id for group in design.groups}
    left = [group for group in design.groups if group.group not in known]
    while left:
        group = left.pop()
        yield group
        left += within.get(group.id, ())


def open_depths(design: Design) -> dict[str, int]:
    """Return how deep each group is that is open and in open groups only; 1 for the outermost."""
    depths: dict[str, int] = {"": 0}
    known = {group.id for group in design.groups}
    for group in inwards(design):
        outer = group.group if group.group in known else ""
        if not group.folded and outer in depths:
            depths[group.id] = depths[outer] + 1
    del depths[""]
    return depths


def _outermost_folded(design: Design) -> dict[str, NodeId]:
    """Return the outermost folded group of each group that is folded or in a folded one."""
    found: dict[str, NodeId] = {}
    for group in inwards(design):
        if group.group in found:
            found[group.id] = found[group.group]
        elif group.folded:
            found[group.id] = group.id
    return found


def inside(design: Design, group_ids: Collection[str]) -> set[NodeId]:
    """Return the nodes and groups that are in these groups, at any depth."""
    if not design.groups:
        return set()
    found: set[NodeId] = set()
    holders = set(group_ids)
    for group in inwards(design):
        if group.group and group.group in holders:
            found.add(group.id)
            holders.add(group.id)
    return found | {node.id for node in design.nodes if node.group in holders and node.group}


def without(design: Design, ids: Collection[str]) -> Design:
    """Take groups, frames and comments of these ids away, and groups that are left empty."""
    nodes = [node for node in design.nodes if node.id not in ids]
    outer: dict[str, str] = {group.id: group.group for group in design.groups}
    held: set[str] = set()
    for node in nodes:
        group_id = node.group
        while group_id in outer and group_id not in held:
            held.add(group_id)
            group_id = outer[group_id]
    return replace(
        design,
        groups=tuple(group for group in design.groups if group.id in held and group.id not in ids),
        frames=tuple(frame for frame in design.frames if frame.id not in ids),
        comments=tuple(comment for comment in design.comments if comment.id not in ids),
    )


def renamed(names: Mapping[str, str], new_id: Mapping[str, str]) -> dict[str, str]:
    """Return the names of a group's ports for copies of its nodes."""
    kept = {}
    for key, name in names.items():
        node, _, port = key.partition(".")
        kept[f"{new_id.get(node, node)}.{port}"] = name
    return kept


# ----------------------------------------------------------------------------------- edits


def make(design: Design, group: Group, members: Iterable[str]) -> Design:
    """Put nodes and whole groups into a new group, inside the group that they all are in."""
    chosen = set(members)
    return replace(
        design,
        groups=(
            *(replace(g, group=group.id) if g.id in chosen else g for g in design.groups),
            group,
        ),
        nodes=tuple(replace(n, group=group.id) if n.id in chosen else n for n in design.nodes),
    )


def common(design: Design, members: Iterable[str]) -> str:
    """Return the innermost group that all these nodes and groups are in, empty for none."""
    chosen = set(members)
    things: tuple[Node | Group, ...] = (*design.nodes, *design.groups)
    outer: dict[str, str] = {group.id: group.group for group in design.groups}
    shared: list[str] | None = None  # the groups that all so far are in, the innermost first
    for thing in things:
        if thing.id in chosen:
            around: dict[str, None] = {}
            group_id = thing.group
            while group_id in outer and group_id not in around:
                around[group_id] = None
                group_id = outer[group_id]
            shared = list(around) if shared is None else [g for g in shared if g in around]
    return shared[0] if shared else ""


def unpack(design: Design, group_id: str) -> Design:
    """Take a group away and leave what is in it where it is."""
    group = next(g for g in design.groups if g.id == group_id)
    return replace(
        design,
        nodes=tuple(replace(n, group=group.group) if n.group == group_id else n for n in design.nodes),
        groups=tuple(
            replace(g, group=group.group) if g.group == group_id else g
            for g in design.groups
            if g.id != group_id
        ),
    )


def change(design: Design, group_id: str, **changes: object) -> Design:
    """Change fields of a group: ``folded``, ``title``, ``names``."""
    return replace(
        design, groups=tuple(replace(g, **changes) if g.id == group_id else g for g in design.groups)
    )


# ---------------------------------------------------------------------------------- folding


@dataclass(frozen=True)
class Outside:
    """A port of a folded group, and the port within that it stands for."""

    name: str
    node: NodeId
    port: str
    output: bool


@dataclass(frozen=True)
class Shown:
    """What of a design is drawn.

    Attributes
    ----------
    nodes : those that are in no folded group
    folded : the outermost folded groups
    holder : the folded group that stands for each node that is not drawn
    links : those that are drawn; the two ends of one may be ports of folded groups
    """

    nodes: tuple[Node, ...]
    folded: tuple[Group, ...]
    holder: Mapping[NodeId, NodeId]
    links: tuple[Link, ...]

    def unseen(self, design: Design) -> Mapping[NodeId, NodeId]:
        """Return the folded group that stands for each node and each group that is not drawn."""
        if not self.holder:
            return self.holder
        folded = _outermost_folded(design)
        return {**self.holder, **{g.id: folded[g.group] for g in design.groups if g.group in folded}}


def shown(design: Design) -> Shown:
    """Return what is drawn of a design: folded groups in place of what is in them."""
    if not any(group.folded for group in design.groups):
        return Shown(design.nodes, (), {}, design.links)
    folded = _outermost_folded(design)
    holder = {node.id: folded[node.group] for node in design.nodes if node.group in folded}
    standing = set(holder.values())
    links = tuple(
        link
        for link in design.links
        if holder.get(link.source) is None or holder.get(link.source) != holder.get(link.target)
    )
    return Shown(
        tuple(node for node in design.nodes if node.id not in holder),
        tuple(group for group in design.groups if group.id in standing),
        holder,
        links,
    )


def outside(design: Design, catalogue: Catalogue, drawn: Shown) -> dict[NodeId, tuple[Outside, ...]]:
    """Return the ports of each folded group that is drawn, inputs and outputs from the top down.

    Those that are linked across its edge or have a name; inputs that need a link and have none; and
    the first output of a node from which no link leaves.
    """
    across: dict[tuple[NodeId, bool], dict[str, None]] = {}  # ports in the order of their links
    within: set[tuple[NodeId, str]] = set()  # inputs that are fed from inside
    left: set[NodeId] = set()
    fed: set[tuple[NodeId, str]] = set()
    holder = drawn.holder
    for link in design.links:
        held, holding = holder.get(link.source), holder.get(link.target)
        left.add(link.source)
        fed.add((link.target, link.target_port))
        if held is not None and held == holding:
            within.add((link.target, link.target_port))
        else:
            across.setdefault((link.source, True), {})[link.source_port] = None
            across.setdefault((link.target, False), {})[link.target_port] = None
    found: dict[NodeId, list[tuple[bool, float, float, Outside]]] = {g.id: [] for g in drawn.folded}
    names = {group.id: _names_of(design, group) for group in drawn.folded}
    for node in design.nodes:
        group_id = holder.get(node.id)
        if group_id is None:
            continue
        spec = catalogue.nodes.get(node.kind) if node.kind in catalogue.nodes else None
        title = node.title or (spec.title if spec is not None else node.kind)
        for output in (False, True):
            known = () if spec is None else spec.outputs if output else spec.inputs
            crossing = across.get((node.id, output), {})
            if not crossing and not names[group_id]:  # nearly every node of a large group
                if node.id in left if output else all((node.id, p.name) in fed for p in known if p.required):
                    continue
            ports: dict[str, PortSpec | None] = {**crossing, **{port.name: port for port in known}}
            for name, port in ports.items():
                own = names[group_id].get(f"{node.id}.{name}", "")
                open_end = (
                    node.id not in left and port is not None and port is known[0]
                    if output
                    else port is not None and port.required and (node.id, name) not in fed
                )
                if name not in crossing and not open_end and (not own or (node.id, name) in within):
                    continue
                words = own or f"{title} · {port.title if port is not None else name}"
                state = port is not None and Signal.STATE in port.signals
                found[group_id].append((state, node.y, node.x, Outside(words, node.id, name, output)))
    return {
        group_id: tuple(place[3] for place in sorted(ports, key=lambda place: place[:3]))
        for group_id, ports in found.items()
    }


def ports_of(design: Design, catalogue: Catalogue, group_id: str) -> tuple[Outside, ...]:
    """Return the ports that a group has where it is folded, or would have."""
    within = inside(design, [group_id])
    group = next(g for g in design.groups if g.id == group_id)
    holder = {node.id: group.id for node in design.nodes if node.id in within}
    return outside(design, catalogue, Shown((), (group,), holder, ()))[group.id]


def _names_of(design: Design, group: Group) -> dict[str, str]:
    """Return the names of a group's ports: its own, else those that a group inside it gives."""
    if not any(inner.names for inner in design.groups if inner is not group):
        return group.names
    within = inside(design, [group.id])
    names: dict[str, str] = {}
    for inner in design.groups:
        if inner.id in within:
            names |= inner.names
    return names | group.names
