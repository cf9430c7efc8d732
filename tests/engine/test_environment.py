"""The record of a run contains everything that determines its bits, and nothing else does."""

import json
import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from rnnstudio.engine import blas
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.environment import changes, numerics_record

KERNELS = [
    "numpy",
    pytest.param(
        "numba", marks=pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")
    ),
]

# Prints a digest of the weights after a short run, and how many threads NumPy's products have then.
PROGRAM = """
import hashlib, json, sys
if "numpy first" in sys.argv:
    import numpy
from rnnstudio.design.assign import assign
from rnnstudio.design import codec
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.training.trainer import Trainer
from rnnstudio import resources

design = codec.load(resources.templates()["sonnets-lstm"])
for assignment in ("nodes.lstm.units=48", "plan.batch_size=64", "plan.epochs=1"):
    design = assign(design, catalogue(), assignment)
trainer = Trainer(design)
run = trainer.run()
for _ in range(3):
    next(run)
digest = hashlib.sha256()
for name, array in sorted(trainer.weights.items()):
    digest.update(array.tobytes())
print(json.dumps([digest.hexdigest(), trainer.record()["environment"]]))
"""


def run(kernel, *arguments, **shell):
    """Return the digest of the weights and the recorded environment of a run in another process."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    environment |= {kernels.VARIABLE: kernel, **shell}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("kernel", KERNELS)
def test_thread_settings_of_the_shell_change_no_bit(kernel):
    expected = run(kernel)
    shell = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "2")
    assert run(kernel, **shell) == expected
    assert run(kernel, "numpy first", **shell, GOTO_NUM_THREADS="3", NUMBA_DISABLE_JIT="1") == expected


@pytest.mark.skipif(
    not blas.code_of("numpy") or platform.machine() not in ("x86_64", "AMD64"),
    reason="NumPy has another linear algebra, or for another processor",
)
def test_the_code_that_openblas_is_told_to_run_is_recorded():
    _, usual = run("numpy")
    _, here = run("numpy", OPENBLAS_CORETYPE="Nehalem")
    assert here["numpy_blas"] != usual["numpy_blas"]


def test_the_features_that_numpy_is_told_not_to_use_are_recorded():
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    if not found:
        return  # a processor with none but the least
    _, here = run("numpy", NPY_DISABLE_CPU_FEATURES=" ".join(found))
    assert not set(found) & set(here["numpy_features"].split())


BEFORE = {
    "kernel": "numba",
    "threads": 1,
    "environment": {"numpy": "2.0.0", "llvmlite": "0.45", "processor": "zen4 0123"},
}


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({}, []),
        ({"threads": 2}, ["with 2 threads where it ran with 1"]),
        ({"kernel": "numpy"}, ["on numpy kernels where it ran on numba ones"]),
        (
            {"environment": {"numpy": "2.4.6", "llvmlite": "0.45", "processor": "zen4 0123"}},
            ["with NumPy 2.4.6 where it ran with 2.0.0"],
        ),
        (
            {"environment": {"numpy": "2.0.0", "llvmlite": "0.45", "processor": "zen5 4567"}},
            ["with other processor features for kernels"],
        ),
    ],
)
def test_what_differs_is_said_in_words(now, words):
    assert changes(BEFORE, {**BEFORE, **now}) == words


@pytest.mark.parametrize("missing", ["threads", "environment"])
def test_what_was_not_recorded_may_differ(missing):
    before = {name: value for name, value in BEFORE.items() if name != missing}
    assert changes(before, BEFORE) == ["from a file that does not say what it was computed with"]


@pytest.mark.parametrize("kernel", KERNELS)
def test_two_records_of_one_process_are_alike(kernel):
    assert changes(numerics_record(kernel), numerics_record(kernel)) == []
    assert all(numerics_record(kernel)["environment"].values())
