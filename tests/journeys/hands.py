"""A user of the whole window: mouse and keys, nothing else."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QWidget

from rnnstudio.design.model import NodeId
from rnnstudio.ui.app.studio import Studio
from tests.ui import canvas_kit

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
PATIENCE = 60_000  # ms; the machine may be busy


class Hands:
    """Operates the window as a user does."""

    def __init__(self, studio: Studio, qtbot, monkeypatch) -> None:
        self.studio, self.qtbot = studio, qtbot
        self._drop_at: QPoint | None = None
        studio.window.activateWindow()
        qtbot.waitUntil(studio.window.isActiveWindow, timeout=PATIENCE)
        # The window system moves a dragged row; it is replaced here, with the data of the row.
        monkeypatch.setattr(QDrag, "exec", lambda drag, *_actions: self._window_system(drag))

    def _window_system(self, drag: QDrag) -> Qt.DropAction:
        assert self._drop_at is not None
        at, copy, data = self._drop_at, Qt.DropAction.CopyAction, drag.mimeData()
        viewport = self.studio.canvas.viewport()
        QApplication.sendEvent(viewport, QDragEnterEvent(at - QPoint(30, 20), copy, data, LEFT, NONE))
        QApplication.sendEvent(viewport, QDragMoveEvent(at, copy, data, LEFT, NONE))
        QApplication.sendEvent(viewport, QDropEvent(QPointF(at), copy, data, LEFT, NONE))
        return copy

    # ------------------------------------------------------------------------------ mouse

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        assert widget.isVisible(), widget
        assert widget.isEnabled(), widget
        QTest.mouseClick(widget, LEFT, NONE, at if at is not None else widget.rect().center())

    def button(self, name: str, inside: QWidget | None = None) -> QPushButton:
        found = (inside or self.studio.window).findChild(QPushButton, name)
        assert found is not None, name
        return found

    def drag_from_palette(self, kind: str, at: QPoint) -> NodeId:
        """Drag a row of the palette to the canvas and drop it; return the new node."""
        rows = self.studio.palette.list
        row = next(
            rows.item(i)
            for i in range(rows.count())
            if getattr(rows.spec_of(rows.item(i)), "kind", "") == kind
        )
        rows.scrollToItem(row)
        start = rows.visualItemRect(row).center()
        before = {node.id for node in self.studio.document.design.nodes}
        self._drop_at = at
        viewport = rows.viewport()
        QTest.mousePress(viewport, LEFT, NONE, start)
        for step in range(1, 5):
            canvas_kit.mouse(
                rows,
                canvas_kit.QEvent.Type.MouseMove,
                start + QPoint(12 * step, 0),
                Qt.MouseButton.NoButton,
                LEFT,
            )
        QTest.mouseRelease(viewport, LEFT, NONE, start + QPoint(48, 0))
        (new,) = {node.id for node in self.studio.document.design.nodes} - before
        return new

    def connect(self, source: str, out: str, target: str, into: str) -> None:
        canvas = self.studio.canvas
        start = canvas_kit.port(canvas, source, out, output=True)
        end = canvas_kit.port(canvas, target, into, output=False)
        before = len(self.studio.document.design.links)
        canvas_kit.drag(canvas, start, (start + end) / 2, end)
        assert len(self.studio.document.design.links) == before + 1, (source, target)

    def select(self, node: str) -> None:
        self.click(self.studio.canvas.viewport(), canvas_kit.body(self.studio.canvas, node))
        assert self.studio.selection.nodes == {node}

    def select_nothing(self) -> None:
        self.click(self.studio.canvas.viewport(), QPoint(12, 12))
        assert not self.studio.selection

    # ------------------------------------------------------------------------------- keys

    def keys(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        target = QApplication.focusWidget()
        assert target is not None
        QTest.keyClick(target, key, modifier)

    def type_into(self, field: str, text: str) -> None:
        """Type a parameter's value into its field in the inspector."""
        holder = self.studio.inspector.findChild(QWidget, f"field-{field}")
        assert holder is not None, field
        entry = holder.findChild(QLineEdit)
        assert entry is not None
        entry.setFocus()
        QTest.keyClick(entry, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(entry, text)
        QTest.keyClick(entry, Qt.Key.Key_Tab)

    def choose(self, field: str, text: str) -> None:
        """Choose an item of a list in the inspector with the keyboard."""
        holder = self.studio.inspector.findChild(QWidget, f"field-{field}")
        box = holder.findChild(QComboBox) if holder is not None else None
        assert box is not None, field
        box.setFocus()
        QTest.keyClicks(box, text)

    # ------------------------------------------------------------------------------- waits

    def wait_for_state(self, state: str) -> None:
        self.qtbot.waitUntil(lambda: self.studio.session.state == state, timeout=PATIENCE)

    def wait_for_plots(self) -> None:
        """Wait until every plot that applies to the design has data."""
        plot_docks = self.studio.plot_docks

        def all_have_rows() -> bool:
            plots = [plot for kind, plot in plot_docks.plots.items() if plot_docks.docks[kind].belongs]
            return all(len(plot.csv_text().splitlines()) > 1 for plot in plots)

        self.qtbot.waitUntil(all_have_rows, timeout=PATIENCE)
