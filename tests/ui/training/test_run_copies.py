"""Recovery of runs: written during training, offered at the next start, deleted when no longer needed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from rnnstudio.design import codec, edits
from rnnstudio.design.model import Design
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.format import Weights
from rnnstudio.resources import templates
from rnnstudio.ui.document.crash_recovery import default_folder
from rnnstudio.ui.training import run_copies
from rnnstudio.ui.window.dialogs import Answer
from tests.ui.shell_kit import House, Studio, notice

PATIENCE = 60_000  # ms
STEPS = 5  # that a run takes before it is killed

RUN = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from rnnstudio.design import codec
from rnnstudio.ui.app.studio import application, build
from rnnstudio.ui.document.settings import Settings
settings, opened, design, every, end = sys.argv[1:]
app = application()
studio = build(opened or None, Settings(Path(settings)))
if not opened:
    studio.files.open_template(codec.load(Path(design)))
studio.recovery.run_every = float(every)
steps = 0
def count(frame):
    global steps
    steps += len(frame.step.numpy())
    if steps >= {steps}:
        print(studio.session.client.pid, flush=True)
        os.kill(os.getpid(), getattr(signal, end))
studio.session.frame.connect(count)
studio.session.ready.connect(lambda _ready: studio.actions["train.run"].trigger())
sys.exit(app.exec())
""".replace("{steps}", str(STEPS))


def long_design(**changes: object) -> Design:
    """Return a small design that trains for as long as it is let."""
    design = codec.load(templates()["parity-rnn"])
    return edits.set_plan(design, **{"epochs": 5_000, **changes})


def copies(suffix: str = ".recovery") -> list[Path]:
    folder = default_folder()
    return sorted(folder.glob(f"*{suffix}")) if folder.is_dir() else []


def kill_while_training(
    house: House, path: Path | None, design: Path, *, every: float = 0.0, end: str = "SIGKILL"
):
    """Let a window train and end it by a signal; return what its training process wrote."""
    opened = str(path) if path is not None else ""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(house.settings_file), opened, str(design), str(every), end],
        env=os.environ,
        stdout=subprocess.PIPE,
        check=False,
        timeout=PATIENCE / 1000,
    )
    assert done.returncode == -getattr(signal, end)
    worker = int(done.stdout.split()[-1])
    if psutil.pid_exists(worker):
        psutil.wait_procs([psutil.Process(worker)], timeout=PATIENCE / 1000)
    (file,) = copies(".safetensors")
    return load_weights(file)


def press(studio: Studio, words: str) -> None:
    buttons = studio.window.notices.findChildren(QPushButton, "notice-offer")
    QTest.mouseClick([button for button in buttons if button.text() == words][-1], Qt.MouseButton.LeftButton)


@pytest.fixture
def design_file(tmp_path: Path) -> Path:
    file = tmp_path / "mine.rnnd"
    codec.save(long_design(), file)
    return file


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(("saved", "end"), [(True, "SIGTERM"), (False, "SIGKILL")])
def test_the_run_of_a_window_that_was_killed_comes_back_and_continues(house, qtbot, design_file, saved, end):
    written = kill_while_training(house, design_file if saved else None, design_file, every=600.0, end=end)
    steps = written.record["steps"]
    assert steps >= STEPS and written.checkpoint is not None and written.checkpoint.step == steps
    studio = house.studio()
    assert "The training run of “" in notice(studio) and f"{steps:,} steps" in notice(studio)
    assert "epoch 1" in notice(studio)
    assert ("unsaved changes" in notice(studio)) is False
    press(studio, "Restore")
    assert same(studio.session.weights, written.arrays)
    assert studio.document.path == (design_file if saved else None)
    assert studio.document.design == long_design()
    assert studio.actions["train.further"].isEnabled()
    with qtbot.waitSignal(studio.session.started, timeout=PATIENCE) as started:
        studio.actions["train.further"].trigger()
    assert f"after step {steps:,}" in started.args[0].start
    qtbot.waitUntil(lambda: studio.session.is_running, timeout=PATIENCE)
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE) as finished:
        studio.actions["train.stop"].trigger()
    assert finished.args[0].record["steps"] >= steps
    if saved:  # its weights are kept for the file: nothing is left to recover
        assert copies(".safetensors") == [] and copies() == []


