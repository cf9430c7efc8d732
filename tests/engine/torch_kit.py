"""`reference_kit.evaluate` with PyTorch's autograd, if it is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from tests.engine.reference_kit import Cell, Run, unroll


def is_installed() -> bool:
    return find_spec("torch") is not None


def evaluate(run: Run) -> dict[str, np.ndarray]:
    """See `reference_kit.evaluate`."""
    import torch

    def leaf(array: Any) -> Any:
        return torch.tensor(np.array(array, np.float64), requires_grad=True)

    functions = {
        name: getattr(torch, name)
        for name in ("sigmoid", "tanh", "relu", "exp", "log", "abs", "sqrt", "minimum", "maximum")
    }
    functions["softplus"] = lambda a: torch.nn.functional.softplus(a, threshold=1e9)
    functions["where"] = lambda condition, a, b: torch.where(condition, _tensor(torch, a), _tensor(torch, b))
    rows, width = run.rows(), run.units
    weights = {name: leaf(array) for name, array in run.weights.items()}
    x, state = leaf(run.x), leaf(run.state)
    columns = range(run.state.shape[1] // width)
    batch = range(len(run.lengths))
    states = {(b, k): state[b, k * width : (k + 1) * width] for b in batch for k in columns}
    cell = Cell(run.text, functions, lambda value: value, lambda number: _tensor(torch, number))
    given = {step: x[row] for step, row in rows.items()}
    outputs, finals, seen = unroll(run, cell, weights, given, states, torch.cat)
    sequence = torch.stack([outputs[step] for step in rows])
    last = torch.stack([torch.cat([finals[b, k] for k in columns]) for b in batch])
    loss = (sequence * torch.tensor(run.on_sequence)).sum() + (last * torch.tensor(run.on_state)).sum()
    if loss.requires_grad:
        loss.backward()
    found = {"sequence": sequence, "state": last, "loss": loss}
    found |= {name: torch.stack([values[step] for step in rows]) for name, values in seen.items()}
    plain = {name: value.detach().numpy() for name, value in found.items()}
    leaves = {"sequence": x, "state": state, **weights}
    nothing = {name: np.zeros(tuple(value.shape)) for name, value in leaves.items()}
    return plain | {
        f"d {name}": nothing[name] if value.grad is None else value.grad.numpy()
        for name, value in leaves.items()
    }


def _tensor(torch: Any, value: Any) -> Any:
    return value if isinstance(value, torch.Tensor) else torch.as_tensor(np.asarray(value))
