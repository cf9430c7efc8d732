"""Layers and directions of a cell: their names, widths and the order of their states.

Directions are counted layer by layer, the forward direction of a layer before its reverse one.
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
class DirectionSpec:
    """One direction of a layer; ``prefix`` precedes the names of its weights and gates."""

    layer: int
    reverse: bool
    prefix: str


@dataclass(frozen=True)
class Stack:
    """The layers and directions given by the parameters of a cell."""

    units: int
    layers: int = 1
    direction: str = "forward"
    merge: str = "concat"
    dropout: float = 0.0

    @classmethod
    def of(cls, params: Params) -> Stack:
        """Read complete parameters of a cell. Invalid values are replaced by defaults."""
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
        """Return the input features of a layer, in a cell with ``features`` input features."""
        return features if layer == 0 else self.width

    @property
    def directions(self) -> tuple[DirectionSpec, ...]:
        """The directions of all layers in order.

        The prefix is empty for layer 1 and its only or forward direction: ``W_i``, ``reverse.W_i``,
        ``layer2.W_i``, ``layer2.reverse.W_i``.
        """
        specs = []
        for layer in range(self.layers):
            deep = f"layer{layer + 1}." if layer else ""
            if self.both:
                specs += [DirectionSpec(layer, False, deep), DirectionSpec(layer, True, f"{deep}reverse.")]
            else:
                specs.append(DirectionSpec(layer, self.direction == "reverse", deep))
        return tuple(specs)

    def state_columns(self, state: int, direction: int) -> slice:
        """Return the columns of a state of a direction in the ``(B, states * directions * units)`` of a port.

        Columns are ordered by state, then by direction. So ``h`` of a bidirectional encoder is one block,
        which a forward decoder with twice the units can take as its ``h``.
        """
        directions = self.layers * (2 if self.both else 1)
        start = (state * directions + direction) * self.units
        return slice(start, start + self.units)

    def state_size(self, states: int) -> int:
        """Return the size of the state of a sequence: states x directions x units."""
        return states * len(self.directions) * self.units

    def fit_to(self, source: Params) -> dict[str, Value]:
        """Return the units and layers with which this cell accepts the state of another of its kind."""
        other = Stack.of(source)
        units = other.units * (2 if other.both else 1)
        if self.both and units % 2:
            return {}
        return {"layers": other.layers, "units": units // 2 if self.both else units}

    def summary(self) -> str:
        """Return what differs from one forward layer, such as "2 layers · both"."""
        parts = [f"{self.layers} layers"] if self.layers > 1 else []
        parts += [self.direction] if self.direction != "forward" else []
        return " · ".join(parts)

    def tape_width(self, slots: int, features: int) -> int:
        """Return the numbers stored for a sequence and step, besides the output and its gradient.

        ``slots`` is the number of values that a direction stores for each unit. The reverse direction also
        stores its reversed rows, a merge other than concatenation the gradients of both outputs, and dropout
        a mask with its input and output gradients.
        """
        stored = len(self.directions) * slots * self.units
        apart = self.both and self.merge == "concat"  # each direction writes its own columns of the output
        for spec in self.directions:
            if spec.reverse:
                stored += 2 * self.features(spec.layer, features) + (1 if apart else 2) * self.units
        between = (self.layers - 1) * self.width
        if self.both:
            stored += (0 if apart else self.layers * 2 * self.units) + between
        return stored + between + (3 * between if self.dropout > 0 else 0)
