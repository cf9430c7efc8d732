"""User cells: their files, whatever they contain, and the palette."""

import json

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnstudio.design import atomic
from rnnstudio.design.errors import FileError, StudioError
from rnnstudio.ui.canvas.node_mime import FILLED_MIME, KIND_MIME, DraggedNode
from rnnstudio.ui.palette.kind_list import KindList
from rnnstudio.ui.palette.palette import Palette
from rnnstudio.ui.palette.user_cells import MOST_BYTES, UserCell, UserCellStore
from tests.ui.canvas_kit import drop
from tests.ui.shell_kit import notice

TEXT = "f = sigmoid(W @ [h_prev, x])\nh = f * h_prev + V @ x"


@pytest.fixture
def cells(tmp_path):
    return UserCellStore(tmp_path / "cells")


def again(cells):
    """Return the cells that a next start finds, and what it says."""
    other = UserCellStore(cells.folder)
    return other, other.load()


def test_a_kept_cell_is_there_at_the_next_start(cells, qtbot):
    with qtbot.waitSignals([cells.changed, cells.saved]):
        cells.save("  My   cell ", TEXT)
    other, sentence = again(cells)
    assert other.cells == (UserCell("My cell", TEXT),)
    assert sentence == ""


def test_its_file_is_text_that_reads_in_a_diff(cells):
    cells.save("My cell", TEXT)
    (path,) = cells.folder.iterdir()
    assert path.suffix == ".rnncell"
    assert json.loads(path.read_text()) == {"rnncell": 1, "title": "My cell", "equations": TEXT.split("\n")}
    assert sum("sigmoid" in line for line in path.read_text().splitlines()) == 1


def test_the_same_title_is_one_cell_and_the_last_equations_hold(cells):
    cells.save("A", "h = W @ x")
    cells.save("A", TEXT)
    assert again(cells)[0].cells == (UserCell("A", TEXT),)


@pytest.mark.parametrize("title", ["Zelle Nº 7", "../../etc/passwd", "con", "细胞", "a" * 60, "A", "a"])
def test_any_title_has_a_file_in_the_folder(cells, title):
    cells.save(title, TEXT)
    assert again(cells)[0].cells == (UserCell(title, TEXT),)
    assert {path.parent for path in cells.folder.rglob("*")} == {cells.folder}


@pytest.mark.parametrize(("title", "text"), [("", TEXT), ("   ", TEXT), ("a" * 61, TEXT), ("A", "h = (")])
def test_what_is_no_cell_is_not_kept(cells, title, text):
    with pytest.raises(StudioError):
        cells.save(title, text)
    assert cells.cells == () and not cells.folder.exists()


def test_a_removed_cell_is_gone_for_good(cells):
    cells.save("A", TEXT)
    cells.save("B", TEXT)
    cells.remove("A")
    cells.remove("A")
    assert [cell.title for cell in cells.cells] == ["B"]
    assert again(cells)[0].cells == cells.cells


