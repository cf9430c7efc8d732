"""Deferred startup: one step at a time after the first paint, or at once when needed."""

import pytest
from PySide6.QtWidgets import QApplication

from rnnstudio.ui.app.deferred_startup import DeferredStartup
from rnnstudio.ui.document.document import Document


@pytest.fixture
def taken():
    return []


@pytest.fixture
def later(taken, qtbot):
    made = DeferredStartup([lambda n=n: taken.append(n) for n in range(3)])
    yield made
    made.stop()


def test_each_step_has_a_turn_of_the_event_loop(later, taken, qtbot):
    seen = []
    with qtbot.waitSignal(later.done):
        later.start(0)
        assert taken == []
        while len(taken) < 3:
            QApplication.processEvents()
            seen.append(len(taken))
    assert taken == [0, 1, 2]
    assert {1, 2} <= set(seen)


def test_what_is_needed_is_there_at_once_and_once_only(later, taken, qtbot):
    later.start(0)
    with qtbot.waitSignal(later.done):
        later.finish()
    assert taken == [0, 1, 2]
    later.finish()
    later.start(0)
    QApplication.processEvents()
    assert taken == [0, 1, 2]


def test_nothing_is_made_once_it_is_stopped(later, taken):
    later.start(0)
    later.stop()
    QApplication.processEvents()
    later.finish()
    assert taken == []


def test_a_step_may_need_those_after_it(taken, qtbot):
    made = DeferredStartup([lambda: made.finish(), lambda: taken.append("last")])
    with qtbot.waitSignal(made.done):
        made.start(0)
    assert taken == ["last"]


def test_the_first_picture_shows_the_examples_and_waits_for_nothing_else(studio):
    assert studio.gallery.isVisible()
    assert len(studio.gallery.cards) >= 2
    assert studio.window.workbench.docks == []
    assert studio.inspector.page is None
    studio.deferred_startup.finish()
    assert studio.inspector.page is not None
    assert studio.palette.window() is studio.window
    assert len(studio.window.workbench.docks) >= 5


def test_panels_can_be_put_back_before_they_are_made(studio):
    studio.actions["view.reset_layout"].trigger()
    QApplication.processEvents()
    assert all(dock.isHidden() != dock.belongs for dock in studio.window.workbench.docks)
    assert len(studio.window.workbench.docks) >= 5


def test_an_empty_design_is_checked_when_somebody_asks(qtbot):
    checked = []

    def check(design):
        checked.append(design)
        return tell

    tell = Document().report
    document = Document(check=check)
    QApplication.processEvents()
    assert checked == []
    assert document.report is tell
    assert len(checked) == 1
