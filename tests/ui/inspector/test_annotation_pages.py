"""The inspector of groups, frames and notes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from rnnstudio.design import annotation, grouping
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design, Group, Link, Node
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.inspector import Inspector
from rnnstudio.ui.inspector.annotation_pages import FramePage, GroupPage, NotePage
from rnnstudio.ui.inspector.pages import MultiNodePage

NODES = (Node("tokens", "tokens"), Node("embed", "embedding"), Node("lstm", "lstm"), Node("gru", "gru"))
LINKS = (
    Link("a", "tokens", "tokens", "embed", "tokens"),
    Link("b", "embed", "sequence", "lstm", "sequence"),
    Link("c", "embed", "sequence", "gru", "sequence"),
)


@pytest.fixture
def inspector(qtbot):
    design = grouping.add_group(
        Design(nodes=NODES, links=LINKS), Group("group", title="Reader"), ["embed", "lstm"]
    )
    design, _ = annotation.add_frame(design, Rect(0, 0, 300, 200), "Data")
    design, _ = annotation.add_comment(design, Rect(0, 300, 200, 100), "why")
    shown = Inspector(Document(design=design), Selection())
    qtbot.addWidget(shown)
    shown.resize(300, 900)
    shown.show()
    qtbot.waitActive(shown)
    return shown


def undo(inspector):
    inspector.document.undo_stack.undo()


def test_a_group_tells_its_contents_weights_and_problems(inspector):
    inspector.selection.set(["group"])
    page, weights = inspector.page, inspector.document.report.weights
    assert isinstance(page, GroupPage) and page.heading.text() == "Reader"
    assert page.contents.text() == "Embedding\nLSTM"
    assert page.facts.rows() == [("Nodes", "2"), ("Weights", f"{weights['embed'] + weights['lstm']:,}")]
    problems = inspector.document.report.problems
    assert [card.problem for card in page.cards] == [p for p in problems if p.node in ("embed", "lstm")]


def test_the_ports_of_a_group_are_named_before_and_after_it_folds(inspector, qtbot):
    inspector.selection.set(["group"])
    page = inspector.page
    assert [field.placeholderText() for field in page.fields.values()] == [
        "Embedding · Tokens",
        "Embedding · Sequence",
        "LSTM · Sequence",
    ]
    field = page.fields[("lstm.sequence", True)]
    field.setFocus()
    QTest.keyClicks(field, "memory")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert inspector.document.design.groups[0].names == {"lstm.sequence": "memory"}
    page.fold.click()
    assert inspector.document.design.groups[0].collapsed and field.text() == "memory"
    assert field.placeholderText() == "LSTM · Sequence"
    field.clear()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert inspector.document.design.groups[0].names == {}
    for _ in range(3):
        undo(inspector)
    assert not inspector.document.undo_stack.canUndo()


def test_a_group_that_goes_while_a_port_is_being_named_takes_the_name_along(inspector):
    inspector.selection.set(["group"])
    field = inspector.page.fields[("lstm.sequence", True)]
    field.setFocus()
    QTest.keyClicks(field, "memory")
    inspector.document.edit("unpack", grouping.ungroup(inspector.document.design, "group"))
    inspector.selection.clear()
    assert inspector.document.undo_stack.count() == 1 and not inspector.document.design.groups


def test_a_frame_is_titled(inspector):
    inspector.selection.set(["frame"])
    assert isinstance(inspector.page, FramePage)
    inspector.rename()
    QTest.keyClicks(inspector.page.heading, "Input")
    QTest.keyClick(inspector.page.heading, Qt.Key.Key_Return)
    assert inspector.document.design.frames[0].title == "Input"
    undo(inspector)
    assert inspector.page.heading.text() == "Data"


def test_one_stay_in_the_text_of_a_note_is_one_step(inspector):
    inspector.selection.set(["note"])
    page = inspector.page
    assert isinstance(page, NotePage)
    page.text.setFocus()
    QTest.keyClicks(page.text, "Say ")
    assert inspector.document.design.comments[0].text == "Say why"
    assert inspector.document.undo_stack.count() == 1
    undo(inspector)
    assert page.text.toPlainText() == "why"


def test_of_a_group_and_a_cell_the_shared_parameters_are_edited(inspector):
    inspector.selection.set(["group", "gru"])
    assert isinstance(inspector.page, MultiNodePage)
    assert inspector.page.node_ids == ("embed", "lstm", "gru")
    inspector.selection.set(["frame", "note"])
    assert isinstance(inspector.page, MultiNodePage) and not inspector.page.form.fields


@pytest.mark.parametrize(("name", "which"), [("frame", "frames"), ("note", "comments")])
def test_frames_and_notes_are_sized_without_a_mouse(inspector, name, which):
    inspector.selection.set([name])
    inspector.page.form.edited.emit("width", 400)
    inspector.page.form.edited.emit("width", 408)
    assert getattr(inspector.document.design, which)[0].width == 408.0
    assert inspector.document.undo_stack.count() == 1
    undo(inspector)
    assert getattr(inspector.document.design, which)[0].width in (300.0, 200.0)
