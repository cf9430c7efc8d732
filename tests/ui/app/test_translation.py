"""A translator that is installed changes what the window says of problems and errors."""

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator

from rnnstudio.design import edits
from rnnstudio.design.errors import FileError
from rnnstudio.design.message import message
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId
from rnnstudio.ui.canvas.accessibility.descriptions import node_tooltip
from rnnstudio.ui.translation import translated
from tests.ui.shell_kit import notice

MARK = "«"


class Marking(QTranslator):
    """Translates every message from below the window into itself behind a mark."""

    def isEmpty(self):
        return False

    def translate(self, context, text, disambiguation=None, n=-1):
        return f"{MARK}{text}" if context == "Messages" else text


@pytest.fixture
def translator(qapp):
    marking = Marking()
    assert QCoreApplication.installTranslator(marking)
    yield marking
    QCoreApplication.removeTranslator(marking)


@pytest.fixture
def wrong(translator, studio):
    """Tokens into a cell that needs features."""
    nodes = (Node(NodeId("in"), "tokens"), Node(NodeId("cell"), "lstm", 240.0, params={"units": -1}))
    link = Link(LinkId("a"), NodeId("in"), "tokens", NodeId("cell"), "sequence")
    studio.document.new(edits.connect(Design(nodes=nodes), link))
    studio.window.show_canvas()
    studio.document.check_now()
    return studio


def test_a_message_is_translated_with_the_messages_in_it(translator):
    assert translated(message("{file} is {kind}.", file="a", kind=message("a folder"))) == "«a is «a folder."
    assert translated("As it is.") == "«As it is."


def test_the_problems_panel_lists_translated_sentences(wrong):
    rows = [wrong.problems.list.item(row).text() for row in range(wrong.problems.list.count())]
    assert rows and all(row.startswith(MARK) for row in rows)
    assert all(problem.sentence[0] != MARK for problem in wrong.problems.problems()), "plain for the terminal"


def test_the_tooltip_of_a_node_tells_its_problems_translated(wrong):
    lines = node_tooltip(wrong.canvas.node_item(NodeId("cell")), on_badge=True).split("\n")
    assert lines and all(line.startswith(MARK) for line in lines)


def test_the_inspector_says_translated_what_a_field_needs(wrong):
    wrong.selection.set([NodeId("cell")])
    field = wrong.inspector.page.form.fields["units"]
    assert f"{MARK}a whole number" in field.problem.text().replace("\u200b", "")


def test_the_notice_of_an_error_is_translated(wrong, tmp_path):
    path = tmp_path / "empty.rnnd"
    path.write_text("")
    wrong.document.undo_stack.setClean()
    wrong.files.open_path(path)
    assert notice(wrong).startswith(MARK)
    assert str(FileError("It is gone.")) == "It is gone."
