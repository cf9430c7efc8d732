"""Strict JSON (RFC 8259) for the output of ``--json``, training records and checkpoints.

Python's encoder writes ``Infinity`` and ``NaN`` for numbers that are not finite, which other programs reject.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

DEEPEST = 50  # written data has at most five levels
TOO_DEEP = "it is not JSON, or nested too deeply"


def dumps(value: Any) -> str:
    """Return ``value`` as one line of printable ASCII, with ``null`` for numbers that are not finite.

    Parameters
    ----------
    value
        Mappings with string keys, lists, tuples, strings, numbers, booleans and None.
    """
    return json.dumps(_finite(value), allow_nan=False).replace("\x7f", "\\u007f")


def loads(text: str | bytes, deepest: int = DEEPEST) -> Any:
    """Return the value of a JSON text; raises ``ValueError`` if it is invalid or nested too deeply."""
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
