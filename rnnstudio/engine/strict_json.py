"""JSON as RFC 8259 has it, for the lines of ``--json``, training records and checkpoints.

Python's own writer puts ``Infinity`` and ``NaN`` where a number is not finite, which no other program reads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

DEEPEST = 50  # what is written has five levels at most
TOO_DEEP = "it is not JSON, or nested too deeply"


def dumps(value: Any) -> str:
    """Return ``value`` on one line of printable ASCII, with ``null`` wherever a number is not finite.

    Parameters
    ----------
    value
        Mappings with string keys, lists, tuples, strings, numbers, booleans and None.
    """
    return json.dumps(_finite(value), allow_nan=False).replace("\x7f", "\\u007f")


def loads(text: str | bytes, deepest: int = DEEPEST) -> Any:
    """Return the value of a JSON text; ``ValueError`` where it is none, or nested too deeply."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"it is not JSON ({error})") from None
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    level: list[Any] = [value]
    for _ in range(deepest + 1):
        if not level:
            return value
        level = [part for whole in level if isinstance(whole, dict | list) for part in _parts(whole)]
    raise ValueError(TOO_DEEP)


def _parts(whole: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return whole.values() if isinstance(whole, dict) else whole


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {name: _finite(part) for name, part in value.items()}
        case list() | tuple():
            return [_finite(part) for part in value]
        case _:
            return value
