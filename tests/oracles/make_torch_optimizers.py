"""Make the vectors that optimizers and schedules are held against, with PyTorch 2.13 on the CPU in float64.

Run with a Python that has torch, from anywhere: ``python tests/oracles/make_torch_optimizers.py``.
It writes ``torch_optimizers.npz`` and ``torch_schedules.npz`` beside itself.

Optimizers: 100 steps of six weights with the random gradients ``gradients``, from the weights
``start``; ``weights/<case>`` holds all of them after each step. Schedules: ``rates/<case>`` holds the
learning rate before each call of ``scheduler.step()``; ``losses`` are what the plateau is told. Each
case's parameters stand in ``parameters``, as JSON by case, under the names that RNN Studio has for them.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.optim import lr_scheduler

STEPS = 100
OPTIMIZERS = {
    "sgd": [
        {},
        {"learning_rate": 0.05, "momentum": 0.9},
        {"learning_rate": 0.05, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.02},
        {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    ],
    "rmsprop": [
        {},
        {"learning_rate": 0.003, "alpha": 0.9, "momentum": 0.7, "weight_decay": 0.05},
        {"centered": True, "epsilon": 1e-6},
        {"centered": True, "momentum": 0.9, "weight_decay": 0.01},
    ],
    "adagrad": [{}, {"learning_rate": 0.1, "rate_decay": 0.03, "start": 0.5, "weight_decay": 0.02}],
    "adam": [{}, {"learning_rate": 0.02, "beta1": 0.7, "beta2": 0.95, "epsilon": 1e-4, "weight_decay": 0.1}],
    "adamw": [{}, {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.9, "weight_decay": 0.3}],
}
CLASSES = {
    "sgd": torch.optim.SGD,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
NAMES = {
    "learning_rate": "lr",
    "epsilon": "eps",
    "rate_decay": "lr_decay",
    "start": "initial_accumulator_value",
}

RATE, EPOCHS = 0.3, 40
SCHEDULES = {
    "step": [{}, {"every": 3, "factor": 0.7}],
    "cosine": [{}, {"epochs": 40, "minimum": 0.02}],
    "warmup": [
        {"steps": 8, "start": 0.25},
        {"steps": 5, "start": 0.1, "then": "cosine", "minimum": 0.01},
    ],
    "plateau": [
        {"patience": 2},
        {"patience": 1, "factor": 0.5, "threshold": 0.05, "cooldown": 3},
        {"patience": 0, "factor": 0.6, "minimum": 0.04},
    ],
}


def renamed(kind: str, params: dict[str, object]) -> dict[str, object]:
    given = {NAMES.get(name, name): value for name, value in params.items()}
    if "beta1" in given:
        given["betas"] = (given.pop("beta1"), given.pop("beta2"))
    elif "beta2" in given:
        raise ValueError(f"{kind}: give both betas")
    return given


def followed(
    kind: str, params: dict[str, object], start: torch.Tensor, gradients: torch.Tensor
) -> np.ndarray:
    weights = start.clone().requires_grad_()
    optimizer = CLASSES[kind]([weights], **renamed(kind, params))
    rows = []
    for gradient in gradients:
        weights.grad = gradient.clone()
        optimizer.step()
        rows.append(weights.detach().numpy().copy())
    return np.array(rows)


def scheduler(kind: str, p: dict[str, object], optimizer: torch.optim.Optimizer) -> object:
    match kind:
        case "step":
            return lr_scheduler.StepLR(optimizer, p.get("every", 10), p.get("factor", 0.1))
        case "cosine":
            return lr_scheduler.CosineAnnealingLR(optimizer, p.get("epochs", EPOCHS), p.get("minimum", 0.0))
        case "plateau":
            return lr_scheduler.ReduceLROnPlateau(
                optimizer,
                factor=p.get("factor", 0.1),
                patience=p["patience"],
                threshold=p.get("threshold", 1e-4),
                cooldown=p.get("cooldown", 0),
                min_lr=p.get("minimum", 0.0),
            )
    rise = lr_scheduler.LinearLR(optimizer, start_factor=p["start"], total_iters=p["steps"])
    if p.get("then") != "cosine":
        return rise
    fall = lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS - p["steps"], p["minimum"])
    return lr_scheduler.SequentialLR(optimizer, [rise, fall], [p["steps"]])


def rates(kind: str, params: dict[str, object], losses: np.ndarray) -> np.ndarray:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    schedule = scheduler(kind, params, optimizer)
    seen = []
    for loss in losses:
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step(*((float(loss),) if kind == "plateau" else ()))
    return np.array(seen)


def main() -> None:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(1)
    here = Path(__file__)
    start = torch.randn(6)
    gradients = torch.randn(STEPS, 6) * torch.logspace(-3, 1, 6)  # small and large ones
    cases = {f"{kind}-{i}": (kind, p) for kind, sets in OPTIMIZERS.items() for i, p in enumerate(sets)}
    arrays = {f"weights/{name}": followed(*case, start, gradients) for name, case in cases.items()}
    arrays |= {
        "start": start.numpy(),
        "gradients": gradients.numpy(),
        "parameters": np.array(json.dumps(cases)),
    }
    arrays["torch_version"] = np.array(torch.__version__)
    np.savez_compressed(here.with_name("torch_optimizers.npz"), **arrays)

    steady = np.exp(-np.arange(EPOCHS) / 12)
    losses = np.maximum(steady, 0.35) + 0.03 * np.sin(np.arange(EPOCHS) * 1.7)
    cases = {f"{kind}-{i}": (kind, p) for kind, sets in SCHEDULES.items() for i, p in enumerate(sets)}
    arrays = {f"rates/{name}": rates(*case, losses) for name, case in cases.items()}
    arrays |= {"losses": losses, "rate": np.array(RATE), "parameters": np.array(json.dumps(cases))}
    arrays["torch_version"] = np.array(torch.__version__)
    np.savez_compressed(here.with_name("torch_schedules.npz"), **arrays)


if __name__ == "__main__":
    main()
