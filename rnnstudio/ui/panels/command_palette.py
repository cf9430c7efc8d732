"""The command palette: type a few letters to find a command, and press Enter to run it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.ui.theme import fonts
from rnnstudio.ui.theme.theme import color
from rnnstudio.ui.widgets.common import label, set_role
from rnnstudio.ui.widgets.fuzzy_match import ranked
from rnnstudio.ui.widgets.text_format import elided, truncated

WIDTH, ROW, ROWS, TOP = 560, 30, 11, 64
MAX_ROWS = 200  # rows; nobody reads more, and a design may have thousands of nodes
_ENTRY = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class CommandEntry:
    """One entry of the command palette.

    ``what`` says what kind of thing it is ("Go to node"), ``keys`` the shortcut, ``also`` more words
    that it is found by; what is not ``enabled`` shows and cannot be chosen.
    """

    title: str
    what: str
    run: Callable[[], object]
    keys: str = ""
    also: str = ""
    enabled: bool = True

    @property
    def words(self) -> str:
        """The whole entry on one line, for screen readers."""
        return ", ".join(part for part in (self.title, self.what, self.keys) if part)


def _texts(entry: CommandEntry) -> tuple[str, ...]:
    return (entry.title, entry.what, entry.also)


class _Rows(QStyledItemDelegate):
    """Paints a row: the title, its type, and its shortcut at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of a row."""
        return QSize(120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a row."""
        entry: CommandEntry = index.data(_ENTRY)
        state: QStyle.StateFlag = option.state
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = QRectF(rect).adjusted(6.5, 1.0, -6.5, -1.0)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(color("accent"))
            painter.setBrush(color("pressed"))
            painter.drawRoundedRect(inner.adjusted(0.0, 0.5, 0.0, -0.5), 6.0, 6.0)
        elif state & QStyle.StateFlag.State_MouseOver and entry.enabled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("hover"))
            painter.drawRoundedRect(inner, 6.0, 6.0)
        room = inner.adjusted(10.0, 0.0, -10.0, 0.0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(fonts.small())
        painter.setPen(color("quiet" if entry.enabled else "faint"))
        small = QFontMetricsF(fonts.small())
        note = f"{entry.what}  ·  {entry.keys}" if entry.keys else entry.what
        left = room.width() - QFontMetricsF(fonts.body()).horizontalAdvance(truncated(entry.title)) - 16.0
        note = elided(note, small, max(left, room.width() * 0.4))
        painter.drawText(room, int(middle | Qt.AlignmentFlag.AlignRight), note)
        room.setRight(room.right() - small.horizontalAdvance(note) - 12.0)
        painter.setFont(fonts.body())
        painter.setPen(color("text" if entry.enabled else "faint"))
        title = elided(entry.title, QFontMetricsF(fonts.body()), room.width())
        painter.drawText(room, int(middle | Qt.AlignmentFlag.AlignLeft), title)
        painter.restore()


class CommandPalette(QFrame):
    """A search field and a list on top of the window. Closes on Esc, on a choice, or when it loses focus."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._entries: Sequence[CommandEntry] = ()
        self._before: QWidget | None = None
        self.setObjectName("command-palette")
        self.setAccessibleName(self.tr("Command palette"))
        set_role(self, "popup")
        self.search = QLineEdit()
        self.search.setObjectName("command-search")
        self.search.setPlaceholderText(self.tr("Search actions, nodes, kinds of nodes and examples"))
        self.search.setAccessibleName(self.tr("Search actions, nodes, kinds of nodes and examples"))
        self.search.setToolTip(self.tr("Up and Down choose, Enter does it, Esc closes"))
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("command-list")
        self.list.setAccessibleName(self.tr("Results"))
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard stays in the field
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._choose)
        self.list.currentItemChanged.connect(self._say)
        self.nothing = label(self.tr("Nothing is called that."), "quiet")
        self.nothing.setContentsMargins(16, 6, 16, 12)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 8, 1, 8)
        column.setSpacing(6)
        field = QVBoxLayout()
        field.setContentsMargins(8, 0, 8, 0)
        field.addWidget(self.search)
        column.addLayout(field)
        column.addWidget(self.nothing)
        column.addWidget(self.list)
        self.hide()
        window.installEventFilter(self)

    def open(self, entries: Sequence[CommandEntry]) -> None:
        """Show the entries, with an empty search field."""
        self._before = QApplication.focusWidget()
        self._entries = entries
        self.search.clear()
        self._filter("")
        self.show()
        self.raise_()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def dismiss(self) -> None:
        """Close, and return the focus."""
        if self.isHidden():
            return
        had_keyboard = self.search.hasFocus()
        before, self._before = self._before, None
        self.hide()
        self._entries = ()
        if had_keyboard and before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def shown(self) -> list[CommandEntry]:
        """Return the visible rows, from top to bottom."""
        return [self.list.item(row).data(_ENTRY) for row in range(self.list.count())]

    def current(self) -> CommandEntry | None:
        """Return the row that Enter runs."""
        item = self.list.currentItem()
        entry = item.data(_ENTRY) if item is not None else None
        return entry if isinstance(entry, CommandEntry) else None

    # -------------------------------------------------------------------------------- inner

    def _filter(self, text: str) -> None:
        found = ranked(text, self._entries, _texts)
        self.list.clear()
        for entry in found[:MAX_ROWS]:
            item = QListWidgetItem(entry.words, self.list)
            item.setData(_ENTRY, entry)
            if not entry.enabled:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
        self._step(1)
        self.nothing.setVisible(not found)
        self.list.setVisible(bool(found))
        self.list.setFixedHeight(min(max(len(found), 1), ROWS) * ROW)
        self._place()

    def _place(self) -> None:
        wide = min(WIDTH, self._window.width() - 32)
        self.setFixedWidth(wide)
        self.adjustSize()
        self.move(QPoint((self._window.width() - wide) // 2, TOP))

    def _step(self, by: int) -> None:
        """Select the next enabled row, wrapping around."""
        count = self.list.count()
        row = self.list.currentRow() if self.list.currentRow() >= 0 else -1 if by > 0 else 0
        for _ in range(count):
            row = (row + by) % count
            if self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled:
                self.list.setCurrentRow(row)
                return

    def _leap(self, by: int) -> None:
        """Move by a page, up to the end."""
        rows = [
            row for row in range(self.list.count()) if self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled
        ]
        if rows:
            wanted = self.list.currentRow() + by
            self.list.setCurrentRow(min(rows, key=lambda row: abs(row - wanted)))

    def _say(self) -> None:
        """Announce the row to screen readers, although the focus is in the field."""
        entry = self.current()
        self.search.setAccessibleDescription(entry.words if entry is not None else self.nothing.text())

    def _choose(self, item: QListWidgetItem | None = None) -> None:
        item = item if item is not None else self.list.currentItem()
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        entry: CommandEntry = item.data(_ENTRY)
        self.dismiss()
        entry.run()

    # ------------------------------------------------------------------------------- events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the list's keys in the field, and stay centred in the window."""
        if watched is self._window and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        if watched is self.search:
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._press(Qt.Key(event.key()))
            if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
                if event.reason() not in (
                    Qt.FocusReason.PopupFocusReason,
                    Qt.FocusReason.ActiveWindowFocusReason,
                ):
                    self.dismiss()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do not pass unused keys to the widgets below."""
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Do not pass presses to the widgets below."""
        event.accept()

    def _press(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            self.dismiss()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Tab):
            self._step(1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Backtab):
            self._step(-1)
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._leap(ROWS - 1 if key == Qt.Key.Key_PageDown else 1 - ROWS)
        else:
            return False
        return True
