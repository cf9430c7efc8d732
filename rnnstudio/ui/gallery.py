"""The start page: examples that open or train at one click, recent files, and a blank canvas."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.design import codec
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Design
from rnnstudio.design.spec import Catalogue
from rnnstudio.resources import templates
from rnnstudio.ui import fonts
from rnnstudio.ui.diagram import Diagram
from rnnstudio.ui.widgets import ElidedLabel, heading, label, set_role

CARD_WIDTH = 472
GAP = 16
MARGIN = 32


class Card(QFrame):
    """One example: its diagram, its name, a sentence, its data, and two buttons.

    Signals
    -------
    chosen(Design, bool) : open it, and train it at once where the second is true
    """

    chosen = Signal(object, bool)

    def __init__(self, design: Design, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.design = design
        self.setObjectName(f"card-{design.name}")
        set_role(self, "card")
        self.setFixedWidth(CARD_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(design.name)
        self.setAccessibleDescription(design.notes)
        title = label(design.name, font=fonts.title())
        sentence = label(first_paragraph(design.notes), "quiet")
        sentence.setWordWrap(True)
        sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        sentence.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
        train = QPushButton(self.tr("Train"))
        train.setObjectName("card-train")
        set_role(train, "primary")
        train.setToolTip(self.tr("Open {0} and train it at once").format(design.name))
        train.setAccessibleName(train.toolTip())
        open_it = QPushButton(self.tr("Open"))
        open_it.setObjectName("card-open")
        open_it.setToolTip(self.tr("Open {0} on the canvas").format(design.name))
        open_it.setAccessibleName(open_it.toolTip())
        train.clicked.connect(self._train)
        open_it.clicked.connect(self._open)
        data = label(self._data(catalogue), "faint", fonts.small())

        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(data, 1)
        buttons.addWidget(open_it)
        buttons.addWidget(train)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 12)
        column.setSpacing(6)
        column.addWidget(Diagram(design, catalogue))
        body = QVBoxLayout()
        body.setContentsMargins(8, 6, 8, 0)
        body.setSpacing(4)
        body.addWidget(title)
        body.addWidget(sentence, 1)
        body.addSpacing(6)
        body.addLayout(buttons)
        column.addLayout(body, 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open by a click anywhere on the card."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open()
        else:
            super().keyPressEvent(event)

    def _data(self, catalogue: Catalogue) -> str:
        kind = self.design.task.kind
        task = catalogue.tasks.get(kind).title if kind in catalogue.tasks else kind
        return self.tr("Data: {0}").format(task)

    def _open(self) -> None:
        self.chosen.emit(self.design, False)

    def _train(self) -> None:
        self.chosen.emit(self.design, True)


class RecentFile(QPushButton):
    """A recent file: its name, and its folder in the tooltip.

    Signals
    -------
    chosen(Path)
    """

    chosen = Signal(object)

    def __init__(self, path: Path) -> None:
        super().__init__(path.name)
        self._path = path
        set_role(self, "link")
        self.setToolTip(str(path))
        self.setAccessibleName(self.tr("Open {0}").format(path.name))
        self.clicked.connect(self._choose)

    def _choose(self) -> None:
        self.chosen.emit(self._path)


class Gallery(QScrollArea):
    """The page of examples.

    Signals
    -------
    template_chosen(Design, bool) : open an example; train it at once where the second is true
    file_chosen(Path), new_requested(), open_requested()
    told(str) : an example could not be read
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
        self.cards: list[Card] = []
        self.problems: list[str] = []
        self._columns = 0
        page = QWidget()
        set_role(page, "page")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        self._no_recent = label(self.tr("Files that you open or save appear here."), "faint")
        self._no_recent.setWordWrap(True)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addSpacing(32)
        large = label(self.tr("RNN Studio"), font=fonts.heading())
        column.addWidget(large)
        column.addWidget(label(self.tr("Draw a recurrent network, train it, and watch it learn."), "quiet"))
        column.addSpacing(16)
        column.addWidget(heading(self.tr("Examples")))
        column.addLayout(self._grid)
        column.addSpacing(16)
        column.addLayout(self._files())
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
        """Show the recent files, newest first."""
        while self._recent.count():
            item = self._recent.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None and widget is not self._no_recent:
                widget.deleteLater()
        self._no_recent.setVisible(not files)
        for file in files:
            row = RecentFile(file)
            row.chosen.connect(self.file_chosen)
            self._recent.addWidget(row, 0, Qt.AlignmentFlag.AlignLeft)

    def begin(self) -> None:
        """Give the keyboard to the first example."""
        if self.cards:
            self.cards[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the cards out in as many columns as fit."""
        super().resizeEvent(event)
        self._lay_out()

    def _files(self) -> QHBoxLayout:
        new = QPushButton(self.tr("New design"))
        new.setObjectName("gallery-new")
        new.setToolTip(self.tr("Start with an empty canvas (Ctrl+N)"))
        new.clicked.connect(self.new_requested)
        open_it = QPushButton(self.tr("Open a file…"))
        open_it.setObjectName("gallery-open")
        open_it.setToolTip(self.tr("Open a design, weights or a text (Ctrl+O)"))
        open_it.clicked.connect(self.open_requested)
        start = QVBoxLayout()
        start.setSpacing(8)
        start.addWidget(heading(self.tr("Start")))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(new)
        buttons.addWidget(open_it)
        buttons.addStretch(1)
        start.addLayout(buttons)
        hint = ElidedLabel(self.tr("or drop a design, weights or a text file on the window"))
        set_role(hint, "faint")
        start.addWidget(hint)
        start.addStretch(1)
        recent = QVBoxLayout()
        recent.setSpacing(8)
        recent.addWidget(heading(self.tr("Recent")))
        recent.addWidget(self._no_recent)
        recent.addLayout(self._recent)
        recent.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        left, right = QWidget(), QWidget()
        for widget, inner in ((left, start), (right, recent)):
            inner.setContentsMargins(0, 0, 0, 0)
            widget.setLayout(inner)
        left.setMaximumWidth(CARD_WIDTH)
        row.addWidget(left, 1)
        row.addWidget(right, 1)
        return row

    def _read(self, catalogue: Catalogue) -> None:
        for file in templates().values():
            try:
                design = codec.load(file)
            except FileError as error:
                self.problems.append(error.sentence)
                continue
            card = Card(design, catalogue)
            card.chosen.connect(self.template_chosen)
            self.cards.append(card)
        self._lay_out()

    def _lay_out(self) -> None:
        room = self.viewport().width() - 2 * MARGIN
        columns = max(1, min((room + GAP) // (CARD_WIDTH + GAP), 3, len(self.cards)))
        if columns == self._columns:
            return
        self._columns = columns
        self._holder.setFixedWidth(columns * (CARD_WIDTH + GAP) - GAP)
        for place, card in enumerate(self.cards):
            self._grid.addWidget(card, place // columns, place % columns)


def first_paragraph(notes: str) -> str:
    """Return the first paragraph of a design's notes, on one line."""
    return " ".join(notes.split("\n\n", 1)[0].split())
