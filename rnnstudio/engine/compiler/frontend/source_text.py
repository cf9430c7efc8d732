"""Checks the text of a cell: its size and its characters."""

from __future__ import annotations

from rnnstudio.design.message import message
from rnnstudio.engine.compiler.frontend.errors import EquationError

MOST_CHARACTERS = 10_000
MOST_LINES = 200
NOTHING = message("there is no equation; expected an assignment such as h = tanh(W @ x).")
# Characters that are pasted from books or word processors.
_MEANT = {
    "−": "-",
    "–": "-",
    "·": "*",
    "×": "*",
    "⋅": "*",
    "∗": "*",
    "⊙": "*",
    "⋆": "*",
    "∘": "*",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "σ": "sigmoid",
    "Γ": "Gamma",
    "√": "sqrt(…)",
    "²": "** 2",
    "³": "** 3",
    "\u00a0": "a space",
}


def check_size(text: str) -> None:
    """Raise `EquationError` for a text that is empty or too long."""
    lines = text.count("\n") + 1
    if len(text) > MOST_CHARACTERS or lines > MOST_LINES:
        raise EquationError(
            message(
                "the text is too long; a cell may have at most {most_lines} lines and "
                "{most_characters:,} characters, got {lines:,} lines and {text:,} characters.",
                most_lines=MOST_LINES,
                most_characters=MOST_CHARACTERS,
                lines=lines,
                text=len(text),
            ),
            min(lines, MOST_LINES + 1),
        )
    if not text.strip():
        raise EquationError(NOTHING)


def check_characters(text: str) -> None:
    """Raise `EquationError` for characters that Python reads as another letter, or that are not text.

    Python reads 𝐡 and ｈ as h; here such letters are errors. Comments may contain any script.
    """
    for line, words in enumerate(text.split("\n"), 1):
        code = words.partition("#")[0]
        for column, letter in enumerate(words, 1):
            if letter == "\t" or (letter.isprintable() and (letter.isascii() or column > len(code))):
                continue
            called = (
                f"“{letter}”"
                if letter.isprintable()
                else message("the character U+{number:04X}", number=ord(letter))
            )
            name = _MEANT.get(letter)
            hint = (
                message("write {name}", name=name)
                if name
                else message("expected Latin letters, digits and + - * / ** @ ( ) [ ] , =")
            )
            raise EquationError(
                message("{called} has no meaning here; {hint}.", called=called, hint=hint), line, column
            )
