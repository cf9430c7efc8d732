"""The order in which nodes run: loops together, everything after what it depends on."""

from collections import defaultdict
from dataclasses import dataclass
from graphlib import TopologicalSorter

from rnnstudio.design.model import Design, NodeId


@dataclass(frozen=True)
class Group:
    """Nodes that run together: one alone, or the members of a loop in the order within a step."""

    nodes: tuple[NodeId, ...]
    loop: bool

    def ranges(self, t0: int, t1: int) -> list[tuple[int, int]]:
        """Return the ranges of time to run one after the other: one, or for a loop each step."""
        return [(t, t + 1) for t in range(t0, t1)] if self.loop else [(t0, t1)]


def groups_in_order(design: Design) -> list[Group]:
    """Return the strongly connected groups of a design, sources first.

    Raises
    ------
    graphlib.CycleError
        If a loop has no delayed link; `rules.check` reports such a design before.
    """
    position = {node.id: index for index, node in enumerate(design.nodes)}
    consumers: dict[NodeId, list[NodeId]] = defaultdict(list)
    undelayed: dict[NodeId, set[NodeId]] = {node.id: set() for node in design.nodes}
    for link in design.links:
        consumers[link.source].append(link.target)
        if not link.delay:
            undelayed[link.target].add(link.source)
    within_step = {node: place for place, node in enumerate(TopologicalSorter(undelayed).static_order())}
    groups = []
    for members in strongly_connected(list(position), consumers):
        loop = len(members) > 1 or members[0] in consumers[members[0]]
        groups.append(Group(tuple(sorted(members, key=within_step.__getitem__)), loop))
    return groups


def strongly_connected(nodes: list[NodeId], consumers: dict[NodeId, list[NodeId]]) -> list[list[NodeId]]:
    """Return the strongly connected components, sources first.

    Tarjan 1972, "Depth-first search and linear graph algorithms", without recursion.
    """
    found: dict[NodeId, int] = {}
    low: dict[NodeId, int] = {}
    waiting: list[NodeId] = []
    on_stack: set[NodeId] = set()
    components: list[list[NodeId]] = []
    for root in nodes:
        if root in found:
            continue
        work = [(root, iter(consumers[root]))]
        found[root] = low[root] = len(found)
        waiting.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in found:
                    found[target] = low[target] = len(found)
                    waiting.append(target)
                    on_stack.add(target)
                    work.append((target, iter(consumers[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], found[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == found[node]:
                    cut = waiting.index(node)
                    components.append(waiting[cut:])
                    on_stack.difference_update(waiting[cut:])
                    del waiting[cut:]
    return components[::-1]
