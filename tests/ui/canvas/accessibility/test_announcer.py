"""Accessibility of the canvas, queried as a screen reader does."""

import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleActionInterface
from PySide6.QtTest import QTest
from shiboken6 import Shiboken

from rnnstudio.design import annotation, edits, grouping
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design, Group, NodeId
from rnnstudio.ui.canvas.accessibility.interfaces import AccessibleItem
from tests.ui.canvas_kit import body, chain, keys, node, on_screen, run, shown

Event, Role, Text = QAccessible.Event, QAccessible.Role, QAccessible.Text


@pytest.fixture
def listened():
    """A screen reader runs."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


@pytest.fixture
def view(qtbot, listened):
    view = shown(qtbot, chain())
    view.activateWindow()
    assert QTest.qWaitForWindowActive(view)
    return view


@pytest.fixture
def heard(monkeypatch):
    """What is told, as (event, name)."""
    reported = []
    monkeypatch.setattr(
        "rnnstudio.ui.canvas.accessibility.announcer.QAccessible.updateAccessibility",
        lambda event: reported.append((event.type(), event.accessibleInterface().text(Text.Name))),
    )
    return reported


def asked(view):
    return QAccessible.queryAccessibleInterface(view)


def children(view):
    canvas = asked(view)
    return [canvas.child(place) for place in range(canvas.childCount())]


def named(view, beginning):
    (child,) = (child for child in children(view) if child.text(Text.Name).startswith(beginning))
    return child


def settle():
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_the_canvas_is_a_list_of_its_nodes_in_reading_order_and_then_its_links(view):
    assert asked(view).role() == Role.List and asked(view).text(Text.Name) == "Canvas, 5 nodes"
    names = [child.text(Text.Name).split(", ")[0] for child in children(view)]
    assert names == [
        "Tokens", "Embedding", "LSTM", "LSTM", "Classes",
        "link from Tokens to Embedding", "link from Embedding to LSTM",
    ]  # fmt: skip
    for place, child in enumerate(children(view)):
        assert child.role() == Role.ListItem
        assert asked(view).indexOfChild(child) == place
        assert child.parent().object() is view and child.childCount() == 0
        assert child.child(0) is None and child.indexOfChild(asked(view)) == -1


def test_a_node_speaks_its_title_kind_parameters_and_problems(view):
    design = view.document.design
    view.document.edit("", edits.rename_node(design, NodeId("other"), "memory"))
    view.document.check_now()
    name = named(view, "memory").text(Text.Name)
    problems = [p.sentence for p in view.document.report.problems if p.node == "other"]
    assert name == f"memory, LSTM, 128 units, 2 problems: {' '.join(problems)}"
    assert "1 problem: " in named(view, "Classes").text(Text.Name)


def test_a_node_describes_where_its_links_lead_and_how_much_it_learns(view):
    assert named(view, "Embedding").text(Text.Description) == "From Tokens. To LSTM. 864 weights."


def test_a_link_speaks_its_ends_and_what_it_carries(view):
    assert named(view, "link from Emb").text(Text.Name) == "link from Embedding to LSTM, T × 32"


def test_groups_frames_and_notes_are_spoken_too(qtbot, listened):
    design = grouping.add_group(chain(), Group("group", 368.0, 0.0, "Reader", True), ["cell", "other"])
    design, _ = annotation.add_frame(design, Rect(-32.0, -48.0, 380.0, 160.0), "Data")
    design, _ = annotation.add_comment(design, Rect(0.0, 200.0, 200.0, 60.0), "why")
    names = [child.text(Text.Name) for child in children(shown(qtbot, design))]
    assert "Data, Frame" in names and "why, Note" in names
    assert any(name.startswith("Reader, group, 2 nodes") for name in names)


def test_each_is_where_it_is_drawn_and_found_there(view):
    for name in ("embed", "head"):
        corner = view.viewport().mapToGlobal(on_screen(view, view.node_item(name).pos()))
        kind = view.node_item(name).spec.title
        child = named(view, kind)
        assert (child.rect().topLeft() - corner).manhattanLength() <= 2
        at = view.viewport().mapToGlobal(body(view, name))
        assert child.rect().contains(at)
        assert asked(view).childAt(at.x(), at.y()).object() is child.object()
    wire = named(view, "link from Tokens")
    at = wire.rect().center()
    assert asked(view).childAt(at.x(), at.y()).object() is wire.object()
    assert asked(view).childAt(view.mapToGlobal(QRect(view.rect()).topLeft()).x() + 2, 2) is None


def test_what_has_the_keyboard_is_focused_and_selected(view):
    keys(view, [Qt.Key.Key_Tab, Qt.Key.Key_Tab])
    child = named(view, "Embedding")
    assert child.state().selected and child.state().focused
    assert asked(view).focusChild().object() is child.object()
    assert not named(view, "Tokens").state().selected
    run(view, "edit.select_all")
    assert all(one.state().selected and not one.state().focused for one in children(view))
    assert asked(view).text(Text.Name) == "Canvas, 5 nodes and 2 links selected"


def test_what_is_far_away_is_off_the_screen(view):
    assert not named(view, "Tokens").state().offscreen
    view.centerOn(20_000.0, 20_000.0)
    assert named(view, "Tokens").state().offscreen


def test_walking_tells_what_has_the_keyboard_now(view, heard):
    keys(view, [Qt.Key.Key_Tab])
    keys(view, [Qt.Key.Key_Right])
    focused = [name.split(",")[0] for event, name in heard if event == Event.Focus]
    assert focused == ["Tokens", "Embedding"]
    selected = [name.split(",")[0] for event, name in heard if event == Event.SelectionAdd]
    assert selected == focused
    assert [name for event, name in heard if event == Event.SelectionRemove] == ["Tokens"]


def test_many_at_once_are_reported_as_one(view, heard):
    nodes = tuple(node(f"n{i}", "lstm", 40.0 * i, 400.0) for i in range(30))
    view.document.edit("", Design(nodes=nodes))
    heard.clear()
    keys(view, [Qt.Key.Key_A], Qt.KeyboardModifier.ControlModifier)
    assert [event for event, _ in heard if event != Event.Focus] == [Event.SelectionWithin]


def test_another_title_or_problem_is_reported(view, heard):
    children(view)
    view.document.edit("", edits.rename_node(view.document.design, NodeId("embed"), "letters"))
    view.document.check_now()
    changed = [name.split(",")[0] for event, name in heard if event == Event.NameChanged]
    assert "letters" in changed and "Tokens" not in changed


def test_what_is_added_is_reported(view, heard):
    children(view)
    view.add_node("embedding")
    added = [name.split(",")[0] for event, name in heard if event == Event.ObjectCreated]
    assert added == ["Embedding"]


def test_a_press_selects_as_a_click_does(view):
    actions = named(view, "Classes").actionInterface()
    assert QAccessibleActionInterface.pressAction() in actions.actionNames()
    actions.doAction(QAccessibleActionInterface.pressAction())
    assert view.selection.nodes == {"head"} and view.hasFocus()
    named(view, "link from Tokens").actionInterface().doAction(QAccessibleActionInterface.setFocusAction())
    assert view.selection.links == {"a"}


def test_what_is_deleted_is_reported_and_gone_and_comes_back_by_undo(view, heard):
    gone = weakref.ref(named(view, "Embedding"))
    kept = gone()
    view.document.edit("", edits.remove(view.document.design, node_ids={"embed"}))
    assert kept.state().invalid and kept.rect().isEmpty() and kept.text(Text.Name) == ""
    assert len([event for event, _ in heard if event == Event.ObjectDestroyed]) == 3, "node and two links"
    settle()
    assert not Shiboken.isValid(kept)
    del kept
    gc.collect()
    assert gone() is None
    view.document.undo_stack.undo()
    again = named(view, "Embedding")
    assert again.isValid() and not again.state().invalid


def test_widgets_over_the_canvas_are_its_children_too(view):
    run(view, "edit.add")
    popup = next(child for child in children(view) if not isinstance(child.object(), AccessibleItem))
    assert popup.object().isVisible() and popup.parent().object() is view
    assert asked(view).indexOfChild(popup) == asked(view).childCount() - 1
    view.node_search.close()
    assert all(isinstance(child.object(), AccessibleItem) for child in children(view))


def test_nothing_is_made_while_nobody_listens(qtbot):
    view = shown(qtbot, chain())
    for name in ("in", "embed"):
        view.focus_node(NodeId(name))
    run(view, "edit.delete")
    view.document.undo_stack.undo()
    assert view.announcer.findChildren(AccessibleItem) == []


def test_only_what_was_asked_for_is_made(view):
    assert asked(view).childCount() == 7 and view.announcer.findChildren(AccessibleItem) == []
    asked(view).child(2)
    assert len(view.announcer.findChildren(AccessibleItem)) == 1


def test_a_canvas_that_is_closed_leaves_no_interface_behind(qtbot, listened):
    left = []
    for _ in range(3):
        view = shown(qtbot, chain())
        left += [weakref.ref(child) for child in children(view)]
        view.close()
        view.deleteLater()
        settle()
    del view
    gc.collect()
    assert len(left) == 21 and all(interface() is None for interface in left)
