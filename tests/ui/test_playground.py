"""The playground: asking for text, and reading it as it comes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor

from rnnstudio.ui.playground import Playground, Request


@pytest.fixture
def playground(qtbot):
    widget = Playground()
    qtbot.addWidget(widget)
    widget.resize(380, 320)
    widget.show()
    widget.set_enabled_reason("")
    return widget


def look_at(playground, place):
    cursor = QTextCursor(playground.output.document())
    cursor.setPosition(place + 1)
    return cursor.charFormat()


def test_while_nothing_is_trained_it_says_why_and_asks_for_nothing(qtbot):
    playground = Playground()
    qtbot.addWidget(playground)
    playground.show()
    asked = []
    playground.generate_requested.connect(asked.append)
    assert "Nothing is trained yet" in playground.reason.text()
    assert not playground.go.isEnabled()
    qtbot.keyClick(playground.prompt, Qt.Key.Key_Return)
    assert asked == []


def test_generate_asks_with_what_was_set(playground, qtbot):
    qtbot.keyClicks(playground.prompt, "Shall I")
    playground.temperature.setValue(0.5)
    playground.length.setValue(20)
    playground.seed.setValue(7)
    with qtbot.waitSignal(playground.generate_requested) as signal:
        qtbot.mouseClick(playground.go, Qt.MouseButton.LeftButton)
    assert signal.args == [Request("Shall I", 20, 0.5, 7)]
    assert playground.text() == "Shall I"


def test_slider_and_number_of_the_temperature_agree(playground, qtbot):
    qtbot.keyClick(playground.slider, Qt.Key.Key_PageUp)
    assert playground.temperature.value() == pytest.approx(0.9)
    playground.temperature.setValue(0.3)
    assert playground.slider.value() == 30


def test_text_arrives_token_by_token_and_differs_from_the_prompt(playground, qtbot):
    qtbot.keyClicks(playground.prompt, "ab")
    qtbot.keyClick(playground.prompt, Qt.Key.Key_Return)
    for token in "cd\n":
        playground.append(token)
    assert playground.text() == "abcd\n"
    prompt, generated = look_at(playground, 1), look_at(playground, 2)
    assert prompt.foreground() != generated.foreground()
    assert prompt.fontWeight() != generated.fontWeight()


def test_the_button_stops_while_text_comes(playground, qtbot):
    qtbot.mouseClick(playground.go, Qt.MouseButton.LeftButton)
    assert playground.is_running
    assert playground.go.text() == "Stop"
    with qtbot.waitSignal(playground.stop_requested):
        qtbot.mouseClick(playground.go, Qt.MouseButton.LeftButton)
    playground.done("Stopped.")
    assert not playground.is_running
    assert playground.go.text() == "Generate"
    assert playground.said.text() == "Stopped."


def test_a_second_enter_does_not_ask_twice(playground, qtbot):
    asked = []
    playground.generate_requested.connect(asked.append)
    qtbot.keyClick(playground.prompt, Qt.Key.Key_Return)
    qtbot.keyClick(playground.prompt, Qt.Key.Key_Return)
    assert len(asked) == 1


def test_the_whole_text_is_copied(playground, qtbot):
    assert not playground.copy.isEnabled()
    qtbot.keyClicks(playground.prompt, "ab")
    qtbot.keyClick(playground.prompt, Qt.Key.Key_Return)
    playground.append("c")
    qtbot.mouseClick(playground.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "abc"


def test_a_sample_prompt_never_replaces_what_was_typed(playground, qtbot):
    playground.set_sample_prompt("An")
    assert playground.prompt.text() == "An"
    qtbot.keyClicks(playground.prompt, "na")
    playground.set_sample_prompt("Jo")
    assert playground.prompt.text() == "Anna"


def test_a_reader_who_scrolled_back_is_not_pulled_down(playground, qtbot):
    playground.append("line\n" * 200)
    bar = playground.output.verticalScrollBar()
    bar.setValue(bar.maximum())
    playground.append("x\n" * 5)
    assert bar.value() == bar.maximum()
    bar.setValue(10)
    playground.append("y\n" * 5)
    assert bar.value() == 10


def test_every_control_has_an_accessible_name(playground):
    for control in (
        playground.prompt, playground.go, playground.slider, playground.temperature, playground.length,
        playground.seed, playground.output,
    ):  # fmt: skip
        assert control.accessibleName()
        assert control.toolTip() or control is playground.output
