"""Number fields read input in the same way in every locale, and refuse ambiguous input."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QDoubleSpinBox,
    QMenu,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.ui.forms.editors import NumberSpinBox
from rnnstudio.ui.panels.preferences import PreferencesPage
from rnnstudio.ui.playground.answer_page import AnswerPage
from rnnstudio.ui.playground.example_page import ExamplePage
from rnnstudio.ui.playground.text_page import TextPage
from rnnstudio.ui.widgets.number_text import NotANumber, real_from, whole_from, written
from rnnstudio.ui.widgets.spin_boxes import IntegerSpinBox, RealSpinBox
from tests.ui.inspector_kit import Kit

LOCALES = ["en_US", "de_DE", "fr_FR", "ar_EG", "de_CH", "hi_IN"]


@pytest.fixture(params=LOCALES)
def locale(request: pytest.FixtureRequest) -> Iterator[str]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


# ------------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.5", 0.5), ("0,5", 0.5), (".5", 0.5), (",5", 0.5), ("1,", 1.0), ("1.25", 1.25), ("1,25", 1.25),
        ("  0.5 ", 0.5), ("1e3", 1000.0), ("1,5e-3", 0.0015), ("−1", -1.0), ("－1", -1.0), ("+2", 2.0),
        ("1 000", 1000.0), ("1\u202f000,5", 1000.5), ("1\u00a0000", 1000.0), ("1'000.5", 1000.5),
        ("1.000,5", 1000.5), ("1,000.5", 1000.5), ("1,000,000", 1e6), ("1.000.000", 1e6),
        ("1.000.000,5", 1e6 + 0.5),
        ("0,125", 0.125), ("-0,125", -0.125), ("1234,567", 1234.567), ("1.000", 1.0),
        ("１２．５", 12.5), ("１２，５", 12.5), ("0。5", 0.5), ("٠٫٥", 0.5),
        ("١٬٠٠٠", 1000.0), ("۱۲٫۵", 12.5), ("०.५", 0.5),
    ],
)  # fmt: skip
def test_a_real_number_is_read_with_a_point_or_a_comma(text, number):
    assert real_from(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("64", 64), (" 64 ", 64), ("100 000", 100_000), ("1'000", 1000), ("1,000,000", 1_000_000),
     ("1.000.000", 1_000_000), ("−3", -3), ("６４", 64), ("٦٤", 64), ("۶۴", 64), ("007", 7)],
)  # fmt: skip
def test_a_whole_number_is_read_in_the_digits_of_every_script(text, number):
    assert whole_from(text) == number


@pytest.mark.parametrize("read", [real_from, whole_from])
@pytest.mark.parametrize("text", ["1,000", "12,345", "100,000", "-1,000", "+1,234", "１，０００", "1,000 "])
def test_what_is_a_thousand_to_one_reader_and_one_to_another_is_refused(read, text):
    with pytest.raises(NotANumber) as refused:
        read(text)
    assert refused.value.hint.startswith("Write ")


@pytest.mark.parametrize(
    "text",
    ["", " ", ",", ".", "-", "x", "1.2.3", "1,2,3", "1,00,000", "1.000,000,5", "5-", "--1", "0x10", "1_000",
     "inf", "nan", "1e999", "10²", "½", "1;5", "9" * 5000, "1/2"],
)  # fmt: skip
def test_what_is_no_number_is_refused(text):
    for read in (real_from, whole_from):
        with pytest.raises(NotANumber):
            read(text)


@pytest.mark.parametrize("text", ["1.5", "1,5", "1e3", "1.000", "1.000,5"])
def test_a_whole_number_has_no_decimal_mark(text):
    with pytest.raises(NotANumber):
        whole_from(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_is_read_as_the_same_number(number):
    assert real_from(written(number)) == number


# ---------------------------------------------------------------------------- every field


def number_fields(root: QWidget) -> list[QAbstractSpinBox]:
    return root.findChildren(QAbstractSpinBox)


def write_into(qtbot: object, box: QAbstractSpinBox, text: str) -> None:
    """Replace the text of a field, by keys; what is not on an English keyboard as an input method does."""
    box.setFocus()
    box.selectAll()
    if not text:
        qtbot.keyClick(box.lineEdit(), Qt.Key.Key_Delete)  # type: ignore[attr-defined]
    elif text.isascii():
        qtbot.keyClicks(box.lineEdit(), text)  # type: ignore[attr-defined]
    else:
        typed = QInputMethodEvent()
        typed.setCommitString(text)
        QApplication.sendEvent(box.lineEdit(), typed)


def type_into(qtbot: object, box: QAbstractSpinBox, text: str) -> None:
    """Write a text into a field and leave it."""
    write_into(qtbot, box, text)
    qtbot.keyClick(box.lineEdit(), Qt.Key.Key_Return)  # type: ignore[attr-defined]


@pytest.fixture
def playground(qtbot) -> QWidget:
    """Return every page of the playground on one ground."""
    ground = QWidget()
    qtbot.addWidget(ground)
    column = QVBoxLayout(ground)
    for page in (TextPage(), AnswerPage(), ExamplePage()):
        column.addWidget(page)
    page.number.setRange(1, 500)
    ground.show()
    qtbot.waitExposed(ground)
    return ground


@pytest.mark.parametrize("text", ["0.5", "0,5", "０．５", "٠٫٥", " 0.5", ".5"])
def test_a_real_number_of_the_playground_is_one_half_in_every_locale(locale, playground, qtbot, text):
    boxes = playground.findChildren(QDoubleSpinBox)
    assert len(boxes) >= 2
    for box in boxes:
        type_into(qtbot, box, text)
        assert box.value() == 0.5
        assert box.text() == f"{0.5:.{box.decimals()}f}"


@pytest.mark.parametrize("text", ["12", "１２", "١٢", "1 2"])
def test_a_whole_number_of_the_playground_is_read_in_every_locale(locale, playground, qtbot, text):
    boxes = playground.findChildren(QSpinBox)
    assert len(boxes) >= 3
    for box in boxes:
        type_into(qtbot, box, text)
        assert (box.value(), box.text()) == (12, "12")


def test_a_large_whole_number_is_shown_without_marks_between_its_digits(locale, playground, qtbot):
    box = next(box for box in playground.findChildren(QSpinBox) if box.maximum() >= 100_000)
    type_into(qtbot, box, "100 000")
    assert (box.value(), box.text()) == (100_000, "100000")


@pytest.mark.parametrize("text", ["1,000", "1,234", "", "abc", "1.2.3", "1e9"])
def test_what_a_playground_field_refuses_leaves_the_number_before_and_is_reported(
    locale, playground, qtbot, text
):
    for box in number_fields(playground):
        told: list[str] = []
        box.refused.connect(told.append)
        before = box.value()
        write_into(qtbot, box, text)
        assert box.property("invalid") == "true"
        qtbot.keyClick(box.lineEdit(), Qt.Key.Key_Return)
        assert box.value() == before and box.property("invalid") == "false"
        assert told and told[0].startswith(f"{box.accessibleName()} must be a number from ")


def test_a_temperature_may_be_typed_figure_by_figure(locale, playground, qtbot):
    (page,) = playground.findChildren(TextPage)
    type_into(qtbot, page.temperature, "1.25")
    assert page.temperature.value() == 1.25 and page.slider.value() == 125
    page.slider.setValue(60)
    assert page.temperature.value() == 0.6


def test_a_refusal_is_shown_below_the_fields(playground, qtbot):
    (page,) = playground.findChildren(TextPage)
    type_into(qtbot, page.temperature, "1,000")
    assert (
        page.said.text()
        == "Temperature must be a number from 0.05 to 2.00; got “1,000”. Write 1000 or 1.000."
    )


def test_the_threads_of_the_preferences_are_read_and_refused_in_every_locale(locale, qtbot):
    dialog = PreferencesPage()
    qtbot.addWidget(dialog)
    dialog.threads.setRange(1, 64)
    type_into(qtbot, dialog.threads, "１")
    assert dialog.threads.value() == 1 and dialog.problem.isHidden()
    type_into(qtbot, dialog.threads, "1,000")
    assert dialog.threads.value() == 1 and "1,000" in dialog.problem.text() and not dialog.problem.isHidden()


@pytest.mark.parametrize("text", ["0.5", "0,5", "٠٫٥"])
def test_a_real_number_of_the_inspector_is_one_half_in_every_locale(locale, qtbot, text):
    kit = Kit(qtbot)
    kit.selection.set([])
    QApplication.processEvents()
    write_into(qtbot, kit.line("clip_norm", "plan"), text)
    assert kit.document.design.plan.clip_norm == 0.5


def test_the_inspector_refuses_a_number_of_two_meanings_and_says_what_to_write(locale, qtbot):
    kit = Kit(qtbot)
    kit.selection.set([])
    QApplication.processEvents()
    before = kit.document.design.plan
    for name, text in (("clip_norm", "1,000"), ("epochs", "1,000"), ("epochs", "1.000")):
        kit.type(name, text, "plan")
        field = kit.field(name, "plan")
        assert field.is_invalid and "Write 1000 or 1.000." in field.problem.text()
        assert field.editor.box.text() == text
        assert kit.document.design.plan == before


@pytest.mark.parametrize("text", ["3,000", "3.000", "12,345"])
def test_a_number_of_two_meanings_leaves_the_number_that_was_there_when_typing_began(qtbot, text):
    kit = Kit(qtbot)
    kit.selection.set(["lstm"])
    QApplication.processEvents()
    kit.type("units", "40")
    kit.line("units")
    qtbot.keyClick(kit.field("units").editor.box, Qt.Key.Key_Return)
    steps = kit.document.undo_stack.count()
    kit.type("units", text)
    assert kit.field("units").is_invalid and kit.field("units").editor.box.text() == text
    assert kit.param("lstm", "units") == 40 and kit.document.undo_stack.count() == steps


def test_every_number_field_of_the_window_is_one_of_ours(studio):
    studio.deferred_startup.finish()
    studio.preferences.show()
    known = (RealSpinBox, IntegerSpinBox, NumberSpinBox)
    shown = [field for field in number_fields(studio.window) if not in_a_menu_of_pyqtgraph(field)]
    assert len(shown) > 5 and all(isinstance(field, known) for field in shown)


def in_a_menu_of_pyqtgraph(field: QWidget) -> bool:
    """Say whether a field stands in a context menu that pyqtgraph makes for a plot, which never opens."""
    return isinstance(field.window(), QMenu)
