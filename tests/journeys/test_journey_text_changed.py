"""A text file that changed on disk is not used with the symbols that were learned before."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from rnnstudio.design.edits import set_plan, set_task
from rnnstudio.design.model import Choice
from rnnstudio.engine.inference.modes import EXAMPLE
from tests.engine.network_kit import network
from tests.journeys.hands import PATIENCE, Hands
from tests.ui.shell_kit import notice

TEXT = "abab " * 60
OTHERS = {
    "other letters": "xyxy " * 60,
    "a letter for the space": "ababz" * 60,
    "a letter more": "abac " * 60,
}
READER = network(
    {
        "in": ("tokens", {}),
        "hot": ("one_hot", {}),
        "cell": ("gru", {"units": 4}),
        "out": ("dense", {"units": 3}),
        "head": ("classification", {}),
    },
    [
        ("in", "tokens", "hot", "tokens", 0),
        ("hot", "sequence", "cell", "sequence", 0),
        ("cell", "sequence", "out", "input", 0),
        ("out", "output", "head", "logits", 0),
    ],
)


@pytest.fixture
def trained(house, qtbot, monkeypatch, tmp_path):
    """A window with a network that was trained on a text, and the text's file."""
    text = tmp_path / "text.txt"
    text.write_text(TEXT, "utf-8")
    hands = Hands(house.studio(), qtbot, monkeypatch)
    design = set_task(READER, Choice("text", {"path": str(text), "length": 8}))
    hands.studio.files.open_template(set_plan(design, epochs=1, batch_size=8, validation=0.25))
    hands.wait_for_state("idle")
    with qtbot.waitSignal(hands.studio.session.finished, timeout=PATIENCE):
        hands.click(hands.studio.toolbar.run)
    return hands, text


def change(text, content):
    """Write a file as another program does, some time later."""
    text.write_text(content, "utf-8")
    later = text.stat().st_mtime_ns + 10**9
    os.utime(text, ns=(later, later))


def generated(hands):
    page = hands.studio.playground.texts
    with hands.qtbot.waitSignal(hands.studio.session.sample_done, timeout=PATIENCE):
        hands.click(page.go)
    return page.said.text()


def shown(hands):
    playground = hands.studio.playground
    hands.click(playground.mode.buttons[EXAMPLE])
    if not playground.examples.said.isVisible():
        with hands.qtbot.waitSignal(hands.studio.session.sample_done, timeout=PATIENCE):
            pass
    return playground.examples.said.text()


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_other_symbols_are_refused_by_all_that_reads_the_text(trained, content):
    hands, text = trained
    assert generated(hands) == ""
    change(text, content)
    assert "trained on other symbols" in generated(hands)
    assert "trained on other symbols" in shown(hands)
    with hands.qtbot.waitSignal(hands.studio.session.reported, timeout=PATIENCE):
        QTest.keyClick(hands.studio.window, Qt.Key.Key_F5, Qt.KeyboardModifier.ControlModifier)
    assert "trained on other symbols" in notice(hands.studio)
    assert hands.studio.session.weights  # nothing is lost


def test_another_text_of_the_same_symbols_is_read(trained):
    hands, text = trained
    change(text, "ba ab " * 60)
    assert generated(hands) == ""
    assert shown(hands) == ""


def test_weights_kept_for_a_design_are_not_loaded_for_another_text(trained, house, tmp_path):
    hands, text = trained
    file = tmp_path / "design.rnnd"
    hands.studio.dialogs.paths = [file]
    hands.studio.actions["file.save"].trigger()
    house.close(hands.studio)
    change(text, OTHERS["other letters"])
    again = house.studio(file)
    hands.qtbot.waitUntil(lambda: "last training are not loaded" in notice(again), timeout=PATIENCE)
    assert not again.session.weights
    assert "trained on other symbols" in notice(again)
