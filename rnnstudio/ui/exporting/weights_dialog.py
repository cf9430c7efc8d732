"""The dialog before trained weights are exported: in which format, and with which of its options."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Choice, Design, Value
from rnnstudio.engine.weights.format import WEIGHT_FORMATS
from rnnstudio.engine.weights.trained_node import require_emitters
from rnnstudio.ui.forms.kind_chooser import KindChooser
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.common import breakable, set_role, wrapped_label

_WIDTH = 420


class WeightsDialog(QDialog):
    """Asks for a format and its options; `choice` is the answer.

    Parameters
    ----------
    design : the one that the weights belong to, if it is known
    choice : the format and options to begin with
    """

    def __init__(self, design: Design | None, choice: Choice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._design, self._choices = design, {choice.kind: choice}
        self.choice = choice
        self.setObjectName("export-weights")
        self.setWindowTitle(self.tr("Export weights"))
        self.setMinimumWidth(_WIDTH)
        set_role(self, "panel")
        self.formats = KindChooser(WEIGHT_FORMATS, self.tr("Format"), self)
        self.formats.chosen.connect(self._choose)
        self.formats.edited.connect(self._edit)
        self.formats.changed.connect(self._update)
        self.refusal = wrapped_label(role="danger", parent=self)
        self.export = QPushButton(self.tr("Export…"))
        set_role(self.export, "primary")
        self.export.setDefault(True)
        self.cancel = QPushButton(self.tr("Cancel"))
        buttons = QDialogButtonBox()
        buttons.addButton(self.export, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        stack = QVBoxLayout(self)
        stack.setContentsMargins(16, 16, 16, 16)
        stack.setSpacing(12)
        stack.addWidget(self.formats)
        stack.addWidget(self.refusal)
        stack.addStretch(1)
        stack.addWidget(buttons)
        self._show(choice)

    def _choose(self, kind: str) -> None:
        self._show(self._choices.get(kind, Choice(kind)))
        self.adjustSize()

    def _edit(self, name: str, value: Value) -> None:
        self._show(Choice(self.choice.kind, {**self.choice.params, name: value}))

    def _show(self, choice: Choice) -> None:
        self.choice = self._choices[choice.kind] = choice
        self.formats.show_choice(choice)
        self._update()

    def _update(self) -> None:
        """Say whether the format can write the design, and allow the export if all is valid."""
        known, refused = WEIGHT_FORMATS.get(self.choice.kind), ""
        if known.has_emitters and self._design is not None:
            try:
                require_emitters(known.kind, self._design)
            except StudioError as error:
                refused = translated(error)
        self.refusal.setText(breakable(refused))
        self.refusal.setVisible(bool(refused))
        form = self.formats.form
        self.export.setEnabled(not refused and (form is None or form.is_valid))
