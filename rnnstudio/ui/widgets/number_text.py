"""Parsing and formatting of numbers, the same in every locale. No widgets here.

A point and a comma are both a decimal mark, whatever the desktop's language is, and numbers are shown with
a point. ``1,000`` is a thousand to one reader and one to another, so it is refused.
"""

from __future__ import annotations

import math
import re
import unicodedata

from PySide6.QtCore import QCoreApplication

from rnnstudio.design.model import Value

OFF = "off"
LONGEST = 100  # characters of what may be a number
_SAME = {  # marks that keyboards and office programs write in place of those of ASCII
    **dict.fromkeys("\u2212\ufe63\uff0d", "-"),  # minus signs
    **dict.fromkeys("\ufe62\uff0b", "+"),
    **dict.fromkeys("\uff0e\u3002\uff61", "."),  # full-width and ideographic full stops
    **dict.fromkeys("\u066b\uff0c\u3001", ","),  # the Arabic decimal mark, full-width commas
    **dict.fromkeys("\u066c'\u2019", ""),  # marks that only part thousands
    **dict.fromkeys("\u200e\u200f\u061c", ""),  # marks of direction
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")
_BOTH_MARKS = re.compile(r"([+-]?)(\d{1,3}(?:\.\d{3})+),(\d*)|([+-]?)(\d{1,3}(?:,\d{3})+)\.(\d*)")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:(?:\.\d{3}){2,}|(?:,\d{3}){2,})")
_TWO_WAYS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}(e[+-]?\d+)?")
_MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")


class NotANumber(ValueError):
    """The text is not a number; ``hint`` says what to write instead, if known."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


def real_from(text: str, *, optional: bool = False) -> float | None:
    """Read a real number, with a point or a comma; ``off`` and nothing are None where allowed.

    Spaces are ignored, digits of every script are read. Two kinds of marks, as in ``1.000,5``, and a mark
    that stands twice, as in ``1,000,000``, part thousands.

    Raises
    ------
    NotANumber
        The text is no finite number, or can be read in two ways, as ``1,000``.
    """
    plain = _plain(text)
    if optional and plain in ("", OFF, "none"):
        return None
    if _TWO_WAYS.fullmatch(plain):
        raise _two_ways(text, plain)
    plain = _without_thousands(plain).replace(",", ".")
    if not _NUMBER.fullmatch(plain) or not math.isfinite(number := float(plain)):
        raise NotANumber(text)
    return number


def whole_from(text: str, *, optional: bool = False) -> int | None:
    """Read a whole number as `real_from` reads a real one; there is no decimal mark in it.

    Raises
    ------
    NotANumber
        The text is no whole number, or can be read in two ways, as ``1,000`` and ``1.000``.
    """
    plain = _plain(text)
    if optional and plain in ("", OFF, "none"):
        return None
    if _MAYBE_THOUSANDS.fullmatch(plain):
        raise _two_ways(text, plain)
    if _THOUSANDS.fullmatch(plain):
        plain = re.sub("[.,]", "", plain)
    if not _WHOLE.fullmatch(plain):
        raise NotANumber(text)
    return int(plain)


def written(value: Value) -> str:
    """Return a number as a field shows it: 0.001, 1e-6, 64, off."""
    if value is None:
        return OFF
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        short = repr(value)
        short = short[:-2] if short.endswith(".0") else short
        mantissa, exponent, power = short.partition("e")
        return f"{mantissa}e{int(power)}" if exponent else short
    return str(value)


def _plain(text: str) -> str:
    """Return a text in small letters with the digits and marks of ASCII, without spaces."""
    if len(text) > LONGEST:
        raise NotANumber(text)
    return "".join(map(_ascii, "".join(text.split()))).lower()


def _ascii(mark: str) -> str:
    digit = unicodedata.decimal(mark, None)
    return str(digit) if digit is not None else _SAME.get(mark, mark)


def _without_thousands(plain: str) -> str:
    """Return a number without the marks that part its thousands, where it is clear which they are."""
    both = _BOTH_MARKS.fullmatch(plain)
    if both is not None:
        sign, groups, rest = both.group(1, 2, 3) if both.group(2) else both.group(4, 5, 6)
        return f"{sign}{re.sub('[.,]', '', groups)}.{rest}"
    return re.sub("[.,]", "", plain) if _THOUSANDS.fullmatch(plain) else plain


def _two_ways(text: str, plain: str) -> NotANumber:
    words = QCoreApplication.translate("Numbers", "Write {0} or {1}.")
    thousand = re.sub("[.,]", "", plain)
    return NotANumber(text, words.format(thousand, plain.replace(",", ".")))
