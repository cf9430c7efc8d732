"""One registered kind and its parameters: the task, the optimizer, a format of weights."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from rnnstudio.design.model import Choice
from rnnstudio.design.registry import KindLookup, RegisteredKind
from rnnstudio.ui.forms.form import Form
from rnnstudio.ui.widgets.common import wrapped_label
from rnnstudio.ui.widgets.text_format import tooltip


class KindChooser(QWidget):
    """A box to choose a kind from a registry, what the kind says of itself, and its parameters.

    Signals
    -------
    chosen(str) : another kind
    edited(name, value) : a valid value of one of its parameters
    left(name) : the keyboard left a field
    changed() : a person changed a field, to a valid value or not
    """

    chosen = Signal(str)
    edited = Signal(str, object)
    focus_lost = Signal(str)
    changed = Signal()

    def __init__(
        self, registry: KindLookup[RegisteredKind], name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._registry = registry
        self._kind: str | None = None
        self.combo = QComboBox(self)
        self.combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.combo.setAccessibleName(name)
        self.combo.setToolTip(tooltip(name))
        self.combo.activated.connect(self._activated)
        self.about = wrapped_label(role="quiet", parent=self)
        self.form: Form | None = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)
        self._box.addWidget(self.combo)
        self._box.addWidget(self.about)

    def show_choice(self, choice: Choice) -> None:
        """Show a kind and its parameters."""
        if choice.kind != self._kind:
            self._kind = choice.kind
            self._fill()
        if self.form is not None:
            spec = self._registry.get(choice.kind)
            self.form.show_values({p.name: choice.params.get(p.name, p.default) for p in spec.params})

    def _fill(self) -> None:
        if self.form is not None:
            self._box.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self.combo.clear()
        for known in self._registry:
            self.combo.addItem(known.title, known.kind)
        self.combo.setPlaceholderText(self._kind or "")
        self.combo.setCurrentIndex(self.combo.findData(self._kind))
        if self._kind not in self._registry:
            self.about.setText(self.tr("This kind is not installed; choose another."))
            self.about.show()
            return
        spec = self._registry.get(str(self._kind))
        licence = getattr(spec, "licence", "")
        parts = (getattr(spec, "description", ""), self.tr("Licence: {0}").format(licence) if licence else "")
        self.about.setText("\n".join(part for part in parts if part))
        self.about.setVisible(bool(self.about.text()))
        if spec.params:
            self.form = Form(spec.params, spec.title, self)
            self.form.edited.connect(self.edited)
            self.form.focus_lost.connect(self.focus_lost)
            self.form.changed.connect(self.changed)
            self._box.addWidget(self.form)

    def _activated(self, index: int) -> None:
        kind = self.combo.itemData(index)
        if kind != self._kind:
            self.chosen.emit(kind)
