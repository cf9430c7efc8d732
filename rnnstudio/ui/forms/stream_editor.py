"""Which of the task's streams an input gives or a head predicts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget

from rnnstudio.design.constraints import StreamName
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.ui.forms.editors import Editor, Mixed, Shown, mixed_text, register_editor
from rnnstudio.ui.widgets.text_format import tooltip


class StreamEditor(Editor):
    """The first of the task's streams that fits, or one by its title.

    There is nothing to choose where the task has one such stream only; the field is then hidden.
    """

    def __init__(self, param: ParamSpec, parent: QWidget | None = None) -> None:
        super().__init__(param, parent)
        assert isinstance(param.constraint, StreamName)
        self.constraint = param.constraint
        self._offered: tuple[Stream, ...] | None = None
        self._shown: Shown = param.default
        self.combo = QComboBox(self)
        self.combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.combo.activated.connect(self._activated)
        self.add_control(self.combo)
        self.show_facts(Facts())

    @property
    def has_no_choice(self) -> bool:
        """See `Editor`."""
        return self._shown == "" and self._offered is not None and len(self._offered) < 2

    def show_facts(self, facts: Facts) -> None:
        """See `Editor`."""
        wanted = self.constraint
        offered = tuple(
            stream
            for stream in facts.streams
            if stream.role == wanted.role
            and stream.content is wanted.content
            and (stream.binary or not wanted.binary)
        )
        if offered == self._offered:
            return
        self._offered = offered
        self.combo.clear()
        first = self.tr("First that fits")
        self.combo.addItem(f"{first} ({offered[0].title})" if offered else first, "")
        for stream in offered:
            self.combo.addItem(stream.title, stream.name)
            place = self.combo.count() - 1
            self.combo.setItemData(
                place, tooltip(f"{stream.signal.value} {stream.shape}"), Qt.ItemDataRole.ToolTipRole
            )
        self.show_value(self._shown)

    def show_value(self, value: Shown) -> None:
        """See `Editor`; a name that the task does not have stays visible in the closed box."""
        self._shown = value
        self.combo.setPlaceholderText(mixed_text() if isinstance(value, Mixed) else str(value))
        self.combo.setCurrentIndex(-1 if isinstance(value, Mixed) else self.combo.findData(value))

    def _activated(self, index: int) -> None:
        self.changed.emit(self.combo.itemData(index))


register_editor(StreamName, StreamEditor)
