"""The inspector's fields: editing in place, one undo step per visit, and error messages."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from rnnstudio.design.model import Choice, Design
from rnnstudio.design.spec import ParamSpec
from rnnstudio.ui.widgets import file_dialogs
from tests.ui.inspector_kit import KEY, Kit


@pytest.fixture
def kit(qtbot):
    return Kit(qtbot)


def test_ten_steps_of_a_spin_box_are_one_undo_step(kit):
    kit.selection.set(["lstm"])
    box = kit.line("units")
    for _ in range(10):
        kit.qtbot.keyClick(box, KEY.Key_Up)
    assert kit.param("lstm", "units") == 138
    assert kit.document.undo_stack.count() == 1
    kit.document.undo_stack.undo()
    assert kit.param("lstm", "units") is None
    assert box.text() == "128"


def test_the_arrows_of_a_spin_box_answer_the_mouse(kit):
    kit.selection.set(["lstm"])
    box = kit.line("units")
    kit.qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(box.width() - 8, 7))
    assert kit.param("lstm", "units") == 129


def test_leaving_a_field_ends_its_undo_step(kit):
    kit.selection.set(["lstm"])
    kit.type("units", "64")
    kit.line("forget_bias")
    kit.type("units", "32")
    assert kit.document.undo_stack.count() == 2
    kit.document.undo_stack.undo()
    assert kit.param("lstm", "units") == 64


def test_undo_while_in_a_field_begins_a_step_of_its_own(kit):
    kit.selection.set(["lstm"])
    kit.type("units", "64")
    kit.document.undo_stack.undo()
    kit.document.undo_stack.redo()
    kit.type("units", "32")
    assert kit.document.undo_stack.count() == 2


@pytest.mark.parametrize("text", ["0", "-1", "1000000000000", "1.5", "many", "9" * 5000])
def test_an_invalid_number_stays_with_its_sentence_and_the_design_is_untouched(kit, text):
    kit.selection.set(["lstm"])
    before = kit.document.design
    field = kit.field("units")
    box = kit.line("units")
    box.lineEdit().clear()
    box.lineEdit().insert(text)
    box.lineEdit().textEdited.emit(text)
    kit.line("forget_bias")
    assert box.text() == text
    assert kit.document.design is before
    assert field.problem.isVisible()
    assert field.problem.text().startswith("Units of LSTM must be a whole number from 1 to ")


def test_fixing_an_invalid_number_removes_its_message(kit):
    kit.selection.set(["lstm"])
    kit.type("units", "0")
    field = kit.field("units")
    assert field.is_invalid
    kit.type("units", "7")
    assert not field.is_invalid
    assert kit.param("lstm", "units") == 7


def test_undo_replaces_an_invalid_text_by_the_value_that_holds(kit):
    kit.selection.set(["lstm"])
    kit.type("units", "64")
    box = kit.type("units", "x")
    kit.document.undo_stack.undo()
    assert box.text() == "128"
    assert not kit.field("units").is_invalid


def test_off_may_be_written_where_a_number_is_optional(kit):
    kit.type("clip_norm", "off", "plan")
    assert kit.document.design.plan.clip_norm is None
    kit.type("clip_norm", "2,5", "plan")
    assert kit.document.design.plan.clip_norm == 2.5


def test_a_learning_rate_steps_by_1_2_5(kit):
    box = kit.page.optimizer.form.fields["learning_rate"].editor.box
    box.setFocus()
    seen = []
    for _ in range(4):
        kit.qtbot.keyClick(box, KEY.Key_Up)
        seen.append(kit.document.design.plan.optimizer.params["learning_rate"])
    assert seen == [0.002, 0.005, 0.01, 0.02]
    assert kit.document.undo_stack.count() == 1


def test_a_whole_number_typed_for_a_real_one_is_stored_as_real(kit):
    kit.selection.set(["lstm"])
    kit.type("forget_bias", "2")
    assert isinstance(kit.param("lstm", "forget_bias"), float)


def test_choosing_another_word_is_one_edit(kit):
    kit.selection.set(["dense"])
    combo = kit.field("activation").editor.combo
    combo.setFocus()
    kit.qtbot.keyClick(combo, KEY.Key_Down)
    assert kit.param("dense", "activation") == combo.currentData() != "linear"


def test_the_wheel_over_a_field_without_the_keyboard_changes_nothing(kit):
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    kit.selection.set(["lstm"])
    box = kit.field("units").editor.box
    kit.inspector.setFocus()
    event = QWheelEvent(
        QPointF(5, 5), box.mapToGlobal(QPointF(5, 5)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, event)
    assert kit.param("lstm", "units") is None


def test_a_schedule_is_chosen_with_its_numbers_and_taken_back(kit):
    combo = kit.page.schedule.combo
    combo.setCurrentIndex(combo.findData("step"))
    combo.activated.emit(combo.currentIndex())
    assert kit.document.design.plan.schedule == Choice("step")
    kit.page.schedule.form.fields["every"].editor.box.stepBy(1)
    assert kit.document.design.plan.schedule == Choice("step", {"every": 11})
    kit.document.undo_stack.undo()
    kit.document.undo_stack.undo()
    assert kit.document.design.plan.schedule == Choice("constant")
    assert combo.currentData() == "constant"


def test_a_file_is_typed_or_chosen(kit, monkeypatch, tmp_path):
    kit.document.edit("task", Design(task=Choice("text")))
    editor = kit.page.task.form.fields["path"].editor
    kit.qtbot.keyClicks(editor.line, "a.txt")
    assert kit.document.design.task.params["path"] == "a.txt"
    monkeypatch.setattr(file_dialogs, "open_path", lambda *_: tmp_path / "b.txt")
    kit.qtbot.mouseClick(editor.button, Qt.MouseButton.LeftButton)
    assert kit.document.design.task.params["path"] == str(tmp_path / "b.txt")
    assert kit.document.undo_stack.count() == 3


def test_a_flag_and_a_constraint_of_somebody_elses_have_editors(qtbot):
    from rnnstudio.design.constraints import Flag
    from rnnstudio.ui.forms.editors import MIXED, TextEditor
    from rnnstudio.ui.forms.field import Field

    class Even(Flag):
        """A constraint that nobody registered an editor for inherits its base's."""

    class Colour:
        def problem(self, value):
            return None if value in ("red", "blue") else "a colour"

        def invalid(self):
            return ("",)

    flag = Field(ParamSpec("on", "On", Even(), False), "Thing")
    colour = Field(ParamSpec("hue", "Hue", Colour(), "red"), "Thing")
    seen = []
    for field in (flag, colour):
        qtbot.addWidget(field)
        field.edited.connect(lambda name, value: seen.append((name, value)))
        field.show()
    assert isinstance(colour.editor, TextEditor)
    flag.show_value(MIXED)
    assert flag.editor.check.checkState() is Qt.CheckState.PartiallyChecked
    flag.show_value(False)
    qtbot.keyClick(flag.editor.check, KEY.Key_Space)
    qtbot.keyClicks(colour.editor.line, "blue")
    assert seen == [("on", True), ("hue", "blue")]
    assert not colour.is_invalid


def test_a_parameter_that_has_no_effect_beside_the_others_is_not_shown(kit):
    assert not kit.page.plan.fields["clip_norm"].isHidden()
    combo = kit.page.plan.fields["clip"].editor.combo
    combo.setFocus()
    kit.qtbot.keyClick(combo, KEY.Key_End)
    assert kit.document.design.plan.clip == "none"
    assert kit.page.plan.fields["clip_norm"].isHidden()
    kit.document.undo_stack.undo()
    assert not kit.page.plan.fields["clip_norm"].isHidden()
