"""The start page: new design, recent files, and examples that open or train with one click."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.design import codec
from rnnstudio.design.errors import FileError
from rnnstudio.design.registry import Catalogue
from rnnstudio.resources import shelves
from rnnstudio.ui.actions.shortcuts import KeyTip
from rnnstudio.ui.gallery.cards import TemplateCard
from rnnstudio.ui.gallery.recent_files import ARROWS, TILE_WIDTH, RecentFileTile
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.common import heading, label, set_role

LEAST_CARD, MOST_CARD, MOST_COLUMNS = 380, 560, 3
GAP = 16
MARGIN = 32
OTHER_SHELF = "more"


class Gallery(QScrollArea):
    """The page of examples.

    Signals
    -------
    template_chosen(Design, bool) : open an example; train it at once where the second is true
    file_chosen(Path), new_requested(), open_requested()
    """

    template_chosen = Signal(object, bool)
    file_chosen = Signal(object)
    new_requested = Signal()
    open_requested = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gallery")
        self.setAccessibleName(self.tr("Examples and recent files"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cards: list[TemplateCard] = []
        self.recent: list[RecentFileTile] = []
        self.problems: list[str] = []
        self._catalogue = catalogue
        self._shelves: list[tuple[QLabel, list[TemplateCard]]] = []
        self._laid_out = QSize()
        page = QWidget()
        set_role(page, "page")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._recent_row = QHBoxLayout()
        self._recent_row.setSpacing(GAP)
        self._recent_row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self._recent_heading = heading(self.tr("Recent"))
        self._no_recent = label(
            self.tr("Files that you open or save appear here. A design, weights or a text can be dropped."),
            "faint",
        )
        self._no_recent.setWordWrap(True)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addSpacing(20)
        column.addLayout(self._start())
        column.addSpacing(8)
        column.addWidget(self._recent_heading)
        column.addWidget(self._no_recent)
        column.addLayout(self._recent_row)
        column.addSpacing(8)
        column.addLayout(self._grid)
        column.addStretch(1)
        self._holder = QWidget()
        self._holder.setLayout(column)
        outer = QHBoxLayout(page)
        outer.setContentsMargins(MARGIN, 0, MARGIN, 24)
        outer.addStretch(1)
        outer.addWidget(self._holder)
        outer.addStretch(1)
        self.setWidget(page)
        self._read(catalogue)

    def set_recent(self, files: list[Path]) -> None:
        """Show the recent files, newest first, as many as fit in one row. The menu lists them all."""
        for tile in self.recent:
            self._recent_row.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.recent = []
        self._no_recent.setVisible(not files)
        for file in files:
            tile = RecentFileTile(file, self._catalogue)
            tile.chosen.connect(self.file_chosen)
            self._recent_row.addWidget(tile)
            self.recent.append(tile)
        self._fit_recent()

    def focus_first(self) -> None:
        """Focus the newest file, or else the first example."""
        first: Sequence[QWidget] = [*self.recent, *self.cards]
        if first:
            first[0].setFocus(Qt.FocusReason.OtherFocusReason)
        self.verticalScrollBar().setValue(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the cards in as many columns as fit."""
        super().resizeEvent(event)
        self._lay_out()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between cards with the arrow keys, and scroll them into view."""
        here: QWidget | None = self.focusWidget()
        tiles = self._tiles()
        while here is not None and here not in tiles:
            here = here.parentWidget()
        if event.key() not in ARROWS or here is None:
            super().keyPressEvent(event)
            return
        goal = _beside(here, tiles, Qt.Key(event.key()), self._holder)
        if goal is not None:
            goal.setFocus(Qt.FocusReason.OtherFocusReason)
            self.ensureWidgetVisible(goal, GAP, 2 * GAP)

    def _tiles(self) -> list[QWidget]:
        return [*(tile for tile in self.recent if not tile.isHidden()), *self.cards]

    def _start(self) -> QHBoxLayout:
        new = QPushButton(self.tr("New design"))
        new.setObjectName("gallery-new")
        KeyTip(new, "file.new", self.tr("Start with an empty canvas"))
        new.clicked.connect(self.new_requested)
        open_it = QPushButton(self.tr("Open a file…"))
        open_it.setObjectName("gallery-open")
        KeyTip(open_it, "file.open", self.tr("Open a design, weights or a text"))
        open_it.clicked.connect(self.open_requested)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(label(self.tr("RNN Studio"), font=fonts.heading()))
        words.addWidget(label(self.tr("Draw a recurrent network, train it, and watch it learn."), "quiet"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addLayout(words)
        row.addStretch(1)
        for button in (new, open_it):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    # --------------------------------------------------------------------------------- shelves

    def _title(self, shelf: str) -> str:
        """Return the translated heading of a shelf."""
        return {
            "one to one": self.tr("One to one"),
            "one to many": self.tr("One to many"),
            "many to one": self.tr("Many to one"),
            "many to many": self.tr("Many to many"),
            "encoder-decoder": self.tr("Encoder and decoder"),
            "bidirectional and deep": self.tr("Bidirectional and deep"),
            "long memory": self.tr("Long memory"),
        }.get(shelf, self.tr("More examples"))

    def _read(self, catalogue: Catalogue) -> None:
        for shelf, files in shelves().items():
            cards = []
            for file in files.values():
                try:
                    design = codec.load(file)
                except FileError as error:
                    self.problems.append(translated(error))
                    continue
                card = TemplateCard(design, catalogue)
                card.chosen.connect(self.template_chosen)
                cards.append(card)
            if cards:
                title = heading(self._title(shelf))
                title.setObjectName(f"shelf-{shelf or OTHER_SHELF}")
                title.setContentsMargins(0, 8, 0, 0)
                self._shelves.append((title, cards))
                self.cards += cards
        self._lay_out()

    def _lay_out(self) -> None:
        room = self.viewport().width() - 2 * MARGIN
        columns = max(1, min((room + GAP) // (LEAST_CARD + GAP), MOST_COLUMNS))
        width = max(LEAST_CARD, min((room + GAP) // columns - GAP, MOST_CARD))
        if self._laid_out == QSize(columns, width):
            return
        self._laid_out = QSize(columns, width)
        self._holder.setFixedWidth(columns * (width + GAP) - GAP)
        for card in self.cards:
            card.setFixedWidth(width)
        row = column = 0  # rows alternate: headings, then cards
        for title, cards in self._shelves:
            if column and column + len(cards) > columns:
                row, column = row + 2, 0  # a shelf stands beside another only where it fits whole
            self._grid.addWidget(title, row, column, 1, min(len(cards), columns))
            for card in cards:
                if column == columns:
                    row, column = row + 2, 0
                self._grid.addWidget(card, row + 1, column)
                column += 1
        self._fit_recent()

    def _fit_recent(self) -> None:
        """Show as many recent files as fit in one row."""
        most = max(1, (self._holder.width() + GAP) // (TILE_WIDTH + GAP))
        for place, tile in enumerate(self.recent):
            tile.setVisible(place < most)


def _beside(here: QWidget, tiles: Sequence[QWidget], key: Qt.Key, ground: QWidget) -> QWidget | None:
    """Return the nearest tile in the direction of an arrow key; at the end of a row, the next row's first."""
    centres = {tile: tile.mapTo(ground, tile.rect().center()) for tile in tiles}
    at = centres[here]
    if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        place = tiles.index(here) + (1 if key == Qt.Key.Key_Right else -1)
        return tiles[place] if 0 <= place < len(tiles) else None
    sign = 1 if key == Qt.Key.Key_Down else -1
    beyond = [tile for tile in tiles if sign * (centres[tile].y() - at.y()) > here.height() // 2]

    def distance(tile: QWidget) -> tuple[int, int]:
        way: QPoint = centres[tile] - at
        return abs(way.y()), abs(way.x())

    return min(beyond, key=distance, default=None)
