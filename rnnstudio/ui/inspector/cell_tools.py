"""Tools of a cell: show its generated source, and save its equations to the palette."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from rnnstudio.design.errors import StudioError
from rnnstudio.ui.inspector.source_window import SourceWindow
from rnnstudio.ui.palette.user_cells import MOST_TITLE, UserCellStore
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.common import wrapped_label


class _Name(QLineEdit):
    """A line edit that Esc cancels."""

    def __init__(self, leave: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._leave = leave

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cancel with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            return
        super().keyPressEvent(event)


class CellTools(QWidget):
    """Two buttons, and the name field that the second one opens.

    Parameters
    ----------
    user_cells : where cells are saved; None if the equations are not editable
    """

    def __init__(self, user_cells: UserCellStore | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own_cells = user_cells
        self._title, self._name, self._equations = "", "", ""
        self.window_of_source: SourceWindow | None = None
        self.source = QPushButton(self.tr("Generated source"), self)
        self.source.setProperty("role", "link")
        self.source.setToolTip(self.tr("Read the code that is made from these equations"))
        self.source.clicked.connect(self._show_source)
        self.keep = QPushButton(self.tr("Save as cell…"), self)
        self.keep.setProperty("role", "link")
        self.keep.setToolTip(self.tr("Save these equations as a cell in the palette"))
        self.keep.clicked.connect(self._ask)
        self.keep.setVisible(user_cells is not None)
        self.name = _Name(self._cancel, self)
        self.name.setMaxLength(MOST_TITLE)
        self.name.setPlaceholderText(self.tr("Name of the cell"))
        self.name.setAccessibleName(self.tr("Name of the cell"))
        self.name.returnPressed.connect(self._keep)
        self.name.textChanged.connect(self._judge)
        self.confirm = QPushButton(self.tr("Save"), self)
        self.confirm.clicked.connect(self._keep)
        self.note = wrapped_label(parent=self)
        self.note.setFont(fonts.small())
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.source)
        row.addWidget(self.keep)
        row.addStretch(1)
        asking = QHBoxLayout()
        asking.setSpacing(6)
        asking.addWidget(self.name, 1)
        asking.addWidget(self.confirm)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(row)
        box.addLayout(asking)
        box.addWidget(self.note)
        self._judge()
        self._cancel()

    def show_cell(self, title: str, equations: str, *, name: str, valid: bool) -> None:
        """Show the page's cell. An invalid cell can be neither saved nor shown as source.

        ``name`` is what the user calls it, empty where only its kind has a title.
        """
        self._title, self._name, self._equations = title, name, equations
        self.source.setEnabled(valid)
        self.keep.setEnabled(valid)
        if not valid:
            self._cancel()
        elif self.window_of_source is not None and self.window_of_source.isVisible():
            self._fill_source(self.window_of_source)

    # -------------------------------------------------------------------------------- source

    def _show_source(self) -> None:
        if self.window_of_source is None:
            from rnnstudio.engine.compiler.runtime import kernels

            self.window_of_source = SourceWindow(self)
            there = kernels.is_compiler_available()
            self.window_of_source.choose("numba" if there else "numpy")
        self._fill_source(self.window_of_source)
        self.window_of_source.show()
        self.window_of_source.raise_()
        self.window_of_source.activateWindow()

    def _fill_source(self, window: SourceWindow) -> None:
        # Here, because most pages never show it.
        from rnnstudio.engine.compiler.compile import compile_cell

        cell = compile_cell(self._equations)
        window.show_source(self._title, {"numpy": cell.source, "numba": cell.loop_source})

    # ------------------------------------------------------------------------------- keeping

    def _ask(self) -> None:
        self.name.setText(self._name)
        self._judge()
        self.note.hide()
        for part in (self.name, self.confirm):
            part.show()
        self.name.setFocus(Qt.FocusReason.TabFocusReason)
        self.name.selectAll()

    def _cancel(self) -> None:
        if self.name.hasFocus():
            self.keep.setFocus(Qt.FocusReason.OtherFocusReason)
        for part in (self.name, self.confirm, self.note):
            part.hide()

    def _judge(self) -> None:
        title = " ".join(self.name.text().split())
        known = self._own_cells is not None and title in self._own_cells
        self.confirm.setText(self.tr("Replace") if known else self.tr("Save"))
        self.confirm.setToolTip(
            self.tr("Replace your cell “{0}” by these equations").format(title)
            if known
            else self.tr("Save this cell to the palette")
        )
        self.confirm.setEnabled(bool(title))

    def _keep(self) -> None:
        if self._own_cells is None or not self.confirm.isEnabled():
            return
        try:
            self._own_cells.save(self.name.text(), self._equations)
        except StudioError as error:
            self._say(translated(error), "danger")
            return
        name = " ".join(self.name.text().split())
        self._cancel()
        self._say(self.tr("“{0}” is in the palette, under Cells.").format(name), "quiet")

    def _say(self, sentence: str, role: str) -> None:
        self.note.setProperty("role", role)
        self.note.style().unpolish(self.note)
        self.note.style().polish(self.note)
        self.note.setText(sentence)
        self.note.show()
