"""The box that chooses the cell of a plot."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyleOptionComboBox

from rnnstudio.ui.widgets.chips import CellComboBox


def test_a_long_title_of_a_cell_is_shortened_in_the_box_and_whole_in_its_list_and_tooltip(qtbot):
    box = CellComboBox()
    qtbot.addWidget(box)
    long = "An encoder with a very long title that no box of a plot is wide enough for"
    box.show_cells([("a", long), ("b", "GRU")])
    box.show()
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    assert box.width() <= 180 and option.currentText.endswith("…") and long.startswith(option.currentText[:9])
    assert box.toolTip().startswith(long) and box.itemData(0, Qt.ItemDataRole.ToolTipRole) == long
    box.showPopup()
    view = box.view()
    assert view.viewport().width() >= view.fontMetrics().horizontalAdvance(long) > 180
    box.hidePopup()
    box.setCurrentIndex(1)
    box.initStyleOption(option)
    assert option.currentText == "GRU" and box.toolTip().startswith("GRU\n")