def test_a_run_is_written_while_it_continues(house, qtbot, design_file):
    studio = house.studio()
    studio.recovery.run_every = 0.0
    studio.files.open_path(design_file)
    with qtbot.waitSignal(studio.session.started, timeout=PATIENCE):
        studio.actions["train.run"].trigger()
    qtbot.waitUntil(lambda: bool(copies(".safetensors")), timeout=PATIENCE)
    (file,) = copies(".safetensors")
    first = load_weights(file).record["steps"]
    qtbot.waitUntil(lambda: load_weights(file).record["steps"] > first, timeout=PATIENCE)
    assert load_weights(file).design == long_design()
    assert studio.session.is_running
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE):
        studio.actions["train.stop"].trigger()


@pytest.fixture
def left_run(house: House, design_file: Path) -> Weights:
    """A run of an unsaved design that a window left, made without one."""
    design = long_design()
    from rnnstudio.engine.training.trainer import Trainer

    trainer = Trainer(design)
    run = trainer.run()
    for _ in range(3):
        next(run)
    weights = Weights(dict(trainer.weights), design, trainer.record(), trainer.checkpoint())
    leave(weights, design)
    return weights


def leave(weights: Weights, design: Design, number: int = 0, *, edited: bool = True) -> Path:
    import msgspec

    from rnnstudio.ui.document.crash_recovery import RecoveryCopy

    default_folder().mkdir(parents=True, exist_ok=True)
    file = default_folder() / f"{number}.recovery"
    copy = RecoveryCopy("left", None, 1.0 + number, codec.encode(design), edited)
    file.write_bytes(msgspec.json.encode(copy))
    save_weights(file.with_suffix(".safetensors"), weights)
    os.utime(file, (1.0 + number, 1.0 + number))
    os.utime(file.with_suffix(".safetensors"), (1.0 + number, 1.0 + number))
    return file


def test_the_run_is_offered_with_the_unsaved_changes_of_its_design(house, left_run):
    studio = house.studio()
    assert "unsaved changes of “left”" in notice(studio) and "3 steps" in notice(studio)
    press(studio, "Restore")
    assert same(studio.session.weights, left_run.arrays)
    assert notice(studio) == "The training run is restored: epoch 1, 3 steps. Train further continues it."


def test_a_restored_run_is_there_again_after_another_crash(house, left_run):
    studio = house.studio()
    press(studio, "Restore")
    (file,) = copies(".safetensors")
    assert file.with_suffix(".recovery") == studio.recovery.file
    assert same(load_weights(file).arrays, left_run.arrays)


def test_discarding_deletes_the_run_too(house, left_run):
    studio = house.studio()
    press(studio, "Discard")
    assert copies() == copies(".safetensors") == []
    assert not studio.session.weights


def test_an_offer_that_is_not_answered_is_made_again(house, left_run):
    house.close(house.studio())
    assert "3 steps" in notice(house.studio())


def test_saving_the_design_makes_the_run_safe(house, left_run, tmp_path):
    studio = house.studio()
    press(studio, "Restore")
    studio.dialogs.paths = [tmp_path / "kept.rnnd"]
    studio.actions["file.save"].trigger()
    assert copies() == copies(".safetensors") == []
    again = house.studio(tmp_path / "kept.rnnd")
    assert same(again.session.weights, left_run.arrays)


def test_exporting_the_weights_makes_the_run_safe(house, left_run, tmp_path):
    studio = house.studio()
    press(studio, "Restore")
    studio.weights.export_to(tmp_path / "out.safetensors")
    assert copies(".safetensors") == []
    assert same(load_weights(tmp_path / "out.safetensors").arrays, left_run.arrays)


def test_weights_that_are_given_up_at_the_end_leave_no_copy(house, left_run):
    studio = house.studio()
    press(studio, "Restore")
    studio.dialogs.answers = [Answer.DISCARD, Answer.DISCARD]
    house.close(studio)
    assert copies() == copies(".safetensors") == []


def test_a_run_that_cannot_be_read_is_kept_aside_and_hides_no_design(house, left_run):
    (file,) = copies(".safetensors")
    file.write_bytes(b"\x10\0\0\0\0\0\0\0 no weights at all")
    studio = house.studio()
    aside = file.with_name(f"{file.name}.unreadable")
    assert "unsaved changes of “left”" in notice(studio) and str(aside) in notice(studio)
    press(studio, "Restore")
    assert studio.document.design == long_design() and aside.exists()


