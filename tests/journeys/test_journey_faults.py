"""Faults are reported in a sentence, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import stat

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPushButton

from rnnstudio.design import codec
from rnnstudio.engine.weights.files import save_weights
from rnnstudio.engine.weights.format import Weights
from rnnstudio.resources import templates
from rnnstudio.ui.window.dialogs import Answer
from tests.journeys.hands import PATIENCE, Hands
from tests.ui.shell_kit import notice

NAMES = templates()["names-gru"]
TEXT = NAMES.read_text(encoding="utf-8")
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def hands(house, qtbot, monkeypatch):
    hands = Hands(house.studio(), qtbot, monkeypatch)
    hands.studio.files.open_template(codec.load(NAMES))
    return hands


BAD_DESIGNS = {
    "no design": "Dear diary,",
    "empty": "",
    "truncated": TEXT[: len(TEXT) // 2],
    "other JSON": '{"a": 1}',
    "from the future": TEXT.replace('"version": 1', '"version": 99'),
    "duplicate ids": TEXT.replace('"id": "embedding"', '"id": "tokens"'),
}
ODD_DESIGNS = {
    "unknown kind": TEXT.replace('"kind": "gru"', '"kind": "transformer"'),
    "a link to nothing": TEXT.replace('"target": "gru"', '"target": "nobody"'),
    "size 0": TEXT.replace('"units": 128', '"units": 0'),
    "size -1": TEXT.replace('"units": 128', '"units": -1'),
    "size 10^12": TEXT.replace('"units": 128', '"units": 1000000000000'),
}


@pytest.mark.parametrize("name", BAD_DESIGNS)
def test_a_file_that_is_no_design_leaves_the_document(hands, tmp_path, name):
    studio, file = hands.studio, tmp_path / "bad.rnnd"
    file.write_text(BAD_DESIGNS[name], encoding="utf-8")
    before = studio.document.design
    studio.dialogs.paths = [file]
    hands.keys(Qt.Key.Key_O, CTRL)
    assert "bad.rnnd" in notice(studio)
    assert studio.window.notices.notice.severity == "error"
    assert studio.document.design == before
    assert studio.document.path is None
    assert studio.settings.recent_files() == []


@pytest.mark.parametrize("name", ODD_DESIGNS)
def test_a_design_with_faults_opens_shows_them_and_does_not_train(hands, qtbot, tmp_path, name):
    studio, file = hands.studio, tmp_path / "odd.rnnd"
    file.write_text(ODD_DESIGNS[name], encoding="utf-8")
    studio.dialogs.paths = [file]
    hands.keys(Qt.Key.Key_O, CTRL)
    if studio.document.path is None:  # refused as a whole, with a sentence
        assert notice(studio)
        return
    assert not studio.document.check_now().trainable
    hands.click(studio.toolbar.run)
    qtbot.waitUntil(lambda: bool(notice(studio)))  # once the facts of the data are there
    assert notice(studio) == next(
        problem.sentence for problem in studio.document.report.problems if problem.severity == "error"
    )
    assert not studio.session.is_running
    assert codec.encode(studio.document.design)


@contextlib.contextmanager
def nobody():
    """Be a user who may not write, where the tests run as one who may everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_cannot_be_written_is_reported_and_nothing_is_lost(hands, tmp_path):
    studio, folder = hands.studio, tmp_path / "locked"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    studio.dialogs.paths = [folder / "mine.rnnd"]
    hands.select("gru")
    hands.type_into("units", "100")
    design = studio.document.design
    with nobody():
        hands.keys(Qt.Key.Key_S, CTRL)
    folder.chmod(stat.S_IRWXU)
    assert "“mine.rnnd” cannot be saved" in notice(studio)
    assert studio.window.notices.isVisible()
    assert studio.document.design is design
    assert studio.document.is_dirty
    assert list(folder.iterdir()) == []

    studio.dialogs.paths = [folder / "mine.rnnd"]
    hands.keys(Qt.Key.Key_S, CTRL)
    assert codec.load(folder / "mine.rnnd") == design


def trained(hands, qtbot, state="idle"):
    """Press Train, and wait until the first numbers are there."""
    studio = hands.studio
    hands.wait_for_state(state)
    hands.click(studio.toolbar.run)
    with qtbot.waitSignal(studio.session.frame, timeout=PATIENCE):
        pass
    return studio


