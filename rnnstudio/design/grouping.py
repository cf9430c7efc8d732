"""Groups of nodes: nesting, edits, and the ports of a collapsed group.

Groups only affect how a network is drawn, not what it computes. A collapsed group has the ports of its
members that are linked to nodes outside the group, and those that still have to be linked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from rnnstudio.design.model import Design, Group, Link, Node, NodeId
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import PortSpec


def enclosing_groups(design: Design, group_id: str) -> list[Group]:
    """Return a group and its enclosing groups, innermost first."""
    known: dict[str, Group] = {group.id: group for group in design.groups}
    found: dict[str, Group] = {}
    while group_id in known and group_id not in found:
        found[group_id] = known[group_id]
        group_id = known[group_id].group
    return list(found.values())


def outer_first(design: Design) -> Iterator[Group]:
    """Yield every group after the group that encloses it."""
    within: dict[str, list[Group]] = {}
    for group in design.groups:
        within.setdefault(group.group, []).append(group)
    known = {group.id for group in design.groups}
    left = [group for group in design.groups if group.group not in known]
    while left:
        group = left.pop()
        yield group
        left += within.get(group.id, ())


def expanded_depths(design: Design) -> dict[str, int]:
    """Return the nesting depth, from 1, of each expanded group that is not inside a collapsed one."""
    depths: dict[str, int] = {"": 0}
    known = {group.id for group in design.groups}
    for group in outer_first(design):
        outer = group.group if group.group in known else ""
        if not group.collapsed and outer in depths:
            depths[group.id] = depths[outer] + 1
    del depths[""]
    return depths


def _outermost_collapsed(design: Design) -> dict[str, NodeId]:
    """Map each group that is collapsed, or inside a collapsed one, to its outermost collapsed group."""
    found: dict[str, NodeId] = {}
    for group in outer_first(design):
        if group.group in found:
            found[group.id] = found[group.group]
        elif group.collapsed:
            found[group.id] = group.id
    return found


def descendants(design: Design, group_ids: Collection[str]) -> set[NodeId]:
    """Return the nodes and groups inside these groups, at any depth."""
    if not design.groups:
        return set()
    found: set[NodeId] = set()
    holders = set(group_ids)
    for group in outer_first(design):
        if group.group and group.group in holders:
            found.add(group.id)
            holders.add(group.id)
    return found | {node.id for node in design.nodes if node.group in holders and node.group}


def remove_annotations(design: Design, ids: Collection[str] = ()) -> Design:
    """Remove the groups, frames and comments with these ids, and all groups without nodes.

    Nodes with these ids count as removed; `edits.remove` removes them.
    """
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


def renamed_ports(names: Mapping[str, str], new_id: Mapping[str, str]) -> dict[str, str]:
    """Return the port names of a group with node ids replaced, for a copy of the group."""
    kept = {}
    for key, name in names.items():
        node, _, port = key.partition(".")
        kept[f"{new_id.get(node, node)}.{port}"] = name
    return kept


# ----------------------------------------------------------------------------------- edits


def add_group(design: Design, group: Group, members: Iterable[str]) -> Design:
    """Add a group and make nodes and groups its members."""
    chosen = set(members)
    return replace(
        design,
        groups=(
            *(replace(g, group=group.id) if g.id in chosen else g for g in design.groups),
            group,
        ),
        nodes=tuple(replace(n, group=group.id) if n.id in chosen else n for n in design.nodes),
    )


def common_group(design: Design, members: Iterable[str]) -> str:
    """Return the id of the innermost group that contains all these nodes and groups, or ""."""
    chosen = set(members)
    groupable: tuple[Node | Group, ...] = (*design.nodes, *design.groups)
    outer: dict[str, str] = {group.id: group.group for group in design.groups}
    shared: list[str] | None = None  # groups that contain all elements so far, innermost first
    for element in groupable:
        if element.id in chosen:
            around: dict[str, None] = {}
            group_id = element.group
            while group_id in outer and group_id not in around:
                around[group_id] = None
                group_id = outer[group_id]
            shared = list(around) if shared is None else [g for g in shared if g in around]
    return shared[0] if shared else ""


def ungroup(design: Design, group_id: str) -> Design:
    """Remove a group and keep its members."""
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


def change_group(design: Design, group_id: str, **changes: object) -> Design:
    """Change fields of a group: ``collapsed``, ``title``, ``names``."""
    return replace(
        design, groups=tuple(replace(g, **changes) if g.id == group_id else g for g in design.groups)
    )


# ---------------------------------------------------------------------------- collapsed groups


@dataclass(frozen=True)
class GroupPort:
    """A port of a collapsed group, and the node port that it represents."""

    name: str
    node: NodeId
    port: str
    output: bool


@dataclass(frozen=True)
class VisiblePart:
    """The part of a design that is drawn.

    Attributes
    ----------
    nodes : nodes outside all collapsed groups
    collapsed : the outermost collapsed groups
    holder : maps each hidden node to the collapsed group that represents it
    links : links that are drawn; their ends may be ports of collapsed groups
    """

    nodes: tuple[Node, ...]
    collapsed: tuple[Group, ...]
    holder: Mapping[NodeId, NodeId]
    links: tuple[Link, ...]

    def hidden_in(self, design: Design) -> Mapping[NodeId, NodeId]:
        """Map each hidden node and each hidden group to the collapsed group that represents it."""
        if not self.holder:
            return self.holder
        collapsed = _outermost_collapsed(design)
        return {**self.holder, **{g.id: collapsed[g.group] for g in design.groups if g.group in collapsed}}


def visible_part(design: Design) -> VisiblePart:
    """Return the part of a design that is drawn, with collapsed groups in place of their members."""
    if not any(group.collapsed for group in design.groups):
        return VisiblePart(design.nodes, (), {}, design.links)
    collapsed = _outermost_collapsed(design)
    holder = {node.id: collapsed[node.group] for node in design.nodes if node.group in collapsed}
    visible = set(holder.values())
    links = tuple(
        link
        for link in design.links
        if holder.get(link.source) is None or holder.get(link.source) != holder.get(link.target)
    )
    return VisiblePart(
        tuple(node for node in design.nodes if node.id not in holder),
        tuple(group for group in design.groups if group.id in visible),
        holder,
        links,
    )


def group_ports(
    design: Design, catalogue: Catalogue, drawn: VisiblePart
) -> dict[NodeId, tuple[GroupPort, ...]]:
    """Return the ports of each drawn collapsed group, from top to bottom.

    These are ports that are linked across the edge of the group or have a name, required inputs without
    a link, and the first output of each node without outgoing links.
    """
    across: dict[tuple[NodeId, bool], dict[str, None]] = {}  # ports in the order of their links
    within: set[tuple[NodeId, str]] = set()  # inputs linked to nodes of the same group
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
    found: dict[NodeId, list[tuple[bool, float, float, GroupPort]]] = {g.id: [] for g in drawn.collapsed}
    names = {group.id: _names_of(design, group) for group in drawn.collapsed}
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
                found[group_id].append((state, node.y, node.x, GroupPort(words, node.id, name, output)))
    return {
        group_id: tuple(row[3] for row in sorted(ports, key=lambda row: row[:3]))
        for group_id, ports in found.items()
    }


def ports_of_group(design: Design, catalogue: Catalogue, group_id: str) -> tuple[GroupPort, ...]:
    """Return the ports that a group has, or would have, when collapsed."""
    within = descendants(design, [group_id])
    group = next(g for g in design.groups if g.id == group_id)
    holder = {node.id: group.id for node in design.nodes if node.id in within}
    return group_ports(design, catalogue, VisiblePart((), (group,), holder, ()))[group.id]


def _names_of(design: Design, group: Group) -> dict[str, str]:
    """Return the port names of a group, with those of groups inside it as defaults."""
    if not any(inner.names for inner in design.groups if inner is not group):
        return group.names
    within = descendants(design, [group.id])
    names: dict[str, str] = {}
    for inner in design.groups:
        if inner.id in within:
            names |= inner.names
    return names | group.names
