"""JSON as RFC 8259 has it, for the lines of ``--json``, training records and checkpoints.

Python's own writer puts ``Infinity`` and ``NaN`` where a number is not finite, which no other program reads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def dumps(value: Any) -> str:
    """Return ``value`` on one line of printable ASCII, with ``null`` wherever a number is not finite.

    Parameters
    ----------
    value
        Mappings with string keys, lists, tuples, strings, numbers, booleans and None.
    """
    return json.dumps(_finite(value), allow_nan=False).replace("\x7f", "\\u007f")


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
