"""Run by the tests in a new process: the demo tool and action in the real window, with real events."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from rnnstudio.design.model import Design
from tests.ui.canvas_kit import body
from tools.driver import Driver, drag_to
from tools.examples import template

BOTH = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton

driver = Driver()
studio, window = driver.studio, driver.window
document, canvas = studio.document, studio.canvas


def places():
    return {node.id: (node.x, node.y) for node in document.design.nodes}


def undo():
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    return places()


try:
    window.show()
    driver.idle()
    driver.open(template("names-gru"))
    before = places()
    first, *_, last = before

    start, end = body(canvas, first), body(canvas, last)
    QTest.mousePress(canvas.viewport(), LEFT, BOTH, start)
    drag_to(canvas.viewport(), (start + end) / 2, end)
    QTest.mouseRelease(canvas.viewport(), LEFT, BOTH, end)
    assert places() == {**before, first: before[last], last: before[first]}
    assert undo() == before
    print("SWAPPED")

    menu = {action.text() for action in window.menus["arrange"].actions()}
    assert "Mirror" in menu, menu
    window.activateWindow()
    driver.wait(window.isActiveWindow, 10, "An active window")
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    QTest.keyClick(window, Qt.Key.Key_I, modifiers)
    assert places() == {name: (-x, y) for name, (x, y) in before.items()}
    assert undo() == before
    print("MIRRORED")

    driver.open(Design())
    said = []
    canvas.reported.connect(said.append)
    studio.actions["arrange.demo_mirror"].trigger()
    assert said == ["There is nothing to mirror."] and document.undo_stack.count() == 0
    print("REFUSED")
finally:
    driver.close()
