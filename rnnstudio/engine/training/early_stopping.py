"""Early stopping: ends training when the loss has not improved for a while, and keeps the best weights.

Prechelt 1998, "Early Stopping - But When?", the criterion UP without a tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


class EarlyStopping:
    """Monitors the loss of each epoch and keeps the weights of the best epoch.

    Parameters
    ----------
    patience : int or None
        Epochs without an improvement after which training ends. None disables early stopping.
    weights : (W,)
        The weights to monitor; a buffer of this size is allocated for the best ones.

    Attributes
    ----------
    best : (W,) or None
        The weights of the best epoch so far; None before the first epoch, or if disabled.
    """

    def __init__(self, patience: int | None, weights: Array) -> None:
        self.patience = patience
        self.lowest, self.bad_epochs = math.inf, 0
        self._best_weights = None if patience is None else weights.copy()

    @property
    def best(self) -> Array | None:
        """The weights of the best epoch so far, or None."""
        return self._best_weights if math.isfinite(self.lowest) else None

    @property
    def has_triggered(self) -> bool:
        """Whether training should end."""
        return self.patience is not None and self.bad_epochs >= self.patience

    def epoch_done(self, loss: float, weights: Array) -> None:
        """Record the loss of an epoch and the weights after it."""
        if self._best_weights is None:
            return
        if loss < self.lowest:
            self.lowest, self.bad_epochs = loss, 0
            self._best_weights[...] = weights
        else:
            self.bad_epochs += 1

    def state(self) -> dict[str, float | None]:
        """Return the state for a checkpoint, without the best weights."""
        return {"lowest": self.lowest if math.isfinite(self.lowest) else None, "bad_epochs": self.bad_epochs}

    def load_state(self, state: Mapping[str, Any], best: Array | None) -> None:
        """Restore what `state` returned, and the best weights."""
        self.lowest = math.inf if state["lowest"] is None else float(state["lowest"])
        self.bad_epochs = int(state["bad_epochs"])
        if self._best_weights is not None and best is not None:
            self._best_weights[...] = best
