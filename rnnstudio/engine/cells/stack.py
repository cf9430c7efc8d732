"""Layers and directions of a cell: what they are called, how wide they are, how their states lie.

A *strand* is the cell's equations run once over the sequence: one layer in one direction. Strands are
counted layer by layer, the forward direction of a layer before its reverse one.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnnstudio.design.constraints import Integer, OneOf, Real
from rnnstudio.design.model import Params, Value
from rnnstudio.design.spec import ParamSpec

MOST_LAYERS = 16

STACK_PARAMS: tuple[ParamSpec, ...] = (
    ParamSpec("layers", "Layers", Integer(1, MOST_LAYERS), 1, "Cells on top of each other."),
    ParamSpec(
        "direction",
        "Direction",
        OneOf(("forward", "reverse", "both"), ("forward", "reverse", "both directions")),
        "forward",
        "Whether the sequence is read from its start, from its end, or from both by a cell each.",
    ),
    ParamSpec(
        "merge",
        "Merge",
        OneOf(("concat", "sum", "mean", "product"), ("side by side", "sum", "mean", "product")),
        "concat",
        "How the outputs of both directions become one.",
        when={"direction": ("both",)},
    ),
    ParamSpec(
        "dropout",
        "Dropout",
        Real(0.0, 0.95),
        0.0,
        "Share of each layer's outputs, but the last one's, that is set to zero in training.",
        when={"layers": Integer(2, MOST_LAYERS)},
    ),
)
DEFAULTS = {param.name: param.default for param in STACK_PARAMS}


@dataclass(frozen=True)
class StrandPlace:
    """One layer in one direction; ``prefix`` stands before the names of its weights and gates."""

    layer: int
    reverse: bool
    prefix: str


@dataclass(frozen=True)
class Stack:
    """The layers and directions that a cell's parameters ask for."""

    units: int
    layers: int = 1
    direction: str = "forward"
    merge: str = "concat"
    dropout: float = 0.0

    @classmethod
    def of(cls, params: Params) -> Stack:
        """Read complete parameters of a cell, valid or not: what is not is read as one layer."""
        known = {**DEFAULTS, **params}
        units, layers, dropout = known["units"], known["layers"], known["dropout"]
        return cls(
            units if isinstance(units, int) else 0,
            layers if isinstance(layers, int) and 1 <= layers <= MOST_LAYERS else 1,
            str(known["direction"]),
            str(known["merge"]),
            dropout if isinstance(dropout, int | float) else 0.0,
        )

    @property
    def both(self) -> bool:
        """Whether each layer reads in both directions."""
        return self.direction == "both"

    @property
    def width(self) -> int:
        """Features of each layer's output."""
        return 2 * self.units if self.both and self.merge == "concat" else self.units

    def features(self, layer: int, features: int) -> int:
        """Return the features that a layer reads, of a cell that reads ``features``."""
        return features if layer == 0 else self.width

    @property
    def strands(self) -> tuple[StrandPlace, ...]:
        """The strands in order.

        The prefix is empty for layer 1 and its only or forward direction: ``W_i``, ``reverse.W_i``,
        ``layer2.W_i``, ``layer2.reverse.W_i``.
        """
        places = []
        for layer in range(self.layers):
            deep = f"layer{layer + 1}." if layer else ""
            if self.both:
                places += [StrandPlace(layer, False, deep), StrandPlace(layer, True, f"{deep}reverse.")]
            else:
                places.append(StrandPlace(layer, self.direction == "reverse", deep))
        return tuple(places)

    def state_columns(self, state: int, strand: int) -> slice:
        """Return where a state of a strand lies in the ``(B, states * strands * units)`` of a state port.

        State by state, and within each strand by strand, so that ``h`` of an encoder that reads both
        ways is one block, which a forward decoder of twice the units takes for its ``h``.
        """
        strands = self.layers * (2 if self.both else 1)
        start = (state * strands + strand) * self.units
        return slice(start, start + self.units)

    def state_size(self, states: int) -> int:
        """Return the numbers a sequence carries: states x strands x units."""
        return states * len(self.strands) * self.units

    def fit_to(self, source: Params) -> dict[str, Value]:
        """Return the units and layers with which this cell takes the state of another of its kind."""
        other = Stack.of(source)
        units = other.units * (2 if other.both else 1)
        if self.both and units % 2:
            return {}
        return {"layers": other.layers, "units": units // 2 if self.both else units}

    def summary(self) -> str:
        """Return what is beyond one layer forward: "2 layers · both"."""
        parts = [f"{self.layers} layers"] if self.layers > 1 else []
        parts += [self.direction] if self.direction != "forward" else []
        return " · ".join(parts)

    def tape_width(self, slots: int, features: int) -> int:
        """Return the numbers kept for a sequence and step beyond the output and its gradient.

        ``slots`` counts what one strand keeps for a unit. A reverse strand keeps its rows turned round
        as well, a merge that is not side by side the gradient of each of its two, dropout a mask and
        both sides of it.
        """
        kept = len(self.strands) * slots * self.units
        apart = self.both and self.merge == "concat"  # each strand writes its columns of the output
        for place in self.strands:
            if place.reverse:
                kept += 2 * self.features(place.layer, features) + (1 if apart else 2) * self.units
        between = (self.layers - 1) * self.width
        if self.both:
            kept += (0 if apart else self.layers * 2 * self.units) + between
        return kept + between + (3 * between if self.dropout > 0 else 0)
