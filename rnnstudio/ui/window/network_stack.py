"""Stack of the canvas and the unrolled view, with the switch between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QToolButton, QWidget

from rnnstudio.ui.actions.shortcuts import KeyTip
from rnnstudio.ui.canvas import CanvasView
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.widgets.common import set_role
from rnnstudio.ui.window.menus import Actions

if TYPE_CHECKING:
    from rnnstudio.ui.unrolled.view import UnrolledView

_MARGIN = 12
_SHARED_KEYS = (  # count in the unrolled view too
    "view.unrolled", "view.fit", "view.actual_size",
    "edit.open", "edit.select_none", "edit.walk_up", "edit.walk_down",
)  # fmt: skip


class ViewSwitch(QFrame):
    """Two exclusive buttons: canvas and unrolled.

    Signals
    -------
    chosen(bool) : whether unrolled was pressed
    """

    chosen = Signal(bool)

    def __init__(self, action: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "switch")
        self.setAccessibleName(self.tr("How the network is drawn"))
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        self.folded = self._button(self.tr("Folded"))
        self.unrolled = self._button(self.tr("Unrolled"))
        row.addWidget(self.folded)
        row.addWidget(self.unrolled)
        self.folded.clicked.connect(self._press_folded)
        self.unrolled.clicked.connect(self._press_unrolled)
        KeyTip(self.folded, action.objectName(), self.tr("The network on the canvas"))
        KeyTip(self.unrolled, action.objectName(), self.tr("The same network at every time step"))
        self.show_unrolled(False)

    def _button(self, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(words)
        button.setCheckable(True)
        button.setAutoExclusive(True)
        set_role(button, "segment")
        button.setAccessibleName(self.tr("Draw the network: {0}").format(words))
        return button

    def _press_folded(self) -> None:
        self.chosen.emit(False)

    def _press_unrolled(self) -> None:
        self.chosen.emit(True)

    def show_unrolled(self, unrolled: bool) -> None:
        """Show which view is active."""
        (self.unrolled if unrolled else self.folded).setChecked(True)


class NetworkStack(QStackedWidget):
    """The canvas and the unrolled view, which is created on first use.

    Signals
    -------
    activated(str) : the unrolled view was asked for the node of that id
    """

    activated = Signal(str)

    def __init__(self, canvas: CanvasView, settings: Settings, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("stage")
        self.canvas, self._settings, self._actions = canvas, settings, actions
        self.unrolled_view: UnrolledView | None = None
        self._is_unrolled = self._begun = False
        self._fit_due = False  # whether what does not show must be fitted once it does
        self.addWidget(canvas)
        self.setFocusProxy(canvas)
        self._action = actions["view.unrolled"]
        self._action.setCheckable(True)
        self.switch = ViewSwitch(self._action, self)
        self.switch.chosen.connect(self.set_unrolled)
        for spec in actions.specs:
            if spec.on_canvas:  # before the action is bound to what it does
                actions[spec.id].triggered.connect(self._fold)

    @property
    def is_unrolled(self) -> bool:
        """Whether the unrolled view is shown."""
        return self._is_unrolled

    @property
    def shown(self) -> CanvasView | UnrolledView:
        """The visible view."""
        return self.unrolled_view if self._is_unrolled and self.unrolled_view is not None else self.canvas

    def toggle(self) -> None:
        """Switch to the other view."""
        self.set_unrolled(not self._is_unrolled)

    def _fold(self, _checked: bool = False) -> None:
        self.set_unrolled(False)

    def set_unrolled(self, unrolled: bool) -> None:
        """Show the unrolled view or the canvas, and remember the choice."""
        if unrolled != self._is_unrolled:
            had_focus = self.shown.hasFocus()
            self._is_unrolled = unrolled
            self._settings.unrolled = unrolled
            view = self._view() if unrolled else self.canvas
            self.setFocusProxy(view)
            self.setCurrentWidget(view)
            if self._fit_due:
                self._fit_due = False
                view.fit()
            if had_focus or self.isVisible():
                view.setFocus()
            self.switch.raise_()
        self._action.setChecked(unrolled)
        self.switch.show_unrolled(unrolled)

    def fit(self) -> None:
        """Show the whole network."""
        self.shown.fit()

    def actual_size(self) -> None:
        """Show the network at 100 %."""
        self.shown.zoom_to(1.0)

    def select_above(self) -> None:
        """Select the node above."""
        self.shown.select_above()

    def select_below(self) -> None:
        """Select the node below."""
        self.shown.select_below()

    def open_selected(self) -> None:
        """Go to the fields of the selected node."""
        self.shown.open_selected()

    def deselect(self) -> None:
        """Clear the selection."""
        self.shown.deselect()

    def fit_new_network(self) -> None:
        """Fit a newly opened network in both views."""
        self.canvas.fit()
        self._fit_due = True
        if self._is_unrolled:
            self.fit()

    def _view(self) -> UnrolledView:
        if self.unrolled_view is None:
            # Made late: most windows start without it.
            from rnnstudio.ui.unrolled.view import UnrolledView

            view = UnrolledView(self.canvas.document, self.canvas.selection)
            view.addActions([self._actions[action] for action in _SHARED_KEYS])
            view.activated.connect(self.activated)
            self.addWidget(view)
            self.unrolled_view = view
            self._fit_due = True
        return self.unrolled_view

    def begin(self) -> None:
        """Restore the view of the last window, when the canvas is first shown."""
        if not self._begun:
            self._begun = True
            self.set_unrolled(self._settings.unrolled)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the switch in its corner."""
        super().resizeEvent(event)
        self.switch.adjustSize()
        self.switch.move(self.width() - self.switch.width() - _MARGIN, _MARGIN)
        self.switch.raise_()
