"""Spin boxes that read numbers as all other fields do, in every locale; see `number_text`."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

from rnnstudio.ui.widgets.common import set_style_property
from rnnstudio.ui.widgets.number_text import NotANumber, real_from, whole_from
from rnnstudio.ui.widgets.text_format import truncated

State = QValidator.State
MOST_QUOTED = 40  # characters of a text that is refused


class RealSpinBox(QDoubleSpinBox):
    """A real number with a fixed number of decimals.

    No key is refused: what is no number in the range is marked while it stands there. When the field is
    left, the number before comes back.

    Signals
    -------
    refused(str) : the field was left with a text that is no number in its range; the sentence says so
    """

    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(6, 0, 0, 0)
        self.setKeyboardTracking(False)  # else 1,000 would be 1 on its way
        self.lineEdit().textChanged.connect(self._mark)
        self.editingFinished.connect(self._mark)

    def textFromValue(self, value: float) -> str:
        """Return a number with a decimal point."""
        return f"{value:.{self.decimals()}f}"

    def valueFromText(self, text: str) -> float:
        """Read a number; return the previous value if the text is none."""
        number = self._read(text)[0]
        return self.value() if number is None else number

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Accept numbers in the range; anything else can still be corrected."""
        accepted = self._read(text)[0] is not None
        return (State.Acceptable if accepted else State.Intermediate, text, pos)

    def fixup(self, text: str) -> str:
        """Report why a text is refused, and restore the previous value."""
        _, hint = self._read(text)
        least, most = self.textFromValue(self.minimum()), self.textFromValue(self.maximum())
        self.refused.emit(_refusal(self, text, least, most, hint))
        return text

    def _read(self, text: str) -> tuple[float | None, str]:
        """Return the number that a text means, or a hint."""
        try:
            number = real_from(text)
        except NotANumber as error:
            return None, error.hint
        rounded = round(number, self.decimals()) if number is not None else None
        inside = rounded is not None and self.minimum() <= rounded <= self.maximum()
        return (rounded if inside else None), ""

    def _mark(self, _text: str = "") -> None:
        invalid = self._read(self.lineEdit().text())[0] is None
        set_style_property(self, "invalid", "true" if invalid else "false")


class IntegerSpinBox(QSpinBox):
    """A whole number.

    Signals
    -------
    refused(str) : the field was left with a text that is no number in its range; the sentence says so
    """

    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(6, 0, 0, 0)
        self.setKeyboardTracking(False)  # else 1,000 would be 1 on its way
        self.lineEdit().textChanged.connect(self._mark)
        self.editingFinished.connect(self._mark)

    def textFromValue(self, value: int) -> str:
        """Write a number in the digits of ASCII, without marks between them."""
        return str(value)

    def valueFromText(self, text: str) -> int:
        """Read a number; return the previous value if the text is none."""
        number = self._read(text)[0]
        return self.value() if number is None else number

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Accept numbers in the range; anything else can still be corrected."""
        accepted = self._read(text)[0] is not None
        return (State.Acceptable if accepted else State.Intermediate, text, pos)

    def fixup(self, text: str) -> str:
        """Report why a text is refused, and restore the previous value."""
        _, hint = self._read(text)
        self.refused.emit(_refusal(self, text, str(self.minimum()), str(self.maximum()), hint))
        return text

    def _read(self, text: str) -> tuple[int | None, str]:
        """Return the number that a text means, or a hint."""
        try:
            number = whole_from(text)
        except NotANumber as error:
            return None, error.hint
        inside = number is not None and self.minimum() <= number <= self.maximum()
        return (number if inside else None), ""

    def _mark(self, _text: str = "") -> None:
        invalid = self._read(self.lineEdit().text())[0] is None
        set_style_property(self, "invalid", "true" if invalid else "false")


def _refusal(box: RealSpinBox | IntegerSpinBox, text: str, least: str, most: str, hint: str) -> str:
    """Return the message about a refused text."""
    words = QCoreApplication.translate("Numbers", "{0} must be a number from {1} to {2}; got {3}.")
    shown = " ".join(truncated(text, MOST_QUOTED).split())
    got = f"“{shown}”" if shown else QCoreApplication.translate("Numbers", "nothing")
    return f"{words.format(box.accessibleName(), least, most, got)} {hint}".strip()
