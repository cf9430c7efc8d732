"""The export dialog: content, format and colours, with a preview."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import NodeId
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.exporting.picture import SCALES, NetworkPicture, PictureOptions
from rnnstudio.ui.theme.theme import color
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.common import label, set_role

_PREVIEW = QSize(520, 240)
_CHECK = 8


class Preview(QWidget):
    """The preview, scaled to fit, on a chequered background if it is transparent."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self.setMinimumSize(_PREVIEW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Preview of the diagram"))

    def show_image(self, image: QImage) -> None:
        """Show a picture."""
        self.image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture in the middle."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8.0, 8.0)
        painter.fillPath(outline, color("field"))
        painter.setPen(color("hairline"))
        painter.drawPath(outline)
        if self.image.isNull():
            return
        size = self.image.size() / self.image.devicePixelRatio()
        left, top = (self.width() - size.width()) // 2, (self.height() - size.height()) // 2
        ground = QRectF(left, top, size.width(), size.height())
        painter.setClipRect(ground)
        for y in range(top, top + size.height(), _CHECK):
            for x in range(left, left + size.width(), _CHECK):
                even = ((x - left) // _CHECK + (y - top) // _CHECK) % 2 == 0
                painter.fillRect(x, y, _CHECK, _CHECK, color("panel" if even else "hover"))
        painter.drawImage(ground, self.image)


class ExportDialog(QDialog):
    """Asks what picture is wanted; `wish` and `suffix` are the answer."""

    def __init__(
        self,
        document: Document,
        selected: frozenset[NodeId],
        wish: PictureOptions,
        suffix: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._selected = document, selected
        self.setObjectName("export-diagram")
        self.setWindowTitle(self.tr("Export diagram"))
        set_role(self, "panel")
        self.preview = Preview()
        self.what = self._choice(
            self.tr("Content"), [(self.tr("Whole network"), False), (self.tr("Selection"), True)]
        )
        self.drawing = self._choice(
            self.tr("View"), [(self.tr("Folded"), False), (self.tr("Unrolled over time"), True)]
        )
        self.colours = self._choice(
            self.tr("Colours"), [(self.tr("Light"), "light"), (self.tr("Dark"), "dark")]
        )
        self.format = self._choice(self.tr("Format"), [("SVG", ".svg"), ("PNG", ".png")])
        self.scale = self._choice(self.tr("Pixels"), [(f"{scale}×", scale) for scale in SCALES])
        self.transparent = QCheckBox(self.tr("Transparent"))
        self.transparent.setToolTip(self.tr("Paint nothing behind the network"))
        self.size_label = label("", "quiet")
        self.buttons = QDialogButtonBox()
        self.export = QPushButton(self.tr("Export…"))
        set_role(self.export, "primary")
        self.export.setDefault(True)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.buttons.addButton(self.export, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.update_preview)
        self._lay_out()
        self._show(wish, suffix)
        for box in (self.what, self.drawing, self.colours, self.format, self.scale):
            box.currentIndexChanged.connect(self._changed)
        self.transparent.toggled.connect(self._changed)
        self._changed()

    def _choice(self, name: str, options: list[tuple[str, object]]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setToolTip(name)
        for words, value in options:
            box.addItem(words, value)
        return box

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        places = (
            (self.tr("Draw"), self.what, 0, 0),
            (self.tr("As"), self.drawing, 1, 0),
            (self.tr("Colours"), self.colours, 0, 2),
            (self.tr("Format"), self.format, 1, 2),
            (self.tr("Scale"), self.scale, 1, 4),
        )
        for words, box, row, column in places:
            name = QLabel(words)
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.setProperty("role", "quiet")
            name.setBuddy(box)
            grid.addWidget(name, row, column)
            grid.addWidget(box, row, column + 1)
        grid.addWidget(self.transparent, 0, 4, 1, 2)
        grid.setColumnStretch(1, 2)
        grid.setColumnStretch(3, 1)
        grid.setColumnStretch(5, 1)
        stack = QVBoxLayout(self)
        stack.setContentsMargins(16, 16, 16, 16)
        stack.setSpacing(12)
        stack.addWidget(self.preview, 1)
        stack.addLayout(grid)
        stack.addWidget(self.size_label)
        stack.addWidget(self.buttons)

    def _show(self, wish: PictureOptions, suffix: str) -> None:
        some = bool(self._selected)
        self.what.setEnabled(some)
        if not some:
            self.what.setToolTip(self.tr("Select nodes first to export only these"))
        self.what.setCurrentIndex(int(some and wish.selected is not None))
        self.drawing.setCurrentIndex(int(wish.unrolled))
        self.colours.setCurrentIndex(self.colours.findData(wish.scheme))
        self.format.setCurrentIndex(self.format.findData(suffix))
        self.scale.setCurrentIndex(self.scale.findData(wish.scale))
        self.transparent.setChecked(wish.transparent)

    # --------------------------------------------------------------------------------- answer

    @property
    def suffix(self) -> str:
        """The file suffix: ``.svg`` or ``.png``."""
        return str(self.format.currentData())

    @property
    def options(self) -> PictureOptions:
        """The chosen options."""
        return PictureOptions(
            unrolled=bool(self.drawing.currentData()),
            scheme=str(self.colours.currentData()),
            transparent=self.transparent.isChecked(),
            scale=int(self.scale.currentData()),
            selected=self._selected if self.what.currentData() else None,
        )

    def diagram(self) -> NetworkPicture:
        """Return the picture with the chosen options."""
        document = self._document
        return NetworkPicture(document.design, document.catalogue, document.check_now(), self.options)

    # -------------------------------------------------------------------------------- preview

    def _changed(self, _value: object = None) -> None:
        self.scale.setEnabled(self.suffix == ".png")
        self._timer.start()

    def update_preview(self) -> None:
        """Update the preview and the size of the picture."""
        diagram, wish = self.diagram(), self.options
        size, ratio = diagram.size, self.devicePixelRatioF()
        room = self.preview.size() - QSize(24, 24)
        fit = min(room.width() / size.width(), room.height() / size.height(), 1.0)
        try:
            image = diagram.image(fit * ratio)
        except StudioError as error:
            self.size_label.setText(translated(error))
            return
        image.setDevicePixelRatio(ratio)
        self.preview.show_image(image)
        times = wish.scale if self.suffix == ".png" else 1
        self.size_label.setText(
            self.tr("{0} × {1} pixels").format(size.width() * times, size.height() * times)
            if self.suffix == ".png"
            else self.tr("{0} × {1}, sharp at any size").format(size.width(), size.height())
        )
