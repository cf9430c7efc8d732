"""Several parameters under one another, and the words and merging of their edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnstudio.design import annotation
from rnnstudio.design.constraints import StreamName
from rnnstudio.design.model import Design, NodeId
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.inspector import streams  # noqa: F401  it registers its editor
from rnnstudio.ui.inspector.editors import MIXED, Mixed, Shown
from rnnstudio.ui.inspector.field import Field


class Editing(QObject):
    """Makes edits of the document such that one stay in a field is one undo step.

    ``changed`` of the document that does not come from here (undo, a gesture on the canvas) ends the
    stay too.
    """

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._stay = 0
        self._own = False
        self.rename: Callable[[NodeId, str], None] = self._rename  # a canvas makes room for the name, too
        document.changed.connect(self._document_changed)

    def edit(self, text: str, design: Design, key: str) -> None:
        """Put an edit on the undo stack, merged with those of the same key and stay."""
        self._own = True
        try:
            self.document.edit(text, design, f"{key}#{self._stay}" if key else "")
        finally:
            self._own = False

    def _rename(self, thing_id: NodeId, title: str) -> None:
        self.document.edit(self.tr("Rename"), annotation.write(self.document.design, thing_id, title))

    def end_stay(self) -> None:
        """Let the next edit be a step of its own."""
        self._stay += 1

    def _document_changed(self) -> None:
        if not self._own:
            self._stay += 1


class Form(QWidget):
    """The fields of some parameters; those that have no effect beside the others' values hide.

    Signals
    -------
    edited(name, value) : a valid value was made
    left(name) : the keyboard left a field
    """

    edited = Signal(str, object)
    left = Signal(str)

    def __init__(self, params: Iterable[ParamSpec], where: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, Field] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        for param in params:
            field = Field(param, where, self)
            field.setObjectName(f"field-{param.name}")
            field.edited.connect(self.edited)
            field.left.connect(self.left)
            self.fields[param.name] = field
            box.addWidget(field)

    def show_values(self, values: Mapping[str, Shown]) -> None:
        """Show a value in each field."""
        known = {name: value for name, value in values.items() if not isinstance(value, Mixed)}
        for name, field in self.fields.items():
            field.show_value(values.get(name, MIXED))
            matters = field.param.matters(known) and not field.editor.moot
            field.setVisible(matters or field.is_invalid)

    def show_facts(self, facts: Facts) -> None:
        """Offer what the task has, where a field chooses from it; call it before `show_values`."""
        for field in self.fields.values():
            field.editor.show_facts(facts)

    @property
    def asks_for_facts(self) -> bool:
        """Whether any field chooses from what the task has."""
        return any(isinstance(field.param.constraint, StreamName) for field in self.fields.values())
