"""The canvas's menus, in the window; with real events."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnstudio.design.model import Design
from tests.ui.canvas_kit import along, body, link, node, port, wires

Key = Qt.Key


def open_menu(view, at, reason=QContextMenuEvent.Reason.Mouse):
    event = QContextMenuEvent(reason, at, view.viewport().mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)
    assert view.context.menu.isVisible()
    return {action.text().replace("&", ""): action for action in view.context.menu.actions() if action.text()}


@pytest.fixture
def window(studio):
    studio.window.show_canvas()
    studio.document.new(
        Design(
            nodes=(node("a", "lstm", 0), node("b", "dense", 300), node("c", "gru", 600)),
            links=(link("ab", "a.sequence", "b.input"), link("bc", "b.output", "c.sequence")),
        )
    )
    studio.canvas.fit()
    yield studio
    if studio.canvas.context.menu is not None:
        studio.canvas.context.menu.close()


def test_the_menu_of_a_node_selects_it_and_acts_on_it(window):
    view = window.canvas
    menu = open_menu(view, body(view, "b"))
    assert view.selection.nodes == {"b"}
    assert {"Replace by…", "Cut", "Copy", "Duplicate", "Delete", "Delete and reconnect"} <= set(menu)
    menu["Delete and reconnect"].trigger()
    assert wires(view) == {"a.sequence -> c.sequence"}


def test_the_menu_of_a_link_delays_it_or_puts_a_node_into_it(window):
    view = window.canvas
    menu = open_menu(view, along(view, "bc", 0.5))
    assert view.selection.links == {"bc"}
    menu["Delay by one step (z⁻¹)"].trigger()
    assert "b.output ~> c.sequence" in wires(view)
    menu["Add a node…"].trigger()
    assert view.node_search.is_open and "Tokens" not in view.node_search.popup.titles()


def test_the_menu_of_a_port_disconnects_it_or_adds_what_fits(window):
    view = window.canvas
    menu = open_menu(view, port(view, "a", "sequence", output=True))
    menu["Add a node here…"].trigger()
    assert view.node_search.is_open and view.node_search.popup.titles()[0] != "Tokens"
    view.node_search.close()
    menu = open_menu(view, port(view, "b", "input", output=False))
    menu["Disconnect"].trigger()
    assert wires(view) == {"b.output -> c.sequence"}
    menu = open_menu(view, port(view, "b", "input", output=False))
    assert not menu["Disconnect"].isEnabled()


def test_the_menu_of_the_canvas_adds_a_node_there(window):
    view, at = window.canvas, QPoint(120, 60)
    menu = open_menu(view, at)
    assert {"Paste", "Select all", "Fit"} <= set(menu)
    menu["Add a node…"].trigger()
    QTest.keyClicks(view.node_search.popup.search, "dropout")
    QTest.keyClick(view.node_search.popup.search, Key.Key_Return)
    added = window.document.design.nodes[-1]
    assert added.kind == "dropout" and view.node_item(added.id).frame().contains(view.mapToScene(at))


def test_the_menu_key_opens_the_menu_of_what_is_selected(window):
    view = window.canvas
    view.selection.set(["c"])
    menu = open_menu(view, QPoint(1, 1), QContextMenuEvent.Reason.Keyboard)
    assert "Replace by…" in menu and view.selection.nodes == {"c"}


def test_every_key_of_the_edit_menu_works_in_the_window(window):
    view = window.canvas
    view.selection.set(links=["ab"])
    assert {"edit.add", "edit.replace", "edit.delay", "edit.delete_join"} <= {
        action.objectName() for action in view.actions()
    }
    window.actions["edit.delay"].trigger()
    assert "a.sequence ~> b.input" in wires(view)
