"""The recent files of the gallery, as tiles that show their content."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton

from rnnstudio.design import codec, regular_file
from rnnstudio.design.errors import FileError
from rnnstudio.design.paths import display_path
from rnnstudio.design.registry import Catalogue
from rnnstudio.ui.gallery.design_thumbnail import ThumbnailPainter
from rnnstudio.ui.theme import fonts, icons
from rnnstudio.ui.theme.theme import color, themes
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.text_format import elided, menu_text, tooltip

DESIGN_SUFFIX = ".rnnd"
TEXT_SUFFIXES = (".txt", ".text", ".md")
TILE_WIDTH, TILE_HEIGHT, _PICTURE = 208, 128, 80
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
LARGEST_DRAWN = 1_000_000  # bytes of a file; reading more would hold up the window
_ROWS, _LINE, _LONGEST = 4, 16.0, 200  # of a text: how many lines, how far apart, how much of each


def missing_file_message(path: Path) -> str:
    """Return the message about a missing file."""
    words = QCoreApplication.translate("RecentFileTile", "“{0}” is no longer there; it was moved or deleted.")
    return words.format(display_path(path.name))


class RecentFileTile(QPushButton):
    """A recent file: its content, name and folder, or why it cannot be read.

    A design shows its drawing, a text its first lines, weights a sign and how large they are.

    The file is read when the tile is painted first, so that a start does not wait for it.

    Signals
    -------
    chosen(Path)
    """

    chosen = Signal(object)

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        super().__init__(menu_text(display_path(path.name)))
        self._path, self._catalogue = path, catalogue
        self._drawing: ThumbnailPainter | None = None
        self._lines: list[str] = []  # of a text
        self._size = ""  # of weights
        self._looked = False
        self.problem = ""
        self.setObjectName("recent-file")
        self.setFixedSize(TILE_WIDTH, TILE_HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(tooltip(display_path(path)))
        self.setAccessibleName(self.tr("Open {0}").format(display_path(path.name)))
        self.clicked.connect(self._choose)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size of a tile, which does not depend on the name."""
        return QSize(TILE_WIDTH, TILE_HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Enter as with Space; leave arrow keys to the gallery."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in ARROWS:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def load_preview(self) -> None:
        """Read the file once."""
        if self._looked:
            return
        self._looked = True
        suffix = self._path.suffix.lower()
        try:
            size = self._path.stat().st_size
            if suffix in TEXT_SUFFIXES:
                self._lines = _first_lines(self._path)
            elif suffix != DESIGN_SUFFIX:
                self._size = QLocale.c().formattedDataSize(size)
                self.setAccessibleDescription(self.tr("Weights, {0}").format(self._size))
            elif size <= LARGEST_DRAWN:
                self._drawing = ThumbnailPainter(codec.load(self._path), self._catalogue)
        except FileNotFoundError:
            self.problem = missing_file_message(self._path)
        except OSError as error:
            self.problem = self.tr("“{0}” cannot be read: {1}.").format(
                display_path(self._path.name), error.strerror or error
            )
        except FileError as error:
            self.problem = translated(error)
        if self.problem:
            self.setToolTip(tooltip(f"{display_path(self._path)}\n{self.problem}"))
            self.setAccessibleDescription(self.problem)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background, the preview or the error, and the names."""
        self.load_preview()
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
            self._paint_inside(painter, picture.adjusted(8.0, 4.0, -8.0, -4.0))
        painter.restore()
        below = QRectF(12.0, picture.bottom() + 5.0, self.width() - 24.0, 18.0)
        self._write(
            painter, below, display_path(self._path.name), "faint" if self.problem else "text", strong=True
        )
        self._write(
            painter, below.translated(0.0, 17.0), display_path(self._path.parent), "faint", strong=False
        )

    def _paint_inside(self, painter: QPainter, room: QRectF) -> None:
        """Paint the error, the first lines of a text, or the icon of a weight file."""
        painter.setPen(color("quiet"))
        painter.setFont(fonts.small())
        centred = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter)
        if self.problem:
            painter.drawText(room, centred, self.problem)
        elif self._lines:
            metrics = QFontMetricsF(fonts.small())
            for row, line in enumerate(self._lines):
                shown = elided(line, metrics, room.width())
                painter.drawText(
                    room.translated(0.0, 4.0 + row * _LINE), int(Qt.AlignmentFlag.AlignTop), shown
                )
        elif self._size:
            sign = QRectF(room.center().x() - 16.0, room.top() + 8.0, 32.0, 32.0)
            icons.icon("weights", "accent").paint(painter, sign.toRect())
            words = self.tr("weights · {0}").format(self._size)
            painter.drawText(room.adjusted(0.0, 48.0, 0.0, 0.0), centred, words)
        else:
            painter.drawText(room, centred, self._path.suffix.lstrip("."))

    def event(self, event: QEvent) -> bool:
        """Change the look on hover."""
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def _write(self, painter: QPainter, where: QRectF, words: str, token: str, *, strong: bool) -> None:
        font = fonts.strong() if strong else fonts.small()
        painter.setFont(font)
        painter.setPen(color(token))
        shown = elided(words, QFontMetricsF(font), where.width(), Qt.TextElideMode.ElideMiddle)
        painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)

    def _choose(self) -> None:
        self.chosen.emit(self._path)


def _first_lines(path: Path) -> list[str]:
    """Return the first non-empty lines of a text; invalid UTF-8 is replaced."""
    start = regular_file.parse_initializer(path, _LONGEST * 10 * _ROWS).decode("utf-8", "replace")
    lines = (line[:_LONGEST].strip() for line in start.splitlines()[: 10 * _ROWS])
    return list(islice(filter(None, lines), _ROWS))
