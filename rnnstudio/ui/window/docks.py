"""Docks with a slim grip instead of a title bar: drag it, double-click it, or open its menu."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QMenu, QWidget

from rnnstudio.ui.theme.theme import color, themes
from rnnstudio.ui.widgets.common import set_role
from rnnstudio.ui.widgets.text_format import menu_text, tooltip

HEIGHT = 10
_BAR = QRectF(-14.0, -1.5, 28.0, 3.0)


class Grip(QWidget):
    """The handle of a dock. The dock handles mouse presses, which move it."""

    def __init__(self, dock: QDockWidget, title: str) -> None:
        super().__init__(dock)
        set_role(self, "dock-title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName(f"{dock.objectName()}-grip")
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(64)
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Handle of {0}").format(title))
        tip = self.tr("{0}: drag to move, double-click to float, right-click for more")
        self.setToolTip(tooltip(tip.format(title)))
        self._dock = dock
        self._hot = False
        self.menu = QMenu(self)
        self.menu.addAction(self.tr("Float or dock")).triggered.connect(self._toggle_floating)
        self.menu.addAction(self.tr("Hide this panel")).triggered.connect(dock.close)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size of the handle."""
        return QSize(96, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a short bar, stronger on hover and with the focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), color("panel"))
        token = "accent" if self.hasFocus() else "faint" if self._hot else "node_edge"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(token))
        painter.drawRoundedRect(_BAR.translated(self.width() / 2, 5.5), 1.5, 1.5)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Highlight on hover."""
        self._set_hot(True)

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the highlight."""
        self._set_hot(False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pass the press to the dock."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the menu with Enter or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open_menu(self.rect().center())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu."""
        self._open_menu(event.pos())

    def _open_menu(self, at: QPoint) -> None:
        self.menu.popup(self.mapToGlobal(at))

    def _set_hot(self, hot: bool) -> None:
        self._hot = hot
        self.update()

    def _toggle_floating(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())


class Dock(QDockWidget):
    """A panel that can be moved, floated and hidden. Its state is saved under its ``name``.

    Attributes
    ----------
    optional : whether it concerns some designs only; its first place is then behind its neighbour
    belongs : whether it concerns the present design
    """

    def __init__(
        self,
        name: str,
        title: str,
        content: QWidget,
        parent: QWidget | None = None,
        *,
        optional: bool = False,
    ) -> None:
        super().__init__(menu_text(title), parent)
        self.optional, self.belongs = optional, not optional
        self.setObjectName(f"dock-{name}")
        self.setAccessibleName(title)
        self.setTitleBarWidget(Grip(self, title))
        self.setWidget(content)
        self.toggleViewAction().setToolTip(tooltip(self.tr("Show or hide {0}").format(title)))

    def set_relevant(self, belongs: bool) -> None:
        """Show the panel if the design has what it shows; hide it otherwise."""
        if belongs != self.belongs:
            self.belongs = belongs
            self.setVisible(belongs)
            if belongs:
                QTimer.singleShot(0, self, self.raise_)  # tabs are there once they are laid out
