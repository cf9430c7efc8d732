"""The results of a benchmark, and how they are printed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number; ``limit`` is the number it must not exceed (or, for a rate, fall below)."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    note: str = ""
    larger_is_better: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether the limit holds; ``None`` if there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.larger_is_better else self.value <= self.limit


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0 to 1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(title: str, figures: Sequence[Figure]) -> str:
    """Return the figures as lines of text."""
    lines = [title, "-" * len(title)]
    width = max((len(f.name) for f in figures), default=0)
    for figure in figures:
        line = f"  {figure.name:<{width}}  {figure.value:>10,.3g} {figure.unit:<9}"
        if figure.limit is not None:
            word = "at least" if figure.larger_is_better else "at most"
            line += f"  {word} {figure.limit:g}: {'holds' if figure.holds else 'DOES NOT HOLD'}"
        lines.append(line + (f"  ({figure.note})" if figure.note else ""))
    return "\n".join(lines)


def as_json(part: str, figures: Sequence[Figure]) -> str:
    """Return the figures as one JSON object."""
    return json.dumps({"part": part, "figures": [{**asdict(f), "holds": f.holds} for f in figures]})