def test_a_run_whose_data_is_gone_is_kept_aside(house, left_run, tmp_path):
    gone = edits.set_task(
        left_run.design, codec.load(templates()["parity-rnn"]).task.__class__("text", {"path": "/gone"})
    )
    (file,) = copies(".safetensors")
    save_weights(file, Weights(left_run.arrays, gone, left_run.record, left_run.checkpoint))
    studio = house.studio()
    press(studio, "Restore")
    assert "cannot be used" in notice(studio) and not studio.session.weights
    assert file.with_name(f"{file.name}.unreadable").exists()


def test_only_so_many_runs_are_kept(house, left_run, monkeypatch):
    monkeypatch.setattr(run_copies, "MAX_FILES", 2)
    for number in range(1, 5):
        leave(left_run, left_run.design, number)
    house.studio()
    assert [file.stem for file in copies(".safetensors")] == ["3", "4"]
    assert len(copies()) == 5


def test_runs_together_are_no_larger_than_a_limit(house, left_run, monkeypatch):
    monkeypatch.setattr(run_copies, "MAX_BYTES", 1)
    leave(left_run, left_run.design, 1)
    house.studio()
    assert [file.stem for file in copies(".safetensors")] == ["1"]


def test_a_run_that_learned_nothing_yet_is_not_offered(house, left_run):
    file = leave(left_run, left_run.design, edited=False)
    file.with_suffix(".safetensors").unlink()
    studio = house.studio()
    assert notice(studio) == "" and copies() == []


def test_a_folder_that_cannot_be_written_is_reported_when_training_starts(
    house, qtbot, design_file, tmp_path
):
    studio = house.studio(design_file)
    (tmp_path / "file").write_text("in the way")
    studio.recovery.folder = tmp_path / "file" / "inside"
    with qtbot.waitSignal(studio.session.started, timeout=PATIENCE):
        studio.actions["train.run"].trigger()
        assert "No recovery copy can be kept" in notice(studio)
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE):
        studio.actions["train.stop"].trigger()


def test_a_copy_that_fails_is_reported_once_and_the_run_continues(house, qtbot, design_file):
    studio = house.studio(design_file)
    failures: list[str] = []
    studio.session.recovery_failed.connect(lambda sentence, _details: failures.append(sentence))
    studio.recovery.run_every = 0.0
    begin = studio.recovery.path().with_suffix(".safetensors")
    begin.mkdir()  # a folder in the way of the file
    with qtbot.waitSignal(studio.session.started, timeout=PATIENCE):
        studio.actions["train.run"].trigger()
    qtbot.waitUntil(lambda: bool(failures), timeout=PATIENCE)
    qtbot.waitUntil(lambda: "continues" in notice(studio), timeout=PATIENCE)
    studio.window.notices.dismiss()
    seen = len(failures)
    qtbot.waitUntil(lambda: len(failures) > seen, timeout=PATIENCE)
    assert notice(studio) == "" and studio.session.is_running
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE):
        studio.actions["train.stop"].trigger()
    begin.rmdir()


def test_no_copies_are_written_where_none_are_wanted(house, qtbot, design_file):
    studio = house.studio(design_file)
    studio.recovery.set_interval(0)
    studio.recovery.run_every = 0.0
    with qtbot.waitSignal(studio.session.epoch_done, timeout=PATIENCE):
        studio.actions["train.run"].trigger()
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE):
        studio.actions["train.stop"].trigger()
    assert copies() == copies(".safetensors") == []


def test_a_training_process_that_dies_costs_no_more_than_the_window_does(house, qtbot, tmp_path):
    studio = house.studio()
    studio.files.open_template(long_design())
    studio.recovery.run_every = 0.0
    with qtbot.waitSignal(studio.session.started, timeout=PATIENCE):
        studio.actions["train.run"].trigger()
    qtbot.waitUntil(lambda: bool(copies(".safetensors")), timeout=PATIENCE)
    psutil.Process(studio.session.client.pid).kill()
    qtbot.waitUntil(lambda: studio.session.state == "failed", timeout=PATIENCE)
    (file,) = copies(".safetensors")
    assert same(studio.session.weights, load_weights(file).arrays)
    assert studio.actions["train.further"].isEnabled()
