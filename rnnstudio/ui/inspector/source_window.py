"""A window with the source code generated from a cell's equations."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.ui.forms.code_edit import CodeEdit
from rnnstudio.ui.widgets.common import wrapped_label


class SourceWindow(QDialog):
    """A separate window that follows the equations."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("generated-source")
        self.setModal(False)
        note = wrapped_label(
            self.tr(
                "Made from the equations, forward and backward. Where llvmlite is installed, it compiles the "
                "loops; elsewhere the NumPy runs. Both give the same results."
            ),
            "quiet",
            self,
        )
        self._sources: Mapping[str, str] = {}
        self.kernel = QComboBox(self)
        self.kernel.addItem(self.tr("NumPy, whole arrays"), "numpy")
        self.kernel.addItem(self.tr("Compiled, loops"), "numba")
        self.kernel.setAccessibleName(self.tr("Kernel"))
        self.kernel.setToolTip(self.tr("Which of the two sources to read"))
        self.kernel.currentIndexChanged.connect(self._show)
        self.box = CodeEdit(self)
        self.box.setReadOnly(True)
        self.box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.box.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.box.setAccessibleName(self.tr("Generated source"))
        self.copy = QPushButton(self.tr("Copy"), self)
        self.copy.setToolTip(self.tr("Copy the whole source"))
        self.copy.clicked.connect(self._copy)
        close = QPushButton(self.tr("Close"), self)
        close.setToolTip(self.tr("Close this window (Esc)"))
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(self.kernel)
        row.addStretch(1)
        row.addWidget(self.copy)
        row.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(8)
        box.addWidget(note)
        box.addWidget(self.box, 1)
        box.addLayout(row)

    def sizeHint(self) -> QSize:
        """Return a size that shows most functions completely."""
        return QSize(820, 620)

    def show_source(self, title: str, sources: Mapping[str, str]) -> None:
        """Show the sources of a cell, by kernel: ``numpy`` and ``numba``."""
        self.setWindowTitle(self.tr("Generated source of {0}").format(title))
        self._sources = sources
        self._show()

    def choose(self, kernel: str) -> None:
        """Show the source of a kernel."""
        self.kernel.setCurrentIndex(self.kernel.findData(kernel))

    def _show(self) -> None:
        self.box.show_text(self._sources.get(self.kernel.currentData(), ""))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.box.toPlainText())
