"""The base class of heads that predict features; missing targets do not count."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnstudio.engine.nodes.base import Array
from rnnstudio.engine.nodes.data import HeadNode
from rnnstudio.engine.program.packed_sequence import PackedSequence


class FeatureHead(HeadNode):
    """A head whose loss is a mean over all features that have a target.

    A target that is NaN is missing. It adds nothing to the loss, and is fed back as 0.

    Attributes
    ----------
    target_mask : which targets count, ``(rows, F)``, or None if all do
    total : number of targets that count
    """

    target_mask: Array | None
    total: int

    def allocate(self, packing: PackedSequence, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`."""
        super().allocate(packing, dtype)
        self.target_mask, self.total = None, self.targets.size

    def feed(self, streams: Mapping[str, Array]) -> None:
        """See `HeadNode`."""
        super().feed(streams)
        self.total, self.target_mask = self.targets.size, None
        if np.isnan(np.vdot(self.targets, self.targets)):  # some are missing
            self.target_mask = ~np.isnan(self.targets)
            self.total = int(np.count_nonzero(self.target_mask))
            self.targets = np.where(self.target_mask, self.targets, 0).astype(self.targets.dtype, copy=False)

    @property
    def predictions(self) -> float:
        """See `HeadNode`. A prediction with missing features counts in part."""
        return float(self.total / max(self.targets.shape[1], 1))

    @property
    def loss_scale(self) -> float:
        """The factor of the loss of each feature in the loss of the network."""
        return self.weight / max(self.total, 1)

    def masked(self, values: Array, rows: slice = slice(None)) -> Array:
        """Return values ``(rows, F)`` with 0 where the target is missing."""
        return values if self.target_mask is None else np.where(self.target_mask[rows], values, 0)

    @abstractmethod
    def cost(self) -> Array:
        """Return the unweighted loss of each feature of each prediction, ``(rows, F)``."""

    def loss_by_row(self) -> Array:
        """Return the mean cost over the counted features of each prediction, or 0 if there are none."""
        cost = self.masked(self.cost())
        if self.target_mask is None:
            return np.asarray(cost.mean(axis=1))
        return np.asarray(cost.sum(axis=1) / np.maximum(self.target_mask.sum(axis=1), 1))

    def compute_loss(self) -> None:
        """Compute ``loss`` after the last step."""
        self.loss = self.loss_scale * float(self.masked(self.cost()).sum(dtype=np.float64))
