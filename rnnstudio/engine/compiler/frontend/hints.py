"""Hints on equations that are valid but probably not as intended; they do not prevent training.

Any name that is not assigned is a vector of weights, so a misspelt name can be trained too, but as something
else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rnnstudio.design.constraints import Mistake
from rnnstudio.design.message import Message, message
from rnnstudio.engine.compiler.frontend.ast_nodes import PREVIOUS, Equations, Node
from rnnstudio.engine.compiler.frontend.errors import EquationError
from rnnstudio.engine.compiler.frontend.parser import FUNCTIONS, OTHER_NAMES, parse

# Common names for the value of the previous step.
BEFORE = {"previous", "pre", "prv", "last", "old", "before", "tm1"}
LEAST = 3  # shortest name that is checked: shorter ones are all similar


@lru_cache(maxsize=256)
def hints(text: str) -> tuple[Mistake, ...]:
    """Return the hints on a text of equations, by line; none if the text is invalid."""
    try:
        equations = parse(text)
    except EquationError:
        return ()
    found = [*_misspelt_vectors(equations), *_doubled_weights(equations), *_idle(equations)]
    return tuple(sorted(found, key=lambda hint: (hint.line, hint.column)))


def _hint(node: Node, sentence: Message) -> Mistake:
    return Mistake(sentence, node.line, node.column)


def _nodes(node: Node) -> Iterator[Node]:
    """Yield an expression and all its subexpressions, from left to right."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.args))


# ------------------------------------------------------------------------------- misspelt names


def _misspelt_vectors(equations: Equations) -> Iterator[Mistake]:
    """Yield a hint for each vector of weights that is similar to another name of the same shape."""
    states = [f"{assignment.name}{PREVIOUS}" for assignment in equations.assignments]
    uses: dict[str, list[tuple[Node, tuple[str, ...]]]] = {name: [] for name in equations.vectors}
    known: list[str] = []
    for assignment in equations.assignments:
        for node in _nodes(assignment.expression):
            if node.kind == "name" and node.name in uses:
                uses[node.name].append((node, tuple(known)))
        known.append(assignment.name)
    for name, places in uses.items():
        node, assigned = places[0]
        once = len(places) == 1
        candidates = [*states, *(("x", *assigned, *FUNCTIONS) if once else ())]
        meant = next((other for other in candidates if _resembles(name, other)), None)
        meant = meant or (OTHER_NAMES.get(name) if once else None)
        if meant is not None:
            call = "(…)" if meant in FUNCTIONS else ""
            used = message("used once") if once else message("not a value of the step before")
            yield _hint(
                node,
                message(
                    "{name} is a vector of weights, {used}; did you mean {meant}{call}?",
                    name=name,
                    used=used,
                    meant=meant,
                    call=call,
                ),
            )


def _doubled_weights(equations: Equations) -> Iterator[Mistake]:
    """Yield a hint for each name of weights that differs from another only in underscores or capitals."""
    first: dict[tuple[str, ...], str] = {}
    told: set[str] = set()
    vectors = set(equations.vectors)
    for assignment in equations.assignments:
        for node in _nodes(assignment.expression):
            matrix = node.kind in ("product", "joined")
            if node.name in told or not (matrix or node.name in vectors):
                continue
            # A vector often has the same letter as a matrix, in lower case: W_c and w_c.
            for key in [("matrix" if matrix else "vector", _bare(node.name)), (node.name.replace("_", ""),)]:
                other = first.setdefault(key, node.name)
                if other != node.name:
                    yield _hint(
                        node,
                        message(
                            "{node} and {other} are two weights; did you mean one?",
                            node=node.name,
                            other=other,
                        ),
                    )
                    told.add(node.name)
                    break


def _bare(name: str) -> str:
    return name.lower().replace("_", "")


def _resembles(name: str, other: str) -> bool:
    """Whether a name could be a misspelling of another one."""
    if _bare(name) == _bare(other):
        return True
    parts, others = name.lower().split("_"), other.lower().split("_")
    if other.endswith(PREVIOUS) and (sorted(parts) == sorted(others) or _says_before(parts, others)):
        return True
    if min(len(name), len(other)) < LEAST or re.sub(r"\D", "", name) != re.sub(r"\D", "", other):
        return False
    if len(parts) == len(others):
        # b_i and b_f, or b_tilde and h_tilde, are not misspellings of each other.
        different = [(a, b) for a, b in zip(parts, others, strict=True) if a != b]
        if any(len(a) == len(b) == 1 for a, b in different):
            return False
    return _is_one_slip(name.lower(), other.lower())


def _says_before(parts: list[str], others: list[str]) -> bool:
    return len(parts) > 1 and parts[-1] in BEFORE and parts[:-1] == others[:-1]


def _is_one_slip(name: str, other: str) -> bool:
    """Whether the names differ by one extra, missing or wrong letter, or by two swapped letters."""
    short, long = sorted((name, other), key=len)
    start = next((k for k, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(long) == len(short) + 1:
        return short[start:] == long[start + 1 :]
    if len(long) != len(short):
        return False
    swapped = (
        short[start : start + 2] == long[start : start + 2][::-1] and short[start + 2 :] == long[start + 2 :]
    )
    # One wrong letter in three is too much.
    return swapped or (len(short) > LEAST and short[start + 1 :] == long[start + 1 :])


# ------------------------------------------------------------------------- what has no effect


def _idle(equations: Equations) -> Iterator[Mistake]:
    """Yield hints on equations that ``h`` does not depend on, and on missing dependencies of ``h``."""
    expressions = {assignment.name: assignment.expression for assignment in equations.assignments}
    reads = {
        name: {node.name for node in _nodes(expression) if node.kind == "name"}
        for name, expression in expressions.items()
    }
    matter, waiting = {"h"}, ["h"]
    while waiting:
        for name in reads[waiting.pop()]:
            source = name.removesuffix(PREVIOUS)
            if source in expressions and source not in matter:
                matter.add(source)
                waiting.append(source)
    for name, expression in expressions.items():
        if name not in matter:
            sentence = message("nothing that leads to h reads {name}; it is computed for nothing.", name=name)
            yield Mistake(sentence, expression.line)
    read = set().union(*(reads[name] for name in matter))
    line = expressions["h"].line
    if not any(name.endswith(PREVIOUS) for name in read):
        yield Mistake(
            message(
                "no state is left, so the cell has no recurrence: no equation that h needs reads a value "
                "of the step before, such as h_prev."
            ),
            line,
        )
    if "x" not in read:
        yield Mistake(
            message("the output does not depend on the input: no equation that h needs reads x."), line
        )
