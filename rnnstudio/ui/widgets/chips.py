"""Selectors for plots and pages: a row of chips, and a combo box of cells."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QWidget,
)

from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.text_format import elided, isolated, menu_text, tooltip, truncated

_PADDING, _MAX_WIDTH = 36, 480  # logical pixels around the titles of the list, and its maximum width
Chip = tuple[str, ...]  # key, label, theme colour, and optionally a short label


class Chips(QWidget):
    """Flat buttons, one of which is checked, underlined and in its colour.

    Signals
    -------
    chosen(str) : the user chose the chip with this key
    """

    chosen = Signal(str)

    def __init__(self, name: str, chips: Sequence[Chip] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._name = name
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._clicked)
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._chips: tuple[Chip, ...] = ()
        self.buttons: dict[str, QPushButton] = {}
        self._box.addStretch(1)
        themes.changed.connect(self._apply_theme)
        self.show_chips(chips)

    @property
    def choice(self) -> str:
        """The key of the checked chip; empty if there are no chips."""
        return next((key for key, button in self.buttons.items() if button.isChecked()), "")

    def show_chips(self, chips: Sequence[Chip]) -> None:
        """Set the chips. The choice is kept if its key still exists; otherwise it is the first."""
        chips = tuple(chips)
        if chips == self._chips:
            return
        before = self.choice
        self._chips = chips
        for button in self.buttons.values():
            self._group.removeButton(button)
            self._box.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = {}
        for key, label, *_ in chips:
            button = QPushButton(menu_text(label), self)
            button.setObjectName("chip")
            button.setCheckable(True)
            button.setFont(fonts.small())
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setAccessibleName(f"{self._name}: {label}")
            button.setToolTip(tooltip(f"{self._name}: {label}"))
            self._group.addButton(button)
            self._box.insertWidget(self._box.count() - 1, button)
            self.buttons[key] = button
        if chips:
            self.buttons[before if before in self.buttons else chips[0][0]].setChecked(True)
        can_shrink = any(len(chip) > 3 for chip in chips)
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Preferred if can_shrink else policy.Maximum, policy.Fixed)
        self._apply_theme()
        self._update_labels()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size with full labels."""
        return QSize(self._width(short=False), 22)

    def minimumSizeHint(self) -> QSize:
        """Return the size with short labels."""
        return QSize(self._width(short=True), 22)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the labels if there is not enough space."""
        super().resizeEvent(event)
        self._update_labels()

    def _width(self, *, short: bool) -> int:
        metrics = QFontMetricsF(fonts.small())
        labels = [chip[3] if short and len(chip) > 3 else chip[1] for chip in self._chips]
        padding = 10 if short else 14  # of the style sheet: 10
        return round(sum(max(metrics.horizontalAdvance(label), 6) + padding for label in labels))

    def _update_labels(self) -> None:
        short = self._width(short=False) > self.width()
        for chip in self._chips:
            self.buttons[chip[0]].setText(menu_text(chip[3] if short and len(chip) > 3 else chip[1]))

    def choose(self, key: str) -> None:
        """Check a chip without emitting `chosen`."""
        if key in self.buttons:
            self.buttons[key].setChecked(True)

    def _clicked(self) -> None:
        self.chosen.emit(self.choice)

    def _apply_theme(self) -> None:
        now = theme.current()
        for key, _words, hue, *_ in self._chips:
            colour = getattr(now, hue)
            self.buttons[key].setStyleSheet(
                "QPushButton#chip { border: none; background: transparent; border-radius: 4px;"
                f" color: {now.quiet}; padding: 0 5px; min-height: 20px; min-width: 6px; }}"
                f"QPushButton#chip:hover {{ color: {now.text}; background: {now.hover}; }}"
                f"QPushButton#chip:checked {{ color: {colour}; text-decoration: underline; }}"
                f"QPushButton#chip:focus {{ border: 1px solid {now.accent}; padding: 0 4px; }}"
            )


class CellComboBox(QComboBox):
    """Selects the cell that a plot shows; hidden if there is only one.

    Signals
    -------
    chosen() : the user chose another cell
    cells_changed() : the list of cells has changed
    """

    chosen = Signal()
    cells_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(fonts.small())
        self.setAccessibleName(self.tr("Cell"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMinimumContentsLength(4)
        self.setMaximumWidth(180)
        self.setStyleSheet("QComboBox { min-height: 20px; padding: 0 4px 0 6px; }")
        self.activated.connect(self._activated)
        self.currentIndexChanged.connect(self._update_tooltip)
        self.hide()

    @property
    def choice(self) -> str:
        """The key of the selected cell; empty if there is none."""
        return str(self.currentData() or "")

    def show_cells(self, cells: Sequence[tuple[str, str]]) -> None:
        """Set the cells, as (key, title). The choice is kept if its cell still exists."""
        before = self.choice
        self.clear()
        for key, title in cells:
            self.addItem(truncated(title), key)
            self.setItemData(self.count() - 1, tooltip(title), Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(max(self.findData(before), 0 if cells else -1))
        self.setVisible(len(cells) > 1)
        self._update_tooltip()
        self.cells_changed.emit()

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Elide a title that is longer than the box."""
        super().initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = elided(self.currentText(), QFontMetricsF(self.font()), field.width())

    def showPopup(self) -> None:
        """Make the list as wide as its longest title, up to a limit."""
        metrics = QFontMetricsF(self.view().font())
        widest = max(metrics.horizontalAdvance(self.itemText(row)) for row in range(self.count()))
        self.view().setMinimumWidth(min(round(widest) + _PADDING, _MAX_WIDTH))
        super().showPopup()

    def _update_tooltip(self) -> None:
        """Show the full title in the tooltip."""
        tip = self.tr("The cell that this plot shows")
        self.setToolTip(tooltip(f"{isolated(self.currentText())}\n{tip}") if self.count() else tip)

    def _activated(self) -> None:
        self.chosen.emit()
