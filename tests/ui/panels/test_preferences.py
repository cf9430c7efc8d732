"""The preferences: set by keyboard, applied at once, saved, and never preventing the start."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit

from rnnstudio.design import edits
from rnnstudio.design.model import Node, NodeId
from rnnstudio.ui.canvas.scene.move_animation import MoveAnimation
from rnnstudio.ui.document.grid import grid
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.theme.theme import DARK, LIGHT, themes
from tests.ui.shell_kit import House

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def _grid_as_it_was():
    yield
    grid.set(8, snaps=True)


def opened(studio):
    studio.window.activateWindow()
    assert QTest.qWaitForWindowActive(studio.window)
    QTest.keyClick(studio.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    page = studio.preferences.page
    assert page is not None and page.isVisible()
    assert QTest.qWaitForWindowFocused(page)
    return page


def choose(box: QComboBox, value: object) -> None:
    """Choose by the keyboard alone."""
    box.setFocus()
    while box.currentData() != value:
        before = box.currentIndex()
        down = box.findData(value) > before
        QTest.keyClick(box, Qt.Key.Key_Down if down else Qt.Key.Key_Up)
        assert box.currentIndex() != before


def drag(studio, by: QPoint) -> tuple[float, float]:
    """Drag the only node; return where it is then."""
    canvas = studio.canvas
    node = studio.document.design.nodes[0]
    start = canvas.mapFromScene(node.x + 40, node.y + 12)
    viewport = canvas.viewport()
    QTest.mousePress(viewport, LEFT, Qt.KeyboardModifier.NoModifier, start)
    for part in (by / 2, by):
        QTest.mouseMove(viewport, start + part)
    QTest.mouseRelease(viewport, LEFT, Qt.KeyboardModifier.NoModifier, start + by)
    node = studio.document.design.nodes[0]
    return node.x, node.y


def with_one_node(studio):
    studio.window.show_canvas()
    node = Node(NodeId("a"), "dense", x=64.0, y=64.0)
    studio.document.edit("Add Dense", edits.add_node(studio.document.design, node))
    studio.canvas.zoom_to(1.0)
    QApplication.processEvents()
    return studio


def test_the_page_opens_by_its_keys_and_closes_by_esc(studio):
    page = opened(studio)
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()


def test_every_choice_has_a_name_a_tooltip_and_a_place_in_the_walk_of_tab(studio):
    page = opened(studio)
    fields = [page.scheme, page.motion, page.language, page.grid, page.snaps, page.shortcuts]
    fields += [page.recovery, page.threads, page.trace_rate]
    for field in fields:
        assert field.accessibleName() or field.text()
        assert field.toolTip()
    walked, widget = set(), page.scheme
    for _ in range(30):
        walked.add(widget)
        widget = widget.nextInFocusChain()
    assert walked >= set(fields)
    inner = page.threads.findChild(QLineEdit)
    assert isinstance(inner.parent(), QAbstractSpinBox)


def test_colours_switch_live_and_the_menu_agrees_both_ways(studio):
    page = opened(studio)
    choose(page.scheme, "dark")
    assert themes.current() is DARK
    assert studio.actions["view.dark"].isChecked()
    studio.actions["view.light"].trigger()
    assert themes.current() is LIGHT
    assert page.scheme.currentData() == "light"


def scattered(studio):
    """Give a network that tidying moves; return where its first node stands when all is tidy."""
    studio.window.show_canvas()
    design = studio.document.design
    for place, kind in enumerate(("tokens", "embedding", "dense")):
        design = edits.add_node(design, Node(NodeId(kind), kind, x=40.0 * place, y=200.0 * place))
    studio.document.new(design)
    return studio


def glides(studio) -> bool:
    """Tidy, and say whether nodes glide to their places or are there at once."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # what glided before
    studio.actions["arrange.tidy"].trigger()
    glide = studio.canvas.canvas.findChild(MoveAnimation)
    studio.document.undo_stack.undo()
    return glide is not None


def test_motion_is_reduced_and_full_again_at_once(studio):
    scattered(studio)
    assert glides(studio) and studio.window.workbench.isAnimated()
    page = opened(studio)
    choose(page.motion, "reduced")
    assert not glides(studio) and not studio.window.workbench.isAnimated()
    choose(page.motion, "full")
    assert glides(studio) and studio.window.workbench.isAnimated()


def test_what_glides_when_motion_is_reduced_is_at_its_place(studio):
    scattered(studio)
    studio.actions["arrange.tidy"].trigger()
    studio.motion.choose("reduced")
    design = studio.document.design
    assert [studio.canvas.node_item(n.id).pos() for n in design.nodes] == [
        QPointF(n.x, n.y) for n in design.nodes
    ]


