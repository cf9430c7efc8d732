"""The overview in the corner of the canvas."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from rnnstudio.design.model import Design
from rnnstudio.ui.canvas.overlays.minimap import Minimap
from tests.ui.canvas_kit import chain, node, shown

Key = Qt.Key


@pytest.fixture
def view(qtbot):
    return shown(qtbot, chain())


@pytest.fixture
def minimap(view):
    made = Minimap(view)
    made.set_wanted(True)
    assert made.isVisible()
    return made


def test_it_is_in_the_corner_and_stays_there(view, minimap, qtbot):
    view.resize(800, 500)
    qtbot.waitUntil(lambda: view.rect().adjusted(0, 0, -8, -8).contains(minimap.geometry()))
    assert minimap.geometry().bottomRight().x() > 800 - 20


def test_every_node_is_painted_and_the_selected_ones_otherwise(view, minimap):
    view.selection.set(["head"])
    minimap.refresh()
    picture = minimap.draw_picture().toImage()
    colours = set()
    for item in view.canvas.node_items.values():
        at = minimap.to_map(item.frame().center()).toPoint()
        colours.add(picture.pixelColor(at * picture.devicePixelRatio()).name())
    assert len(colours) == 2


def test_a_press_and_a_drag_go_there(view, minimap):
    for name in ("in", "head"):
        middle = view.node_item(name).frame().center()
        QTest.mousePress(minimap, Qt.MouseButton.LeftButton, pos=minimap.to_map(middle).toPoint())
        QTest.mouseRelease(minimap, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
        off = view.visible_scene_rect().center() - middle
        scale = minimap.scale()
        assert abs(off.x()) <= 1.5 / scale and abs(off.y()) <= 1.5 / scale
    assert view.document.undo_stack.count() == 0


def test_the_frame_is_what_the_canvas_shows(view, minimap):
    view.zoom_to(2.0)
    view.centerOn(view.node_item("cell").frame().center())
    middle = minimap.framed.center()
    wanted = minimap.to_map(view.node_item("cell").frame().center())
    assert (middle - wanted).manhattanLength() < 2.0
    before = minimap.framed.width()
    view.zoom_to(1.0)
    assert minimap.framed.width() == pytest.approx(2 * before, rel=0.05)


def test_arrows_go_elsewhere_and_escape_back_to_the_canvas(view, minimap, qtbot):
    qtbot.waitUntil(view.isActiveWindow)
    minimap.setFocus()
    before = view.visible_scene_rect().center()
    QTest.keyClick(minimap, Key.Key_Right)
    assert view.visible_scene_rect().center().x() > before.x() + 50
    assert view.document.design == chain(), "no node is moved"
    QTest.keyClick(minimap, Key.Key_Escape)
    assert view.hasFocus()


def test_an_empty_canvas_needs_none(qtbot):
    view = shown(qtbot, Design())
    minimap = Minimap(view)
    minimap.set_wanted(True)
    assert minimap.isHidden()
    view.document.edit("Add", chain())
    qtbot.waitUntil(minimap.isVisible)
    minimap.set_wanted(False)
    assert minimap.isHidden()


def test_many_edits_are_painted_once(view, minimap, qtbot):
    drawn = []
    draw = minimap.draw_picture

    def counting():
        drawn.append(1)
        return draw()

    minimap.draw_picture = counting
    for place in range(20):
        design = view.document.design
        more = node(f"n{place}", "lstm", 2000.0 + 50 * place)
        view.document.edit("Add", Design(nodes=(*design.nodes, more), links=design.links))
    qtbot.waitUntil(lambda: bool(drawn))
    assert len(drawn) == 1
    assert minimap.whole.contains(QPointF(2950.0, 1.0))


def test_the_window_remembers_whether_it_shows(house, studio, qtbot):
    studio.window.show_canvas()
    studio.document.edit("Add", chain())
    qtbot.waitUntil(studio.canvas.hasFocus)
    QTest.keyClick(studio.canvas, Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert studio.search.minimap is not None and studio.settings.minimap
    studio.document.undo_stack.undo()
    house.close(studio)
    later = house.studio()
    assert later.actions["view.minimap"].isChecked()
    later.actions["view.minimap"].trigger()
    assert not later.settings.minimap
