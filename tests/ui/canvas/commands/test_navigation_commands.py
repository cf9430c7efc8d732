"""Arrow keys move from node to node, along links if there are any."""

import pytest
from PySide6.QtCore import Qt

from tests.ui.canvas_kit import chain, keys, shown

Key = Qt.Key


@pytest.fixture
def view(qtbot):
    made = shown(qtbot, chain())
    qtbot.waitUntil(made.isActiveWindow)
    return made


def walked(view, *names: Qt.Key) -> str:
    keys(view, names)
    (chosen,) = view.selection.nodes
    return chosen


def test_right_and_left_walk_along_links(view):
    view.selection.set(["in"])
    assert walked(view, Key.Key_Right) == "embed"
    assert walked(view, Key.Key_Right) == "cell"
    assert walked(view, Key.Key_Left, Key.Key_Left) == "in"
    assert view.document.design == chain(), "walking moves nothing"


def test_where_no_link_leads_on_that_is_reported(view, qtbot):
    view.selection.set(["cell"])
    with qtbot.waitSignal(view.reported) as reported:
        keys(view, [Key.Key_Right])
    assert reported.args == ["No link leaves LSTM."] and view.selection.nodes == {"cell"}


def test_up_and_down_go_to_the_nearest_node_there(view):
    view.selection.set(["cell"])
    assert walked(view, Key.Key_Down) == "other"
    assert walked(view, Key.Key_Up) == "cell"


def test_the_first_arrow_takes_the_node_in_the_middle(view):
    view.centerOn(view.node_item("head").frame().center())
    assert walked(view, Key.Key_Left) == "head"


def test_from_a_wire_the_arrows_go_to_its_ends(view):
    view.selection.set(links=["b"])
    assert walked(view, Key.Key_Right) == "cell"