def test_motion_follows_the_desktop_where_the_person_leaves_it_to_it(studio):
    scattered(studio)
    studio.motion.set_system_choice(reduced=True)
    assert not glides(studio)
    choose(opened(studio).motion, "full")
    assert glides(studio)
    studio.preferences.page.motion.setFocus()
    choose(studio.preferences.page.motion, "system")
    assert not glides(studio)
    studio.motion.set_system_choice(reduced=False)
    assert glides(studio)


def test_reduced_motion_is_there_at_the_next_start(house: House):
    studio = house.studio()
    choose(opened(studio).motion, "reduced")
    house.close(studio)
    assert not house.studio().canvas.animated_edits.motion


def test_the_grid_is_as_wide_as_was_chosen(studio):
    with_one_node(studio)
    choose(opened(studio).grid, 32)
    x, y = drag(studio, QPoint(40, 40))
    assert (x, y) == (96.0, 96.0)


def test_without_snapping_a_node_stays_where_it_is_let_go_and_undo_takes_it_back(studio):
    with_one_node(studio)
    page = opened(studio)
    QTest.keyClick(page.snaps, Qt.Key.Key_Space)
    assert not studio.settings.snaps
    assert drag(studio, QPoint(33, 35)) == (97.0, 99.0)
    studio.document.undo_stack.undo()
    assert (studio.document.design.nodes[0].x, studio.document.design.nodes[0].y) == (64.0, 64.0)


def test_recovery_copies_follow_the_choice(studio):
    page = opened(studio)
    assert studio.recovery.interval == 1
    choose(page.recovery, 5)
    assert studio.recovery.interval == 5
    choose(page.recovery, 0)
    assert studio.recovery.interval == 0


def test_threads_and_traces_reach_the_training_process_at_once(studio, monkeypatch):
    told = []
    monkeypatch.setattr("rnnstudio.ui.panels.preferences.most_threads", lambda: 4)
    page = opened(studio)
    monkeypatch.setattr(studio.session, "configure", lambda *values: told.append(values))
    choose(page.trace_rate, 10)
    QTest.keyClick(page.threads, Qt.Key.Key_Up)
    assert told == [(None, 10), (2, 10)]


def test_choices_are_there_at_the_next_start(house: House):
    studio = house.studio()
    page = opened(studio)
    choose(page.grid, 16)
    choose(page.recovery, 5)
    choose(page.trace_rate, 2)
    house.close(studio)
    grid.set(8, snaps=True)
    again = opened(house.studio())
    assert (again.grid.currentData(), again.recovery.currentData(), again.trace_rate.currentData()) == (
        16,
        5,
        2,
    )
    assert grid.size == 16


GARBAGE = {
    "empty": b"",
    "zeros": bytes(4096),
    "noise": bytes((i * 197 + i // 7) % 256 for i in range(5000)),
    "not text": b"\xff\xfe\x00[General]\x80=\xc3\x28",
    "nonsense values": (
        b"[General]\nscheme=purple\nlanguage=@Invalid()\ngrid=-3\nsnaps=maybe\nthreads=1e99\nrecovery=x\n"
        b"pictures=@Variant(\\0\\0)\nfolder=@Variant(\\0\\0\\0\\x7f\\0\\0)\nmotion=@ByteArray(\\xff)\n"
        b"[recent]\nsize=-9999999999\n1\\path=@Variant(\\x1)\n[window]\ngeometry=7\nstate=@Rect(1 2)\n"
    ),
    "lists": b"[General]\nscheme=a, b, c\ngrid=8, 16\nthreads=2, 4\nrecovery=1, 5\n"
    b"[recent]\nsize=3, 4\n1\\path=a, b\n",
    "broken lines": b"[[[\n=\n]]\n[General\nscheme\n%%%=%ZZ\n\\x\\y=\\\n",
}


@pytest.mark.qt_log_ignore("QVariant::load")  # what Qt says of garbage is no fault of ours
@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE.keys())
def test_settings_that_hold_nonsense_never_stop_the_start(house: House, content):
    house.settings_file.write_bytes(content)
    studio = house.studio()
    page = opened(studio)
    assert (page.scheme.currentData(), page.grid.currentData()) == ("system", 8)
    assert (page.recovery.currentData(), page.trace_rate.currentData()) == (1, 5)
    choose(page.grid, 16)
    assert Settings(house.settings_file).grid == 16


def test_settings_that_are_a_folder_never_stop_the_start(house: House):
    house.settings_file.mkdir()
    studio = house.studio()
    choose(opened(studio).grid, 16)
    assert grid.size == 16
