"""The exported picture: a design or its selection, as on the canvas or unrolled, as SVG or PNG."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import msgspec
from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from rnnstudio.design import edits
from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Design, NodeId
from rnnstudio.design.problems import Report
from rnnstudio.design.registry import Catalogue
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.exporting.text_outlines import outlined
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.unrolled.drawing import UnrolledDrawing
from rnnstudio.ui.unrolled.picture import UnrolledPicture

SCALES = (1, 2, 3, 4)
_MARGIN = 24.0
_LARGEST = 32_000  # pixels along an edge: more, and a picture has no room in memory


@dataclass(frozen=True)
class PictureOptions:
    """The options of a picture.

    Attributes
    ----------
    scheme : "light" or "dark"
    transparent : whether nothing is painted behind the network
    scale : pixels of a PNG to a logical pixel
    selected : ids of what is drawn; all where it is None
    """

    unrolled: bool = False
    scheme: str = "light"
    transparent: bool = False
    scale: int = 2
    selected: frozenset[NodeId] | None = None


class NetworkPicture:
    """A design prepared for drawing: its size, and how to paint it."""

    def __init__(self, design: Design, catalogue: Catalogue, report: Report, wish: PictureOptions) -> None:
        self.wish = wish
        report = replace(report, problems=())  # they are the window's, not the network's
        self.name = design.name
        part = _part(design, wish.selected) if wish.selected is not None else design
        self.count = len(part.nodes)
        self._paint: Callable[[QPainter], None]
        with in_scheme(wish):
            if wish.unrolled:
                drawing = UnrolledDrawing(part, catalogue, report)
                self.rect = drawing.bounds
                self._paint = _UnrolledPicture(drawing).paint
            else:
                folded = _CanvasPicture(part, catalogue, report)
                self.rect = folded.rect
                self._paint = folded.paint

    @property
    def size(self) -> QSize:
        """The logical size."""
        return QSize(max(round(self.rect.width()), 1), max(round(self.rect.height()), 1))

    def _paint_on(self, painter: QPainter, scale: float, *, ground: bool) -> None:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        with in_scheme(self.wish):
            if ground and not self.wish.transparent:
                size = self.size
                painter.fillRect(
                    QRectF(0.0, 0.0, size.width() * scale, size.height() * scale), paint_cache.brush("canvas")
                )
            painter.scale(scale, scale)
            painter.translate(-self.rect.topLeft())
            self._paint(painter)

    def image(self, scale: float | None = None) -> QImage:
        """Return the picture as an image, ``scale`` pixels per logical pixel; the options' scale by default.

        Raises
        ------
        StudioError
            It would be larger than an image can be.
        """
        scale = scale if scale is not None else float(self.wish.scale)
        size = QSize(round(self.size.width() * scale), round(self.size.height() * scale))
        if max(size.width(), size.height()) > _LARGEST:
            raise StudioError(
                _tr(
                    "The picture would be {0} × {1} pixels, more than an image can have. Choose a smaller "
                    "scale, or SVG."
                ).format(size.width(), size.height())
            )
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        if image.isNull():
            raise StudioError(
                _tr("There is no memory for so large a picture. Choose a smaller scale, or SVG.")
            )
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self._paint_on(painter, scale, ground=True)
        painter.end()
        return image

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        image = self.image()
        dots = round(self.wish.scale * 96 / 0.0254)
        image.setDotsPerMeterX(dots)
        image.setDotsPerMeterY(dots)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(image)
        return bytes(buffer.data().data())

    def svg(self) -> bytes:
        """Return the picture as an SVG file, with text as outlines."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setResolution(96)
        generator.setSize(self.size)
        generator.setViewBox(QRectF(QPointF(), self.size.toSizeF()))
        painter = QPainter(generator)
        self._paint_on(painter, 1.0, ground=True)
        painter.end()
        words = _tr("{0}: {1} nodes").format(self.name, self.count)
        return outlined(bytes(buffer.data().data()), self.name, words)


class _UnrolledPicture:
    """Paints an unrolled network."""

    def __init__(self, drawing: UnrolledDrawing) -> None:
        self.picture = UnrolledPicture(drawing)

    def paint(self, painter: QPainter) -> None:
        self.picture.paint(painter, QStyleOptionGraphicsItem())


class _CanvasPicture:
    """Paints a separate canvas without selection or live traces."""

    def __init__(self, design: Design, catalogue: Catalogue, report: Report) -> None:
        self.document = Document(design=design, catalogue=catalogue, check=lambda _design: report)
        self.scene = CanvasScene(self.document, Selection(self.document))
        self.document.check_now()
        margin = (-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        self.rect = self.scene.itemsBoundingRect().adjusted(*margin)
        if not design.elements:
            self.rect = QRectF(0.0, 0.0, 2 * _MARGIN, 2 * _MARGIN)

    def paint(self, painter: QPainter) -> None:
        self.scene.follow_theme()
        self.scene.render(painter, self.rect, self.rect)


def _part(design: Design, ids: frozenset[NodeId]) -> Design:
    """Return the selected part of a design, with its inner links."""
    part = edits.extract(design, ids)
    return msgspec.structs.replace(
        design,
        nodes=part.nodes,
        links=part.links,
        groups=part.groups,
        frames=part.frames,
        comments=part.comments,
    )


@contextlib.contextmanager
def in_scheme(wish: PictureOptions) -> Iterator[None]:
    """Paint in another colour scheme for a while, without changing the window."""
    with themes.borrowed(wish.scheme, ground=not wish.transparent):
        paint_cache.forget()
        try:
            yield
        finally:
            paint_cache.forget()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Export", text)
