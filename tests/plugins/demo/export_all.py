"""Run by the tests in a fresh Python: the demo network is exported in the demo format from the window."""

import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tools.driver import Driver

weights, target = Path(sys.argv[1]), Path(sys.argv[2])
driver = Driver()


def press_buttons():
    dialog = QApplication.activeModalWidget()
    combo = dialog.formats.combo
    QTest.keyClicks(combo, "Text")
    QTest.keyClick(combo, Qt.Key.Key_Return)
    decimals, headline = (dialog.formats.form.fields[name].editor for name in ("decimals", "headline"))
    line = decimals.box.lineEdit()
    line.selectAll()
    QTest.keyClicks(line, "99")
    print("REFUSED", not dialog.export.isEnabled(), dialog.formats.form.fields["decimals"].problem.text())
    line.selectAll()
    QTest.keyClicks(line, "2")
    headline.check.click()
    dialog.grab()
    QTest.mouseClick(dialog.export, Qt.MouseButton.LeftButton)


try:
    driver.idle()
    driver.studio.weights.open_path(weights)
    driver.wait(lambda: driver.studio.weights.has_weights, 30, "Opening the weights")
    driver.studio.dialogs.save_path = lambda title, suggestion, filters, suffixes: target
    QTimer.singleShot(200, press_buttons)
    driver.studio.actions["file.export"].trigger()
    print("SAID", driver.window.notices.notice.sentence)
finally:
    driver.close()
