"""Spin boxes that read numbers as all other fields do, in every locale; see `number_text`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

from rnnstudio.ui.widgets.common import set_style_property
from rnnstudio.ui.widgets.number_text import NotANumber, real_from, whole_from
from rnnstudio.ui.widgets.text_format import truncated

State = QValidator.State
MAX_QUOTED = 40  # characters of a refused text

if TYPE_CHECKING:
    _Base = QAbstractSpinBox
else:  # a mixin: Qt classes cannot be inherited from twice
    _Base = object


class _NumberSpinBox(_Base):
    """What both spin boxes share.

    Any key is accepted. A text that is not a number in the range is marked as invalid. When the field
    loses the focus, the previous number is restored.

    Signals
    -------
    refused(str) : the field lost the focus with an invalid text; the sentence says so
    """

    refused: ClassVar[Signal]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(6, 0, 0, 0)
        self.setKeyboardTracking(False)  # otherwise typing 1,000 would first set 1
        self.lineEdit().textChanged.connect(self._mark)
        self.editingFinished.connect(self._mark)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Accept numbers in the range; anything else can still be corrected."""
        accepted = self._read(text)[0] is not None
        return (State.Acceptable if accepted else State.Intermediate, text, pos)

    def fixup(self, text: str) -> str:
        """Report why a text is refused; Qt then restores the previous value."""
        _, hint = self._read(text)
        least, most = self._limits()
        words = QCoreApplication.translate("Numbers", "{0} must be a number from {1} to {2}; got {3}.")
        shown = " ".join(truncated(text, MAX_QUOTED).split())
        got = f"“{shown}”" if shown else QCoreApplication.translate("Numbers", "nothing")
        self.refused.emit(f"{words.format(self.accessibleName(), least, most, got)} {hint}".strip())
        return text

    def _read(self, text: str) -> tuple[float | None, str]:
        """Return the number in the range that a text means, or None and a hint."""
        raise NotImplementedError

    def _limits(self) -> tuple[str, str]:
        """Return the range as text."""
        raise NotImplementedError

    def _mark(self, _text: str = "") -> None:
        invalid = self._read(self.lineEdit().text())[0] is None
        set_style_property(self, "invalid", "true" if invalid else "false")


class RealSpinBox(_NumberSpinBox, QDoubleSpinBox):
    """A real number with a fixed number of decimals."""

    refused = Signal(str)

    def textFromValue(self, value: float) -> str:
        """Return a number with a decimal point."""
        return f"{value:.{self.decimals()}f}"

    def valueFromText(self, text: str) -> float:
        """Read a number; return the previous value if the text is not one."""
        number = self._read(text)[0]
        return self.value() if number is None else number

    def _read(self, text: str) -> tuple[float | None, str]:
        try:
            number = real_from(text)
        except NotANumber as error:
            return None, error.hint
        rounded = round(number, self.decimals()) if number is not None else None
        inside = rounded is not None and self.minimum() <= rounded <= self.maximum()
        return (rounded if inside else None), ""

    def _limits(self) -> tuple[str, str]:
        return self.textFromValue(self.minimum()), self.textFromValue(self.maximum())


class IntegerSpinBox(_NumberSpinBox, QSpinBox):
    """A whole number."""

    refused = Signal(str)

    def textFromValue(self, value: int) -> str:
        """Return a number in ASCII digits, without thousands separators."""
        return str(value)

    def valueFromText(self, text: str) -> int:
        """Read a number; return the previous value if the text is not one."""
        number = self._read(text)[0]
        return self.value() if number is None else number

    def _read(self, text: str) -> tuple[int | None, str]:
        try:
            number = whole_from(text)
        except NotANumber as error:
            return None, error.hint
        inside = number is not None and self.minimum() <= number <= self.maximum()
        return (number if inside else None), ""

    def _limits(self) -> tuple[str, str]:
        return str(self.minimum()), str(self.maximum())
