"""The inspector's initializers: a kind and a number for each weight, in one undo step."""

import pytest
from PySide6.QtCore import Qt

from tests.ui.inspector_kit import Kit

KEY = Qt.Key


class StartsKit(Kit):
    def open(self, node):
        self.selection.set([node])
        button = self.page.starts.button
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        return self.page.starts

    def row(self, name):
        return self.page.starts.form.fields[name]

    def choose(self, name, word):
        """Choose a word by the keyboard, as a person who tabs through the rows does."""
        combo = self.row(name).editor.combo
        combo.setFocus()
        self.qtbot.waitUntil(combo.hasFocus)
        ahead = combo.findData(word) - combo.currentIndex()
        for _ in range(abs(ahead)):
            self.qtbot.keyClick(combo, KEY.Key_Down if ahead > 0 else KEY.Key_Up)

    def starts(self, node):
        params = self.document.design.node(node).params
        return {name: value for name, value in params.items() if name.startswith("start.")}


@pytest.fixture
def kit(qtbot):
    return StartsKit(qtbot)


def test_the_section_is_shut_until_it_is_opened_and_lists_every_weight(kit):
    kit.selection.set(["dense"])
    assert kit.page.starts.form is None
    starts = kit.open("dense")
    assert list(starts.form.fields) == ["start.W", "start.b"]
    assert starts.form.isVisible()
    kit.qtbot.mouseClick(starts.button, Qt.MouseButton.LeftButton)
    assert not starts.form.isVisible()


def test_a_node_without_weights_has_no_such_section(kit):
    kit.selection.set(["head"])
    assert not kit.page.starts.isVisible()


def test_a_word_is_chosen_and_undone_and_nothing_stands_for_the_usual_rule(kit):
    kit.open("lstm")
    kit.choose("start.U_f", "glorot_uniform")
    assert kit.starts("lstm") == {"start.U_f": "glorot_uniform"}
    kit.choose("start.U_f", "")
    assert kit.starts("lstm") == {}
    kit.document.undo_stack.undo()
    assert kit.starts("lstm") == {"start.U_f": "glorot_uniform"}
    assert kit.row("start.U_f").editor.word == "glorot_uniform"


def test_a_number_is_typed_behind_a_word_that_takes_one(kit):
    kit.open("lstm")
    kit.choose("start.b_f", "constant")
    box = kit.row("start.b_f").editor.number
    assert box.isVisible()
    box.setFocus()
    kit.qtbot.waitUntil(box.hasFocus)
    box.lineEdit().selectAll()
    kit.qtbot.keyClicks(box, "-0.5")
    assert kit.starts("lstm") == {"start.b_f": "constant -0.5"}
    kit.qtbot.keyClick(box, KEY.Key_Up)
    assert kit.starts("lstm")["start.b_f"] != "constant -0.5"
    kit.choose("start.b_f", "zeros")
    assert not box.isVisible()


def test_what_is_no_number_is_reported_in_place_and_not_taken(kit):
    kit.open("lstm")
    kit.choose("start.b_f", "constant")
    before = kit.starts("lstm")
    box = kit.row("start.b_f").editor.number
    box.setFocus()
    kit.qtbot.waitUntil(box.hasFocus)
    box.lineEdit().selectAll()
    kit.qtbot.keyClicks(box, "much")
    assert kit.row("start.b_f").is_invalid
    assert "must be one of" in kit.row("start.b_f").problem.text()
    assert kit.starts("lstm") == before


def test_all_matrices_are_set_at_once_in_one_step(kit):
    kit.open("lstm")
    steps = kit.document.undo_stack.count()
    kit.choose("matrices", "glorot_uniform")
    assert kit.starts("lstm") == {f"start.{m}_{g}": "glorot_uniform" for m in "WU" for g in "ifog"}
    kit.document.undo_stack.undo()
    assert kit.document.undo_stack.index() == steps
    assert kit.starts("lstm") == {}


def test_the_rows_follow_the_layers(kit):
    starts = kit.open("lstm")
    rows = len(starts.form.fields)
    kit.type("layers", "2")
    assert len(kit.page.starts.form.fields) == 2 * (rows - 2) + 2
    assert kit.row("start.layer2.U_f").title.text() == "U_f · layer 2"
