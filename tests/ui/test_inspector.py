"""The inspector: editing in place, one undo step a stay, and words for what is wrong."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from rnnstudio.design.constraints import StreamName
from rnnstudio.design.model import Choice, Design, Link, Node
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.signals import Content
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import token_facts
from rnnstudio.engine.gradcheck import FACTS
from rnnstudio.ui.document import Document
from rnnstudio.ui.inspector import Inspector
from rnnstudio.ui.inspector.design_page import DesignPage
from rnnstudio.ui.inspector.form import Form
from rnnstudio.ui.inspector.link_page import LinkPage
from rnnstudio.ui.inspector.pages import ManyPage, NodePage
from rnnstudio.ui.selection import Selection
from rnnstudio.ui.theme import themes

KEY = Qt.Key


def network() -> Design:
    return Design(
        nodes=(
            Node("tokens", "tokens"),
            Node("embedding", "embedding"),
            Node("lstm", "lstm"),
            Node("dense", "dense"),
            Node("head", "classification"),
        ),
        links=(
            Link("l1", "tokens", "tokens", "embedding", "tokens"),
            Link("l2", "embedding", "sequence", "lstm", "sequence"),
            Link("l3", "lstm", "sequence", "dense", "input"),
            Link("l4", "dense", "output", "head", "logits"),
        ),
    )


class Kit:
    def __init__(self, qtbot) -> None:
        self.qtbot = qtbot
        self.document = Document(design=network())
        self.selection = Selection()
        self.inspector = Inspector(self.document, self.selection)
        qtbot.addWidget(self.inspector)
        self.inspector.resize(300, 900)
        self.inspector.show()
        qtbot.waitExposed(self.inspector)
        self.inspector.activateWindow()

    @property
    def page(self):
        return self.inspector.page

    def field(self, name: str, form: str = "form"):
        return getattr(self.page, form).fields[name]

    def line(self, name: str, form: str = "form"):
        """Put the keyboard into a number field, all its text selected."""
        box = self.field(name, form).editor.box
        box.setFocus()
        self.qtbot.waitUntil(box.hasFocus)
        box.lineEdit().selectAll()
        return box

    def type(self, name: str, text: str, form: str = "form"):
        box = self.line(name, form)
        self.qtbot.keyClicks(box, text)
        return box

    def param(self, node: str, name: str):
        return self.document.design.node(node).params.get(name)


@pytest.fixture
def kit(qtbot):
    return Kit(qtbot)


def test_with_nothing_selected_the_task_and_the_plan_show(kit):
    assert isinstance(kit.page, DesignPage)
    assert set(kit.page.plan.fields) == {param.name for param in PLAN_PARAMS}
    assert kit.page.task.combo.currentData() == "names"
    assert kit.page.optimizer.combo.currentData() == "adam"


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


def test_mending_an_invalid_number_takes_its_sentence_away(kit):
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


def test_f2_renames_and_escape_takes_back(kit):
    kit.selection.set(["lstm"])
    kit.line("units")
    kit.qtbot.keyClick(kit.inspector.focusWidget() or kit.inspector, KEY.Key_F2)
    heading = kit.page.heading
    assert heading.hasFocus()
    kit.qtbot.keyClicks(heading, "Memory")
    kit.qtbot.keyClick(heading, KEY.Key_Escape)
    assert kit.document.design.node("lstm").title == ""
    kit.inspector.rename()
    kit.qtbot.keyClicks(heading, "Memory")
    kit.qtbot.keyClick(heading, KEY.Key_Return)
    assert kit.document.design.node("lstm").title == "Memory"
    assert kit.document.undo_stack.count() == 1


def test_a_title_being_typed_is_kept_when_another_node_is_selected(kit):
    kit.selection.set(["lstm"])
    kit.inspector.rename()
    kit.qtbot.keyClicks(kit.page.heading, "Memory")
    kit.selection.set(["dense"])
    assert kit.document.design.node("lstm").title == "Memory"


def test_every_equation_is_a_row_that_can_be_read_aloud(kit):
    kit.selection.set(["lstm"])
    names = [row.accessibleName() for row in kit.page.equations.rows]
    assert [name.split(" ")[0] for name in names] == ["i", "f", "o", "g", "c", "h"]
    assert all("=" in name for name in names)


def test_equations_follow_a_parameter_and_the_theme(kit):
    kit.document.new(Design(nodes=(Node("rnn", "rnn"),)))
    kit.selection.set(["rnn"])
    equations = kit.page.equations
    before = equations.rows[0].accessibleName()
    combo = kit.field("activation").editor.combo
    kit.qtbot.keyClick(combo, KEY.Key_Down)
    assert equations.rows[0].accessibleName() != before
    light = equations.grab().toImage()
    try:
        themes.set_scheme("dark")
        assert equations.grab().toImage() != light
    finally:
        themes.set_scheme("system")


def test_shapes_and_weights_show(kit):
    kit.selection.set(["lstm"])
    rows = dict(kit.page.facts.rows())
    assert rows["Weights"] == f"{4 * 128 * (32 + 128 + 1):,}"
    assert any("T × 32" in value for value in rows.values())
    assert any("T × 128" in value for value in rows.values())


def test_a_problem_shows_with_its_fix_and_the_fix_is_one_edit(kit):
    kit.selection.set(["dense"])
    kit.document.check_now()
    cards = [card for card in kit.page.cards if card.fix_button is not None] or _cards_of(kit, "head")
    assert cards, "the sizes of dense and head differ, and that can be fixed"
    before = len(kit.page.cards)
    kit.qtbot.mouseClick(cards[0].fix_button, Qt.MouseButton.LeftButton)
    kit.document.check_now()
    assert kit.document.undo_stack.count() == 1
    assert len(kit.page.cards) < before


def _cards_of(kit, node):
    kit.selection.set([node])
    return [card for card in kit.page.cards if card.fix_button is not None]


def test_several_nodes_show_what_they_share_and_mixed_where_it_differs(kit):
    kit.selection.set(["lstm", "dense"])
    assert isinstance(kit.page, ManyPage)
    box = kit.field("units").editor.box
    assert box.text() == ""
    assert box.lineEdit().placeholderText() == "mixed"
    kit.type("units", "40")
    assert kit.param("lstm", "units") == kit.param("dense", "units") == 40
    assert kit.document.undo_stack.count() == 1


def test_a_link_shows_its_ends_and_what_it_carries(kit):
    kit.selection.set([], ["l2"])
    assert isinstance(kit.page, LinkPage)
    rows = dict(kit.page.facts.rows())
    assert rows["From"].startswith("Embedding")
    assert rows["To"].startswith("LSTM")
    assert "T × 32" in rows["Carries"]


def test_a_link_is_delayed_by_a_switch_and_one_that_cannot_wait_says_why(kit):
    kit.selection.set([], ["l3"])
    kit.qtbot.keyClick(kit.page.delayed, KEY.Key_Space)
    assert kit.document.design.link("l3").delay == 1 and kit.page.delayed.isChecked()
    kit.document.undo_stack.undo()
    assert kit.document.design == network() and not kit.page.delayed.isChecked()
    kit.selection.set([], ["l1"])
    assert not kit.page.delayed.isEnabled()
    assert kit.page.delayed.toolTip().startswith("Only a sequence of features can come one step later")


def test_choosing_a_task_shows_its_own_parameters(kit):
    combo = kit.page.task.combo
    combo.setFocus()
    kit.qtbot.keyClick(combo, KEY.Key_End)
    kind = kit.document.design.task.kind
    assert kind != "names"
    expected = {param.name for param in kit.document.catalogue.tasks.get(kind).params}
    assert set(kit.page.task.form.fields if kit.page.task.form else ()) == expected


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


def test_an_unknown_kind_is_told_and_harms_nothing(kit):
    kit.document.new(Design(nodes=(Node("odd", "flux"),), task=Choice("no such task")))
    assert isinstance(kit.page, DesignPage)
    kit.selection.set(["odd"])
    assert isinstance(kit.page, NodePage)
    assert "flux" in kit.page.kind.text()
    assert kit.page.cards


def test_every_control_has_an_accessible_name_and_a_tooltip(kit):
    for node in network().nodes:
        kit.selection.set([node.id])
        for name, field in kit.page.form.fields.items():
            assert field.editor.focusProxy().accessibleName(), name
            assert isinstance(field.title, QLabel)


def test_a_file_is_typed_or_chosen(kit, monkeypatch, tmp_path):
    from PySide6.QtWidgets import QFileDialog

    kit.document.edit("task", Design(task=Choice("text")))
    editor = kit.page.task.form.fields["path"].editor
    kit.qtbot.keyClicks(editor.line, "a.txt")
    assert kit.document.design.task.params["path"] == "a.txt"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "b.txt"), ""))
    kit.qtbot.mouseClick(editor.button, Qt.MouseButton.LeftButton)
    assert kit.document.design.task.params["path"] == str(tmp_path / "b.txt")
    assert kit.document.undo_stack.count() == 3


def test_a_flag_and_a_constraint_of_somebody_elses_have_editors(qtbot):
    from rnnstudio.design.constraints import Flag
    from rnnstudio.design.spec import ParamSpec
    from rnnstudio.ui.inspector.editors import MIXED, TextEditor
    from rnnstudio.ui.inspector.field import Field

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


def test_another_document_takes_the_page_of_a_node_that_it_does_not_have(kit):
    kit.selection.set(["lstm"])
    assert isinstance(kit.inspector.page, NodePage)
    kit.document.new(Design())
    assert isinstance(kit.inspector.page, DesignPage)


def test_a_parameter_that_has_no_effect_beside_the_others_is_not_shown(kit):
    assert not kit.page.plan.fields["clip_norm"].isHidden()
    combo = kit.page.plan.fields["clip"].editor.combo
    combo.setFocus()
    kit.qtbot.keyClick(combo, KEY.Key_End)
    assert kit.document.design.plan.clip == "none"
    assert kit.page.plan.fields["clip_norm"].isHidden()
    kit.document.undo_stack.undo()
    assert not kit.page.plan.fields["clip_norm"].isHidden()


# --------------------------------------------------------------------------------- streams

WHICH = ParamSpec("target", "Target", StreamName("target", Content.TOKENS), "")


@pytest.fixture
def streams(qtbot):
    form = Form((WHICH,), "the head")
    qtbot.addWidget(form)
    form.show()
    form.show_facts(FACTS)
    form.show_values({"target": ""})
    return form


def test_a_stream_is_chosen_by_its_title_among_those_that_fit(streams, qtbot):
    field = streams.fields["target"]
    combo = field.editor.combo
    titles = [combo.itemText(place) for place in range(combo.count())]
    assert titles == ["First that fits (Next token)", "Next token", "Label"]
    with qtbot.waitSignal(streams.edited) as edited:
        qtbot.keyClick(combo, KEY.Key_End)
    assert edited.args == ["target", "label"]


def test_a_stream_that_the_task_does_not_have_stays_to_be_seen(streams):
    streams.show_values({"target": "gone"})
    combo = streams.fields["target"].editor.combo
    assert (combo.currentIndex(), combo.placeholderText()) == (-1, "gone")
    assert not streams.fields["target"].isHidden()


def test_where_only_one_stream_fits_there_is_nothing_to_choose(streams):
    streams.show_facts(token_facts(5, 5, 3))
    streams.show_values({"target": ""})
    assert streams.fields["target"].isHidden()
    streams.show_values({"target": "gone"})
    assert not streams.fields["target"].isHidden()


def test_an_input_of_the_design_offers_what_its_task_has(kit):
    kit.selection.set(["head"])
    assert kit.field("target").editor.combo.itemText(0) == "First that fits (Next token)"
    assert kit.field("target").isHidden()
