"""A row of words of which one is chosen: cells, gates, units."""

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

_AROUND, _WIDEST = 36, 480  # beside the titles of the list, and the widest that it may be
Chip = tuple[str, ...]  # key, words, hue token, and the word where room is short


class Chips(QWidget):
    """Flat buttons, one of them checked; the checked one is underlined, and in its hue.

    Signals
    -------
    chosen(str) : a person chose the chip of that key
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
        themes.changed.connect(self._dress)
        self.show_chips(chips)

    @property
    def choice(self) -> str:
        """The key of the checked chip; empty where there are none."""
        return next((key for key, button in self.buttons.items() if button.isChecked()), "")

    def show_chips(self, chips: Sequence[Chip]) -> None:
        """Show these chips; the choice stays where its key does, else it is the first."""
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
        for key, words, *_ in chips:
            button = QPushButton(menu_text(words), self)
            button.setObjectName("chip")
            button.setCheckable(True)
            button.setFont(fonts.small())
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setAccessibleName(f"{self._name}: {words}")
            button.setToolTip(tooltip(f"{self._name}: {words}"))
            self._group.addButton(button)
            self._box.insertWidget(self._box.count() - 1, button)
            self.buttons[key] = button
        if chips:
            self.buttons[before if before in self.buttons else chips[0][0]].setChecked(True)
        can_shrink = any(len(chip) > 3 for chip in chips)
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Preferred if can_shrink else policy.Maximum, policy.Fixed)
        self._dress()
        self._fit()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return room for every word."""
        return QSize(self._wide(short=False), 22)

    def minimumSizeHint(self) -> QSize:
        """Return room for every short word."""
        return QSize(self._wide(short=True), 22)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the words where there is no room for them."""
        super().resizeEvent(event)
        self._fit()

    def _wide(self, *, short: bool) -> int:
        metrics = QFontMetricsF(fonts.small())
        words = [chip[3] if short and len(chip) > 3 else chip[1] for chip in self._chips]
        around = 10 if short else 14  # the padding is 10
        return round(sum(max(metrics.horizontalAdvance(word), 6) + around for word in words))

    def _fit(self) -> None:
        short = self._wide(short=False) > self.width()
        for chip in self._chips:
            self.buttons[chip[0]].setText(menu_text(chip[3] if short and len(chip) > 3 else chip[1]))

    def choose(self, key: str) -> None:
        """Check a chip without a signal."""
        if key in self.buttons:
            self.buttons[key].setChecked(True)

    def _clicked(self) -> None:
        self.chosen.emit(self.choice)

    def _dress(self) -> None:
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
    """Which cell of the design a plot shows; hidden where there is only one.

    Signals
    -------
    chosen() : a person chose another cell
    offered() : other cells are offered
    """

    chosen = Signal()
    offered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(fonts.small())
        self.setAccessibleName(self.tr("Cell"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMinimumContentsLength(4)
        self.setMaximumWidth(180)
        self.setStyleSheet("QComboBox { min-height: 20px; padding: 0 4px 0 6px; }")
        self.activated.connect(self._activated)
        self.currentIndexChanged.connect(self._say)
        self.hide()

    @property
    def choice(self) -> str:
        """The key of the cell; empty where there is none."""
        return str(self.currentData() or "")

    def show_cells(self, cells: Sequence[tuple[str, str]]) -> None:
        """Offer these (key, title); the choice stays where its cell does."""
        before = self.choice
        self.clear()
        for key, title in cells:
            self.addItem(truncated(title), key)
            self.setItemData(self.count() - 1, tooltip(title), Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(max(self.findData(before), 0 if cells else -1))
        self.setVisible(len(cells) > 1)
        self._say()
        self.offered.emit()

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Shorten a title that is longer than the box."""
        super().initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = elided(self.currentText(), QFontMetricsF(self.font()), field.width())

    def showPopup(self) -> None:
        """Let the list be as wide as its longest title, within reason."""
        metrics = QFontMetricsF(self.view().font())
        widest = max(metrics.horizontalAdvance(self.itemText(row)) for row in range(self.count()))
        self.view().setMinimumWidth(min(round(widest) + _AROUND, _WIDEST))
        super().showPopup()

    def _say(self) -> None:
        """Name in the tooltip what the box may be too narrow for."""
        tip = self.tr("The cell that this plot shows")
        self.setToolTip(tooltip(f"{isolated(self.currentText())}\n{tip}") if self.count() else tip)

    def _activated(self) -> None:
        self.chosen.emit()
