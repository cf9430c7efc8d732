"""What an optimizer is: a rule that moves one flat vector of weights against its gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.model import Choice, Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.registries import OPTIMIZERS

Array = NDArray[Any]


class Optimizer(Protocol):
    """Moves the weights in place; its state is a few arrays of their length and a step count."""

    def step(self, weights: Array, gradients: Array) -> None:
        """Move ``weights`` against ``gradients``, both flat."""


@dataclass(frozen=True)
class OptimizerSpec:
    """A kind of optimizer; ``make(params, weights)`` starts one for a flat vector."""

    kind: str
    title: str
    params: tuple[ParamSpec, ...]
    make: Callable[[Params, Array], Optimizer]
    reference: str = ""


def make_optimizer(choice: Choice, weights: Array) -> Optimizer:
    """Start the chosen optimizer for these weights."""
    spec = OPTIMIZERS.get(choice.kind)
    params = {p.name: choice.params.get(p.name, p.default) for p in spec.params}
    return spec.make(params, weights)


def like(weights: Array) -> Array:
    """Return zeros of the weights' shape and type."""
    return np.zeros_like(weights)
