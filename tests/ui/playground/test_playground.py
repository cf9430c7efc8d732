"""The playground: texts as they come, answers with their candidates, examples with their predictions."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor

from rnnstudio.engine.inference.modes import ANSWER, EXAMPLE, TEXT
from rnnstudio.ui.playground import AnswerRequest, ExampleRequest, Playground, TextRequest
from rnnstudio.ui.playground.example_views import CurvesView, HeatMap, ProbabilityBars, TokenRowsView
from rnnstudio.worker import messages as m
from rnnstudio.worker.payloads import Array


@pytest.fixture
def playground(qtbot):
    widget = Playground()
    qtbot.addWidget(widget)
    widget.resize(380, 320)
    widget.show()
    widget.set_enabled_reason("")
    return widget


def look_at(playground, place):
    cursor = QTextCursor(playground.texts.output.document())
    cursor.setPosition(place + 1)
    return cursor.charFormat()


def test_while_nothing_is_trained_it_says_why_and_asks_for_nothing(qtbot):
    playground = Playground()
    qtbot.addWidget(playground)
    playground.show()
    asked = []
    playground.requested.connect(asked.append)
    assert "Nothing is trained yet" in playground.reason.text()
    assert not playground.texts.go.isEnabled()
    qtbot.keyClick(playground.texts.prompt, Qt.Key.Key_Return)
    assert asked == []


def test_generate_asks_with_what_was_set(playground, qtbot):
    qtbot.keyClicks(playground.texts.prompt, "Shall I")
    playground.texts.temperature.setValue(0.5)
    playground.texts.length.setValue(20)
    playground.texts.seed.setValue(7)
    with qtbot.waitSignal(playground.requested) as signal:
        qtbot.mouseClick(playground.texts.go, Qt.MouseButton.LeftButton)
    assert signal.args == [TextRequest("Shall I", 20, 0.5, 7)]
    assert playground.texts.text() == "Shall I"


def test_slider_and_number_of_the_temperature_agree(playground, qtbot):
    qtbot.keyClick(playground.texts.slider, Qt.Key.Key_PageUp)
    assert playground.texts.temperature.value() == pytest.approx(0.9)
    playground.texts.temperature.setValue(0.3)
    assert playground.texts.slider.value() == 30


def test_text_arrives_token_by_token_and_differs_from_the_prompt(playground, qtbot):
    qtbot.keyClicks(playground.texts.prompt, "ab")
    qtbot.keyClick(playground.texts.prompt, Qt.Key.Key_Return)
    for token in "cd\n":
        playground.append(token)
    assert playground.texts.text() == "abcd\n"
    prompt, generated = look_at(playground, 1), look_at(playground, 2)
    assert prompt.foreground() != generated.foreground()
    assert prompt.fontWeight() != generated.fontWeight()


def test_the_button_stops_while_text_comes(playground, qtbot):
    qtbot.mouseClick(playground.texts.go, Qt.MouseButton.LeftButton)
    assert playground.is_running
    assert playground.texts.go.text() == "Stop"
    with qtbot.waitSignal(playground.stop_requested):
        qtbot.mouseClick(playground.texts.go, Qt.MouseButton.LeftButton)
    playground.finish("Stopped.")
    assert not playground.is_running
    assert playground.texts.go.text() == "Generate"
    assert playground.texts.said.text() == "Stopped."


def test_a_second_enter_does_not_ask_twice(playground, qtbot):
    asked = []
    playground.requested.connect(asked.append)
    qtbot.keyClick(playground.texts.prompt, Qt.Key.Key_Return)
    qtbot.keyClick(playground.texts.prompt, Qt.Key.Key_Return)
    assert len(asked) == 1


def test_the_whole_text_is_copied(playground, qtbot):
    assert not playground.texts.copy.isEnabled()
    qtbot.keyClicks(playground.texts.prompt, "ab")
    qtbot.keyClick(playground.texts.prompt, Qt.Key.Key_Return)
    playground.append("c")
    qtbot.mouseClick(playground.texts.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "abc"


def test_a_sample_prompt_never_replaces_what_was_typed(playground, qtbot):
    playground.set_sample_prompt("An")
    assert playground.texts.prompt.text() == "An"
    qtbot.keyClicks(playground.texts.prompt, "na")
    playground.set_sample_prompt("Jo")
    assert playground.texts.prompt.text() == "Anna"


def test_a_reader_who_scrolled_back_is_not_pulled_down(playground, qtbot):
    playground.append("line\n" * 200)
    bar = playground.texts.output.verticalScrollBar()
    bar.setValue(bar.maximum())
    playground.append("x\n" * 5)
    assert bar.value() == bar.maximum()
    bar.setValue(10)
    playground.append("y\n" * 5)
    assert bar.value() == 10


def test_every_control_has_an_accessible_name(playground):
    texts = playground.texts
    for control in (
        texts.prompt, texts.go, texts.slider, texts.temperature, texts.length, texts.seed, texts.output,
    ):  # fmt: skip
        assert control.accessibleName()
        assert control.toolTip() or control is texts.output


# ---------------------------------------------------------------------------------- manners


def row(title, role, *, head="", clock="T", sequence=True, texts=(), shares=(), right=(), values=None):
    values = np.zeros((0, 0), np.float32) if values is None else np.asarray(values, np.float32)
    return m.Row(title, role, head, clock, sequence, tuple(texts), shares, right, Array.of(values))


def example(*rows, place=0, own=False):
    return m.Example(1, place, 20, True, own, 0.5, {"accuracy": 0.75}, rows)


def asked_of(playground):
    asked = []
    playground.requested.connect(asked.append)
    return asked


def test_only_the_manners_of_the_task_are_offered(playground, qtbot):
    playground.set_modes((ANSWER, EXAMPLE))
    assert list(playground.mode.buttons) == [ANSWER, EXAMPLE]
    assert playground.answers.isVisible() and not playground.texts.isVisible()
    playground.set_modes((EXAMPLE,))
    assert playground.examples.isVisible()
    assert not playground.mode.isVisible()


def test_a_manner_that_was_chosen_stays(playground, qtbot):
    playground.set_modes((TEXT, EXAMPLE))
    qtbot.mouseClick(playground.mode.buttons[EXAMPLE], Qt.MouseButton.LeftButton)
    playground.set_modes((TEXT, EXAMPLE))
    assert playground.examples.isVisible()


# ---------------------------------------------------------------------------------- answers


@pytest.fixture
def answering(playground):
    playground.set_modes((ANSWER, EXAMPLE))
    return playground


SAYINGS = (
    m.AnswerCandidate("1979-05-03", -0.1, -0.1, True),
    m.AnswerCandidate("1979-05-0", -2.5, -2.5, False),
)


def test_enter_asks_for_an_answer_with_what_was_set(answering, qtbot):
    asked = asked_of(answering)
    qtbot.keyClicks(answering.answers.source, "3.5.1979")
    answering.answers.width_box.setValue(3)
    qtbot.keyClick(answering.answers.penalty, Qt.Key.Key_Up)
    qtbot.keyClick(answering.answers.source, Qt.Key.Key_Return)
    assert asked == [AnswerRequest("3.5.1979", 3, 0.1)]
    assert answering.answers.go.text() == "Stop"


def test_candidates_grow_in_place_and_say_their_figures(answering, qtbot):
    answering.show_answers(m.Answers(1, (m.AnswerCandidate("1", -0.1, -0.1, False),)))
    answering.show_answers(m.Answers(1, SAYINGS))
    found = answering.answers.candidates
    assert found.texts() == ["1979-05-03", "1979-05-0"]
    spoken = found.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "1979-05-03, probability 90 %, score −0.10"
    assert "did not come to its end" in found.item(1).toolTip()


def test_a_candidate_is_copied_by_the_keys_of_the_system(answering, qtbot):
    answering.show_answers(m.Answers(1, SAYINGS))
    found = answering.answers.candidates
    found.setCurrentRow(1)
    qtbot.keyClick(found, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "1979-05-0"


def test_what_cannot_be_answered_is_reported_in_place(answering, qtbot):
    qtbot.keyClick(answering.answers.source, Qt.Key.Key_Return)
    answering.finish("There is nothing to read.")
    assert answering.answers.said.isVisible()
    assert answering.answers.said.text() == "There is nothing to read."
    assert not answering.is_running


def test_another_asks_for_a_source_of_the_data(answering, qtbot):
    with qtbot.waitSignal(answering.source_requested):
        qtbot.mouseClick(answering.answers.another, Qt.MouseButton.LeftButton)


# --------------------------------------------------------------------------------- examples


@pytest.fixture
def looking(playground):
    playground.set_modes((EXAMPLE,))
    playground.finish()
    return playground


def test_an_example_is_asked_for_as_soon_as_its_page_is_shown(playground, qtbot):
    playground.set_modes((TEXT, EXAMPLE))
    asked = asked_of(playground)
    qtbot.mouseClick(playground.mode.buttons[EXAMPLE], Qt.MouseButton.LeftButton)
    assert asked == [ExampleRequest(0)]


def test_the_arrows_go_from_example_to_example(looking, qtbot):
    looking.show_example(example(row("Bits", "input", texts="0110")))
    asked = asked_of(looking)
    qtbot.keyClick(looking.examples.number, Qt.Key.Key_Up)
    assert asked == [ExampleRequest(1)]
    qtbot.keyClick(looking.examples.number, Qt.Key.Key_Up)
    qtbot.keyClick(looking.examples.number, Qt.Key.Key_Up)
    assert len(asked) == 1  # the first is still coming
    looking.show_example(example(row("Bits", "input", texts="0110"), place=1))
    looking.finish()
    assert asked[1:] == [ExampleRequest(3)]


def test_what_goes_step_by_step_together_stands_together(looking, qtbot):
    looking.show_example(
        example(
            row("Bits", "input", texts="011"),
            row("Parity", "target", head="h", texts="010"),
            row(
                "Parity",
                "prediction",
                head="h",
                texts="000",
                shares=(0.9, 0.5, 0.8),
                right=(True, False, None),
            ),
        )
    )
    (strips,) = looking.examples.drawings
    assert isinstance(strips, TokenRowsView)
    assert [strip.name for strip in strips.strips] == ["Bits", "target", "predicted"]
    qtbot.waitUntil(lambda: strips.height() >= 3 * 20)
    assert looking.examples.of.text() == "of 20, held out"
    assert looking.examples.measured.text() == "loss 0.5 · accuracy 75.0 %"


def test_sequences_of_two_clocks_stand_apart(looking):
    looking.show_example(
        example(
            row("Written", "input", clock="S", texts="3.5.1979"),
            row("Date", "target", head="h", texts="1979-05-03"),
            row("Date", "prediction", head="h", texts="1979-05-03"),
            own=True,
        )
    )
    assert [len(d.strips) for d in looking.examples.drawings] == [1, 2]
    assert "hears only itself" in looking.examples.measured.text()


def test_each_kind_of_row_has_its_drawing(looking):
    wave = np.sin(np.arange(30))[:, None]
    looking.show_example(
        example(
            row("Point", "input", sequence=False, values=[[0.5, -1.25]]),
            row("Wide", "input", head="x", values=np.ones((30, 12))),
            row("Class", "target", head="c", sequence=False, texts=("red",)),
            row(
                "Class",
                "prediction",
                head="c",
                sequence=False,
                texts=("red", "blue"),
                shares=(0.7, 0.3),
                right=(True, False),
            ),
            row("Wave", "target", head="w", values=wave),
            row("Wave", "prediction", head="w", values=wave * 0.9),
        )
    )
    kinds = [type(drawing) for drawing in looking.examples.drawings]
    assert kinds == [TokenRowsView, HeatMap, TokenRowsView, ProbabilityBars, CurvesView]
    point, _, _, shares, curves = looking.examples.drawings
    assert point.strips[0].texts == ("0.5", "−1.25")
    assert "red 70 %" in shares.accessibleName()
    assert [(s.name, s.dashed) for s in curves.series] == [("target", True), ("predicted", False)]


def test_the_next_example_is_drawn_in_the_same_place(looking):
    looking.show_example(example(row("Bits", "input", texts="011")))
    (before,) = looking.examples.drawings
    looking.show_example(example(row("Bits", "input", texts="110100")))
    assert looking.examples.drawings == [before]
    assert before.strips[0].texts == tuple("110100")


def test_a_step_says_what_it_is(looking, qtbot):
    looking.show_example(
        example(row("Parity", "prediction", head="h", texts="01", shares=(0.9, 0.25), right=(True, False)))
    )
    (strips,) = looking.examples.drawings
    assert strips.tooltip_text_at(strips.cell_rect(0, 1).center()) == "step 2: 1, 25.0 %"


def test_the_example_in_view_is_predicted_again_with_each_epoch(looking):
    looking.show_example(example(row("Bits", "input", texts="011"), place=4))
    asked = asked_of(looking)
    looking.refresh()
    assert asked == [ExampleRequest(4)]
    looking.refresh()
    assert len(asked) == 1


@pytest.mark.parametrize("page", ["answers", "examples"])
def test_every_control_of_the_other_pages_has_an_accessible_name_too(playground, page):
    shown = getattr(playground, page)
    controls = {
        "answers": lambda: (shown.source, shown.another, shown.width_box, shown.penalty, shown.candidates),
        "examples": lambda: (shown.number, shown.area),
    }[page]()
    for control in (*controls, shown.go):
        assert control.accessibleName() or control.text()
