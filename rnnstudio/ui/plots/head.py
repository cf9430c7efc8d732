"""The lines above a plot: its title, what can be chosen, what it says, and its menu."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.chips import CellComboBox

NARROW = 275  # logical pixels: below, heads use short words
NARROW_WITH_BOX = 380  # below, a box of cells stands in place of the title


class Head(QVBoxLayout):
    """One line; where its plot is too narrow for all of it, one part moves to a second line.

    Parameters
    ----------
    plot : the widget that it stands in
    title : of the plot
    short : the title where room is short
    """

    def __init__(self, plot: QWidget, title: str, short: str) -> None:
        super().__init__()
        self._plot, self._title, self._short = plot, title, short
        self._paused = False
        self._box: CellComboBox | None = None
        self._yielding: tuple[QWidget, int, int] | None = None  # with its place and stretch in the line
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
        """Add something to the line."""
        self.line.addWidget(widget, stretch)

    def add_yielding(self, widget: QWidget, stretch: int = 0) -> None:
        """Add what moves to the second line where the first has no room for it."""
        self._yielding = (widget, self.line.count(), stretch)
        self.add(widget, stretch)

    def add_space(self) -> None:
        """Let what follows stand at the right."""
        self.line.addStretch(1)

    def name_by(self, box: CellComboBox) -> None:
        """Let a box stand in place of the title where room is short and there is something to choose."""
        self._box = box
        box.offered.connect(self.fit)

    @property
    def narrow(self) -> bool:
        """Whether there is room for short words only."""
        return self._plot.width() < NARROW

    def set_paused(self, paused: bool) -> None:
        """Say in the title whether the plot stands still."""
        self._paused = paused
        self.fit()

    def fit(self) -> None:
        """Make the best of the room there is."""
        chooses = self._box is not None and not self._box.isHidden()
        self.title.setVisible(not (chooses and self._plot.width() < NARROW_WITH_BOX))
        title = self._short if self.narrow else self._title
        self.title.setText(
            QCoreApplication.translate("Plots", "{0} (paused)").format(title) if self._paused else title
        )
        self._fit_yielding()

    def _fit_yielding(self) -> None:
        if self._yielding is None:
            return
        widget, place, stretch = self._yielding
        is_below = self.below.indexOf(widget) >= 0
        needed = self.line.minimumSize().width()
        if is_below and not widget.isHidden():
            needed += self.line.spacing() + widget.minimumSizeHint().width()
        if is_below == (needed > self._plot.width()):
            return
        if is_below:
            self.below.removeWidget(widget)
            self.line.insertWidget(place, widget, stretch)
        else:
            self.line.removeWidget(widget)
            self.below.addWidget(widget, stretch)
