"""Make the vectors that layers and heads are held against, with PyTorch 2.13 on the CPU in float64.

Run with a Python that has torch, from anywhere: ``python tests/oracles/make_torch_nodes.py``.
It writes ``torch_nodes.npz`` beside itself. Arrays are named ``case/what``: inputs, output weights
``d_output``, outputs or the loss, and the gradients ``d_...`` of the weighted sum of the outputs or of
the loss. Sequences are time-major and padded with zeros; ``lengths`` are in the order of the batch.
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

FEATURES, CLASSES, BATCH, STEPS = 4, 5, 4, 6
LENGTHS, MEMORY_LENGTHS = torch.tensor([3, 6, 1, 4]), torch.tensor([5, 2, 7, 3])


def leaf(*shape: int) -> torch.Tensor:
    return torch.randn(*shape).requires_grad_()


def valid(lengths: torch.Tensor) -> torch.Tensor:
    return torch.arange(int(lengths.max()))[:, None] < lengths[None, :]


def ragged(lengths: torch.Tensor, features: int) -> torch.Tensor:
    padded = torch.randn(int(lengths.max()), len(lengths), features) * valid(lengths)[:, :, None]
    return padded.requires_grad_()


def layer_norm() -> dict[str, torch.Tensor]:
    module = torch.nn.LayerNorm(FEATURES, eps=1e-3)
    torch.nn.init.uniform_(module.weight, -1, 1)
    torch.nn.init.uniform_(module.bias, -1, 1)
    x = leaf(BATCH, FEATURES)
    output = module(x)
    d_output = torch.randn(output.shape)
    (output * d_output).sum().backward()
    return {
        "x": x, "gain": module.weight, "b": module.bias, "output": output, "d_output": d_output,
        "d_x": x.grad, "d_gain": module.weight.grad, "d_b": module.bias.grad,
    }  # fmt: skip


def attention(score: str) -> dict[str, torch.Tensor]:
    """Luong et al. 2015, equations 7 and 8, by PyTorch's own operations."""
    query, memory = ragged(LENGTHS, FEATURES), ragged(MEMORY_LENGTHS, FEATURES)
    matrix = leaf(FEATURES, FEATURES)
    projected = query @ matrix if score == "general" else query
    scores = torch.einsum("tbf,sbf->tbs", projected, memory)
    scores = scores.masked_fill(~valid(MEMORY_LENGTHS).T[None], -torch.inf)
    weights = torch.softmax(scores, dim=2)
    context = torch.einsum("tbs,sbf->tbf", weights, memory) * valid(LENGTHS)[:, :, None]
    d_context = torch.randn(context.shape) * valid(LENGTHS)[:, :, None]
    (context * d_context).sum().backward()
    made = {
        "query": query, "memory": memory, "weights": weights, "context": context, "d_context": d_context,
        "d_query": query.grad, "d_memory": memory.grad,
    }  # fmt: skip
    return made | ({"W": matrix, "d_W": matrix.grad} if score == "general" else {})


def max_steps() -> dict[str, torch.Tensor]:
    sequence = ragged(LENGTHS, FEATURES)
    vector, _ = sequence.masked_fill(~valid(LENGTHS)[:, :, None], -torch.inf).max(dim=0)
    d_vector = torch.randn(vector.shape)
    (vector * d_vector).sum().backward()
    return {"sequence": sequence, "vector": vector, "d_vector": d_vector, "d_sequence": sequence.grad}


def cross_entropy(*, weighted: bool, ignore: int) -> dict[str, torch.Tensor]:
    logits, targets = leaf(12, CLASSES), torch.randint(0, CLASSES, (12,))
    weights = torch.rand(CLASSES) + 0.2 if weighted else None
    loss = functional.cross_entropy(logits, targets, weight=weights, ignore_index=ignore)
    loss.backward()
    made = {"logits": logits, "targets": targets, "loss": loss, "d_logits": logits.grad}
    return made | ({} if weights is None else {"class_weights": weights})


def binary(*, weighted: bool) -> dict[str, torch.Tensor]:
    logits, targets = leaf(12, CLASSES), torch.randint(0, 2, (12, CLASSES)).double()
    weights = torch.rand(CLASSES) * 3 + 0.2 if weighted else None
    loss = functional.binary_cross_entropy_with_logits(logits, targets, pos_weight=weights)
    loss.backward()
    made = {"logits": logits, "targets": targets, "loss": loss, "d_logits": logits.grad}
    return made | ({} if weights is None else {"positive_weights": weights})


def regression(function: torch.nn.Module) -> dict[str, torch.Tensor]:
    values, targets = leaf(12, CLASSES), torch.randn(12, CLASSES)
    loss = function(values, targets)
    loss.backward()
    return {"values": values, "targets": targets, "loss": loss, "d_values": values.grad}


CASES = {
    "layer_norm": layer_norm,
    "attention_dot": lambda: attention("dot"),
    "attention_general": lambda: attention("general"),
    "max_steps": max_steps,
    "cross_entropy": lambda: cross_entropy(weighted=False, ignore=-100),
    "cross_entropy_weighted": lambda: cross_entropy(weighted=True, ignore=-100),
    "cross_entropy_ignoring": lambda: cross_entropy(weighted=True, ignore=2),
    "binary": lambda: binary(weighted=False),
    "binary_weighted": lambda: binary(weighted=True),
    "mse": lambda: regression(torch.nn.MSELoss()),
    "mae": lambda: regression(torch.nn.L1Loss()),
    "huber": lambda: regression(torch.nn.HuberLoss(delta=0.7)),
}


def main() -> None:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(1)
    arrays = {"torch_version": np.array(torch.__version__)}
    arrays |= {"lengths": LENGTHS.numpy(), "memory_lengths": MEMORY_LENGTHS.numpy()}
    for case, make in CASES.items():
        for name, tensor in make().items():
            arrays[f"{case}/{name}"] = tensor.detach().numpy()
    np.savez_compressed(Path(__file__).with_name("torch_nodes.npz"), **arrays)


if __name__ == "__main__":
    main()
