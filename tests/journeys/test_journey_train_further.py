"""*Train further* asks how to continue the schedule if there is a choice."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from rnnstudio.design.edits import set_plan, set_task
from rnnstudio.design.model import Choice
from tests.journeys.hands import PATIENCE, Hands
from tests.journeys.test_journey_try_it import PARITY
from tests.ui.shell_kit import notice


@pytest.fixture
def train(house, qtbot, monkeypatch):
    """Train two epochs with a schedule by the Train button, and return the hands."""

    def trained(schedule):
        hands = Hands(house.studio(), qtbot, monkeypatch)
        design = set_task(PARITY, Choice("parity", {"count": 64}))
        hands.studio.files.open_template(set_plan(design, epochs=2, validation=0.25, schedule=schedule))
        hands.wait_for_state("idle")
        with qtbot.waitSignal(hands.studio.session.finished, timeout=PATIENCE):
            hands.click(hands.studio.toolbar.run)
        return hands

    return trained


def press_train_further(hands):
    QTest.keyClick(hands.studio.window, Qt.Key.Key_F5, Qt.KeyboardModifier.ControlModifier)


def offers(hands):
    buttons = hands.studio.window.notices.findChildren(QPushButton, "notice-offer")
    hands.qtbot.waitUntil(lambda: all(button.isVisible() for button in buttons), timeout=PATIENCE)
    return buttons


@pytest.mark.parametrize("choice", [0, 1], ids=["laid anew", "as it was laid"])
def test_a_cosine_continues_as_the_person_chooses(train, qtbot, choice):
    hands = train(Choice("cosine"))
    session = hands.studio.session
    press_train_further(hands)
    assert notice(hands.studio).startswith("The cosine schedule was laid over 2 epochs")
    assert not session.is_running  # nothing is begun before it is known how
    buttons = offers(hands)
    assert [button.text() for button in buttons] == ["Lay it anew over 4 epochs", "Go on as it was laid"]
    tip = buttons[choice].toolTip()
    with qtbot.waitSignal(session.finished, timeout=PATIENCE):
        hands.click(buttons[choice])
    rates = session.record["learning_rate"]
    assert len(rates) == 4
    if choice == 0:
        assert "laid anew over 4 epochs instead of 2" in tip
        assert rates[2] > rates[1]
    else:
        assert "stays at 0" in tip
        assert rates[2:] == [0.0, 0.0]
    assert tip in notice(hands.studio)
    assert "never stopped" not in notice(hands.studio)


def test_a_choice_can_be_put_off(train, qtbot):
    hands = train(Choice("cosine"))
    press_train_further(hands)
    QTest.keyClick(offers(hands)[0], Qt.Key.Key_Escape)
    assert notice(hands.studio) == ""
    assert not hands.studio.session.is_running
    assert len(hands.studio.session.record["learning_rate"]) == 2


@pytest.mark.parametrize("schedule", [Choice("constant"), Choice("step", {"every": 1})])
def test_where_nothing_depends_on_it_nothing_is_asked(train, qtbot, schedule):
    hands = train(schedule)
    with qtbot.waitSignal(hands.studio.session.finished, timeout=PATIENCE):
        press_train_further(hands)
    assert notice(hands.studio).endswith("as if it had never stopped.")
    assert len(hands.studio.session.record["learning_rate"]) == 4
