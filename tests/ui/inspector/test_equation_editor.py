"""Writing a cell in the inspector: errors at their place while typing, undo, keeping, reading the source."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest

from rnnstudio.design.channel import Channel
from rnnstudio.design.model import Design, Link, Node
from rnnstudio.engine.cells.equation_cell import EXAMPLE
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.forms.code_edit import MOST_LINES
from rnnstudio.ui.inspector import Inspector
from rnnstudio.ui.inspector.equations import EquationRow
from rnnstudio.ui.palette.user_cells import UserCell, UserCellStore
from rnnstudio.ui.plots.cells import cells
from rnnstudio.ui.theme import theme

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def network():
    return Design(
        nodes=(
            Node("tokens", "tokens"),
            Node("embedding", "embedding"),
            Node("cell", "equation_cell"),
            Node("gru", "gru"),
            Node("dense", "dense"),
            Node("head", "classification"),
        ),
        links=(
            Link("l1", "tokens", "tokens", "embedding", "tokens"),
            Link("l2", "embedding", "sequence", "cell", "sequence"),
            Link("l3", "cell", "sequence", "gru", "sequence"),
            Link("l4", "gru", "sequence", "dense", "input"),
            Link("l5", "dense", "output", "head", "logits"),
        ),
    )


class Kit:
    def __init__(self, qtbot, folder):
        self.qtbot = qtbot
        self.document = Document(design=network())
        self.selection = Selection()
        self.user_cells = UserCellStore(folder)
        self.inspector = Inspector(self.document, self.selection, user_cells=self.user_cells)
        qtbot.addWidget(self.inspector)
        self.inspector.resize(300, 900)
        self.inspector.show()
        qtbot.waitExposed(self.inspector)
        self.inspector.activateWindow()
        self.selection.set(["cell"])

    @property
    def page(self):
        return self.inspector.page

    @property
    def field(self):
        return self.page.form.fields["equations"]

    @property
    def tools(self):
        return self.page.tools

    def enter(self):
        """Put the keyboard into the text."""
        box = self.field.editor.box
        box.setFocus()
        self.qtbot.waitUntil(box.hasFocus)
        return box

    def write(self, text):
        """Type a text in place of all that is there."""
        box = self.enter()
        box.selectAll()
        self.type(text)
        return box

    def type(self, text):
        box = self.field.editor.box
        for letter in text:
            if letter == "\n":
                QTest.keyClick(box, Key.Key_Return)
            elif letter.isascii():
                QTest.keyClicks(box, letter)
            else:
                QGuiApplication.clipboard().setText(letter)
                QTest.keyClick(box, Key.Key_V, Modifier.ControlModifier)

    @property
    def text(self):
        return self.document.design.node("cell").params.get("equations", EXAMPLE)

    @property
    def errors(self):
        return [p.sentence for p in self.document.report.of_node("cell") if p.severity == "error"]


@pytest.fixture
def kit(qtbot, tmp_path):
    return Kit(qtbot, tmp_path / "cells")


def test_the_example_shows_whole_and_typeset_below_its_text(kit):
    box = kit.field.editor.box
    assert box.toPlainText() == EXAMPLE
    kit.qtbot.waitUntil(lambda: not box.verticalScrollBar().isVisible())
    assert not box.horizontalScrollBar().isVisible()
    assert len(kit.page.equations.rows) == 3
    assert kit.page.equations.mapTo(kit.page, kit.page.equations.rect().topLeft()).y() > kit.field.y()


def test_what_is_typed_is_the_designs_and_typeset_at_once(kit):
    kit.write("h = tanh(W @ x)")
    assert kit.text == "h = tanh(W @ x)"
    assert [row.accessibleName() for row in kit.page.equations.rows] == ["h = tanh(W @ x)"]
    card = kit.page.equations
    kit.qtbot.waitUntil(lambda: [r for r in card.findChildren(EquationRow) if r.isVisible()] == card.rows)
    assert kit.errors == []


def test_a_mistake_is_underlined_where_it_stands_and_reported_below(kit):
    box = kit.write("f = sigmoid(W @ x)\nh = f * q_prev")
    assert box.marked() == (2, 9)
    assert kit.field.problem.isVisible()
    assert kit.field.problem.text().startswith("Line 2, column 9: q_prev needs q")
    assert box.property("invalid") is True
    assert box.accessibleDescription().startswith(kit.field.problem.text())


def test_a_hint_is_underlined_in_its_own_colour_and_reported_as_advice_while_the_network_can_train(kit):
    box = kit.write("h = tanh(W @ x + U @ h_prv + b)")
    assert box.marked() is None
    assert (1, 22) in box.hinted()
    assert {s.format.underlineColor().name() for s in box.extraSelections()} == {theme.current().warning}
    assert not kit.field.problem.isVisible()
    told = [card.problem.sentence for card in kit.page.cards]
    assert any("did you mean h_prev?" in sentence for sentence in told)
    assert kit.errors == []
    kit.write("h = tanh(W @ x + U @ h_prev + b)")
    assert box.hinted() == []
    assert kit.page.cards == []


def test_the_underline_moves_and_goes_while_typing(kit):
    box = kit.write("h = W @ y")
    assert box.marked() is None  # y is a vector of weights
    kit.type(" +")
    assert box.marked() is not None and box.marked()[0] == 1
    kit.type(" b")
    assert box.marked() is None
    assert not kit.field.problem.isVisible()


def test_wrong_text_stays_in_the_design_where_the_rules_tell_of_it(kit):
    kit.write("h = (")
    assert kit.text == "h = ("
    assert kit.errors and "line 1" in kit.errors[0]
    assert not kit.document.report.trainable
    assert not kit.page.cards  # the field tells it already, and the page does not jump while typing
    kit.selection.set(["gru"])
    kit.selection.set(["cell"])
    assert kit.field.editor.box.toPlainText() == "h = ("
    assert kit.field.problem.isVisible()
    assert kit.field.editor.box.marked() is not None


def test_the_last_good_equations_stay_typeset_while_the_text_is_wrong(kit):
    kit.write("h = tanh(W @ x)")
    kit.type(" +")
    assert [row.accessibleName() for row in kit.page.equations.rows] == ["h = tanh(W @ x)"]
    assert not kit.tools.source.isEnabled() and not kit.tools.keep.isEnabled()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h = \\",
        "= 3",
        "h = x\n\n\n",
        "'" * 3,
        "((((",
        "h = b # ok\nh = ",
        "\N{CJK UNIFIED IDEOGRAPH-7EC6}",
    ],
)
def test_any_text_can_be_typed_and_fixed(kit, text):
    kit.write(text)
    QTest.keyClick(kit.field.editor.box, Key.Key_Delete)
    assert kit.text == text
    assert kit.field.problem.isVisible() and kit.errors
    kit.write("h = W @ x")
    assert not kit.field.problem.isVisible() and not kit.errors


def test_one_stay_is_one_undo_step_of_the_design(kit):
    kit.write("h = W @ x + b")
    assert kit.document.undo_stack.count() == 1
    kit.page.form.fields["units"].editor.box.setFocus()
    kit.write("h = W @ x")
    assert kit.document.undo_stack.count() == 2
    kit.document.undo_stack.undo()
    assert kit.text == kit.field.editor.box.toPlainText() == "h = W @ x + b"
    kit.document.undo_stack.undo()
    assert kit.field.editor.box.toPlainText() == EXAMPLE


def test_undo_in_the_text_takes_back_typing_and_the_design_follows(kit):
    box = kit.enter()
    box.moveCursor(QTextCursor.MoveOperation.End)
    kit.type(" + b")
    QTest.keyClick(box, Key.Key_Z, Modifier.ControlModifier)
    assert kit.text == EXAMPLE
    QTest.keyClick(box, Key.Key_Z, Modifier.ControlModifier | Modifier.ShiftModifier)
    assert kit.text == EXAMPLE + " + b"


def test_undo_is_the_windows_where_nothing_was_typed(studio, qtbot):
    studio.window.show_canvas()
    studio.window.activateWindow()
    cell = studio.canvas.add_node("equation_cell")
    studio.selection.set([cell])
    box = studio.inspector.page.form.fields["equations"].editor.box
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    QTest.keyClick(box, Key.Key_Z, Modifier.ControlModifier)
    assert studio.document.design.nodes == ()


def test_tab_leaves_the_text_and_comes_back(kit):
    box = kit.enter()
    QTest.keyClick(box, Key.Key_Tab)
    assert not box.hasFocus() and kit.text == EXAMPLE
    QTest.keyClick(kit.inspector.window().focusWidget(), Key.Key_Backtab)
    assert box.hasFocus()


def test_the_box_grows_with_its_lines_up_to_a_limit(kit):
    box = kit.write("h = b")
    low = box.sizeHint().height()
    kit.qtbot.waitUntil(lambda: box.height() == low)
    kit.write("\n".join(f"a{k} = W{k} @ x" for k in range(9)))
    kit.qtbot.waitUntil(lambda: box.height() > low and not box.verticalScrollBar().isVisible())
    box.setPlainText("\n".join("h = b" for _ in range(5 * MOST_LINES)))
    kit.qtbot.waitUntil(lambda: box.verticalScrollBar().isVisible())
    assert box.height() < 1.2 * MOST_LINES * box.fontMetrics().lineSpacing()


def test_every_control_says_what_it_is(kit):
    box = kit.field.editor.box
    assert box.accessibleName() == "Equations" and box.accessibleDescription()
    for button in (kit.tools.source, kit.tools.keep, kit.tools.confirm):
        assert button.text() and button.toolTip()
    assert kit.tools.name.accessibleName()


def test_two_cells_that_differ_show_as_mixed_and_take_one_text(kit):
    from rnnstudio.design import edits

    design = edits.add_node(
        kit.document.design, Node("other", "equation_cell", params={"equations": "h = b"})
    )
    kit.document.edit("Add", design)
    kit.selection.set(["cell", "other"])
    assert kit.field.editor.box.toPlainText() == ""
    assert kit.field.editor.box.placeholderText() == "mixed"
    kit.write("h = W @ x")
    assert kit.document.design.node("other").params["equations"] == kit.text == "h = W @ x"


def test_the_plots_know_its_gates_and_states_by_title_and_hue(kit):
    kit.write("f = sigmoid(W @ [h_prev, x])  # forget gate\nc = f * c_prev + V @ x\nh = tanh(c)")
    mine = next(cell for cell in cells(kit.document.design) if cell.node == "cell")
    assert [(i.channel, i.title, i.hue, i.is_bounded) for i in mine.signals] == [
        (Channel("gate", "cell", "f"), "forget", "forget", True),
        (Channel("state", "cell", "h"), "hidden", "accent", True),
        (Channel("state", "cell", "c"), "state", "accent", False),
    ]
    kit.type(" + (")
    assert "cell" not in {cell.node for cell in cells(kit.document.design)}  # the rules name what is wrong


# ------------------------------------------------------------------------------------------ keeping


def test_a_cell_is_kept_under_a_name_by_keyboard_alone(kit):
    kit.write("h = W @ x")
    kit.tools.keep.setFocus()
    QTest.keyClick(kit.tools.keep, Key.Key_Space)
    kit.qtbot.waitUntil(kit.tools.name.hasFocus)
    QTest.keyClicks(kit.tools.name, "Mine")
    QTest.keyClick(kit.tools.name, Key.Key_Return)
    assert kit.user_cells.cells == (UserCell("Mine", "h = W @ x"),)
    assert "Mine" in kit.tools.note.text() and kit.tools.note.isVisible()
    assert not kit.tools.name.isVisible()


def test_a_name_that_is_taken_is_replaced_knowingly(kit):
    kit.user_cells.save("Mine", "h = b")
    kit.tools.keep.click()
    kit.tools.name.selectAll()
    QTest.keyClicks(kit.tools.name, "Mine")
    assert kit.tools.confirm.text() == "Replace"
    QTest.keyClicks(kit.tools.name, "2")
    assert kit.tools.confirm.text() == "Save"
    QTest.keyClick(kit.tools.name, Key.Key_Backspace)
    kit.tools.confirm.click()
    assert kit.user_cells.cells == (UserCell("Mine", EXAMPLE),)


def test_the_title_that_a_person_gave_is_proposed_as_name(kit):
    kit.tools.keep.click()
    assert kit.tools.name.text() == "" and not kit.tools.confirm.isEnabled()
    kit.page.heading.renamed.emit("My title")
    kit.tools.keep.click()
    assert kit.tools.name.text() == "My title"


def test_escape_keeps_nothing_and_no_name_cannot_be_kept(kit):
    kit.tools.keep.click()
    kit.tools.name.clear()
    assert not kit.tools.confirm.isEnabled()
    QTest.keyClick(kit.tools.name, Key.Key_Return)
    QTest.keyClick(kit.tools.name, Key.Key_Escape)
    assert not kit.tools.name.isVisible()
    assert kit.user_cells.cells == ()


def test_a_cell_that_cannot_be_kept_is_reported_in_place_and_the_name_stays(kit, tmp_path):
    (tmp_path / "cells").write_text("a file where the folder should be")
    kit.tools.keep.click()
    kit.tools.name.setText("Mine")
    kit.tools.confirm.click()
    assert "cannot be made" in kit.tools.note.text() and kit.tools.note.isVisible()
    assert kit.tools.name.isVisible()


def test_only_cells_of_ones_own_equations_can_be_kept(kit):
    kit.selection.set(["gru"])
    assert not kit.tools.keep.isVisible()
    assert kit.tools.source.isVisible()


# ------------------------------------------------------------------------------------------- source


def test_the_generated_source_can_be_read_and_copied_and_follows_the_text(kit):
    kit.write("h = tanh(W @ x + b)")
    kit.tools.source.click()
    window = kit.tools.window_of_source
    assert window.isVisible() and not window.isModal()
    assert window.box.isReadOnly()
    for kernel, marks in (
        ("numpy", ("import numpy", "def forward_")),
        ("numba", ("for row in range(", "@loop")),
    ):
        window.kernel.setCurrentIndex(window.kernel.findData(kernel))
        assert all(mark in window.box.toPlainText() for mark in marks)
    kit.write("h = sigmoid(W @ x + b)")
    assert "#     h = sigmoid(W @ x + b)" in window.box.toPlainText()
    window.copy.click()
    assert QGuiApplication.clipboard().text() == window.box.toPlainText()
    QTest.keyClick(window, Key.Key_Escape)
    assert not window.isVisible()
