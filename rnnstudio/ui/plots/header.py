"""The header of a plot: its title, selectors, legend and menu button."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.chips import CellComboBox

NARROW = 275  # logical pixels; below, short titles and labels are used
NARROW_WITH_SELECTOR = 380  # below, the cell selector replaces the title


class PlotHeader(QVBoxLayout):
    """One line of widgets, one of which moves to a second line if the plot is too narrow.

    Parameters
    ----------
    plot : the widget that contains the header
    title : the title of the plot
    short : the title in a narrow plot
    """

    def __init__(self, plot: QWidget, title: str, short: str) -> None:
        super().__init__()
        self._plot, self._title, self._short = plot, title, short
        self._paused = False
        self._selector: CellComboBox | None = None
        self._wrapping: tuple[QWidget, int, int] | None = None  # widget, index and stretch in the line
        self.title = QLabel(title, plot)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setFont(fonts.strong())
        self.line, self.below = QHBoxLayout(), QHBoxLayout()
        self.line.setContentsMargins(12, 6, 8, 0)
        self.line.setSpacing(6)
        self.line.addWidget(self.title)
        self.below.setContentsMargins(12, 0, 12, 0)
        self.below.addStretch(1)
        self.setSpacing(2)
        self.addLayout(self.line)
        self.addLayout(self.below)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Add a widget to the line."""
        self.line.addWidget(widget, stretch)

    def add_wrapping(self, widget: QWidget, stretch: int = 0) -> None:
        """Add the widget that moves to the second line if there is not enough space."""
        self._wrapping = (widget, self.line.count(), stretch)
        self.add(widget, stretch)

    def add_stretch(self) -> None:
        """Align what is added afterwards to the right."""
        self.line.addStretch(1)

    def set_selector(self, selector: CellComboBox) -> None:
        """Set the selector that replaces the title if there is a choice and the plot is narrow."""
        self._selector = selector
        selector.cells_changed.connect(self.update_layout)

    @property
    def is_narrow(self) -> bool:
        """Whether there is space for short labels only."""
        return self._plot.width() < NARROW

    def set_paused(self, paused: bool) -> None:
        """Show in the title whether the plot is paused."""
        self._paused = paused
        self.update_layout()

    def update_layout(self) -> None:
        """Choose the title or the selector, and the line of the wrapping widget, for the current width."""
        has_choice = self._selector is not None and not self._selector.isHidden()
        self.title.setVisible(not (has_choice and self._plot.width() < NARROW_WITH_SELECTOR))
        title = self._short if self.is_narrow else self._title
        self.title.setText(
            QCoreApplication.translate("Plots", "{0} (paused)").format(title) if self._paused else title
        )
        self._wrap()

    def _wrap(self) -> None:
        if self._wrapping is None:
            return
        widget, index, stretch = self._wrapping
        is_below = self.below.indexOf(widget) >= 0
        needed = self.line.minimumSize().width()
        if is_below and not widget.isHidden():
            needed += self.line.spacing() + widget.minimumSizeHint().width()
        if is_below == (needed > self._plot.width()):
            return
        if is_below:
            self.below.removeWidget(widget)
            self.line.insertWidget(index, widget, stretch)
        else:
            self.line.removeWidget(widget)
            self.below.addWidget(widget, stretch)
