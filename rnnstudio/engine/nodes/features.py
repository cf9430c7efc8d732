"""Heads that predict features: what is missing among their targets is not counted."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnstudio.engine.nodes.base import Array
from rnnstudio.engine.nodes.data import HeadNode
from rnnstudio.engine.program.packed_sequence import Timeline


class FeatureHead(HeadNode):
    """A head whose loss is a mean over every feature of every prediction that has a target.

    A target that is not a number is missing: it adds nothing to the loss, and is fed back as 0.

    Attributes
    ----------
    kept : which targets count, ``(rows, F)``, or None where all do
    total : how many targets count
    """

    kept: Array | None
    total: int

    def allocate(self, timeline: Timeline, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`."""
        super().allocate(timeline, dtype)
        self.kept, self.total = None, self.targets.size

    def feed(self, streams: Mapping[str, Array]) -> None:
        """See `HeadNode`."""
        super().feed(streams)
        self.total, self.kept = self.targets.size, None
        if np.isnan(np.vdot(self.targets, self.targets)):  # some are missing
            self.kept = ~np.isnan(self.targets)
            self.total = int(np.count_nonzero(self.kept))
            self.targets = np.where(self.kept, self.targets, 0).astype(self.targets.dtype, copy=False)

    @property
    def predictions(self) -> float:
        """See `HeadNode`; a prediction of which some features are missing counts in part."""
        return float(self.total / max(self.targets.shape[1], 1))

    @property
    def share(self) -> float:
        """What each feature's loss counts for in that of the network."""
        return self.weight / max(self.total, 1)

    def only_kept(self, values: Array, rows: slice = slice(None)) -> Array:
        """Return values ``(rows, F)`` with 0 where the target is missing."""
        return values if self.kept is None else np.where(self.kept[rows], values, 0)

    @abstractmethod
    def cost(self) -> Array:
        """Return the unweighted loss of each feature of each prediction, ``(rows, F)``."""

    def loss_by_row(self) -> Array:
        """Return the mean cost over the features of each prediction that count, 0 where none does."""
        cost = self.only_kept(self.cost())
        if self.kept is None:
            return np.asarray(cost.mean(axis=1))
        return np.asarray(cost.sum(axis=1) / np.maximum(self.kept.sum(axis=1), 1))

    def take_loss(self) -> None:
        """Set ``loss``, when all steps have run."""
        self.loss = self.share * float(self.only_kept(self.cost()).sum(dtype=np.float64))
