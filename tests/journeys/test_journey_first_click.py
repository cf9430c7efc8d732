"""Journey: training an example with one click, trying it during training, and stopping it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from rnnstudio.ui.window.dialogs import Answer
from tests.journeys.hands import PATIENCE, Hands


def card(studio, word):
    return next(card for card in studio.gallery.cards if word in card.design.name)


def test_an_example_trains_at_one_click(house, qtbot, monkeypatch):
    hands = Hands(house.studio(), qtbot, monkeypatch)
    studio = hands.studio
    hands.click(hands.button("card-train", card(studio, "Names with a GRU")))
    assert studio.canvas.isVisible()
    hands.wait_for_state("training")
    hands.wait_for_plots()

    # It is tried while it trains.
    play = studio.playground.texts
    play.length.setValue(30)
    play.prompt.setFocus()
    with qtbot.waitSignal(studio.session.sample_done, timeout=PATIENCE):
        QTest.keyClick(play.prompt, Qt.Key.Key_Return)
    assert len(play.text()) > 10
    assert studio.session.state == "training"

    # A step at a time, then to the end.
    hands.click(studio.toolbar.run)
    hands.wait_for_state("paused")
    with qtbot.waitSignal(studio.session.frame, timeout=PATIENCE):
        QTest.keyClick(studio.canvas, Qt.Key.Key_F10)
    hands.wait_for_state("paused")
    QTest.keyClick(studio.canvas, Qt.Key.Key_F5)
    hands.wait_for_state("training")
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE) as caught:
        hands.click(studio.toolbar.stop)
    assert caught.args[0].reason == "stopped"
    assert studio.session.weights

    # The weights belong to nobody's file: closing asks once, and Cancel stays.
    studio.dialogs.answers = [Answer.CANCEL]
    assert not studio.close()
    assert studio.window.isVisible()
    studio.dialogs.answers = [Answer.DISCARD]
    house.close(studio)
    assert studio.dialogs.asked == ["unexported weights", "unexported weights"]


def test_training_continues_from_the_present_weights(house, qtbot, monkeypatch):
    hands = Hands(house.studio(), qtbot, monkeypatch)
    studio = hands.studio
    hands.click(hands.button("card-open", card(studio, "Names with a GRU")))
    hands.select_nothing()
    hands.type_into("epochs", "1")
    hands.type_into("batch_size", "256")
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE):
        hands.click(studio.toolbar.run)
    losses = []
    studio.session.frame.connect(lambda frame: losses.extend(frame.loss.numpy()))
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE):
        studio.actions["train.further"].trigger()
    assert losses
    assert losses[0] < 3.0  # a fresh network begins at ln 53 = 3.97
    studio.dialogs.answers = [Answer.DISCARD]


def test_editing_while_it_trains_leaves_the_run_alone(house, qtbot, monkeypatch):
    hands = Hands(house.studio(), qtbot, monkeypatch)
    studio = hands.studio
    hands.click(hands.button("card-train", card(studio, "Names with a GRU")))
    hands.wait_for_state("training")
    with qtbot.waitSignal(studio.session.frame, timeout=PATIENCE):
        hands.select("gru")
    hands.type_into("units", "64")
    hands.select("dropout")
    QTest.keyClick(studio.canvas, Qt.Key.Key_Delete)
    with qtbot.waitSignal(studio.session.frame, timeout=PATIENCE):
        pass
    assert studio.session.state == "training"
    assert studio.session.run_design.node("gru").params["units"] == 128
