"""An engine that does what a design's name says, for the training process under test."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from rnnstudio.design.errors import DataError, FileError, StudioError
from rnnstudio.design.message import message
from rnnstudio.design.streams import token_facts
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.data_report import DataReport
from rnnstudio.engine.inference.examples import Example, Row
from rnnstudio.engine.inference.sampler import AnswerCandidate
from rnnstudio.engine.tasks.base import Baseline
from rnnstudio.engine.training.checkpoint import LAYOUT, Checkpoint
from rnnstudio.worker.engines import Engine

STEPS_PER_EPOCH = 4


class Diverged(StudioError):
    pass


class Telemetry:
    def __init__(self, trainer):
        self.trainer, self.channels = trainer, set()
        self.labels, self.clocks = {"T": ["a", "b"]}, {"net": "T"}

    def subscribe(self, channels):
        self.channels = set(channels)

    def record_traces(self):
        return {c: np.full((2, 3), self.trainer.step_index, np.float32) for c in self.channels}


def checkpoint(step):
    """Return a valid checkpoint of a run that is never continued."""
    draws = np.random.default_rng(1).bit_generator.state
    state = {
        "layout": LAYOUT,
        "run": {},
        "step": step,
        "over": False,
        "losses": [],
        "epochs_done": [],
        "place": {"began": draws, "batch": 0, "window": 0},
        "learning_rate": 0.1,
        "draws": draws,
        "schedule": {},
        "stopping": {"lowest": None, "bad_epochs": 0},
    }
    return Checkpoint(state, {"slot": np.ones(3)})


class Trainer:
    def __init__(self, design, weights, checkpoint=None, symbols=None, schedule=""):
        self.design, self.epochs, self.kernel = design, design.plan.epochs, "slow"
        self.start_sentence = "" if checkpoint is None else f"Goes on after step {checkpoint.state['step']}."
        if design.name == "no data":
            raise DataError("The text is empty. Choose another file.", details="0 characters")
        if design.name == "no memory":
            raise MemoryError
        if design.name == "compiles":
            kernels.tell_wait(message("Compiling …"))
            kernels.Compilation(threading.Event().wait).wait()
        if design.name == "bug":
            raise AssertionError("a bug in the engine")
        if design.name == "noise":
            print("stray words on standard output")
            os.write(1, b"and below Python\n")
        self.steps_per_epoch = STEPS_PER_EPOCH
        self.total_steps = STEPS_PER_EPOCH * design.plan.epochs
        self.step_index, self.epoch = 0, 0
        self.unit, self.baseline = "letter", Baseline("next", "cross-entropy", 1.5, "guessing")
        self.first = 0.0 if weights is None else float(weights["net.w"][0, 0])
        self.telemetry = Telemetry(self)

    @property
    def weights(self):
        return {"net.w": np.full((2, 3), self.first + self.step_index, np.float32)}

    def run(self):
        for epoch in range(1, self.design.plan.epochs + 1):
            self.epoch = epoch
            for _ in range(STEPS_PER_EPOCH):
                self.step_index += 1
                if self.design.name == "diverge" and self.step_index == 3:
                    self.step_index = 2
                    raise Diverged("Training stopped at step 3: first in net.w.")
                if self.design.name == "stuck":
                    print("stuck", file=sys.stderr, flush=True)
                    threading.Event().wait(60)
                yield SimpleNamespace(step=self.step_index, loss=1.0, grad_norm=2.0, clipped_norm=1.0)
            yield SimpleNamespace(
                epoch=self.epoch,
                step=self.step_index,
                training_loss=1.0,
                validation_loss=None,
                bits=None,
                metrics={"accuracy": 0.5},
            )

    def checkpoint(self):
        return checkpoint(self.step_index)

    def sampler(self):
        return Sampler(self.design, self.weights)

    def record(self):
        return {"steps": self.step_index}


class Sampler:
    def __init__(self, design, weights, symbols=None):
        self.letter = f"w{weights['net.w'][0, 0]:.0f} " if design.name == "tell weights" else "x"

    def generate(self, prompt, length, temperature, seed):
        if prompt == "é":
            raise DataError("The character “é” is not in the vocabulary.")
        for _ in range(length):
            yield self.letter

    def translate(self, source, width, alpha):
        if source == "é":
            raise DataError("The character “é” is not in the vocabulary.")
        for length in range(1, 4):
            yield tuple(
                AnswerCandidate(self.letter * length, -k, -k / 2, length == 3) for k in range(1, width + 1)
            )

    def example(self, number):
        rows = (
            Row("Read", "input", values=np.ones((3, 2), np.float32)),
            Row("Said", "prediction", "head", "T", True, ("a", "b"), (0.5, 0.25), (True, None)),
        )
        return Example(number % 4, 4, True, False, 0.5, {"accuracy": 1.0}, rows)


def inspect(task):
    """Return what is told of a task; "wait" waits for the file that its parameter names."""
    if task.kind == "broken":
        raise AssertionError("a bug in a task")
    if task.kind == "missing":
        return DataReport(error=FileError("“a.txt” is missing.", details="no such file"))
    while task.kind == "wait" and not Path(task.params["path"]).exists():
        threading.Event().wait(0.01)
    return DataReport(token_facts(5, 5, 7, "letter"), "digest")


def find_source(task, plan, example):
    if task.kind == "missing":
        raise FileError("“a.txt” is missing.")
    return f"source {example}"


def begin(tell, stopped):
    kernels.on_wait(tell, stopped)
    return lambda: None


def engine():
    return Engine(
        trainer=Trainer,
        sampler=Sampler,
        inspect=inspect,
        find_source=find_source,
        is_step=lambda event: hasattr(event, "loss"),
        diverged=Diverged,
        begin=begin,
    )
