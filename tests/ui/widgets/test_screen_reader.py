"""Announcements to screen readers in the whole window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from rnnstudio.design import codec
from rnnstudio.design.model import NodeId
from rnnstudio.ui.widgets import screen_reader
from tests.ui.shell_kit import NAMES


class Reader:
    """Stands where Qt hands events on to the system, and keeps what is announced."""

    Event = QAccessible.Event

    def __init__(self, active):
        self.active, self.spoken = active, []

    def isActive(self):
        return self.active

    def updateAccessibility(self, event):
        assert event.type() == QAccessible.Event.Announcement
        self.spoken.append(event.message())


@pytest.fixture(params=[True])
def reader(request, monkeypatch):
    made = Reader(request.param)
    monkeypatch.setattr(screen_reader, "QAccessible", made)
    return made


@pytest.fixture
def studio(house, reader):
    studio = house.studio()
    studio.files.open_template(codec.load(NAMES))
    studio.canvas.setFocus()
    reader.spoken.clear()
    return studio


def test_problems_are_announced_as_they_come_and_go(studio, reader, qtbot):
    studio.selection.set([NodeId("classification")])
    QTest.keyClick(studio.canvas, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: any("problem" in sentence for sentence in reader.spoken))
    reader.spoken.clear()
    studio.document.undo_stack.undo()
    qtbot.waitUntil(lambda: "no problems" in reader.spoken)
    studio.selection.set([NodeId("gru")])
    QTest.keyClick(studio.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    studio.document.check_now()
    assert reader.spoken.count("no problems") == 1, "an edit that changes none is not announced"


def test_training_is_announced_where_it_begins_and_ends(studio, reader, qtbot):
    qtbot.waitUntil(lambda: studio.session.state == "idle", timeout=30_000)
    QTest.keyClick(studio.window, Qt.Key.Key_F5)
    with qtbot.waitSignal(studio.session.frame, timeout=30_000):
        pass
    assert reader.spoken[-1] == "training"
    with qtbot.waitSignal(studio.session.finished, timeout=30_000):
        QTest.keyClick(studio.window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: reader.spoken[-1] == "engine ready")
    assert reader.spoken[-2] != "engine ready"


def test_notices_and_sentences_of_the_status_bar_are_announced(studio, reader):
    studio.window.notices.report("A sentence.")
    studio.window.status.report("Another.")
    # The training process may have something to say at the same time.
    assert [text for text in reader.spoken if text in ("A sentence.", "Another.")] == [
        "A sentence.",
        "Another.",
    ]


@pytest.mark.parametrize("reader", [False], indirect=True)
def test_nothing_is_announced_while_nobody_listens(studio, reader):
    studio.window.notices.report("A sentence.")
    assert reader.spoken == []
