"""The shortcuts page: find an action, change its shortcut, or reset it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHBoxLayout,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.ui.actions.registry import MENUS
from rnnstudio.ui.actions.shortcuts import keys
from rnnstudio.ui.actions.spec import ActionSpec
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.widgets.common import label, set_role
from rnnstudio.ui.widgets.text_format import without_mnemonic
from rnnstudio.ui.window.menus import Actions, translated

_ID = Qt.ItemDataRole.UserRole
Native = QKeySequence.SequenceFormat.NativeText
Portable = QKeySequence.SequenceFormat.PortableText


def plain(title: str) -> str:
    """Return an action's title without mnemonic and ellipsis."""
    return without_mnemonic(title).rstrip("…")


class ShortcutsPage(QDialog):
    """Lists every action with its shortcut. Changes take effect immediately and are saved."""

    def __init__(self, actions: Actions, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions, self._settings = actions, settings
        self.setObjectName("shortcuts")
        self.setWindowTitle(self.tr("Shortcuts"))
        self.resize(560, 560)
        self.search = QLineEdit()
        self.search.setObjectName("shortcuts-search")
        self.search.setPlaceholderText(self.tr("Search actions or keys"))
        self.search.setAccessibleName(self.tr("Search actions or keys"))
        self.search.setToolTip(self.tr("Show only actions whose words or keys hold this"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.list = QTreeWidget()
        self.list.setObjectName("shortcuts-list")
        self.list.setAccessibleName(self.tr("Actions and their keys"))
        self.list.setColumnCount(3)
        self.list.setHeaderLabels([self.tr("Action"), self.tr("Menu"), self.tr("Keys")])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setColumnWidth(0, 300)
        self.list.setColumnWidth(1, 90)
        self.list.currentItemChanged.connect(self._show)
        self.keys = QKeySequenceEdit()
        self.keys.setObjectName("shortcuts-keys")
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName(self.tr("Keys of the chosen action"))
        self.keys.setToolTip(self.tr("Press the keys that the action shall have"))
        self.keys.editingFinished.connect(self._take)
        self.keys.installEventFilter(self)
        self.sentence = label("", "quiet")
        self.sentence.setObjectName("shortcuts-sentence")
        self.sentence.setWordWrap(True)
        self.none = QPushButton(self.tr("No keys"))
        self.none.setToolTip(self.tr("Remove the shortcut of this action"))
        self.none.clicked.connect(self._take_away)
        self.back = QPushButton(self.tr("Reset"))
        self.back.setToolTip(self.tr("Give this action the keys it came with"))
        self.back.clicked.connect(self._put_back)
        self.all_back = QPushButton(self.tr("Reset all"))
        self.all_back.setToolTip(self.tr("Give every action the keys it came with"))
        self.all_back.clicked.connect(self._put_all_back)
        close = QPushButton(self.tr("Close"))
        close.setToolTip(self.tr("Close (Esc)"))
        close.clicked.connect(self.accept)
        set_role(close, "primary")
        for button in (self.none, self.back, self.all_back, close):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.keys, 1)
        row.addWidget(self.none)
        row.addWidget(self.back)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.all_back)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        column.addWidget(self.sentence)
        column.addLayout(foot)
        self._fill()

    # -------------------------------------------------------------------------------- rows

    def _fill(self) -> None:
        for spec in self._actions.specs:
            item = QTreeWidgetItem(self.list)
            item.setText(0, plain(translated(spec.title)))
            item.setText(1, plain(translated(MENUS[spec.menu])))
            item.setData(0, _ID, spec.id)
            item.setToolTip(0, translated(spec.tip))
            self._write(item, spec)
        self.list.setCurrentItem(self.items()[0])

    def _write(self, item: QTreeWidgetItem, spec: ActionSpec) -> None:
        item.setText(2, _native(keys.of(spec.id)))
        font = item.font(2)
        font.setBold(keys.of(spec.id) != spec.keys)  # told in words by the sentence, too
        item.setFont(2, font)

    def items(self) -> list[QTreeWidgetItem]:
        """Return the rows of all actions, including hidden ones."""
        rows = (self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount()))
        return [item for item in rows if item is not None]

    def choose(self, action_id: str) -> None:
        """Select an action's row."""
        for item in self.items():
            if item.data(0, _ID) == action_id:
                self.list.setCurrentItem(item)

    def _spec(self) -> ActionSpec | None:
        item = self.list.currentItem()
        return self._actions.spec(item.data(0, _ID)) if item is not None else None

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for item in self.items():
            row = " ".join(item.text(column) for column in range(3)).casefold()
            item.setHidden(not all(word in row for word in words))
        current = self.list.currentItem()
        if current is None or current.isHidden():
            shown = [item for item in self.items() if not item.isHidden()]
            if shown:
                self.list.setCurrentItem(shown[0])
            else:
                self.list.setCurrentIndex(QModelIndex())

    def _show(self, _current: object = None, _before: object = None) -> None:
        spec = self._spec()
        self.keys.setEnabled(spec is not None)
        self.none.setEnabled(spec is not None and bool(keys.of(spec.id)))
        self.back.setEnabled(spec is not None and keys.of(spec.id) != spec.keys)
        self.keys.setKeySequence(self._actions[spec.id].shortcut() if spec is not None else QKeySequence())
        changed = spec is not None and keys.of(spec.id) != spec.keys
        self._say(self.tr("It came with {0}.").format(_native(spec.keys)) if spec and changed else "")

    def _say(self, sentence: str, role: str = "quiet") -> None:
        set_role(self.sentence, role)
        self.sentence.setText(sentence)
        self.keys.setAccessibleDescription(sentence)

    # -------------------------------------------------------------------------------- edits

    def _take(self) -> None:
        """Assign the pressed keys to the action, unless another action has them."""
        spec = self._spec()
        if spec is None:
            return
        text = self.keys.keySequence().toString(Portable)
        if text == self._actions[spec.id].shortcut().toString(Portable):
            return
        other = self._owner(text, spec.id)
        if other is not None:
            self.keys.setKeySequence(self._actions[spec.id].shortcut())
            self._say(
                self.tr("{0} is taken by “{1}”. Give that other keys first.").format(
                    _native(text), plain(translated(other.title))
                ),
                "danger",
            )
            return
        self._set(spec, text)
        self._show()

    def _take_away(self) -> None:
        """Remove the action's shortcut. Menus and the command palette still run it."""
        spec = self._spec()
        if spec is not None:
            self._set(spec, "")
            self._show()

    def _owner(self, text: str, action_id: str) -> ActionSpec | None:
        """Return the other action with this shortcut."""
        wanted = QKeySequence(text)
        for spec in self._actions.specs:
            if text and spec.id != action_id and wanted in keys.sequences(spec.id):
                return spec
        return None

    def _put_back(self) -> None:
        spec = self._spec()
        if spec is None:
            return
        for text in spec.keys.split("; "):
            other = self._owner(text, spec.id)
            if other is not None:
                words = self.tr("{0} is taken by “{1}”. Give that other keys first.")
                self._say(words.format(_native(text), plain(translated(other.title))), "danger")
                return
        self._set(spec, spec.keys)
        self._show()

    def _put_all_back(self) -> None:
        for spec in self._actions.specs:
            self._set(spec, spec.keys)
        self._show()

    def _set(self, spec: ActionSpec, text: str) -> None:
        keys.set(spec.id, text)
        self._settings.set_shortcut(spec.id, text if text != spec.keys else None)
        for item in self.items():
            if item.data(0, _ID) == spec.id:
                self._write(item, spec)

    # ------------------------------------------------------------------------------- events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tab moves the focus and Esc closes the page: neither can be a shortcut."""
        if watched is self.keys and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
                self.accept()
                return True
        return super().eventFilter(watched, event)


def _native(text: str) -> str:
    return ", ".join(QKeySequence(one).toString(Native) for one in text.split("; ") if one)
