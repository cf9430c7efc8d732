"""Training steps of the engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnstudio.bench.workload import Workload
from rnnstudio.engine.nodes.data import InputNode
from rnnstudio.engine.program.batches import Batch, pack
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.training.data_loader import Window
from rnnstudio.engine.training.optimizer_step import OptimizerStep


class Ours:
    """A design in training, a batch at a time; batches that are packed ahead may be ``packed`` already."""

    def __init__(self, workload: Workload, packed: list[Batch] | None = None) -> None:
        self.workload = workload
        plan = workload.design.plan
        self.program = Program(workload.design, workload.report, workload.facts)
        self.program.initialise(plan.seed)
        self.program.seed(plan.seed)
        self.optimizer_step = OptimizerStep(self.program, plan)
        if packed is None and workload.made_ahead:
            packed = [self._pack(k) for k in range(len(workload.batches))]
        self.packed = packed or []

    def _pack(self, k: int) -> Batch:
        columns = self.workload.batches[k]
        return pack(self.workload.facts, columns, len(next(iter(columns.values()))))

    def batch(self, k: int) -> Batch:
        """Return the packed batch of a step; the batches are used in turn."""
        k %= len(self.workload.batches)
        return self.packed[k] if self.packed else self._pack(k)

    def step(self, k: int) -> float:
        """Run one training step as the trainer does; return the loss before it."""
        rate = self.optimizer_step.optimizer.learning_rate
        loss, _, _ = self.optimizer_step.step(k + 1, Window(self.batch(k)), rate)
        assert loss is not None, "the data of the benchmark counts"
        return loss

    def gradients(self, k: int) -> tuple[float, dict[str, NDArray[np.float32]]]:
        """Return the loss of a batch and its gradients by ``node.weight``, without dropout."""
        loss = self.program.loss(self.batch(k), training=False)
        self.program.backward()
        return loss, {name: np.array(view) for name, view in self.program.d_parameters.items()}

    def flops(self) -> float:
        """Return the floating-point operations in the matrix products of a step that any engine must do.

        Each matrix is applied once a row, has a gradient once a row, and passes one on once a row,
        unless it stands at an input, whose gradient nobody needs.
        """
        products = 0
        for node_id, node in self.program.nodes.items():
            sources = [link.source for link in self.program.design.links if link.target == node_id]
            at_input = any(isinstance(self.program.nodes[source], InputNode) for source in sources)
            for name, view in node.weights.items():
                if view.ndim == 2 and node.node.kind != "embedding":  # a lookup, not a product
                    first = at_input and name.rpartition(".")[2].startswith("W") and "layer" not in name
                    products += view.size * (2 if first else 3)
        return 2.0 * products * self.workload.rows
