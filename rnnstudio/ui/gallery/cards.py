"""The template cards of the gallery."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from rnnstudio.design.model import Design
from rnnstudio.design.registry import Catalogue
from rnnstudio.ui.gallery.design_thumbnail import DesignThumbnail
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.common import label, set_role
from rnnstudio.ui.widgets.text_format import tooltip, truncated


class TemplateCard(QFrame):
    """One example: thumbnail, name, description, data and two buttons.

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
        words = self.tr("Open {0} and train it at once").format(truncated(design.name))
        train.setToolTip(tooltip(words))
        train.setAccessibleName(words)
        open_it = QPushButton(self.tr("Open"))
        open_it.setObjectName("card-open")
        words = self.tr("Open {0} on the canvas").format(truncated(design.name))
        open_it.setToolTip(tooltip(words))
        open_it.setAccessibleName(words)
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
        column.addWidget(DesignThumbnail(design, catalogue))
        body = QVBoxLayout()
        body.setContentsMargins(8, 6, 8, 0)
        body.setSpacing(4)
        body.addWidget(title)
        body.addWidget(sentence, 1)
        body.addSpacing(6)
        body.addLayout(buttons)
        column.addLayout(body, 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the example on a click anywhere on the card."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open()
        else:
            super().keyPressEvent(event)  # arrows are for the gallery

    def _data(self, catalogue: Catalogue) -> str:
        kind = self.design.task.kind
        task = catalogue.tasks.get(kind).title if kind in catalogue.tasks else kind
        return self.tr("Data: {0}").format(task)

    def _open(self) -> None:
        self.chosen.emit(self.design, False)

    def _train(self) -> None:
        self.chosen.emit(self.design, True)


def first_paragraph(notes: str) -> str:
    """Return the first paragraph of a design's notes, on one line."""
    return " ".join(notes.split("\n\n", 1)[0].split())
