"""Waves: three numbers describe a wave, and the network must output it sample by sample.

One to many, with numbers: ``y(t) = a sin(2π (f t / T + φ))`` for t from 0 to T - 1.
"""

import math

import numpy as np

from rnnstudio.design.constraints import Integer
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine.tasks.base import TASKS, Baseline, TaskData, TaskSpec
from rnnstudio.engine.tasks.columns import Rows
from rnnstudio.engine.tasks.made import LICENCE, SEED, count_of, generator, number, require_room

CYCLES, AMPLITUDES = (1.0, 3.0), (0.25, 1.0)


def open_waves(params: Params) -> TaskData:
    """Generate the three numbers of each wave, scaled to [-1, 1], and its samples."""
    count, steps = number(params, "count"), number(params, "length")
    require_room(count, steps + 3)
    wave = generator(params).uniform(-1, 1, (count, 3))
    cycles, phase, amplitude = (column[:, None] for column in wave.T)
    cycles = np.interp(cycles, (-1, 1), CYCLES)
    amplitude = np.interp(amplitude, (-1, 1), AMPLITUDES)
    samples = amplitude * np.sin(2 * math.pi * (cycles * np.arange(steps) / steps + phase / 4))
    facts = Facts(
        (
            Stream("wave", "Frequency, phase, amplitude", "input", Signal.VECTOR, Content.REAL, 3),
            Stream("samples", "Samples", "target", Signal.SEQUENCE, Content.REAL, 1),
        ),
        {"T": steps},
        "sample",
    )
    streams = {
        "wave": Rows(wave.astype(np.float32)),
        "samples": Rows(samples[:, :, None].astype(np.float32)),
    }
    return TaskData(facts, streams)


def baselines(data: TaskData) -> tuple[Baseline, ...]:
    """Return the loss of a constant line."""
    samples = np.asarray(data.streams["samples"], np.float64)
    return (Baseline("samples", "mse", float(np.mean(samples**2)), "a flat line"),)


TASKS.register(
    TaskSpec(
        kind="waves",
        title="Waves",
        description="Frequency, phase and amplitude are given; the network is to draw the wave.",
        params=(
            ParamSpec("length", "Length", Integer(2, 10_000), 32, "Samples of each wave.", "samples"),
            count_of(4_000),
            SEED,
        ),
        open=open_waves,
        licence=LICENCE,
        baselines=baselines,
    )
)
