"""The same training steps in PyTorch, as its documentation recommends.

A batch of equal lengths is a dense array, one of unequal lengths a packed sequence. The weights are copied
from ours, so that loss and gradients can be compared before anything is timed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from rnnstudio.bench.ours import Ours
from rnnstudio.bench.workload import Workload, number
from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import message

Array = NDArray[Any]
CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
GATES = {"rnn": ("",), "gru": ("_r", "_z", "_n"), "lstm": ("_i", "_f", "_g", "_o")}  # in PyTorch's order
CLOSE = 1e-4  # relative difference of loss and gradients in float32, due to another order of summation


class Theirs:
    """Trains a PyTorch model on a workload."""

    def __init__(self, workload: Workload, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.workload = workload
        self.model = _Model(workload)
        plan = workload.design.plan
        self.limit = plan.clip_norm
        rate = float(plan.optimizer.params.get("learning_rate") or 1e-3)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=rate)
        raw = [{name: [torch.from_numpy(row.copy()) for row in rows] for name, rows in batch.items()}
               for batch in workload.batches]  # fmt: skip
        self._raw = raw
        self._made = [self._make(k) for k in range(len(raw))] if workload.made_ahead else []

    def _make(self, k: int) -> tuple[Any, Any]:
        """Return input and target of a batch, packed if lengths differ; targets are rows."""
        given, wanted = self._raw[k].values()
        if len({len(row) for row in given}) == 1:
            return torch.stack(given, dim=1), torch.stack(wanted, dim=1).flatten(0, 1)
        return pack_sequence(given, enforce_sorted=False), pack_sequence(wanted, enforce_sorted=False).data

    def batch(self, k: int) -> tuple[Any, Any]:
        """Return input and target of a step; the batches are used in turn."""
        k %= len(self._raw)
        return self._made[k] if self._made else self._make(k)

    def step(self, k: int) -> float:
        """Run one training step; return the loss before it."""
        x, y = self.batch(k)
        self.optimizer.zero_grad()
        loss = self.model.loss(x, y)
        loss.backward()
        if self.limit is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.limit)
        self.optimizer.step()
        return float(loss.item())

    # -------------------------------------------------------------------------- comparing

    def require_agreement(self, ours: Ours) -> None:
        """Copy the weights of the engine, and compare the loss and all gradients of the first batch.

        Raises
        ------
        StudioError
            If they differ: what is timed would not be the same.
        """
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                parts = self._ours(name, ours.program.parameters, for_gradient=False)
                parameter.copy_(torch.from_numpy(parts).reshape(parameter.shape))
        loss, gradients = ours.gradients(0)
        self.model.eval()
        self.optimizer.zero_grad()
        theirs = self.model.loss(*self.batch(0))
        theirs.backward()
        self.model.train()
        self._compare("loss", np.array(loss), np.array(theirs.item()))
        for name, parameter in self.model.named_parameters():
            expected = self._ours(name, gradients, for_gradient=True)
            self._compare(f"gradient of {name}", expected, parameter.grad.numpy().reshape(expected.shape))

    def _compare(self, what: str, ours: Array, theirs: Array) -> None:
        apart = float(np.linalg.norm(ours - theirs)) / max(float(np.linalg.norm(theirs)), 1e-12)
        if not apart <= CLOSE:
            raise StudioError(
                message(
                    "The benchmark would compare different things: the {what} of {point} differs from "
                    "PyTorch's by {apart:.1e} of its size. Report this with the version of PyTorch.",
                    what=what,
                    point=self.workload.point.title,
                    apart=apart,
                )
            )

    def _ours(self, name: str, arrays: Any, *, for_gradient: bool) -> Array:
        """Return what of ours corresponds to a parameter of the model, side by side as PyTorch has it."""
        owner, _, which = name.rpartition(".")
        node, cell = self.model.nodes[owner], self.workload.point.cell
        if owner != "cell":
            return np.array(
                arrays[f"{node}.{ {'weight': 'W', 'bias': 'b'}[which] if owner == 'dense' else 'E' }"]
            )
        kind, _, place = which.rpartition("_l")  # weight_ih_l0, bias_hh_l1_reverse
        layer, _, reverse = place.partition("_")
        prefix = (
            f"{node}." + (f"layer{int(layer) + 1}." if layer != "0" else "") + ("reverse." if reverse else "")
        )
        parts = []
        for gate in GATES[cell]:
            letter = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b", "bias_hh": "b"}[kind]
            if kind == "bias_hh" and cell == "gru" and gate == "_n":
                letter = "c"  # within the reset gate
            part = np.array(arrays[f"{prefix}{letter}{gate}"])
            # PyTorch adds two biases instead of one; the second starts at zero and has the same gradient.
            parts.append(part if for_gradient or kind != "bias_hh" or letter == "c" else np.zeros_like(part))
        return np.concatenate(parts)


class _Model(nn.Module):  # type: ignore[misc]  # PyTorch is not installed for type checking
    """Input of numbers or tokens, a cell, and the loss of every step."""

    def __init__(self, workload: Workload) -> None:
        super().__init__()
        nodes = {node.kind: node for node in workload.design.nodes}
        cell = nodes[workload.point.cell]
        self.nodes = {"cell": cell.id}
        layers = {"num_layers": 2, "bidirectional": True} if workload.point.both else {}
        self.tokens = "tokens" in nodes
        if self.tokens:
            features = number(nodes["embedding"], "features")
            classes = workload.facts.streams[0].size
            self.embedding = nn.Embedding(classes, features)
            self.dropout = nn.Dropout(float(nodes["dropout"].params["rate"] or 0))
            self.dense = nn.Linear(number(cell, "units"), classes)
            self.nodes |= {"embedding": nodes["embedding"].id, "dense": nodes["dense"].id}
        else:
            features = workload.point.input
        self.cell = CELLS[workload.point.cell](features, number(cell, "units"), **layers)

    def loss(self, x: Any, y: Any) -> Any:
        """Return the mean loss over the valid steps."""
        packed = isinstance(x, PackedSequence)
        if self.tokens:
            if packed:
                x = PackedSequence(
                    self.embedding(x.data), x.batch_sizes, x.sorted_indices, x.unsorted_indices
                )
            else:
                x = self.embedding(x)
        hidden, _ = self.cell(x)
        rows = hidden.data if packed else hidden.flatten(0, 1)
        if self.tokens:
            return nn.functional.cross_entropy(self.dense(self.dropout(rows)), y.long())
        return nn.functional.mse_loss(rows, y)
