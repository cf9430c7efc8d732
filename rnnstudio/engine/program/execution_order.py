"""The order in which nodes run: loops together, everything after what it depends on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from rnnstudio.design.graphs import strongly_connected
from rnnstudio.design.model import Link, NodeId


@dataclass(frozen=True)
class Group:
    """Nodes that run together: one alone, or the members of a loop in the order within a step."""

    nodes: tuple[NodeId, ...]
    loop: bool

    def ranges(self, t0: int, t1: int) -> list[tuple[int, int]]:
        """Return the ranges of time to run one after the other: one, or for a loop each step."""
        return [(t, t + 1) for t in range(t0, t1)] if self.loop else [(t0, t1)]


def groups_in_order(nodes: Sequence[NodeId], links: Iterable[Link]) -> list[Group]:
    """Return the strongly connected groups of a network, sources first.

    Raises
    ------
    graphlib.CycleError
        If a loop has no delayed link; `rules.check` reports such a design before.
    """
    consumers: dict[NodeId, list[NodeId]] = defaultdict(list)
    undelayed: dict[NodeId, set[NodeId]] = {node_id: set() for node_id in nodes}
    for link in links:
        consumers[link.source].append(link.target)
        if not link.delay:
            undelayed[link.target].add(link.source)
    within_step = {node: place for place, node in enumerate(TopologicalSorter(undelayed).static_order())}
    groups = []
    for members in strongly_connected(nodes, consumers):
        loop = len(members) > 1 or members[0] in consumers[members[0]]
        groups.append(Group(tuple(sorted(members, key=within_step.__getitem__)), loop))
    return groups
