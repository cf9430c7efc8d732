"""Journey: trying a trained network, which answers a source and predicts examples during training."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Choice, Design
from rnnstudio.engine.inference.modes import EXAMPLE
from tests.engine.network_kit import TRANSLATOR, network
from tests.journeys.hands import PATIENCE, Hands

PARITY = network(
    {
        "in": ("tokens", {}),
        "read": ("one_hot", {}),
        "cell": ("gru", {"units": 4}),
        "out": ("dense", {"units": 2}),
        "head": ("classification", {}),
    },
    [
        ("in", "tokens", "read", "tokens", 0),
        ("read", "sequence", "cell", "sequence", 0),
        ("cell", "sequence", "out", "input", 0),
        ("out", "output", "head", "logits", 0),
    ],
)


def opened(hands: Hands, design: Design, task: Choice, epochs: int) -> None:
    design = Design(name="tried", nodes=design.nodes, links=design.links, task=task)
    hands.studio.files.open_template(set_plan(design, epochs=epochs, validation=0.25))
    hands.wait_for_state("idle")


def test_an_encoder_and_its_decoder_answer_a_source(house, qtbot, monkeypatch):
    hands = Hands(house.studio(), qtbot, monkeypatch)
    studio, page = hands.studio, hands.studio.playground.answers
    opened(hands, TRANSLATOR, Choice("dates", {"count": 64}), epochs=1)
    qtbot.waitUntil(page.isVisible, timeout=PATIENCE)
    qtbot.waitUntil(lambda: page.source.text() != "", timeout=PATIENCE)  # one of the data stands there
    assert not page.go.isEnabled()
    with qtbot.waitSignal(studio.session.finished, timeout=PATIENCE):
        hands.click(studio.toolbar.run)

    page.source.setFocus()
    QTest.keyClick(page.source, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(page.source, "3.5.1979")
    with qtbot.waitSignal(studio.session.sample_done, timeout=PATIENCE) as done:
        QTest.keyClick(page.source, Qt.Key.Key_Return)
    assert done.args == [""]
    assert len(page.candidates.texts()) == 4

    with qtbot.waitSignal(studio.session.sample_done, timeout=PATIENCE):
        hands.click(page.another)
    assert page.source.text() != "3.5.1979"

    QTest.keyClicks(page.source, "@")
    with qtbot.waitSignal(studio.session.sample_done, timeout=PATIENCE):
        QTest.keyClick(page.source, Qt.Key.Key_Return)
    assert "does not occur in the task's data" in page.said.text()


def test_an_example_is_predicted_again_while_the_network_learns(house, qtbot, monkeypatch):
    hands = Hands(house.studio(), qtbot, monkeypatch)
    studio, page = hands.studio, hands.studio.playground.examples
    opened(hands, PARITY, Choice("parity"), epochs=10_000)
    qtbot.waitUntil(lambda: list(studio.playground.mode.buttons) == [EXAMPLE], timeout=PATIENCE)
    hands.click(studio.toolbar.run)
    hands.wait_for_state("training")
    qtbot.waitUntil(page.go.isEnabled, timeout=PATIENCE)
    with qtbot.waitSignal(studio.session.example, timeout=PATIENCE) as first:
        hands.click(page.go)
    with qtbot.waitSignals([studio.session.epoch_done, studio.session.example], timeout=PATIENCE):
        pass  # nobody pressed anything
    page.number.setFocus()
    with qtbot.waitSignal(
        studio.session.example, timeout=PATIENCE, check_params_cb=lambda e: e.place == first.args[0].place + 1
    ):
        QTest.keyClick(page.number, Qt.Key.Key_Up)
    assert page.number.value() == 2
    assert [d.strips[-1].name for d in page.drawings] == ["predicted"]
    hands.click(studio.toolbar.stop)
    hands.wait_for_state("idle")
