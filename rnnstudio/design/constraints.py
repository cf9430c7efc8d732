"""Constraints on the values of parameters.

A constraint validates, phrases its own refusal, makes invalid values for tests, and picks the editor.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rnnstudio.design.message import Message, message
from rnnstudio.design.model import Value
from rnnstudio.design.signals import Content


class Constraint(Protocol):
    """Validates a value, describes valid values, and gives invalid values for tests."""

    def problem(self, value: Value) -> Message | str | None:
        """Return a description of valid values, or None if the value is valid."""

    def invalid(self) -> tuple[Value, ...]:
        """Return invalid values."""


@dataclass(frozen=True)
class Integer:
    """An integer from ``minimum`` to ``maximum``, inclusive."""

    minimum: int = 1
    maximum: int = 1_000_000
    optional: bool = False  # None is allowed and means "off"

    def problem(self, value: Value) -> Message | str | None:
        """See `Constraint`."""
        if value is None and self.optional:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and self.minimum <= value <= self.maximum:
            return None
        words = message(
            "a whole number from {minimum:,} to {maximum:,}", minimum=self.minimum, maximum=self.maximum
        )
        return message("{value}, or off", value=words) if self.optional else words

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        values = (self.minimum - 1, self.maximum + 1, 10**12 + self.maximum, 1.5, "1", True)
        return values if self.optional else (*values, None)


@dataclass(frozen=True)
class Real:
    """A finite number in a range; ``open_minimum`` excludes the minimum."""

    minimum: float
    maximum: float
    open_minimum: bool = False
    optional: bool = False  # None is allowed and means "off"

    def problem(self, value: Value) -> Message | str | None:
        """See `Constraint`."""
        if value is None and self.optional:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            above = value > self.minimum if self.open_minimum else value >= self.minimum
            if above and value <= self.maximum and value not in (math.inf, -math.inf):
                return None
        words = (
            message("a number above {minimum:g} to {maximum:g}")
            if self.open_minimum
            else message("a number from {minimum:g} to {maximum:g}")
        ).with_args(minimum=self.minimum, maximum=self.maximum)
        return message("{value}, or off", value=words) if self.optional else words

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        values: tuple[Value, ...] = (
            self.minimum - 1,
            self.maximum * 2 + 1,
            math.nan,
            math.inf,
            10**400,
            "1",
            True,
        )
        values += (self.minimum,) if self.open_minimum else ()
        return values if self.optional else (*values, None)


@dataclass(frozen=True)
class OneOf:
    """One of several options; ``titles`` are shown instead of them."""

    options: tuple[str, ...]
    titles: tuple[str, ...] = ()

    def problem(self, value: Value) -> Message | str | None:
        """See `Constraint`."""
        return None if value in self.options else message("one of {options}", options=", ".join(self.options))

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return ("", "no such option", 0, None)

    def title(self, option: str) -> str:
        """Return the title of an option."""
        return self.titles[self.options.index(option)] if self.titles else option


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def problem(self, value: Value) -> Message | str | None:
        """See `Constraint`."""
        return None if isinstance(value, bool) else message("yes or no")

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return (0, 1, "yes", None)


@dataclass(frozen=True)
class FilePath:
    """The path of a file; the task checks whether the file exists."""

    filter: str = ""

    def problem(self, value: Value) -> Message | str | None:
        """See `Constraint`."""
        return None if isinstance(value, str) else message("the path of a file")

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return (0, 1.5, True, None)


@dataclass(frozen=True)
class Mistake:
    """A mistake in a text, with its line and column from 1."""

    message: Message | str
    line: int = 1
    column: int = 1

    @property
    def sentence(self) -> str:
        """The message in English."""
        return str(self.message)


def _nothing_wrong(_text: str) -> Mistake | None:
    return None


def _no_hints(_text: str) -> tuple[Mistake, ...]:
    return ()


@dataclass(frozen=True)
class Text:
    """A text of several lines.

    Attributes
    ----------
    check : returns the first mistake in a text, or None
    wrong : texts that ``check`` refuses, for tests
    hints : returns what in a text without mistakes is probably not meant
    """

    check: Callable[[str], Mistake | None] = _nothing_wrong
    wrong: tuple[str, ...] = ()
    hints: Callable[[str], tuple[Mistake, ...]] = _no_hints

    def mistake(self, value: Value) -> Mistake | None:
        """Return the first mistake in a value, or None if there is none."""
        return self.check(value) if isinstance(value, str) else Mistake(message("expected a text."))

    def problem(self, value: Value) -> Message | str | None:
        """See `Constraint`."""
        mistake = self.mistake(value)
        if mistake is None or not isinstance(value, str):
            return None if mistake is None else message("a text")
        return message(
            "right at line {line}, column {column}: {mistake}",
            line=mistake.line,
            column=mistake.column,
            mistake=mistake.sentence.rstrip("."),
        )

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return (*self.wrong, 0, True, None)


def read_numbers(text: str) -> tuple[float, ...]:
    """Return the numbers in a text such as "1, 2, 0.5"; an empty text has none.

    Raises
    ------
    ValueError
        If something between two commas is no number.
    """
    return tuple(float(part) for part in text.split(",")) if text.strip() else ()


@dataclass(frozen=True)
class Numbers:
    """A text of comma-separated numbers from ``minimum`` to ``maximum``; it may be empty."""

    minimum: float = 0.0
    maximum: float = 1e6

    def problem(self, value: Value) -> Message | str | None:
        """See `Constraint`."""
        try:
            if isinstance(value, str) and all(self.minimum <= n <= self.maximum for n in read_numbers(value)):
                return None
        except ValueError:
            pass
        return message(
            "numbers from {minimum:g} to {maximum:g} with commas between them, or empty",
            minimum=self.minimum,
            maximum=self.maximum,
        )

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return (
            "one",
            "1, ,2",
            "1; 2",
            "nan",
            "inf",
            f"{self.minimum - 1:g}",
            f"1, {self.maximum * 2:g}",
            1,
            True,
            None,
        )


@dataclass(frozen=True)
class StreamName:
    """The name of a stream of the task; empty for the first that fits."""

    role: str
    content: Content
    binary: bool = False

    def problem(self, value: Value) -> Message | str | None:
        """See `Constraint`; shape inference checks whether the task has the stream."""
        if isinstance(value, str):
            return None
        inputs = message("the name of one of the task's inputs")
        return inputs if self.role == "input" else message("the name of one of the task's targets")

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return (0, 1.5, True, None)
