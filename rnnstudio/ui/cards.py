"""What stands in the gallery: cards of examples and tiles of recent files, each with its drawing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from rnnstudio.design import codec
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Design
from rnnstudio.design.registry import Catalogue
from rnnstudio.ui import fonts
from rnnstudio.ui.diagram import Diagram, Drawing
from rnnstudio.ui.theme import color, themes
from rnnstudio.ui.widgets import label, set_role

TILE_WIDTH, TILE_HEIGHT, _PICTURE = 208, 128, 80
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
LARGEST_DRAWN = 1_000_000  # bytes of a file; reading more would hold up the window


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
            super().keyPressEvent(event)  # arrows are for the gallery

    def _data(self, catalogue: Catalogue) -> str:
        kind = self.design.task.kind
        task = catalogue.tasks.get(kind).title if kind in catalogue.tasks else kind
        return self.tr("Data: {0}").format(task)

    def _open(self) -> None:
        self.chosen.emit(self.design, False)

    def _train(self) -> None:
        self.chosen.emit(self.design, True)


class RecentFile(QPushButton):
    """A recent file: what is drawn in it, its name and its folder; why, where it cannot be read.

    The file is read when the tile is painted first, so that a start does not wait for it.

    Signals
    -------
    chosen(Path)
    """

    chosen = Signal(object)

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        super().__init__(path.name)
        self._path, self._catalogue = path, catalogue
        self._drawing: Drawing | None = None
        self._looked = False
        self.problem = ""
        self.setObjectName("recent-file")
        self.setFixedSize(TILE_WIDTH, TILE_HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(str(path))
        self.setAccessibleName(self.tr("Open {0}").format(path.name))
        self.clicked.connect(self._choose)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size of a tile, whatever its name is."""
        return QSize(TILE_WIDTH, TILE_HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, as Space does; arrows are for the gallery."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in ARROWS:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def look(self) -> None:
        """Read the file, once."""
        if self._looked:
            return
        self._looked = True
        if self._path.suffix.lower() != ".rnnd":
            return  # weights and texts have no drawing
        try:
            if self._path.is_file() and self._path.stat().st_size > LARGEST_DRAWN:
                return
            self._drawing = Drawing(codec.load(self._path), self._catalogue)
        except OSError as error:
            self.problem = self.tr("“{0}” cannot be read: {1}.").format(
                self._path.name, error.strerror or error
            )
        except FileError as error:
            self.problem = error.sentence
        if self.problem:
            self.setToolTip(f"{self._path}\n{self.problem}")
            self.setAccessibleDescription(self.problem)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, the drawing or the reason, and the names."""
        self.look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        edge = "accent" if self.hasFocus() else "node_edge" if self.underMouse() else "hairline"
        painter.setPen(QPen(color(edge), 1.0))
        painter.setBrush(color("pressed" if self.isDown() else "panel"))
        painter.drawRoundedRect(frame, 8.0, 8.0)
        picture = QRectF(6.0, 6.0, self.width() - 12.0, _PICTURE)
        painter.save()
        outline = QPainterPath()
        outline.addRoundedRect(picture, 5.0, 5.0)
        painter.setClipPath(outline)
        if self._drawing is not None:
            self._drawing.paint(painter, picture)
        else:
            painter.fillRect(picture, color("canvas"))
            painter.setPen(color("quiet"))
            painter.setFont(fonts.small())
            words = self.problem or self._path.suffix.lstrip(".")
            wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter
            painter.drawText(picture.adjusted(8.0, 4.0, -8.0, -4.0), int(wrap), words)
        painter.restore()
        below = QRectF(12.0, picture.bottom() + 5.0, self.width() - 24.0, 18.0)
        self._write(painter, below, self._path.name, "faint" if self.problem else "text", strong=True)
        self._write(painter, below.translated(0.0, 17.0), str(self._path.parent), "faint", strong=False)

    def event(self, event: QEvent) -> bool:
        """Look another way while the pointer is on it."""
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def _write(self, painter: QPainter, where: QRectF, words: str, token: str, *, strong: bool) -> None:
        font = fonts.strong() if strong else fonts.small()
        painter.setFont(font)
        painter.setPen(color(token))
        shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideMiddle, where.width())
        painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)

    def _choose(self) -> None:
        self.chosen.emit(self._path)


def first_paragraph(notes: str) -> str:
    """Return the first paragraph of a design's notes, on one line."""
    return " ".join(notes.split("\n\n", 1)[0].split())
