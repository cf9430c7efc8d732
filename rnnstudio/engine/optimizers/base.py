"""The base class of optimizers, which update one flat vector of weights from its gradient.

The vector is updated chunk by chunk, so that the data of a step stays in the cache and temporary arrays are
small. Formulas and defaults are those of PyTorch's ``torch.optim``; with ``weight_decay`` above 0 the
gradient is ``g + weight_decay w`` (L2), unless an optimizer documents otherwise.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.constraints import Flag, Real
from rnnstudio.design.model import Choice, Params
from rnnstudio.design.registry import Registry
from rnnstudio.design.spec import ParamSpec

Array = NDArray[Any]
CHUNK = 32_768  # weights updated at a time


class Optimizer(ABC):
    """Updates the weights in place.

    Parameters
    ----------
    params : complete parameters of the kind
    weights : (W,)
        The flat weights; only their length and dtype are used.
    *slots : str
        Names of the vectors kept from step to step, initially 0.

    Attributes
    ----------
    learning_rate : float
        Learning rate of the next step; a schedule sets it.
    steps : int
        Number of steps taken so far.
    slots : arrays (W,) by name
        The vectors kept from step to step.
    """

    def __init__(self, params: Params, weights: Array, *slots: str) -> None:
        self.learning_rate = number(params, "learning_rate")
        self.weight_decay = number(params, "weight_decay")
        self.steps = 0
        self.slots = {name: np.zeros_like(weights) for name in slots}
        self._between: Array | None = None

    def step(self, weights: Array, gradients: Array) -> None:
        """Update ``weights`` from ``gradients``, both ``(W,)``; only the weights are changed."""
        self.steps += 1
        if self._between is None:
            self._between = np.empty((3, min(CHUNK, len(weights))), weights.dtype)
        for start in range(0, len(weights), CHUNK):
            part = slice(start, start + CHUNK)
            w, g = weights[part], gradients[part]
            decayed, a, b = self._between[:, : len(w)]
            self.move(w, self.decay(w, g, decayed), *(slot[part] for slot in self.slots.values()), a, b)

    def decay(self, w: Array, g: Array, decayed: Array) -> Array:
        """Return ``g + weight_decay w``, in ``decayed`` if it differs from ``g``."""
        if not self.weight_decay:
            return g
        np.multiply(w, self.weight_decay, out=decayed)
        decayed += g
        return decayed

    @abstractmethod
    def move(self, w: Array, g: Array, *arrays: Array) -> None:
        """Update a chunk of weights; ``arrays`` are the slots of the same chunk and two temporary arrays.

        ``g`` must not be changed.
        """

    def state(self) -> dict[str, Array]:
        """Return the data for a checkpoint, by name: the slots themselves, not copies, and ``steps``."""
        return {**self.slots, "steps": np.array(self.steps, np.int64)}

    def load_state(self, state: Mapping[str, Array]) -> None:
        """Load the result of `state` for weights of the same length; `KeyError` if a name is missing."""
        for name, slot in self.slots.items():
            slot[...] = state[name]
        self.steps = int(state["steps"])


@dataclass(frozen=True)
class OptimizerSpec:
    """A kind of optimizer; ``make(params, weights)`` creates one for a flat vector.

    Attributes
    ----------
    params : include ``learning_rate``, which a schedule scales
    slots : params -> number of vectors of the length of the weights that it keeps, to estimate memory
    """

    kind: str
    title: str
    params: tuple[ParamSpec, ...]
    make: Callable[[Params, Array], Optimizer]
    slots: Callable[[Params], int] = lambda _params: 2
    reference: str = ""


OPTIMIZERS: Registry[OptimizerSpec] = Registry("optimizer")


def make_optimizer(choice: Choice, weights: Array) -> Optimizer:
    """Create the chosen optimizer for these weights."""
    spec = OPTIMIZERS.get(choice.kind)
    params = {p.name: choice.params.get(p.name, p.default) for p in spec.params}
    return spec.make(params, weights)


# ------------------------------------------------------------------------------- parameters


def number(params: Params, name: str) -> float:
    """Return a parameter as a real number; 0 if there is none."""
    return float(params.get(name) or 0)


def learning_rate(default: float) -> ParamSpec:
    """Return the parameter that every optimizer has."""
    return ParamSpec(
        "learning_rate", "Learning rate", Real(0, 1e38, open_minimum=True), default, "Length of a step."
    )


def weight_decay(
    default: float = 0.0, help: str = "Adds this share of each weight to its gradient."
) -> ParamSpec:
    """Return the weight decay."""
    return ParamSpec("weight_decay", "Weight decay", Real(0, 10), default, help)


def epsilon(default: float) -> ParamSpec:
    """Return the parameter that prevents division by zero."""
    return ParamSpec(
        "epsilon", "Epsilon", Real(0, 1, open_minimum=True), default, "Keeps the division finite."
    )


def flag(name: str, title: str, help: str) -> ParamSpec:
    """Return a parameter that is off by default."""
    return ParamSpec(name, title, Flag(), False, help)
