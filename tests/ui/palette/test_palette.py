"""The palette: sections, search, adding by keyboard and mouse, dragging."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from rnnstudio.ui.canvas.node_mime import KIND_MIME
from rnnstudio.ui.palette.palette import Palette
from tests.ui.canvas_kit import kinds

Key = Qt.Key


@pytest.fixture
def palette(qtbot):
    widget = Palette(catalogue=kinds())
    qtbot.addWidget(widget)
    widget.resize(200, 500)
    widget.show()
    return widget


def row(palette, title):
    return next(i for i in map(palette.list.item, range(palette.list.count())) if i.text() == title)


def test_every_kind_is_under_its_family(palette):
    rows = [palette.list.item(number).text() for number in range(palette.list.count())]
    assert rows == [
        "Inputs", "Tokens", "Cells", "LSTM", "Layers", "Embedding",
        "Structure", "Last step", "Heads", "Classes",
    ]  # fmt: skip


def test_search_leaves_what_fits_and_its_heading(palette):
    QTest.keyClicks(palette.search, "lst")
    assert palette.kinds() == ["lstm"]
    shows = [i.text() for i in map(palette.list.item, range(palette.list.count())) if not i.isHidden()]
    assert shows == ["Cells", "LSTM"]
    QTest.keyClick(palette.search, Key.Key_Escape)
    assert len(palette.kinds()) == 5


def test_search_reads_descriptions_too(palette):
    palette.search.setText("short memory")
    assert palette.kinds() == ["lstm"]


def test_a_search_without_result_says_so(palette):
    palette.search.setText("quantum")
    assert palette.kinds() == [] and palette.nothing.isVisible() and "quantum" in palette.nothing.text()
    palette.search.clear()
    assert not palette.nothing.isVisible()


def test_enter_in_the_search_adds_the_first_that_fits(palette, qtbot):
    QTest.keyClicks(palette.search, "emb")
    with qtbot.waitSignal(palette.add_requested) as asked:
        QTest.keyClick(palette.search, Key.Key_Return)
    assert asked.args == ["embedding"]


def test_enter_without_a_result_adds_nothing(palette, qtbot):
    palette.search.setText("quantum")
    with qtbot.assertNotEmitted(palette.add_requested):
        QTest.keyClick(palette.search, Key.Key_Return)


def test_a_double_click_adds_once(palette, qtbot):
    asked = []
    palette.add_requested.connect(asked.append)
    at = palette.list.visualItemRect(row(palette, "LSTM")).center()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert asked == ["lstm"]


def test_arrows_skip_the_headings_and_enter_adds(palette, qtbot):
    QTest.keyClick(palette.search, Key.Key_Down)
    QTest.keyClick(palette.list, Key.Key_Down)
    with qtbot.waitSignal(palette.add_requested) as asked:
        QTest.keyClick(palette.list, Key.Key_Return)
    assert asked.args == ["lstm"]


def test_a_row_drags_as_its_kind(palette):
    palette.list.setCurrentItem(row(palette, "LSTM"))
    assert bytes(palette.list.mimeData([]).data(KIND_MIME).data()) == b"lstm"
    assert row(palette, "LSTM").flags() & Qt.ItemFlag.ItemIsDragEnabled
    assert not row(palette, "Cells").flags() & Qt.ItemFlag.ItemIsDragEnabled


def test_rows_say_what_they_are(palette):
    assert row(palette, "LSTM").toolTip() == "Long short-term memory."
    assert palette.search.accessibleName() and palette.list.accessibleName()
    assert not palette.grab().isNull()


def test_a_click_on_a_heading_folds_its_section_and_another_unfolds_it(palette):
    at = palette.list.visualItemRect(row(palette, "Cells")).center()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert "lstm" not in palette.kinds()
    assert not row(palette, "Cells").isHidden()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert "lstm" in palette.kinds()


def test_left_folds_the_section_of_the_row_and_right_unfolds_all(palette):
    palette.list.setFocus()
    palette.list.setCurrentItem(row(palette, "LSTM"))
    QTest.keyClick(palette.list, Key.Key_Left)
    assert "lstm" not in palette.kinds()
    assert not palette.list.currentItem().isHidden()
    QTest.keyClick(palette.list, Key.Key_Right)
    assert "lstm" in palette.kinds()


def test_a_search_looks_into_collapsed_sections(palette, qtbot):
    palette.set_collapsed(row(palette, "Cells"), folded=True)
    QTest.keyClicks(palette.search, "lstm")
    assert palette.kinds() == ["lstm"]
    with qtbot.waitSignal(palette.add_requested) as asked:
        QTest.keyClick(palette.search, Key.Key_Return)
    assert asked.args == ["lstm"]
    palette.search.clear()
    assert "lstm" not in palette.kinds()
