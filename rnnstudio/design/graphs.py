"""Strongly connected components of a directed graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

T = TypeVar("T")


def strongly_connected(nodes: Collection[T], consumers: Mapping[T, Collection[T]]) -> list[list[T]]:
    """Return the strongly connected components, sources first; targets outside ``nodes`` are ignored.

    Tarjan 1972, "Depth-first search and linear graph algorithms", without recursion.
    """
    found: dict[T, int] = {}
    low: dict[T, int] = {}
    waiting: list[T] = []
    on_stack: set[T] = set()
    components: list[list[T]] = []
    present = set(nodes)
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
                if target not in present:
                    continue
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
                    members: list[T] = []
                    while not members or members[-1] != node:
                        members.append(waiting.pop())
                        on_stack.discard(members[-1])
                    components.append(members[::-1])
    return components[::-1]
