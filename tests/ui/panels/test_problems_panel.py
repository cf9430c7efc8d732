"""The list of problems, and the keys that go through and fix them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from rnnstudio.design import edits, grouping
from rnnstudio.design.model import Design, Group, Link, LinkId, Node, NodeId
from rnnstudio.design.problems import Problem

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def wrong() -> Design:
    """A sequence into a dense head that wants its vector, and a cell far away that nobody feeds."""
    design = Design(
        nodes=(
            Node(NodeId("in"), "tokens"),
            Node(NodeId("cell"), "lstm", 240.0),
            Node(NodeId("far"), "gru", 9000.0, 9000.0, "Far away"),
        )
    )
    return edits.connect(design, Link(LinkId("a"), NodeId("in"), "tokens", NodeId("cell"), "sequence"))


@pytest.fixture
def panel(studio, qtbot):
    studio.document.new(wrong())
    studio.window.show_canvas()
    studio.document.check_now()
    qtbot.waitUntil(studio.canvas.hasFocus)
    return studio.problems


def test_it_lists_what_the_report_says_errors_first(studio, panel):
    problems = studio.document.report.problems
    assert problems and set(panel.problems()) == set(problems)
    severities = [problem.severity for problem in panel.problems()]
    assert severities == sorted(severities)


def test_the_count_in_the_status_bar_opens_it_at_the_first_problem(studio, panel):
    QTest.mouseClick(studio.window.status.problems, Qt.MouseButton.LeftButton)
    assert panel.isVisible() and panel.current == panel.problems()[0]
    assert panel.list.hasFocus()


def test_f8_walks_through_the_places_and_shift_f8_back(studio, panel):
    seen = []
    for _ in panel.problems():
        QTest.keyClick(studio.canvas, Key.Key_F8)
        seen.append(panel.current)
        if panel.current.node is not None:
            assert studio.selection.nodes == {panel.current.node}
            frame = studio.canvas.node_item(panel.current.node).frame()
            assert studio.canvas.visible_scene_rect().contains(frame)
    assert seen == panel.problems()
    assert studio.canvas.hasFocus(), "the keyboard stays where it is"
    QTest.keyClick(studio.canvas, Key.Key_F8)
    assert panel.current == seen[0], "after the last comes the first"
    QTest.keyClick(studio.canvas, Key.Key_F8, SHIFT)
    assert panel.current == seen[-1]


def test_enter_and_click_show_the_place(studio, panel, qtbot):
    studio.show_problems()
    row = next(i for i, problem in enumerate(panel.problems()) if problem.node == "far")
    studio.selection.clear()
    panel.list.setCurrentRow(row)
    QTest.keyClick(panel.list, Key.Key_Return)
    assert studio.selection.nodes == {"far"}
    other = next(i for i, problem in enumerate(panel.problems()) if problem.node not in (None, "far"))
    panel.list.scrollToItem(panel.list.item(other))
    at = panel.list.visualItemRect(panel.list.item(other)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert studio.selection.nodes == {panel.problems()[other].node}


@pytest.mark.parametrize("by_key", [True, False])
def test_a_fix_is_one_undoable_step(studio, panel, by_key):
    studio.show_problems()
    row = next(i for i, problem in enumerate(panel.problems()) if problem.fix is not None)
    panel.list.setCurrentRow(row)
    fixed = panel.current
    assert panel.fix_button.isVisible() and panel.fix_button.full_text == fixed.fix.title
    if by_key:
        QTest.keyClick(panel.list, Key.Key_Period, CTRL)
    else:
        QTest.mouseClick(panel.fix_button, Qt.MouseButton.LeftButton)
    assert studio.document.undo_stack.count() == 1
    studio.document.check_now()
    assert (fixed.code, fixed.node) not in {(problem.code, problem.node) for problem in panel.problems()}
    studio.document.undo_stack.undo()
    assert studio.document.design == wrong()


def test_a_problem_of_a_wire_selects_the_wire(studio, panel):
    studio.document.check_now()
    problem = next((p for p in panel.problems() if p.link is not None and p.node is None), None)
    if problem is None:
        link = studio.document.design.links[0]
        from rnnstudio.design.problems import Problem

        problem = Problem("test", "A sentence.", link=link.id)
    studio.search.go_to_problem(problem)
    assert studio.selection.links == {problem.link}


def test_without_problems_it_says_so(studio, panel):
    studio.document.new(Design())
    report = studio.document.check_now()
    if not report.problems:
        assert not panel.none.isHidden() and panel.list.isHidden()
    assert panel.problems() == sorted(report.problems, key=lambda problem: problem.severity != "error")


def test_a_screen_reader_hears_severity_sentence_and_place(panel):
    item = next(
        panel.list.item(row) for row in range(panel.list.count()) if panel.problems()[row].node == "far"
    )
    spoken = item.data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith(("Problem: ", "Advice: ")) and spoken.endswith("Far away")


def test_going_to_a_problem_opens_the_collapsed_group_that_hides_it(studio, panel):
    design = grouping.add_group(wrong(), Group(NodeId("group"), collapsed=True), ["cell", "in"])
    studio.document.edit("group", design)
    node = next(problem for problem in studio.document.check_now().problems if problem.node == "cell")
    studio.search.go_to_problem(node)
    assert studio.selection.nodes == {"cell"} and "cell" in studio.canvas.canvas.node_items
    studio.document.undo_stack.undo()
    assert studio.selection.nodes == {"group"}
    studio.search.go_to_problem(Problem("loop", "The link is wrong.", link=LinkId("a")))
    assert studio.selection.links == {"a"} and "a" in studio.canvas.canvas.link_items
