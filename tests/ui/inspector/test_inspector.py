"""The inspector's pages: design, node, link, several nodes, and problems."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel

from rnnstudio.design.model import Choice, Design, Node
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.ui.inspector.design_page import DesignPage
from rnnstudio.ui.inspector.link_page import LinkPage
from rnnstudio.ui.inspector.pages import MultiNodePage, NodePage
from rnnstudio.ui.theme.theme import themes
from tests.ui.inspector_kit import KEY, Kit, network


@pytest.fixture
def kit(qtbot):
    return Kit(qtbot)


def test_with_nothing_selected_the_task_and_the_plan_show(kit):
    assert isinstance(kit.page, DesignPage)
    assert set(kit.page.plan.fields) == {param.name for param in PLAN_PARAMS}
    assert kit.page.task.combo.currentData() == "names"
    assert kit.page.optimizer.combo.currentData() == "adam"


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
    assert isinstance(kit.page, MultiNodePage)
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


def test_an_unknown_kind_is_reported_and_harms_nothing(kit):
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
            control = field.editor.focusProxy()
            if isinstance(control, QComboBox):  # whose name Qt does not tell everywhere
                assert control.accessibleDescription().startswith(f"{field.title.text()}. ")


def test_another_document_takes_the_page_of_a_node_that_it_does_not_have(kit):
    kit.selection.set(["lstm"])
    assert isinstance(kit.inspector.page, NodePage)
    kit.document.new(Design())
    assert isinstance(kit.inspector.page, DesignPage)
