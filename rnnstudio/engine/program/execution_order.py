"""The execution order of a network: its strongly connected components, sources first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from rnnstudio.design.graphs import strongly_connected
from rnnstudio.design.model import Link, NodeId


@dataclass(frozen=True)
class Component:
    """A strongly connected component: one node, or the nodes of a loop in the order within a step."""

    nodes: tuple[NodeId, ...]
    is_loop: bool

    def ranges(self, t0: int, t1: int) -> list[tuple[int, int]]:
        """Return the ranges of time to run one after the other: each step for a loop, otherwise one range."""
        return [(t, t + 1) for t in range(t0, t1)] if self.is_loop else [(t0, t1)]


def execution_order(nodes: Sequence[NodeId], links: Iterable[Link]) -> list[Component]:
    """Return the strongly connected components of a network, sources first.

    Raises
    ------
    graphlib.CycleError
        If a loop has no delayed link. `rules.check` reports such a design before it runs.
    """
    consumers: dict[NodeId, list[NodeId]] = defaultdict(list)
    undelayed: dict[NodeId, set[NodeId]] = {node_id: set() for node_id in nodes}
    for link in links:
        consumers[link.source].append(link.target)
        if not link.delay:
            undelayed[link.target].add(link.source)
    within_step = {node: index for index, node in enumerate(TopologicalSorter(undelayed).static_order())}
    components = []
    for members in strongly_connected(nodes, consumers):
        is_loop = len(members) > 1 or members[0] in consumers[members[0]]
        components.append(Component(tuple(sorted(members, key=within_step.__getitem__)), is_loop))
    return components