GOOD = {"rnncell": 1, "title": "T", "equations": ["h = W @ x"]}
DAMAGED = {
    "nothing": b"",
    "half a file": json.dumps(GOOD).encode()[:20],
    "no text": bytes(range(256)),
    "another type": b"[1, 2]",
    "no title": json.dumps({**GOOD, "title": " "}).encode(),
    "a title without end": json.dumps({**GOOD, "title": "t" * 500}).encode(),
    "wrong equations": json.dumps({**GOOD, "equations": ["h = __import__('os')"]}).encode(),
    "a later version": json.dumps({**GOOD, "rnncell": 2}).encode(),
    "too much": b" " * (MOST_BYTES + 1),
    "too deep": b"[" * 20_000,
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_costs_itself_and_a_sentence(cells, damage):
    cells.save("Whole", TEXT)
    path = cells.folder / "damaged.rnncell"
    path.write_bytes(DAMAGED[damage])
    other, sentence = again(cells)
    assert [cell.title for cell in other.cells] == ["Whole"]
    assert "damaged.rnncell" in sentence and str(cells.folder) in sentence
    assert path.read_bytes() == DAMAGED[damage]


def test_several_damaged_files_are_reported_at_once(cells):
    cells.folder.mkdir()
    for name in "abc":
        (cells.folder / f"{name}.rnncell").write_text("no")
    assert "2 more" in again(cells)[1]


def test_a_folder_in_place_of_a_file_is_reported(cells):
    (cells.folder / "x.rnncell").mkdir(parents=True)
    assert "x.rnncell" in again(cells)[1]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    cells = UserCellStore(tmp_path / "file" / "cells")
    assert cells.load() == ""
    with pytest.raises(FileError, match="cannot be made"):
        cells.save("A", TEXT)
    assert cells.cells == ()


def test_a_full_disk_leaves_the_cell_that_was_there(cells, monkeypatch):
    cells.save("A", "h = W @ x")

    def full(*_args):
        raise FileError("the disk is full.")

    monkeypatch.setattr(atomic, "write_bytes", full)
    with pytest.raises(FileError):
        cells.save("A", TEXT)
    monkeypatch.undo()
    assert cells.cells == again(cells)[0].cells == (UserCell("A", "h = W @ x"),)


# ------------------------------------------------------------------------------------- in the palette


@pytest.fixture
def palette(qtbot):
    widget = Palette()
    qtbot.addWidget(widget)
    widget.resize(220, 900)
    widget.show()
    widget.show_user_cells([UserCell("My cell", TEXT), UserCell("Other", "h = W @ x")])
    return widget


def rows(palette):
    return [palette.list.item(number) for number in range(palette.list.count())]


def row(palette, title):
    return next(item for item in rows(palette) if item.text() == title)


def test_own_cells_stand_last_under_cells(palette):
    titles = [item.text() for item in rows(palette)]
    assert titles[titles.index("Layers") - 2 : titles.index("Layers")] == ["My cell", "Other"]
    assert TEXT in row(palette, "My cell").toolTip()


def test_own_cells_are_found_by_title_and_as_yours(palette):
    palette.search.setText("my cell")
    assert [item.text() for item in rows(palette) if not item.isHidden()] == ["Cells", "My cell"]
    palette.search.setText("yours")
    assert [item.text() for item in rows(palette) if not item.isHidden()] == ["Cells", "My cell", "Other"]


def test_an_own_cell_drags_as_an_equation_cell_with_its_equations(palette):
    palette.list.setCurrentItem(row(palette, "My cell"))
    data = palette.list.mimeData(None)
    assert bytes(data.data(KIND_MIME).data()) == b"equation_cell"
    assert DraggedNode.of(data) == DraggedNode("My cell", {"equations": TEXT})
    palette.list.setCurrentItem(row(palette, "LSTM"))
    assert not palette.list.mimeData(None).hasFormat(FILLED_MIME)


def test_enter_asks_for_the_own_cell(palette, qtbot):
    palette.list.setCurrentItem(row(palette, "My cell"))
    with (
        qtbot.waitSignal(palette.add_user_cell_requested) as asked,
        qtbot.assertNotEmitted(palette.add_requested),
    ):
        QTest.keyClick(palette.list, Qt.Key.Key_Return)
    assert asked.args == [UserCell("My cell", TEXT)]


@pytest.mark.parametrize("reason", list(QContextMenuEvent.Reason)[:2])
def test_its_menu_removes_it_and_others_have_no_menu(palette, qtbot, reason):
    def ask(title):
        palette.list.setCurrentItem(row(palette, title))
        at = palette.list.visualItemRect(row(palette, title)).center()
        where = at if reason is QContextMenuEvent.Reason.Mouse else QPoint(0, 0)
        QApplication.sendEvent(palette.list.viewport(), QContextMenuEvent(reason, where, QPoint()))

    ask("LSTM")
    assert not palette.list.menu.isVisible()
    ask("My cell")
    assert palette.list.menu.isVisible()
    with qtbot.waitSignal(palette.removal_requested) as asked:
        QTest.keyClick(palette.list.menu, Qt.Key.Key_Down)
        QTest.keyClick(palette.list.menu, Qt.Key.Key_Return)
    assert asked.args == ["My cell"]


def test_what_is_chosen_stays_chosen_when_own_cells_change(palette):
    palette.list.setCurrentItem(row(palette, "Other"))
    palette.show_user_cells([UserCell("Other", TEXT), UserCell("Third", TEXT)])
    assert palette.list.currentItem().text() == "Other"
    assert KindList.user_cell_of(palette.list.currentItem()) == UserCell("Other", TEXT)


# -------------------------------------------------------------------------------------- in the window


def test_the_window_tells_of_a_damaged_cell_and_starts(house, qtbot):
    first = house.studio()
    folder = first.user_cells.folder
    folder.mkdir(parents=True)
    (folder / "bad.rnncell").write_text("no")
    first.user_cells.load()
    house.close(first)
    studio = house.studio()
    qtbot.waitUntil(lambda: "bad.rnncell" in notice(studio))


def test_an_own_cell_is_put_on_the_canvas_and_taken_out_of_the_palette(house):
    studio = house.studio()
    studio.user_cells.save("My cell", TEXT)
    palette = studio.palette
    palette.list.setCurrentItem(row(palette, "My cell"))
    QTest.keyClick(palette.list, Qt.Key.Key_Return)
    (node,) = studio.document.design.nodes
    assert (node.kind, node.title, node.params) == ("equation_cell", "My cell", {"equations": TEXT})
    assert studio.document.undo_stack.undoText() == "Add My cell"
    palette.removal_requested.emit("My cell")
    assert "My cell" not in [item.text() for item in rows(palette)]
    assert studio.document.design.nodes == (node,)


def test_an_own_cell_is_dragged_onto_the_canvas(house, qtbot):
    studio = house.studio()
    studio.window.show_canvas()
    studio.user_cells.save("My cell", TEXT)
    studio.palette.list.setCurrentItem(row(studio.palette, "My cell"))
    drop(studio.canvas, studio.palette.list.mimeData(None), QPoint(200, 150))
    (node,) = studio.document.design.nodes
    assert (node.kind, node.title, node.params) == ("equation_cell", "My cell", {"equations": TEXT})
    studio.document.undo_stack.undo()
    assert studio.document.design.nodes == ()


@pytest.mark.parametrize("damage", [b"", b"no", b"[]", b'{"title": 3}', b'{"params": {"a": []}}'])
def test_what_is_dragged_along_and_cannot_be_read_is_left_out(damage):
    data = QMimeData()
    data.setData(FILLED_MIME, damage)
    assert DraggedNode.of(data) == DraggedNode()
