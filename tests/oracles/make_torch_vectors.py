"""Make the vectors that the cells are held against, with PyTorch 2.13 on the CPU in float64.

Run with a Python that has torch, from anywhere: ``python tests/oracles/make_torch_vectors.py``.
It writes ``torch_cells.npz`` and, for layers and directions, ``torch_stacks.npz`` beside itself. Every
case has random weights and biases, an initial state, output weights on every step and on the final
states, and all gradients of the weighted sum.

Arrays are named ``case/what``; ``lengths`` are in descending order, and what lies beyond a
sequence's length is zero. Weights have PyTorch's own layout: gates i, f, g, o or r, z, n below each other.
Initial and final states of stacks are ``(layers * directions, batch, units)``, as PyTorch gives them.
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

FEATURES, UNITS = 3, 4
CASES = {
    "rnn_tanh": lambda: torch.nn.RNN(FEATURES, UNITS, nonlinearity="tanh"),
    "rnn_relu": lambda: torch.nn.RNN(FEATURES, UNITS, nonlinearity="relu"),
    "gru": lambda: torch.nn.GRU(FEATURES, UNITS),
    "lstm": lambda: torch.nn.LSTM(FEATURES, UNITS),
}
STACKS = {
    f"{name}_{case}": (kind, options)
    for name, kind in (("rnn_tanh", torch.nn.RNN), ("gru", torch.nn.GRU), ("lstm", torch.nn.LSTM))
    for case, options in {
        "both": {"bidirectional": True},
        "two": {"num_layers": 2},
        "two_both": {"num_layers": 2, "bidirectional": True},
    }.items()
}
STACK_LENGTHS = [5, 3, 3, 1]
BATCHES = {"fixed": [5, 5, 5], "ragged": [6, 4, 4, 1]}


def vectors(module: torch.nn.Module, lengths: list[int]) -> dict[str, torch.Tensor]:
    steps, batch = lengths[0], len(lengths)
    for parameter in module.parameters():
        torch.nn.init.uniform_(parameter, -0.8, 0.8)
    valid = torch.arange(steps)[:, None] < torch.tensor(lengths)[None, :]
    x = (torch.randn(steps, batch, FEATURES) * valid[:, :, None]).requires_grad_()
    names = ["h", "c"] if isinstance(module, torch.nn.LSTM) else ["h"]
    strands = module.num_layers * (2 if module.bidirectional else 1)
    initial = {name: torch.randn(strands, batch, UNITS, requires_grad=True) for name in names}
    given = tuple(initial.values()) if len(names) == 2 else initial["h"]
    packed, last = module(pack_padded_sequence(x, torch.tensor(lengths)), given)
    output, _ = pad_packed_sequence(packed)
    final = dict(zip(names, last if len(names) == 2 else (last,), strict=True))
    d_output = torch.randn(output.shape) * valid[:, :, None]
    d_final = {name: torch.randn(value.shape) for name, value in final.items()}
    loss = (output * d_output).sum() + sum((final[name] * d_final[name]).sum() for name in names)
    loss.backward()
    made = {"lengths": torch.tensor(lengths), "x": x, "output": output, "d_output": d_output, "d_x": x.grad}
    for name in names:
        states = {"initial": initial[name], "d_initial": initial[name].grad}
        states |= {"final": final[name], "d_final": d_final[name]}
        # one strand: without the axis that counts them
        made |= {f"{what}_{name}": value[0] if strands == 1 else value for what, value in states.items()}
    for name, parameter in module.named_parameters():
        made |= {name: parameter, f"d_{name}": parameter.grad}
    return made


def main() -> None:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(1)
    arrays = {"torch_version": np.array(torch.__version__)}
    for case, make in CASES.items():
        for batch, lengths in BATCHES.items():
            for name, tensor in vectors(make(), lengths).items():
                arrays[f"{case}_{batch}/{name}"] = tensor.detach().numpy()
    np.savez_compressed(Path(__file__).with_name("torch_cells.npz"), **arrays)

    torch.manual_seed(2)
    arrays = {"torch_version": np.array(torch.__version__)}
    for case, (kind, options) in STACKS.items():
        for name, tensor in vectors(kind(FEATURES, UNITS, **options), STACK_LENGTHS).items():
            arrays[f"{case}/{name}"] = tensor.detach().numpy()
    np.savez_compressed(Path(__file__).with_name("torch_stacks.npz"), **arrays)


if __name__ == "__main__":
    main()
