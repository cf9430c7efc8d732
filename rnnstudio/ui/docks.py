"""Docks with a plain title bar: a name, float, hide."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QVBoxLayout, QWidget

from rnnstudio.ui import fonts
from rnnstudio.ui.widgets import ElidedLabel, IconButton, set_role


class DockTitle(QWidget):
    """The title bar of a dock; a double-click floats it and puts it back."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        set_role(self, "dock-title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._dock = dock
        self.name = ElidedLabel(dock.windowTitle())
        self.name.setFont(fonts.strong())
        self._float = IconButton("float", self.tr("Float this panel, or put it back"), size=12, token="faint")
        self._hide = IconButton(
            "close", self.tr("Hide this panel; the View menu shows it again"), size=12, token="faint"
        )
        for button in (self._float, self._hide):
            button.setFixedSize(22, 22)
            button.setStyleSheet("min-height: 0; min-width: 0; padding: 0;")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._float.clicked.connect(self._toggle_floating)
        self._hide.clicked.connect(dock.close)
        row = QHBoxLayout()
        row.setContentsMargins(12, 5, 6, 3)
        row.setSpacing(2)
        row.addWidget(self.name)
        row.addStretch(1)
        row.addWidget(self._float)
        row.addWidget(self._hide)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)

    def _toggle_floating(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Leave a double-click to the dock, which floats or puts itself back."""
        event.ignore()

    def minimumSizeHint(self) -> QSize:
        """Return little, so that the title never keeps a dock wide."""
        return QSize(96, 30)


class Dock(QDockWidget):
    """A panel that moves, floats, hides, and is remembered by its ``name``."""

    def __init__(self, name: str, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setObjectName(f"dock-{name}")
        self.setAccessibleName(title)
        self.setTitleBarWidget(DockTitle(self))
        self.setWidget(content)
        self.toggleViewAction().setToolTip(self.tr("Show or hide {0}").format(title))
