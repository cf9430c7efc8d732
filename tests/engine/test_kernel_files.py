"""Compiled kernels are kept on disk, found again, and missed by nobody where they cannot be kept."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from rnnstudio.engine import kernels
from rnnstudio.engine.equations.compile import compile_cell
from rnnstudio.engine.timeline import Timeline

pytestmark = pytest.mark.skipif(not kernels.numba_is_there(), reason="Numba is not installed")

SMALL = "h = W @ x + h_prev"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a small cell, its kernel forgotten by all but an empty folder."""
    from rnnstudio.engine.native import library

    library.product_library("float64").compile()  # of no interest here, and slow to compile
    monkeypatch.setenv(kernels.VARIABLE, "numba")
    monkeypatch.setenv("RNNSTUDIO_KERNELS", str(tmp_path / "kernels"))

    def run():
        library.cell_library.cache_clear()
        kernel = compile_cell(SMALL).kernel(2, 2, np.float64)
        kernel.bind(np.ones(kernel.size), np.zeros(kernel.size))
        kernel.allocate(Timeline(np.array([2])))
        kernel.forward(np.ones((2, 2)), None, 0, 2)
        np.testing.assert_array_equal(kernel.tape["h"], [[2, 2], [4, 4]])

    yield run
    library.cell_library.cache_clear()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Return a folder with the kernel of the small cell in it."""
    from rnnstudio.engine.native import library

    folder = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNSTUDIO_KERNELS", str(folder))
        library.cell_library.cache_clear()
        compile_cell(SMALL).library("float64").compile()
        library.cell_library.cache_clear()
    return folder


@pytest.fixture
def kept(compiled, tmp_path):
    """Put that kernel where the test looks for it."""
    shutil.copytree(compiled, tmp_path / "kernels")
    return tmp_path / "kernels"


@pytest.fixture
def told():
    """Collect what a person is told to wait for."""
    sentences = []
    kernels.on_wait(sentences.append)
    yield sentences
    kernels.on_wait(None)


def test_a_kernel_on_disk_is_found_again(run, told, kept):
    run()
    assert told == []
    (source,) = kept.glob("*/kernel.py")
    assert f"#     {SMALL}" in source.read_text("utf-8")


def test_what_is_executed_is_never_read_from_the_disk(run, kept):
    (source,) = kept.glob("*/kernel.py")
    source.write_text("raise SystemExit")
    run()


def test_kernels_that_are_damaged_are_compiled_again(run, kept):
    for path in kept.glob("*/__pycache__/*"):
        path.write_bytes(b"no kernel")
    run()


def test_a_folder_that_cannot_be_made_costs_a_wait_that_is_told(run, told, tmp_path):
    (tmp_path / "kernels").write_text("a file stands in the way")
    run()
    assert len(told) == 1
    assert "Compiling kernels" in told[0]


def test_compiling_ahead_ends_with_the_process_that_asked_for_it(tmp_path):
    environment = {**os.environ, "RNNSTUDIO_KERNELS": str(tmp_path), kernels.VARIABLE: "numba"}
    command = [sys.executable, "-m", "rnnstudio.engine.warming"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0
