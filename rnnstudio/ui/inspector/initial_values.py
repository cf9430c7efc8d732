"""The initial values of a node's weights: a collapsible section with a row per weight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QComboBox, QToolButton, QVBoxLayout, QWidget

from rnnstudio.design.constraints import Real
from rnnstudio.design.initializers import (
    INITIALIZERS,
    LARGEST,
    PREFIX,
    InitializerConstraint,
    format_initializer,
    parse_initializer,
)
from rnnstudio.design.model import Params, Value
from rnnstudio.design.spec import ParamSpec
from rnnstudio.ui.forms.editors import (
    MIXED,
    Editor,
    Mixed,
    NumberSpinBox,
    Shown,
    mixed_text,
    register_editor,
)
from rnnstudio.ui.forms.form import Form
from rnnstudio.ui.forms.numbers import NotANumber, real_from, stepped, written
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.text_format import tooltip

NUMBER_WIDTH = 54  # pixels; the word needs the rest
MATRICES, VECTORS = "matrices", "vectors"  # rows that set all weights of their kind


class InitializerEditor(Editor):
    """An initializer, with a number for those that take one. Empty means the kind's default."""

    def __init__(self, param: ParamSpec, parent: QWidget | None = None) -> None:
        super().__init__(param, parent)
        assert isinstance(param.constraint, InitializerConstraint)
        self.combo = QComboBox(self)
        self.combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.combo.addItem(self.tr("as usual"), "")
        for word in param.constraint.words:
            self.combo.addItem(INITIALIZERS[word].title, word)
            self.combo.setItemData(
                self.combo.count() - 1, INITIALIZERS[word].help, Qt.ItemDataRole.ToolTipRole
            )
        self.combo.activated.connect(self._chosen)
        self.add_control(self.combo)
        self.number = NumberSpinBox(self)
        self.number.edited.connect(self._typed_number)
        self.number.stepped.connect(self._step)
        self.number.editingFinished.connect(self.focus_lost)
        self.add_control(self.number, 0)
        self.number.setFixedWidth(NUMBER_WIDTH)
        self.number.hide()

    @property
    def word(self) -> str:
        """The chosen initializer; empty for the kind's default."""
        return str(self.combo.currentData() or "")

    def show_value(self, value: Shown) -> None:
        """See `Editor`."""
        mixed = isinstance(value, Mixed)
        rule = parse_initializer(value) if isinstance(value, str) and value else None
        self.combo.setPlaceholderText(mixed_text() if mixed else str(value))
        empty = not mixed and value in ("", None)
        self.combo.setCurrentIndex(0 if empty else self.combo.findData(rule.word) if rule else -1)
        number = rule.number if rule is not None else None
        try:
            if self.number.isVisible() and real_from(self.number.text(), optional=True) == number:
                return  # "0.10" being typed is 0.1 already
        except NotANumber:
            pass
        self._show_number(number)

    def _show_number(self, number: float | None) -> None:
        kind = INITIALIZERS.get(self.word)
        self.number.setVisible(kind is not None and bool(kind.number))
        if kind is not None:
            title = f"{self.param.title}: {kind.number}"
            self.number.setAccessibleName(title)
            self.number.setToolTip(tooltip(title))
            self.number.lineEdit().setPlaceholderText("1/√units" if self.word == "uniform" else "")
        self.number.show_text("" if number is None else written(float(number)))

    def _chosen(self, _index: int) -> None:
        kind = INITIALIZERS.get(self.word)
        number = 0.0 if kind is not None and kind.needs_number else None
        self.focus_lost.emit()  # a choice is a step of its own
        self._show_number(kind.default if kind is not None and number is None else number)
        self.changed.emit(format_initializer(self.word, number) if kind is not None else "")

    def _typed_number(self, text: str) -> None:
        try:
            number = real_from(text, optional=not INITIALIZERS[self.word].needs_number)
        except NotANumber:
            self.changed.emit(f"{self.word} {text}")  # which the constraint refuses
            return
        self.changed.emit(format_initializer(self.word, number))

    def _step(self, steps: int) -> None:
        kind = INITIALIZERS[self.word]
        try:
            now: Value = real_from(self.number.text(), optional=True)
        except NotANumber:
            now = None
        usual = 0.1 if kind.default is None else kind.default
        least = max(kind.minimum, -10.0)
        number = stepped(Real(least, LARGEST if least == 0 else 10.0, optional=True), now, steps, usual)
        assert isinstance(number, int | float)
        self._show_number(float(number))
        self.changed.emit(format_initializer(self.word, float(number)))