def test_a_training_process_that_is_killed_is_reported_and_can_begin_again(hands, qtbot):
    studio = trained(hands, qtbot)
    design = studio.document.design
    with qtbot.waitSignal(studio.session.reported, timeout=PATIENCE):
        os.kill(studio.session.client.pid, signal.SIGKILL)
    assert studio.session.state == "failed"
    assert notice(studio)
    assert studio.window.notices.notice.severity == "error"
    assert studio.window.status.engine.text() == "engine stopped"
    assert studio.document.design is design
    assert trained(hands, qtbot, state="failed").session.state == "training"


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="signals of POSIX")
def test_a_training_process_that_is_unresponsive_is_reported_and_continues_or_is_ended(hands, qtbot):
    studio = trained(hands, qtbot)
    with qtbot.waitSignal(studio.session.unresponsive, timeout=PATIENCE):
        os.kill(studio.session.client.pid, signal.SIGSTOP)
    assert "does not answer" in notice(studio)
    with qtbot.waitSignal(studio.session.responded, timeout=PATIENCE):
        os.kill(studio.session.client.pid, signal.SIGCONT)
    assert not studio.window.notices.isVisible()
    with qtbot.waitSignal(studio.session.frame, timeout=PATIENCE):
        pass
    assert studio.session.state == "training"
    with qtbot.waitSignal(studio.session.unresponsive, timeout=PATIENCE):
        os.kill(studio.session.client.pid, signal.SIGSTOP)
    with qtbot.waitSignal(studio.session.reported, timeout=PATIENCE):
        offer = studio.window.notices.findChildren(QPushButton, "notice-offer")[-1]
        qtbot.waitUntil(offer.isVisible)
        hands.click(offer)
    assert "did not answer and was ended" in notice(studio) and studio.session.state == "failed"


def test_a_loss_that_becomes_nan_stops_says_where_and_keeps_finite_weights(hands, qtbot):
    studio = hands.studio
    hands.select_nothing()
    hands.type_into("learning_rate", "1e38")
    hands.type_into("clip_norm", "off")
    hands.wait_for_state("idle")
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE) as caught:
        hands.click(studio.toolbar.run)
    assert caught.args[0].reason == "diverged"
    qtbot.waitUntil(lambda: "step" in notice(studio))
    assert all(np.isfinite(array).all() for array in studio.session.weights.values())
    assert studio.session.state == "idle"


def test_weights_of_another_network_are_refused_tensor_by_tensor(hands, qtbot, tmp_path):
    studio = hands.studio
    file = tmp_path / "other.npz"
    save_weights(file, Weights({"gru.U_r": np.zeros((3, 3), np.float32), "alien.W": np.zeros(2, np.float32)}))
    studio.dialogs.paths = [file]
    hands.keys(Qt.Key.Key_O, CTRL)
    qtbot.waitUntil(lambda: "gru.U_r" in notice(studio), timeout=PATIENCE)
    details = studio.window.notices.notice.details
    assert "alien.W has no place" in details
    assert "embedding" in details
    assert not studio.session.weights


def test_a_weight_file_that_is_damaged_is_reported(hands, tmp_path):
    studio = hands.studio
    for name, content in (("a.safetensors", b"\x00" * 40), ("b.npz", b"PK\x03\x04 not really")):
        (tmp_path / name).write_bytes(content)
        studio.dialogs.paths = [tmp_path / name]
        hands.keys(Qt.Key.Key_O, CTRL)
        assert name in notice(studio)
        assert not studio.session.weights


def test_a_failed_export_is_reported_and_the_weights_stay(hands, qtbot, tmp_path):
    studio = hands.studio
    hands.click(studio.toolbar.run)
    with qtbot.waitSignal(studio.session.frame, timeout=PATIENCE):
        pass
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE):
        hands.click(studio.toolbar.stop)
    studio.dialogs.paths = [tmp_path / "no folder" / "w.safetensors"]
    hands.keys(Qt.Key.Key_E, CTRL)
    assert "no folder" in notice(studio)
    assert studio.session.weights
    studio.dialogs.paths = [tmp_path / "w.safetensors"]
    hands.keys(Qt.Key.Key_E, CTRL)
    assert (tmp_path / "w.safetensors").exists()
    assert studio.close()


def test_a_notice_is_dismissed_by_the_mouse(hands, tmp_path):
    studio = hands.studio
    (tmp_path / "bad.rnnd").write_text("x")
    studio.dialogs.paths = [tmp_path / "bad.rnnd"]
    hands.keys(Qt.Key.Key_O, CTRL)
    close = studio.window.notices.findChild(QAbstractButton, "notice-close")
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert studio.window.notices.isHidden()
    studio.dialogs.answers = [Answer.DISCARD]
