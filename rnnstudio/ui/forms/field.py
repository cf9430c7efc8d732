"""A parameter's row: title, editor, and below it what is wrong with what was typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from rnnstudio.design.constraints import Text
from rnnstudio.design.message import Message
from rnnstudio.design.spec import ParamSpec
from rnnstudio.ui.forms.editors import MIXED, InvalidText, Mixed, Shown, editor_for
from rnnstudio.ui.forms.numbers import written
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.common import breakable
from rnnstudio.ui.widgets.text_format import menu_text


class Field(QWidget):
    """One parameter.

    A number of two meanings leaves the design as it was before the keyboard came here, whatever was valid
    on the way: who types 1,000 does not want 1.

    Signals
    -------
    edited(name, value) : a valid value was made; nothing is emitted for an invalid one, unless its
        editor keeps mistakes
    left(name) : the keyboard went elsewhere
    """

    edited = Signal(str, object)
    focus_lost = Signal(str)

    def __init__(self, param: ParamSpec, where: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self._where = where
        self._typing = False
        self.shown: Shown = MIXED
        self._settled: Shown = MIXED  # the design's value when the keyboard came
        self.title = QLabel(menu_text(param.title), self)
        self.title.setProperty("role", "quiet")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.editor = editor_for(param, self)
        unit = self.tr("Unit: {0}.").format(param.unit) if param.unit else ""
        self._help = " ".join(part for part in (param.help, unit) if part)
        self.editor.set_accessible_text(param.title, self._help)
        self.title.setToolTip(self.editor.toolTip())
        self.title.setBuddy(self.editor)
        self.problem = QLabel(self)
        self.problem.setProperty("role", "danger")
        self.problem.setFont(fonts.small())
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.problem.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        if self.editor.wide:
            grid.addWidget(self.title, 0, 0, 1, 2)
            grid.addWidget(self.editor, 1, 0, 1, 2)
        else:
            grid.addWidget(self.title, 0, 0)
            grid.addWidget(self.editor, 0, 1)
        grid.addWidget(self.problem, 2, 0, 1, 2)
        self.title.setMinimumWidth(60)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.editor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.editor.changed.connect(self._changed)
        self.editor.focus_lost.connect(self._left)

    def show_value(self, value: Shown) -> None:
        """Show the design's value; refused text stays until the design's value is another."""
        if self.is_invalid and value == self.shown and type(value) is type(self.shown):
            return
        self.shown = value
        if not self._typing:
            self._settled = value
        self.editor.show_value(value)
        self._judge(value)

    @property
    def is_invalid(self) -> bool:
        """Whether the editor holds what the constraint refuses."""
        return not self.problem.isHidden()

    @property
    def shows_mistake(self) -> bool:
        """Whether the field itself tells what is wrong with the design's value, at its place."""
        return self.is_invalid and self.editor.keeps_mistakes

    def _changed(self, value: Shown | InvalidText) -> None:
        if isinstance(value, InvalidText):
            self._judge(value)
            if value.hint:
                self._settle()
            return
        if isinstance(value, int) and not isinstance(value, bool) and isinstance(self.shown, float):
            value = float(value)
        if self._judge(value) or (self.editor.keeps_mistakes and isinstance(value, str)):
            self._edit(value)

    def _settle(self) -> None:
        """Put the value back that stood when the keyboard came."""
        if self.shown != self._settled and not isinstance(self._settled, Mixed):
            self._edit(self._settled)

    def _edit(self, value: Shown) -> None:
        self.shown = value
        self._typing = True
        self.edited.emit(self.param.name, value)

    def _left(self) -> None:
        self._typing = False
        if not self.is_invalid:
            self._settled = self.shown
        self.focus_lost.emit(self.param.name)

    def _judge(self, value: Shown | InvalidText) -> bool:
        """Show whether the value is refused, and why; return whether it may stand."""
        if isinstance(value, Mixed):
            wanted = None
        elif isinstance(value, InvalidText):
            wanted = self.param.constraint.problem("") or self.tr("a value that can be read")
        else:
            wanted = self.param.constraint.problem(value)
        if wanted is not None:
            self.problem.setText(breakable(self._sentence(value, wanted)))
        self.problem.setVisible(wanted is not None)
        self.editor.mark(wanted is not None)
        told = self.problem.text() if wanted is not None else ""
        self.editor.set_accessible_description(" ".join(part for part in (told, self._help) if part))
        return wanted is None

    def _sentence(self, value: object, wanted: Message | str) -> str:
        constraint = self.param.constraint
        if isinstance(constraint, Text) and isinstance(value, str):
            mistake = constraint.mistake(value)
            if mistake is not None:
                words = self.tr("Line {0}, column {1}: {2}")
                return words.format(mistake.line, mistake.column, translated(mistake))
        got = written(value) if isinstance(value, int | float | None) else str(value)
        sentence = self.tr("{0} of {1} must be {2}; got {3}.").format(
            self.param.title, self._where, translated(wanted), f"“{got}”" if got else self.tr("nothing")
        )
        return f"{sentence} {value.hint}".strip() if isinstance(value, InvalidText) else sentence