register_editor(InitializerConstraint, InitializerEditor)


class InitialValuesSection(QWidget):
    """The collapsible section. Its rows are created when it is first opened.

    Signals
    -------
    edited(values, title) : starts by parameter name, to be set; an empty one to be taken away
    left() : the keyboard left a row
    """

    edited = Signal(dict, str)
    focus_lost = Signal()

    def __init__(self, where: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._where = where
        self._params: tuple[ParamSpec, ...] = ()
        self._values: Mapping[str, Value] = {}
        self.form: Form | None = None
        self.button = QToolButton(self)
        self.button.setObjectName("starts")
        self.button.setText(self.tr("Weights start"))
        self.button.setFont(fonts.small_caps())
        self.button.setProperty("role", "plain")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setArrowType(Qt.ArrowType.RightArrow)
        self.button.setCheckable(True)
        self.button.setAccessibleName(self.tr("Weights start"))
        self.button.setToolTip(self.tr("How each weight starts before training"))
        self.button.toggled.connect(self._opened)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 8, 0, 0)
        self._box.setSpacing(6)
        self._box.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_initializers(self, params: Iterable[ParamSpec], node_params: Params) -> None:
        """Show the initializers of these weights; hide the section if there are none."""
        params = tuple(params)
        if params != self._params:
            self._params = params
            self._drop()
        self._values = {param.name: node_params.get(param.name, "") for param in params}
        self.setVisible(bool(params))
        if self.button.isChecked():
            self._show()

    def _opened(self, is_open: bool) -> None:
        self.button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        if is_open:
            self._show()
        if self.form is not None:
            self.form.setVisible(is_open)

    def _drop(self) -> None:
        if self.form is not None:
            self._box.removeWidget(self.form)
            self.form.setParent(None)
            self.form.deleteLater()
            self.form = None

    def _show(self) -> None:
        if self.form is None:
            rows = [
                replace(p, title=self._title(p.name), constraint=replace(_start(p), optional=True))
                for p in self._params
            ]
            self.form = Form([*self._together(), *rows], self._where, self)
            self.form.edited.connect(self._edited)
            self.form.focus_lost.connect(self._left)
            self._box.addWidget(self.form)
        shown: dict[str, Shown] = {**self._values}
        for row in (MATRICES, VECTORS):
            several = {self._values[name] for name in self._of(row)}
            shown[row] = several.pop() if len(several) == 1 else MIXED
        self.form.show_values(shown)

    def _together(self) -> list[ParamSpec]:
        titles = {
            MATRICES: QCoreApplication.translate("Inspector", "All matrices"),
            VECTORS: QCoreApplication.translate("Inspector", "All vectors"),
        }
        help_ = QCoreApplication.translate("Inspector", "Sets all of them at once.")
        return [
            ParamSpec(row, titles[row], InitializerConstraint(row == MATRICES, optional=True), "", help_)
            for row in (MATRICES, VECTORS)
            if len(self._of(row)) > 1
        ]

    def _title(self, name: str) -> str:
        """Return "U_f · layer 2 · reverse" for "start.layer2.reverse.U_f"."""
        *parts, weight = name.removeprefix(PREFIX).split(".")
        words = [
            self.tr("layer {0}").format(part.removeprefix("layer"))
            if part.startswith("layer")
            else self.tr("reverse")
            for part in parts
        ]
        return " · ".join([weight, *words])

    def _of(self, row: str) -> list[str]:
        return [param.name for param in self._params if _start(param).matrix == (row == MATRICES)]

    def _edited(self, name: str, value: Value) -> None:
        assert self.form is not None
        names = self._of(name) if name in (MATRICES, VECTORS) else [name]
        self.edited.emit(dict.fromkeys(names, value), self.form.fields[name].param.title)

    def _left(self, _name: str) -> None:
        self.focus_lost.emit()


def _start(param: ParamSpec) -> InitializerConstraint:
    assert isinstance(param.constraint, InitializerConstraint)
    return param.constraint
