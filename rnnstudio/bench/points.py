"""The points that are measured: cells of several sizes, and the example designs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rnnstudio.design.errors import DesignError
from rnnstudio.design.message import message

#: (T, B, input, units)
SIZES = (
    (50, 16, 32, 32),
    (50, 32, 64, 64),
    (100, 32, 128, 128),
    (50, 64, 128, 256),
    (50, 64, 256, 512),
)
TEMPLATES = (("names", "gru", "names-gru"), ("sonnets", "lstm", "sonnets-lstm"))  # family, cell, design


@dataclass(frozen=True)
class Point:
    """One point to measure.

    Attributes
    ----------
    family : what its ratio is averaged with
    cell : kind of the cell
    T, B, input, units : steps, sequences, features of the input, units; 0 for a template, which has its own
    ragged : whether lengths are uniform from 1 to T instead of all T
    both : two layers that read in both directions, instead of one that reads forward
    template : the example design that is measured as it is, if one is
    """

    family: str
    cell: str
    T: int = 0
    B: int = 0
    input: int = 0
    units: int = 0
    ragged: bool = False
    both: bool = False
    template: str = ""

    @property
    def title(self) -> str:
        """The name of the point in a sentence."""
        return self.template or f"{self.family} ({self.T}, {self.B}, {self.input}, {self.units})"


def _points() -> tuple[Point, ...]:
    points = [Point(cell, cell, *size) for cell in ("rnn", "gru", "lstm") for size in SIZES]
    points += [
        Point(f"{cell}-ragged", cell, *size, ragged=True) for cell in ("lstm", "gru") for size in SIZES[:4]
    ]
    points += [Point("lstm-both-ragged", "lstm", *size, ragged=True, both=True) for size in SIZES[1:3]]
    points += [Point(family, cell, template=template) for family, cell, template in TEMPLATES]
    return tuple(points)


POINTS = _points()
FAMILIES = tuple(dict.fromkeys(point.family for point in POINTS))


def chosen(families: Sequence[str], *, quick: bool = False) -> tuple[Point, ...]:
    """Return the points of some families, or of all if none is given; the smallest of each if ``quick``.

    Raises
    ------
    DesignError
        If there is no family of that name.
    """
    for family in families:
        if family not in FAMILIES:
            raise DesignError(
                message(
                    "There is no family “{family}”; there are {families}.",
                    family=family,
                    families=", ".join(FAMILIES),
                )
            )
    points = [point for point in POINTS if not families or point.family in families]
    if quick:
        points = list({point.family: point for point in reversed(points)}.values())[::-1]
    return tuple(points)
