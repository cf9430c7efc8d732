"""In which order gradients of products, and with them weights, stand side by side.

The gradients of all products are columns of one array, ``n`` columns each. A group reads a window
of it, for ``dA @ W.T`` and for the weight gradient, and its weights have the order of its window. A
gradient that two groups share (that of a pre-activation ``W @ x + U @ h_prev`` is that of both its
products) stands there once, where both windows overlap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

from rnnstudio.engine.compiler.ir.autodiff import Backward, Group

MOST_SIGNATURES = 6


@dataclass(frozen=True)
class Layout:
    """Order of product gradients.

    Attributes
    ----------
    columns : values that stand in the gradient array, in order
    groups : the groups, their products in window order
    windows : first column of each group's window, by key
    """

    columns: tuple[int, ...]
    groups: tuple[Group, ...]
    windows: dict[str, int]


def lay_out(backward: Backward) -> Layout:
    """Return the order of product gradients with the widest sharing."""
    wanted = _distinct(backward)
    columns = _best_order(wanted)
    shared = {key for key, values in wanted.items() if _contiguous(columns, values)}
    kept = [c for c in columns if any(c in wanted[key] for key in shared)]
    # The other groups have columns of their own, copied. Taking a column away leaves the rest contiguous.
    graph = backward.forward.graph
    groups, windows = [], {}
    for group in backward.groups:
        if group.key not in wanted:
            continue
        gradients = list(wanted[group.key])
        if group.key not in shared:
            gradients = [graph.fresh_copy(d, group.place) for d in gradients]
            kept.extend(gradients)
        by_column = sorted(range(len(gradients)), key=lambda k: kept.index(gradients[k]))
        groups.append(
            replace(
                group,
                products=tuple(group.products[k] for k in by_column),
                matrices=tuple(group.matrices[k] for k in by_column),
            )
        )
        windows[group.key] = min(kept.index(d) for d in gradients)
    return Layout(tuple(kept), tuple(groups), windows)


def _distinct(backward: Backward) -> dict[str, tuple[int, ...]]:
    """Return the gradients of each group, each a statement's result and none twice in a group.

    A group none of whose products matters has no gradient: it gets a column of zeros, so that its
    weights have a place.
    """
    graph = backward.forward.graph
    wanted: dict[str, tuple[int, ...]] = {}
    for group in backward.groups:
        gradients: list[int] = []
        for product in group.products:
            d = backward.d_products.get(product)
            if d is None:
                d = graph.fresh_copy(graph.number(0.0), group.place)
            elif graph.ops[d].leaf or d in gradients:
                d = graph.fresh_copy(d, group.place)
            gradients.append(d)
        wanted[group.key] = tuple(gradients)
    return wanted


def _contiguous(columns: list[int], values: tuple[int, ...]) -> bool:
    at = [columns.index(v) for v in values]
    return max(at) - min(at) == len(at) - 1


def _best_order(wanted: dict[str, tuple[int, ...]]) -> list[int]:
    """Order the gradients so that as many as may be of the groups are contiguous."""
    signatures: dict[frozenset[str], list[int]] = {}
    for value in dict.fromkeys(v for values in wanted.values() for v in values):
        signature = frozenset(key for key, values in wanted.items() if value in values)
        signatures.setdefault(signature, []).append(value)
    blocks = list(signatures.values())
    if len(blocks) > MOST_SIGNATURES:
        return [v for block in blocks for v in block]

    def contiguous_width(order: tuple[list[int], ...]) -> int:
        columns = [v for block in order for v in block]
        return sum(len(values) for values in wanted.values() if _contiguous(columns, values))

    return [v for block in max(permutations(blocks), key=contiguous_width) for v in block]
