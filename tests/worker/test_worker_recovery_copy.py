"""The training process saves its run, however the window or the process ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest
from safetensors.numpy import load

from rnnstudio.engine.weights.files import load_weights
from rnnstudio.worker import messages as m
from tests.worker.conftest import PATIENCE

NEVER = 1e6  # seconds


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "run.safetensors"


def step_of(file: Path) -> int:
    """Return the step that the weights of the fake engine are of; its checkpoint is none that loads."""
    return int(load(file.read_bytes())["net.w"][0, 0])


def test_a_run_is_written_every_so_often(client, ear, design, file):
    client.set_recovery_copy(file, 0.0)
    client.train(design())
    ear.wait(m.EpochDone, lambda done: done.epoch > 3)
    first = step_of(file)
    ear.wait(m.EpochDone, lambda done: done.step > first)
    assert step_of(file) > first


def test_a_run_is_written_at_its_end(client, ear, design, file):
    client.set_recovery_copy(file, NEVER)
    client.train(design(epochs=2))
    ear.wait(m.Finished)
    client.close()
    assert step_of(file) == 8


def test_a_run_that_diverged_is_written_without_a_checkpoint(client, ear, design, file):
    client.set_recovery_copy(file, NEVER)
    client.train(design("diverge"))
    ear.wait(m.Finished)
    client.close()
    assert load_weights(file).checkpoint is None


def test_a_run_is_written_when_the_window_is_gone(client, ear, design, file):
    client.set_recovery_copy(file, NEVER)
    client.train(design())
    ear.wait(m.EpochDone)
    client.close()
    assert step_of(file) >= 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_is_written_when_a_signal_ends_the_process(client, ear, design, file, number):
    client.set_recovery_copy(file, NEVER)
    client.train(design())
    ear.wait(m.EpochDone)
    os.kill(client.pid, number)
    assert signal.Signals(number).name in ear.wait(m.Died).sentence
    assert step_of(file) >= 4


def test_a_paused_run_is_written_too(client, ear, design, file):
    client.set_recovery_copy(file, NEVER)
    client.train(design(), steps=3)
    ear.wait(m.Paused)
    client.close()
    assert step_of(file) == 3


def test_nothing_is_written_where_no_file_is_named_any_more(client, ear, design, file):
    client.set_recovery_copy(file, NEVER)
    client.train(design())
    ear.wait(m.EpochDone)
    client.set_recovery_copy(None, 0.0)
    client.stop()
    ear.wait(m.Finished)
    client.close()
    assert not file.exists()


def test_a_file_that_is_wanted_no_more_is_removed(client, ear, design, file):
    client.set_recovery_copy(file, 0.0)
    client.train(design())
    ear.wait(m.EpochDone, lambda done: done.epoch > 2)
    client.stop()
    client.set_recovery_copy(None, 0.0)
    ear.wait(m.Finished)
    client.close()
    assert not file.exists()


def test_a_process_that_is_killed_leaves_the_copy_before_it_whole(client, ear, design, file):
    client.set_recovery_copy(file, 0.0)
    client.train(design())
    ear.wait(m.EpochDone, lambda done: done.epoch > 2)
    psutil.Process(client.pid).kill()
    ear.wait(m.Died, timeout=PATIENCE)
    assert step_of(file) > 0


def test_a_copy_that_cannot_be_written_is_reported_and_the_run_continues(client, ear, design, tmp_path):
    client.set_recovery_copy(tmp_path / "nowhere" / "run.safetensors", 0.0)
    client.train(design())
    failed = ear.wait(m.RecoveryCopyFailed)
    assert "run.safetensors" in failed.sentence and "Choose another folder" in failed.sentence
    assert ear.wait(m.EpochDone).step > 0


def test_a_file_whose_name_is_not_utf_8_is_written(client, ear, design, tmp_path):
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xffn.safetensors"))
    client.set_recovery_copy(file, NEVER)
    client.train(design(epochs=1))
    ear.wait(m.Finished)
    client.close()
    assert step_of(file) == 4


def test_the_process_after_one_that_died_writes_its_runs_too(client, ear, design, file):
    client.set_recovery_copy(file, NEVER)
    psutil.Process(client.pid).kill()
    ear.wait(m.Died)
    client.start()
    client.train(design(epochs=1))
    ear.wait(m.Finished)
    client.close()
    assert step_of(file) == 4
