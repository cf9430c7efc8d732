"""The search popup: a search field over a list of candidates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.ui.canvas.candidates import Candidate
from rnnstudio.ui.canvas.items.node_thumbnail import paint_miniature
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.fuzzy_match import ranked
from rnnstudio.ui.widgets.text_format import elided, tooltip

_OFFER = Qt.ItemDataRole.UserRole
_ABOUT = Qt.ItemDataRole.AccessibleDescriptionRole
_ROW = 28
_WIDTH, _HEIGHT = 288, 320
_EDGE = 8  # least distance from the edge of the canvas
_PAGE = 8
_CHROME = 56  # height of the search field and the margins
_Index = QModelIndex | QPersistentModelIndex
_STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Tab: 1,
    Qt.Key.Key_Backtab: -1,
    Qt.Key.Key_PageDown: _PAGE,
    Qt.Key.Key_PageUp: -_PAGE,
}


class _Rows(QStyledItemDelegate):
    """Paints a candidate with the thumbnail of its kind."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of a row."""
        return QSize(120, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a row."""
        offer: Candidate = index.data(_OFFER)
        state: QStyle.StateFlag = option.state
        inner = QRectF(option.rect).adjusted(4.5, 1.5, -4.5, -1.5)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(paint_cache.pen("accent", 1.0))
            painter.setBrush(paint_cache.brush("accent", 0.16))
            painter.drawRoundedRect(inner, 6.0, 6.0)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(paint_cache.brush("hairline", 0.55))
            painter.drawRoundedRect(inner, 6.0, 6.0)
        paint_miniature(painter, offer.spec, QPointF(inner.left() + 6.0, inner.center().y()))
        text = inner.adjusted(34.0, 0.0, -8.0, 0.0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(paint_cache.small_font())
        painter.setPen(paint_cache.pen("quiet"))
        painter.drawText(text, int(middle | Qt.AlignmentFlag.AlignRight), offer.mark)
        text.setRight(text.right() - paint_cache.small_metrics().horizontalAdvance(offer.mark) - 8.0)
        painter.setFont(fonts.body())
        painter.setPen(paint_cache.pen("text"))
        title = elided(offer.title, QFontMetricsF(fonts.body()), text.width())
        painter.drawText(text, int(middle | Qt.AlignmentFlag.AlignLeft), title)
        painter.restore()


class SearchPopup(QFrame):
    """A search field over candidates. Arrows highlight, Enter chooses; Esc or a click elsewhere closes it.

    Signals
    -------
    chosen(Candidate) : the person chose a candidate; the popup is closed already
    highlighted(Candidate) : Enter would choose it; None if there is none
    closed() : the popup was closed, whether something was chosen or not
    """

    chosen = Signal(object)
    highlighted = Signal(object)
    closed = Signal()

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._offers: Sequence[Candidate] = ()
        self._why: Callable[[str], str] | None = None
        self.setObjectName("quick-add")
        self.setProperty("role", "card")
        self.setAccessibleName(self.tr("Add a node"))
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # events are not for the canvas below
        self.search = QLineEdit(self)
        self.search.setObjectName("quick-add-search")
        self.search.setMinimumHeight(28)
        self.search.setToolTip(self.tr("Type to search; arrows choose, Enter adds, Esc closes"))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self.search)  # a press beside the field keeps the focus in the field
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setObjectName("quick-add-list")
        self.list.setAccessibleName(self.tr("Nodes that fit"))
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the focus stays in the search field
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._take)
        self.list.currentItemChanged.connect(self._say)
        self.nothing = QLabel(self)
        self.nothing.setObjectName("quick-add-nothing")
        self.nothing.setProperty("role", "quiet")
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)
        self.nothing.setWordWrap(True)
        self.nothing.setContentsMargins(6, 4, 6, 4)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        box.addWidget(self.search)
        box.addWidget(self.nothing)
        box.addWidget(self.list, 1)
        self.hide()

    def open(
        self,
        offers: Sequence[Candidate],
        at: QPoint,
        prompt: str,
        why: Callable[[str], str] | None = None,
    ) -> None:
        """Show candidates, the best first, with the corner at a point of the view.

        ``why`` returns why what was typed is not listed; an empty string if there is nothing to say.
        """
        self._why = why
        self._offers = offers
        self.search.setPlaceholderText(prompt)
        self.search.setAccessibleName(prompt)
        self.search.clear()
        self._fill("")
        height = min(_HEIGHT, max(len(offers), 2) * _ROW + _CHROME)
        self.resize(min(_WIDTH, self._view.width() - 2 * _EDGE), min(height, self._view.height() - 2 * _EDGE))
        x = min(at.x(), self._view.width() - self.width() - _EDGE)
        y = min(at.y(), self._view.height() - self.height() - _EDGE)
        self.move(max(x, _EDGE), max(y, _EDGE))
        self.show()
        self.raise_()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_list(self) -> None:
        """Close the popup and give the focus back."""
        if self.isHidden():
            return
        if self.search.hasFocus():  # before hiding, or Qt would move the focus as Tab does
            self._view.setFocus(Qt.FocusReason.PopupFocusReason)
        self.hide()
        self.closed.emit()

    def titles(self) -> list[str]:
        """Return the visible titles, from top to bottom."""
        return [self.list.item(row).text() for row in range(self.list.count())]

    def _fill(self, typed: str) -> None:
        found = ranked(typed, self._offers, _texts)
        self.list.clear()
        for offer in found:
            row = QListWidgetItem(offer.title, self.list)
            row.setData(_OFFER, offer)
            row.setToolTip(tooltip(offer.about))
            row.setData(_ABOUT, offer.about)
        self.nothing.setVisible(not found)
        reason = self._why(typed) if self._why is not None and typed and not found else ""
        self.nothing.setText(
            reason
            or (
                self.tr("No node that fits here is called “{0}”.").format(typed)
                if typed
                else self.tr("There is no node that fits here.")
            )
        )
        self.list.setCurrentRow(0)
        if not found:
            self._say(None)

    def _say(self, item: QListWidgetItem | None, _before: object = None) -> None:
        """Tell a screen reader which row is highlighted."""
        self.search.setAccessibleDescription(
            f"{item.text()}. {item.data(_ABOUT)}" if item is not None else self.nothing.text()
        )
        self.highlighted.emit(item.data(_OFFER) if item is not None else None)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        offer: Candidate = item.data(_OFFER)
        self.close_list()
        self.chosen.emit(offer)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Accept every key that the search field ignores, so that the canvas does not get it."""
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move through the list with keys of the search field, and claim shortcuts of the canvas."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if isinstance(event, QFocusEvent) and event.lostFocus():
            if event.reason() not in (
                Qt.FocusReason.PopupFocusReason,
                Qt.FocusReason.ActiveWindowFocusReason,
            ):
                self.close_list()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            if key in _STEPS:
                last = self.list.count() - 1
                self.list.setCurrentRow(max(0, min(last, self.list.currentRow() + _STEPS[key])))
            elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.list.currentItem())
            elif key == Qt.Key.Key_Escape:
                self.close_list()
            else:
                return super().eventFilter(watched, event)
            return True
        return super().eventFilter(watched, event)


def _texts(offer: Candidate) -> tuple[str, ...]:
    return (offer.title, offer.spec.kind, offer.about)
