"""The specification of a cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rnnstudio.design.model import Params
from rnnstudio.design.spec import GateTitles, ParamSpec
from rnnstudio.engine.compiler.frontend.latex import TEXTBOOK, Notation
from rnnstudio.engine.nodes.base import Initialiser


def no_biases(_params: Params) -> Mapping[str, Initialiser]:
    """Every vector is initialized with zeros."""
    return {}


@dataclass(frozen=True)
class CellSpec:
    """A cell.

    Attributes
    ----------
    equations : complete params -> the text of the equations
    gate_titles : (title, hue) of each name in the equations, or complete params -> these
    notation : how the source prints its symbols
    params : the cell's own parameters, beyond ``units`` and those of layers and directions
    vectors : complete params -> the initial values of vectors that are not initialized with zeros
    detail : complete params -> text of the summary after the units, or an empty string
    """

    kind: str
    title: str
    description: str
    reference: str
    equations: Callable[[Params], str]
    gate_titles: GateTitles | Callable[[Params], GateTitles]
    notation: Notation = TEXTBOOK
    params: tuple[ParamSpec, ...] = ()
    vectors: Callable[[Params], Mapping[str, Initialiser]] = field(default=no_biases)
    detail: Callable[[Params], str] = lambda _params: ""
    hue: str = "accent"
