"""Paints the rows of the palette: headings, and kinds with their icons."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from rnnstudio.design.spec import NodeSpec
from rnnstudio.ui.canvas.items.node_thumbnail import paint_miniature
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.text_format import elided

SPEC_ROLE = Qt.ItemDataRole.UserRole
USER_CELL_ROLE = Qt.ItemDataRole.UserRole + 1
COLLAPSED_ROLE = Qt.ItemDataRole.UserRole + 2
ROW, SECTION = 28, 26
_CLOSED = ((-1.5, -3.5), (2.0, 0.0), (-1.5, 3.5))  # the marks of folded and open sections
_OPEN = ((-3.5, -1.5), (0.0, 2.0), (3.5, -1.5))
_Index = QModelIndex | QPersistentModelIndex


class PaletteDelegate(QStyledItemDelegate):
    """Paints a section heading, or a kind with its icon and title."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of a row."""
        return QSize(120, ROW if index.data(SPEC_ROLE) is not None else SECTION)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a row."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        spec: NodeSpec | None = index.data(SPEC_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if spec is None:
            painter.setFont(QFont(fonts.small_caps()))
            painter.setPen(paint_cache.pen("quiet"))
            flags = int(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)
            painter.drawText(rect.adjusted(12, 0, -24, -5), flags, str(index.data()))
            self._paint_fold(painter, QRectF(rect), state, folded=bool(index.data(COLLAPSED_ROLE)))
        else:
            own = self.tr("yours") if index.data(USER_CELL_ROLE) is not None else ""
            self._paint_kind(painter, rect, state, spec, str(index.data()), own)
        painter.restore()

    @staticmethod
    def _paint_fold(painter: QPainter, rect: QRectF, state: QStyle.StateFlag, *, folded: bool) -> None:
        """Paint the arrow that shows whether a section is expanded."""
        if folded or state & QStyle.StateFlag.State_MouseOver:
            middle = QPointF(rect.right() - 15.0, rect.bottom() - 10.0)
            shape = _CLOSED if folded else _OPEN
            painter.setPen(paint_cache.pen("quiet", 1.4))
            painter.drawPolyline([middle + QPointF(x, y) for x, y in shape])

    def _paint_kind(
        self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, spec: NodeSpec, title: str, mark: str
    ) -> None:
        inner = QRectF(rect).adjusted(6.5, 1.5, -6.5, -1.5)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(paint_cache.brush("hairline", 1.0 if selected else 0.55))
            painter.drawRoundedRect(inner, 6.0, 6.0)
        if selected and state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(paint_cache.pen("accent", 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(inner, 6.0, 6.0)
        paint_miniature(painter, spec, QPointF(inner.left() + 6.0, inner.center().y()))
        text = inner.adjusted(34.0, 0.0, -6.0, 0.0)
        if mark:
            small = QFont(fonts.small())
            painter.setFont(small)
            painter.setPen(paint_cache.pen("quiet"))
            painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), mark)
            text.setRight(text.right() - QFontMetricsF(small).horizontalAdvance(mark) - 6.0)
        font = QFont(fonts.body())
        painter.setFont(font)
        painter.setPen(paint_cache.pen("text"))
        title = elided(title, QFontMetricsF(font), text.width())
        painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), title)
