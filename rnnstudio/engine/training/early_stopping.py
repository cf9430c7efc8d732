"""Early stopping: training ends when the loss has not become better for a while, with the best weights.

Prechelt 1998, "Early Stopping - But When?", the criterion UP without a tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


class EarlyStopping:
    """Watches the loss of each epoch and keeps the weights of the best.

    Parameters
    ----------
    patience : int or None
        Epochs without a better loss after which training ends; None for never, and nothing is kept.
    weights : (W,)
        For the room that the best ones need.

    Attributes
    ----------
    best : (W,) or None
        The weights of the best epoch so far; None before the first, and where nothing is kept.
    """

    def __init__(self, patience: int | None, weights: Array) -> None:
        self.patience = patience
        self.lowest, self.bad_epochs = math.inf, 0
        self._room = None if patience is None else weights.copy()

    @property
    def best(self) -> Array | None:
        """See the class."""
        return self._room if math.isfinite(self.lowest) else None

    @property
    def over(self) -> bool:
        """Whether it is time to stop."""
        return self.patience is not None and self.bad_epochs >= self.patience

    def epoch_done(self, loss: float, weights: Array) -> None:
        """Take notice of an epoch's loss and the weights that have it."""
        if self._room is None:
            return
        if loss < self.lowest:
            self.lowest, self.bad_epochs = loss, 0
            self._room[...] = weights
        else:
            self.bad_epochs += 1

    def state(self) -> dict[str, float | None]:
        """Return what a checkpoint must hold beside the best weights."""
        return {"lowest": self.lowest if math.isfinite(self.lowest) else None, "bad_epochs": self.bad_epochs}

    def load_state(self, state: Mapping[str, Any], best: Array | None) -> None:
        """Take back what `state` returned, and the best weights."""
        self.lowest = math.inf if state["lowest"] is None else float(state["lowest"])
        self.bad_epochs = int(state["bad_epochs"])
        if self._room is not None and best is not None:
            self._room[...] = best
