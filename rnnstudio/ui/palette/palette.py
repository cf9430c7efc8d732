"""The palette: every registered node kind, by family, with an icon of its ports.

Under the cells stand the user's own, which are equation cells with equations and a title.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidgetItem, QVBoxLayout, QWidget

from rnnstudio.design.registry import Catalogue
from rnnstudio.design.spec import NodeSpec
from rnnstudio.engine.catalogue import catalogue as registered
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.palette.kind_list import KindList
from rnnstudio.ui.palette.palette_delegate import COLLAPSED_ROLE, SPEC_ROLE, USER_CELL_ROLE
from rnnstudio.ui.palette.user_cells import USER_CELL_KIND, UserCell
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.text_format import tooltip


class Palette(QWidget):
    """A search field above the list of node kinds.

    Signals
    -------
    add_requested(str) : a kind was asked for by double-click or Enter
    add_own_requested(UserCell) : a cell of the user's own was asked for
    removal_requested(str) : the user's own cell of that title shall go
    """

    add_requested = Signal(str)
    add_user_cell_requested = Signal(object)
    removal_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, catalogue: Catalogue | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self._catalogue = catalogue if catalogue is not None else registered()
        self.search = QLineEdit(self)
        self.search.setObjectName("palette-search")
        self.search.setPlaceholderText(self.tr("Search nodes"))
        self.search.setAccessibleName(self.tr("Search nodes"))
        self.search.setToolTip(self.tr("Show only nodes whose name or description holds these words"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumHeight(28)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list = KindList(self)
        self.list.setAccessibleName(self.tr("Kinds of nodes"))
        self.list.itemDoubleClicked.connect(self._add)
        self.list.heading_pressed.connect(self._toggle_section)
        self._folded: set[str] = set()
        self.list.removal_requested.connect(self.removal_requested)
        self._own: tuple[UserCell, ...] = ()
        self.list.installEventFilter(self)
        self.nothing = QLabel(self)
        self.nothing.setObjectName("palette-nothing")
        self.nothing.setWordWrap(True)
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)
        self.nothing.setContentsMargins(12, 8, 12, 8)
        self.nothing.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.setSpacing(4)
        field = QVBoxLayout()
        field.setContentsMargins(8, 0, 8, 0)
        field.addWidget(self.search)
        box.addLayout(field)
        box.addWidget(self.nothing)
        box.addWidget(self.list, 1)
        themes.changed.connect(self._theme_changed)
        self._fill()

    def sizeHint(self) -> QSize:
        """Return the width that the rows need."""
        return QSize(200, 480)

    def families(self) -> tuple[tuple[str, str], ...]:
        """Return (family, heading) in the order of the sections."""
        return (
            ("input", self.tr("Inputs")),
            ("cell", self.tr("Cells")),
            ("layer", self.tr("Layers")),
            ("structure", self.tr("Structure")),
            ("head", self.tr("Heads")),
        )

    def kinds(self) -> list[str]:
        """Return the visible kinds, from top to bottom."""
        rows = [self.list.item(row) for row in range(self.list.count())]
        specs = [KindList.spec_of(item) for item in rows if not item.isHidden()]
        return [spec.kind for spec in specs if spec is not None]

    def show_user_cells(self, cells: Iterable[UserCell]) -> None:
        """Replace the user cells."""
        self._own = tuple(cells)
        current = self.list.currentItem()
        before = (current.text(), KindList.user_cell_of(current) is not None) if current is not None else None
        self.list.clear()
        self._fill()
        self._filter(self.search.text())
        for row in range(self.list.count()):
            item = self.list.item(row)
            if (item.text(), KindList.user_cell_of(item) is not None) == before and not item.isHidden():
                self.list.setCurrentItem(item)

    def _fill(self) -> None:
        known = self.families()
        others = sorted({spec.family for spec in self._catalogue.nodes} - {family for family, _ in known})
        for family, heading in (*known, *((family, family.capitalize()) for family in others)):
            specs = [spec for spec in self._catalogue.nodes if spec.family == family]
            if not specs:
                continue
            head = QListWidgetItem(heading, self.list)
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            head.setToolTip(self.tr("Collapse or expand this section (keys: Left and Right)"))
            for spec in sorted(specs, key=lambda spec: spec.title.casefold()):
                self._row(spec, spec.title, spec.description)
            for own in self._own if any(spec.kind == USER_CELL_KIND for spec in specs) else ():
                description = self.tr("Yours: {0}").format(own.equations)
                self._row(self._catalogue.nodes.get(USER_CELL_KIND), own.title, description, own)

    def _row(self, spec: NodeSpec, title: str, description: str, own: UserCell | None = None) -> None:
        row = QListWidgetItem(title, self.list)
        row.setData(SPEC_ROLE, spec)
        row.setData(USER_CELL_ROLE, own)
        row.setToolTip(tooltip(description))
        row.setData(Qt.ItemDataRole.AccessibleDescriptionRole, description)
        row.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        head: QListWidgetItem | None = None
        folded = False
        for row in range(self.list.count()):
            item = self.list.item(row)
            spec = KindList.spec_of(item)
            if spec is None:
                head = item
                folded = not words and item.text() in self._folded
                head.setData(COLLAPSED_ROLE, folded)
                head.setHidden(True)
                continue
            own = KindList.user_cell_of(item)
            about = f"{spec.title} {spec.kind} {spec.description}" if own is None else self.tr("yours")
            hay = f"{item.text()} {about}".lower()
            shows = all(word in hay for word in words)
            item.setHidden(not shows or folded)
            if shows and head is not None:
                head.setHidden(False)
        self.nothing.setText(self.tr("No node is called “{0}”.").format(text))
        self.nothing.setVisible(bool(words) and not self.kinds())
        self._choose_first(only_if_hidden=True)

    def set_collapsed(self, head: QListWidgetItem, *, folded: bool) -> None:
        """Collapse or expand a section. A search also looks into collapsed ones."""
        (self._folded.add if folded else self._folded.discard)(head.text())
        self._filter(self.search.text())

    def _toggle_section(self, head: QListWidgetItem) -> None:
        self.set_collapsed(head, folded=not head.data(COLLAPSED_ROLE))

    def _collapse_by_key(self, key: int) -> bool:
        """Fold the current row's section by Left, unfold all by Right; return whether it was one of them."""
        if key == Qt.Key.Key_Left and self.list.currentItem() is not None:
            row = self.list.currentRow()
            while KindList.spec_of(self.list.item(row)) is not None:
                row -= 1
            self.set_collapsed(self.list.item(row), folded=True)
        elif key == Qt.Key.Key_Right:
            self._folded.clear()
            self._filter(self.search.text())
        else:
            return False
        return True

    def _choose_first(self, *, only_if_hidden: bool = False) -> None:
        current = self.list.currentItem()
        if only_if_hidden and current is not None and not current.isHidden():
            return
        for row in range(self.list.count()):
            item = self.list.item(row)
            if not item.isHidden() and KindList.spec_of(item) is not None:
                self.list.setCurrentItem(item)
                return

    def _add(self, item: QListWidgetItem | None) -> None:
        spec = KindList.spec_of(item)
        if spec is None or item is None or item.isHidden():
            return
        own = KindList.user_cell_of(item)
        if own is not None:
            self.add_user_cell_requested.emit(own)
        else:
            self.add_requested.emit(spec.kind)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter adds a node; Down moves from the search field to the list; Esc clears the search."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.list and self._collapse_by_key(event.key()):
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose_first(only_if_hidden=True)
                self._add(self.list.currentItem())
                return True
            if watched is self.search and event.key() == Qt.Key.Key_Down:
                self._choose_first(only_if_hidden=True)
                self.list.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if watched is self.search and event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the background."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), paint_cache.brush("panel"))
        painter.end()

    def _theme_changed(self) -> None:
        paint_cache.forget()
        self.update()
        self.list.viewport().update()
