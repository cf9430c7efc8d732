"""The parameters of a training plan."""

from __future__ import annotations

from rnnstudio.design.constraints import Flag, Integer, OneOf, Real
from rnnstudio.design.spec import ParamSpec

PLAN_PARAMS: tuple[ParamSpec, ...] = (
    ParamSpec("epochs", "Epochs", Integer(1, 100_000), 10, "Passes over the training set."),
    ParamSpec(
        "batch_size", "Batch size", Integer(1, 65_536), 32, "Sequences in one training step.", "sequences"
    ),
    ParamSpec(
        "clip",
        "Clip",
        OneOf(
            ("norm", "parameter", "value", "none"),
            ("Global norm", "Norm per weight", "Value", "Nothing"),
        ),
        "norm",
        "What of the gradient is kept below a limit: the norm of all of it, of each weight's, or each value. "
        "Norms are scaled down, values are cut off.",
    ),
    ParamSpec(
        "clip_norm",
        "Clip gradient at",
        Real(0.0, 1e6, open_minimum=True, optional=True),
        1.0,
        "The limit of the norms or values that are clipped.",
        when={"clip": ("norm", "parameter", "value")},
    ),
    ParamSpec(
        "validation",
        "Validation share",
        Real(0.0, 0.9),
        0.1,
        "Share of the data held out to judge the network.",
    ),
    ParamSpec(
        "patience",
        "Stop early after",
        Integer(1, 100_000, optional=True),
        None,
        "Ends training when the validation loss (without validation, the training loss) has not "
        "become better for so many epochs, and keeps the best weights.",
        "epochs",
    ),
    ParamSpec(
        "bucket",
        "Batches of similar lengths",
        Flag(),
        False,
        "Puts sequences of similar lengths together, the batches in random order: faster on uneven lengths.",
    ),
    ParamSpec(
        "truncate",
        "Truncate gradients at",
        Integer(1, 1_000_000, optional=True),
        None,
        "Learns from so many time steps at once; the state is carried on, the gradient is not.",
        "time steps",
    ),
    ParamSpec(
        "sampling_probability",
        "Sampling probability",
        Real(0.0, 1.0),
        0.0,
        "How often an autoregressive link carries the network's own output in training, not the target.",
    ),
    ParamSpec(
        "seed",
        "Seed",
        Integer(0, 2**32 - 1),
        1,
        "Fixes weights, data order and dropout: the same seed, the same run.",
    ),
    ParamSpec(
        "dtype",
        "Precision",
        OneOf(("float32", "float64")),
        "float32",
        "Floating-point type of the whole engine.",
    ),
)
