"""One editor per kind of constraint: it shows a value, reads what a person makes of it, and steps it.

An editor never refuses a key. What it holds is read at every change; whether that is a valid value is
the constraint's to say (see `field`), so invalid text stays to be mended. Register an editor for a
constraint of your own with `register_editor`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QWidget,
)

from rnnstudio.design.constraints import Constraint, FilePath, Flag, Integer, OneOf, Real
from rnnstudio.design.model import Value
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts
from rnnstudio.ui.forms.numbers import NotANumber, real_from, stepped, whole_from, written
from rnnstudio.ui.widgets import file_dialogs
from rnnstudio.ui.widgets.text_format import tooltip


class InvalidText:
    """What an editor holds when its text is no value of its kind; ``hint`` says what else to write."""

    def __init__(self, text: str, hint: str = "") -> None:
        self.text, self.hint = text, hint

    def __str__(self) -> str:
        return self.text


class Mixed:
    """The value of several nodes that differ."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mixed)

    def __hash__(self) -> int:
        return hash(Mixed)


MIXED = Mixed()
Shown = Value | Mixed


def mixed_text() -> str:
    """Return what stands in place of a value where values differ."""
    return QCoreApplication.translate("Inspector", "mixed")


class Editor(QWidget):
    """Base of all editors.

    Signals
    -------
    changed(object) : a person made another value (or an `InvalidText`)
    left() : the keyboard went elsewhere, or Enter was pressed

    Attributes
    ----------
    wide : whether it stands under its title instead of beside it
    keeps_mistakes : whether what the constraint refuses goes into the design all the same, where the
        rules tell of it: so that long work which is wrong for now is never lost
    """

    wide = False
    keeps_mistakes = False
    changed = Signal(object)
    focus_lost = Signal()

    def __init__(self, param: ParamSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4)

    def add_control(self, control: QWidget, stretch: int = 1) -> None:
        """Lay a control out and watch it for the keyboard's leaving."""
        self._box.addWidget(control, stretch)
        control.installEventFilter(self)
        if self.focusProxy() is None:
            self.setFocusProxy(control)

    def show_value(self, value: Shown) -> None:
        """Show a value without saying that it changed."""
        raise NotImplementedError

    @property
    def has_no_choice(self) -> bool:
        """Whether there is nothing to decide, so that the field need not be shown."""
        return False

    def show_facts(self, facts: Facts) -> None:
        """Take what the task says of its data, for editors that offer some of it."""

    def set_accessible_text(self, name: str, description: str) -> None:
        """Give the control its accessible name and its tooltip."""
        control = self.focusProxy() or self
        control.setAccessibleName(name)
        self.setToolTip(tooltip(description))
        control.setToolTip(tooltip(description))
        self.set_accessible_description(description)

    def set_accessible_description(self, description: str) -> None:
        """Tell a screen reader more of the control."""
        control = self.focusProxy() or self
        if isinstance(control, QComboBox):  # on Linux Qt tells what is chosen in place of the name
            description = f"{control.accessibleName()}. {description}"
        control.setAccessibleDescription(description)

    def _typed(self, text: str) -> None:
        """Say what was typed, for editors whose value is the text itself."""
        self.changed.emit(text)

    def mark(self, invalid: bool) -> None:
        """Show on the control that what it holds is refused."""
        control = self.focusProxy() or self
        if bool(control.property("invalid")) != invalid:
            control.setProperty("invalid", invalid)
            control.style().unpolish(control)
            control.style().polish(control)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say when the keyboard leaves; let the wheel scroll the panel unless the control has focus."""
        if event.type() == QEvent.Type.FocusOut:
            self.focus_lost.emit()
        if isinstance(event, QWheelEvent) and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


class NumberSpinBox(QAbstractSpinBox):
    """A line of text with arrows; it accepts any text and steps by a function of ours."""

    stepped = Signal(int)
    edited = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToPreviousValue)
        self.setAccelerated(True)
        self.lineEdit().setTextMargins(6, 0, 0, 0)
        self.lineEdit().textEdited.connect(self.edited)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Accept any text: refusing keys would hide from a person what is wrong with it."""
        return (QValidator.State.Acceptable, text, pos)

    def fixup(self, text: str) -> str:
        """Leave the text as it is."""
        return text

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Allow both arrows; a step out of the range stays at its end."""
        flag = QAbstractSpinBox.StepEnabledFlag
        return flag.StepUpEnabled | flag.StepDownEnabled

    def stepBy(self, steps: int) -> None:
        """Ask for steps up or down."""
        self.stepped.emit(steps)

    def show_text(self, text: str) -> None:
        """Show a text; the cursor stays where it was, as far as it can."""
        line = self.lineEdit()
        if line.text() != text:
            at = line.cursorPosition()
            line.setText(text)
            line.setCursorPosition(min(at, len(text)))


class NumberEditor(Editor):
    """Whole and real numbers."""

    def __init__(self, param: ParamSpec, parent: QWidget | None = None) -> None:
        super().__init__(param, parent)
        self.box = NumberSpinBox(self)
        self.box.edited.connect(self._edited)
        self.box.stepped.connect(self._step)
        self.box.editingFinished.connect(self.focus_lost)
        self.add_control(self.box)
        self._value: Value = param.default

    def read(self, text: str) -> Value:
        """Return the number that the text means; `NotANumber` if it means none."""
        constraint = self.param.constraint
        if isinstance(constraint, Real):
            return real_from(text, optional=constraint.optional)
        optional = isinstance(constraint, Integer) and constraint.optional
        return whole_from(text, optional=optional)

    def show_value(self, value: Shown) -> None:
        """See `Editor`."""
        if isinstance(value, Mixed):
            self.box.lineEdit().setPlaceholderText(mixed_text())
            self.box.show_text("")
            return
        self._value = value
        try:
            if self.read(self.box.text()) == value and self.box.text().strip():
                return  # "0.10" being typed is 0.1 already
        except NotANumber:
            pass
        self.box.show_text(written(value))

    def _edited(self, text: str) -> None:
        try:
            value = self.read(text)
        except NotANumber as error:
            self.changed.emit(InvalidText(text, error.hint))
            return
        self._value = value
        self.changed.emit(value)

    def _step(self, steps: int) -> None:
        value = stepped(self.param.constraint, self._value, steps, self.param.default)
        self._value = value
        self.box.show_text(written(value))
        self.box.lineEdit().selectAll()
        self.changed.emit(value)


class ChoiceEditor(Editor):
    """One of a few words."""

    def __init__(self, param: ParamSpec, parent: QWidget | None = None) -> None:
        super().__init__(param, parent)
        assert isinstance(param.constraint, OneOf)
        self.combo = QComboBox(self)
        self.combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for option in param.constraint.options:
            self.combo.addItem(param.constraint.title(option), option)
        self.combo.activated.connect(self._activated)
        self.add_control(self.combo)

    def show_value(self, value: Shown) -> None:
        """See `Editor`; a word that is no option stays visible in the closed box."""
        self.combo.setPlaceholderText(mixed_text() if isinstance(value, Mixed) else str(value))
        self.combo.setCurrentIndex(-1 if isinstance(value, Mixed) else self.combo.findData(value))

    def _activated(self, index: int) -> None:
        self.changed.emit(self.combo.itemData(index))


class FlagEditor(Editor):
    """Yes or no."""

    def __init__(self, param: ParamSpec, parent: QWidget | None = None) -> None:
        super().__init__(param, parent)
        self.check = QCheckBox(self)
        self.check.clicked.connect(self._clicked)
        self.add_control(self.check)

    def show_value(self, value: Shown) -> None:
        """See `Editor`."""
        self.check.setTristate(isinstance(value, Mixed))
        state = Qt.CheckState
        self.check.setCheckState(
            state.PartiallyChecked
            if isinstance(value, Mixed)
            else state.Checked
            if value
            else state.Unchecked
        )

    def _clicked(self) -> None:
        self.check.setTristate(False)
        self.changed.emit(self.check.isChecked())


class FileEditor(Editor):
    """The path of a file, typed or chosen."""

    def __init__(self, param: ParamSpec, parent: QWidget | None = None) -> None:
        super().__init__(param, parent)
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(self.tr("no file yet"))
        self.line.textEdited.connect(self._typed)
        self.line.editingFinished.connect(self.focus_lost)
        self.add_control(self.line)
        self.button = QToolButton(self)
        self.button.setText("…")
        self.button.setToolTip(self.tr("Choose a file"))
        self.button.setAccessibleName(self.tr("Choose a file"))
        self.button.clicked.connect(self._choose)
        self._box.addWidget(self.button)

    def show_value(self, value: Shown) -> None:
        """See `Editor`."""
        text = "" if isinstance(value, Mixed) or value is None else str(value)
        if isinstance(value, Mixed):
            self.line.setPlaceholderText(mixed_text())
        if self.line.text() != text:
            self.line.setText(text)
        self.line.setToolTip(tooltip(text))

    def _choose(self) -> None:
        constraint = self.param.constraint
        pattern = constraint.filter if isinstance(constraint, FilePath) else ""
        folder = str(Path(self.line.text()).parent) if self.line.text() else ""
        path = file_dialogs.open_path(self, self.param.title, folder, pattern)
        if path is not None:
            self.focus_lost.emit()  # a choice is a step of its own, whatever was typed before
            self.line.setText(str(path))
            self.changed.emit(str(path))
            self.focus_lost.emit()


class TextEditor(Editor):
    """Any text: for a constraint that nobody registered an editor for."""

    def __init__(self, param: ParamSpec, parent: QWidget | None = None) -> None:
        super().__init__(param, parent)
        self.line = QLineEdit(self)
        self.line.textEdited.connect(self._typed)
        self.line.editingFinished.connect(self.focus_lost)
        self.add_control(self.line)

    def show_value(self, value: Shown) -> None:
        """See `Editor`."""
        text = "" if isinstance(value, Mixed) or value is None else str(value)
        self.line.setPlaceholderText(mixed_text() if isinstance(value, Mixed) else "")
        if self.line.text() != text:
            self.line.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave keys to the line."""
        event.ignore()


EditorMaker = Callable[[ParamSpec, QWidget | None], Editor]
_EDITORS: dict[type[Constraint], EditorMaker] = {}


def register_editor(constraint: type[Constraint], maker: EditorMaker) -> None:
    """Use ``maker`` for parameters of that constraint."""
    _EDITORS[constraint] = maker


def editor_for(param: ParamSpec, parent: QWidget | None = None) -> Editor:
    """Return the editor of a parameter, by the class of its constraint or the nearest base class."""
    for kind in type(param.constraint).__mro__:
        if kind in _EDITORS:
            return _EDITORS[kind](param, parent)
    return TextEditor(param, parent)


for _constraint, _maker in (
    (Integer, NumberEditor),
    (Real, NumberEditor),
    (OneOf, ChoiceEditor),
    (Flag, FlagEditor),
    (FilePath, FileEditor),
):
    register_editor(_constraint, _maker)
