"""Several parameters under one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnstudio.design.constraints import StreamName
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts
from rnnstudio.ui.forms import code_edit, stream_editor  # noqa: F401  they register their editors
from rnnstudio.ui.forms.editors import MIXED, Mixed, Shown
from rnnstudio.ui.forms.field import Field


class Form(QWidget):
    """The fields of some parameters; those that have no effect beside the others' values hide.

    Signals
    -------
    edited(name, value) : a valid value was made
    left(name) : the keyboard left a field
    changed() : a person changed a field, to a valid value or not
    """

    edited = Signal(str, object)
    focus_lost = Signal(str)
    changed = Signal()

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
            field.focus_lost.connect(self.focus_lost)
            field.editor.changed.connect(self.changed)
            self.fields[param.name] = field
            box.addWidget(field)

    def show_values(self, values: Mapping[str, Shown]) -> None:
        """Show a value in each field."""
        known = {name: value for name, value in values.items() if not isinstance(value, Mixed)}
        for name, field in self.fields.items():
            field.show_value(values.get(name, MIXED))
            matters = field.param.is_relevant(known) and not field.editor.has_no_choice
            field.setVisible(matters or field.is_invalid)

    @property
    def is_valid(self) -> bool:
        """Whether no field holds what its constraint refuses."""
        return not any(field.is_invalid for field in self.fields.values())

    def show_facts(self, facts: Facts) -> None:
        """Offer what the task has, where a field chooses from it; call it before `show_values`."""
        for field in self.fields.values():
            field.editor.show_facts(facts)

    @property
    def asks_for_facts(self) -> bool:
        """Whether any field chooses from what the task has."""
        return any(isinstance(field.param.constraint, StreamName) for field in self.fields.values())
