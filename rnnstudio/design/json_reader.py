"""Reading JSON files into typed values, with a message for every error."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from functools import reduce
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from rnnstudio.design import regular_file
from rnnstudio.design.errors import FileError
from rnnstudio.design.message import Message, joined, message

LONGEST_NUMBER = 300  # digits; more than any meaningful number has
LARGEST = 10**LONGEST_NUMBER
T = TypeVar("T")


def refuse(source: Message | str, said: Message, details: str = "") -> NoReturn:
    """Raise `FileError`: what is wrong with ``source``, and the way out."""
    raise FileError(joined((source, said)), details=details)


def shown(value: object) -> Message | str:
    """Return a short text for a JSON value in a message."""
    if value is None:
        return message("nothing")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"“{value if len(value) <= 40 else value[:39] + '…'}”"
    try:
        text = str(value)
    except ValueError:  # Python refuses to print a number of thousands of digits
        return message("a number of thousands of digits")
    return text if len(text) <= 40 else text[:39] + "…"


# ------------------------------------------------------------------------------------- bytes


def text_of(path: Path, limit: int) -> str:
    """Return the text of a file of at most ``limit`` bytes; raise `FileError` if it cannot be read."""
    name = f"“{path.name}”"
    data = regular_file.read_bytes(path, limit, message("Choose a file that RNN Studio saved (.rnnd)."))
    if b"\0" in data[:100_000]:
        refuse(name, binary())
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(name, binary(), str(error))


def too_large(limit: int) -> Message:
    """Return the refusal of a file beyond the limit."""
    return message(
        "is larger than {limit}, the most that is read. Choose a file that RNN Studio saved (.rnnd).",
        limit=regular_file.in_units(limit),
    )


def binary() -> Message:
    """Return the refusal of what is not text."""
    return message("is not text, so it is not a design. Choose a file that RNN Studio saved (.rnnd).")


# ------------------------------------------------------------------------------------- JSON


class _Refused(ValueError):
    """Raised inside the JSON reader for valid JSON that a design must not contain."""

    def __init__(self, said: Message) -> None:
        super().__init__(said)
        self.said = said


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise _Refused(message("holds a number of {digits} digits", digits=len(digits)))
    return int(digits)


def _real(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _Refused(message("holds a number too large to compute with: {digits}", digits=shown(digits)))
    return number


def _constant(name: str) -> NoReturn:
    raise _Refused(message("holds {name}, which is not a number", name=name))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _Refused(message("says {twice} twice in one place", twice=shown(twice)))
    return result


def parse(text: str, source: Message | str, limit: int) -> dict[str, Any]:
    """Return the JSON object in a text; raise `FileError` if there is none."""
    if len(text) > limit:
        refuse(source, too_large(limit))
    text = text.removeprefix("\ufeff")
    if not text.strip():
        refuse(source, message("is empty. Choose a file that RNN Studio saved (.rnnd)."))
    if "\0" in text:
        refuse(source, binary())
    try:
        raw = json.loads(
            text, parse_int=_whole, parse_float=_real, parse_constant=_constant, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        if _is_cut_off(text, error):
            line = text.rstrip().count("\n") + 1
            refuse(
                source,
                message("is cut off: it ends in the middle, at line {line}. Choose a whole copy.", line=line),
                str(error),
            )
        if not text.lstrip().startswith("{"):
            refuse(
                source,
                message("is not a design of RNN Studio. Choose a file that RNN Studio saved (.rnnd)."),
                str(error),
            )
        refuse(
            source,
            message(
                "is damaged at line {lineno}, column {colno}: {plain}. Mend that place, or choose an "
                "unchanged copy.",
                lineno=error.lineno,
                colno=error.colno,
                plain=_plain(error.msg),
            ),
            str(error),
        )
    except _Refused as error:
        refuse(source, message("{error}. Mend that place, or choose an unchanged copy.", error=error.said))
    except RecursionError:
        refuse(
            source,
            message("is nested too deeply to be a design. Choose a file that RNN Studio saved (.rnnd)."),
        )
    if "\\u" in text or not text.isascii():
        try:
            json.dumps(raw, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            refuse(
                source,
                message("holds half a character. Mend that place, or choose an unchanged copy."),
                str(error),
            )
    if not isinstance(raw, dict):
        refuse(source, message("is not a design of RNN Studio. Choose a file that RNN Studio saved (.rnnd)."))
    return raw


def _is_cut_off(text: str, error: json.JSONDecodeError) -> bool:
    """Return whether the error is that the text is truncated."""
    text = text.rstrip()
    if not text.lstrip().startswith("{") or error.msg == "Extra data":
        return False
    if error.pos >= len(text) or error.msg.startswith("Unterminated string"):
        return True
    return len(text) - error.pos <= len("\\uXXXX") and text[-1] not in "}]"


def _plain(message: str) -> str:
    return message[:1].lower() + message[1:]


# ------------------------------------------------------------------------------------- types

WORDS = {
    "str": message("text"),
    "int": message("a whole number"),
    "float": message("a number"),
    "bool": message("true or false"),
    "null": message("nothing"),
    "object": message("an object"),
    "array": message("a list"),
}


def convert(raw: dict[str, Any], kind: type[T], source: Message | str) -> T:
    """Convert JSON values to a struct; raise `FileError` with the location of a wrong type."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        what, place = what_and_where(error)
        if match := re.match(r"(nodes|links)\[(\d+)\]", str(place)):
            name = raw[match[1]][int(match[2])]
            if isinstance(name, dict) and isinstance(name.get("id"), str):
                place = message("{place} ({id})", place=place, id=shown(name["id"]))
        refuse(
            source,
            message(
                "is not as it should be at {place}: {what}. Mend that place, or choose an unchanged copy.",
                place=place,
                what=what,
            ),
            str(error),
        )


def what_and_where(error: msgspec.ValidationError) -> tuple[Message, Message | str]:
    """Return a description of a type error, and its location."""
    words, _, path = str(error).partition(" - at `$")
    return _in_words(words), path.rstrip("`").lstrip(".") or message("the top")


def _in_words(words: str) -> Message:
    if match := re.fullmatch(r"Expected `(.+)`, got `(.+)`", words):
        return message(
            "it must be {expected}; got {value}", expected=_any_of(match[1]), value=_any_of(match[2])
        )
    if match := re.fullmatch(r"Object missing required field `(.+)`", words):
        return message("{field} is missing", field=shown(match[1]))
    if match := re.fullmatch(r"Object contains unknown field `(.+)`", words):
        return message("{field} means nothing there", field=shown(match[1]))
    return Message(_plain(words))


def _any_of(types: str) -> Message:
    names = types.split(" | ")
    if "float" in names and "int" in names:  # a number is a number
        names.remove("int")
    words = (WORDS.get(name, Message(name)) for name in names)
    return reduce(lambda one, other: message("{one} or {other}", one=one, other=other), words)
