"""Sentences as data: a template and what fills it in, put into a language where they are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from numbers import Integral, Real

import msgspec

LONGEST = 800  # letters of a sentence
LONGEST_QUOTE = 200  # letters between quotation marks: names, paths, values
LONGEST_DETAILS = 20_000  # letters


class Message(msgspec.Struct, frozen=True):
    """A sentence or a part of one; ``str(message)`` is its English text.

    Attributes
    ----------
    template : the English text with named fields, as `str.format` takes them; translations are found by it
    args : what goes into the fields; a message among them is translated too. A template without
        arguments is shown as it stands, so that it may contain braces.
    """

    template: str
    args: dict[str, str | int | float | bool | None | Message] = {}

    def with_args(self, **args: object) -> Message:
        """Return the message with its fields filled."""
        return message(self.template, **args)

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Return the text with every template translated, cut to a length that can be read."""
        return brief(self.full_text(translate))

    def full_text(self, translate: Callable[[str], str]) -> str:
        """Return the text with every template translated, of any length."""
        template = translate(self.template)
        if not self.args:
            return template
        args = {
            name: value.full_text(translate) if isinstance(value, Message) else value
            for name, value in self.args.items()
        }
        try:
            return template.format(**args)
        except (LookupError, ValueError):  # a translation with a field that there is not
            return self.template.format(**args)

    def __str__(self) -> str:
        return self.text()

    def __hash__(self) -> int:
        return hash((self.template, *self.args.items()))


def message(template: str, /, **args: object) -> Message:
    """Return a message; the extraction of texts to translate finds the template by this function's name.

    ``template`` must therefore be a literal.
    """
    return Message(template, {name: _plain(value) for name, value in args.items()})


def as_message(said: Message | str) -> Message:
    """Return a message; a plain string, as a plug-in may give, becomes one without arguments."""
    return said if isinstance(said, Message) else Message(said)


def joined(parts: Iterable[Message | str], separator: str = " ") -> Message:
    """Return messages one after the other; empty ones are left out."""
    args = {f"part_{number}": _plain(part) for number, part in enumerate(filter(None, parts))}
    return Message(separator.join(f"{{{name}}}" for name in args), args)


def _plain(value: object) -> str | int | float | bool | None | Message:
    """Return an argument as a type that can be sent to another process."""
    if value is None or isinstance(value, bool | Message):
        return value
    if isinstance(value, Integral):
        number = int(value)
        return number if abs(number) < 2**63 else str(number)
    if isinstance(value, Real):
        return float(value)
    return cut(str(value), LONGEST_DETAILS).encode("utf-8", "backslashreplace").decode()


def brief(sentence: str) -> str:
    """Return a sentence cut to a length that can be read, each quotation of it first.

    What is cut out of the middle is marked by an ellipsis. Surrogates, which stand for bytes of a file name
    that is not UTF-8, become escapes, for no message or file can hold them.
    """
    sentence = sentence.encode("utf-8", "backslashreplace").decode()
    if len(sentence) <= LONGEST_QUOTE:
        return sentence
    quoted = re.sub("“([^“”]*)”", lambda quote: f"“{cut(quote[1], LONGEST_QUOTE)}”", sentence)
    return cut(quoted, LONGEST)


def cut(text: str, longest: int) -> str:
    """Return a text of at most ``longest`` letters: the beginning and the end of a longer one."""
    if len(text) <= longest:
        return text
    end = longest // 3
    return f"{text[: longest - end - 1]}…{text[-end:]}"
