"""GEMM fusion: orders the gradients of products so that each group is one matrix product.

The gradients of all products are columns of one array, ``n`` columns each. A group reads a window
of it, for ``dA @ W.T`` and for the weight gradient, and its weights have the order of its window. A
gradient that two groups share is stored once, where both windows overlap: the gradient of a
pre-activation ``W @ x + U @ h_prev`` is the gradient of both of its products.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

from rnnstudio.engine.compiler.ir.autodiff import Backward, ProductGroup

MOST_SIGNATURES = 6


@dataclass(frozen=True)
class GradientLayout:
    """The order of product gradients.

    Attributes
    ----------
    columns : values of the gradient array, in order
    groups : the groups, with their products in window order
    windows : first column of each group's window, by key
    """

    columns: tuple[int, ...]
    groups: tuple[ProductGroup, ...]
    windows: dict[str, int]


def fuse_products(backward: Backward) -> GradientLayout:
    """Return the order of product gradients that shares the most columns."""
    wanted = _distinct(backward)
    columns = _best_order(wanted)
    shared = {key for key, values in wanted.items() if _contiguous(columns, values)}
    kept = [c for c in columns if any(c in wanted[key] for key in shared)]
    # The other groups get copies in columns of their own. Removing a column leaves the rest contiguous.
    graph = backward.forward.graph
    groups, windows = [], {}
    for group in backward.groups:
        if group.key not in wanted:
            continue
        gradients = list(wanted[group.key])
        if group.key not in shared:
            gradients = [graph.fresh_copy(d, group.point) for d in gradients]
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
    return GradientLayout(tuple(kept), tuple(groups), windows)


def _distinct(backward: Backward) -> dict[str, tuple[int, ...]]:
    """Return the gradients of each group, each the result of a statement and unique within its group.

    A group whose products do not matter has no gradient. It gets a column of zeros, so that its weights
    have a position.
    """
    graph = backward.forward.graph
    wanted: dict[str, tuple[int, ...]] = {}
    for group in backward.groups:
        gradients: list[int] = []
        for product in group.products:
            d = backward.d_products.get(product)
            if d is None:
                d = graph.fresh_copy(graph.number(0.0), group.point)
            elif graph.ops[d].is_leaf or d in gradients:
                d = graph.fresh_copy(d, group.point)
            gradients.append(d)
        wanted[group.key] = tuple(gradients)
    return wanted


def _contiguous(columns: list[int], values: tuple[int, ...]) -> bool:
    at = [columns.index(v) for v in values]
    return max(at) - min(at) == len(at) - 1


def _best_order(wanted: dict[str, tuple[int, ...]]) -> list[int]:
    """Order the gradients so that as many groups as possible are contiguous."""
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
