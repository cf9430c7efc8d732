"""Which symbols weights were trained on: shapes cannot tell one alphabet from another of the same size.

A training record lists the symbols; formats without a record keep their digest. Weights of which neither is
known, such as those of another program, are taken as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rnnstudio.design.message import Message, message
from rnnstudio.engine import strict_json

if TYPE_CHECKING:
    from rnnstudio.engine.tasks.base import TaskData

OTHER_SYMBOLS = message(
    "They were trained on other symbols than the task has now, and would be misread; "
    "bring back the text that they were trained on."
)
DIGEST = "symbols_digest"  # the key of a record that has no list of them


def symbols_record(data: TaskData) -> dict[str, list[str]]:
    """Return what a training record keeps of a task's symbols, under ``symbols``."""
    return {stream: list(symbols) for stream, symbols in data.symbols.items()}


def symbols_digest(record: Mapping[str, Any]) -> str | None:
    """Return the digest of the symbols that weights with this record were trained on; None if not known."""
    symbols, digest = record.get("symbols"), record.get(DIGEST)
    if isinstance(symbols, dict) and all(_are_texts(texts) for texts in symbols.values()):
        return digest_of(symbols)
    return digest if isinstance(digest, str) else None


def data_digest(data: TaskData) -> str:
    """Return the digest of a task's symbols."""
    return digest_of(symbols_record(data))


def symbols_misfits(digest: str | None, symbols: str) -> list[Message]:
    """Return a sentence if the symbols with the digest ``symbols`` are others; none if ``digest`` is None."""
    return [OTHER_SYMBOLS] if digest not in (None, symbols) else []


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def digest_of(symbols: Mapping[str, Sequence[str]]) -> str:
    """Return the digest of the symbols of each stream."""
    text = strict_json.dumps({stream: symbols[stream] for stream in sorted(symbols)})
    return hashlib.sha256(text.encode()).hexdigest()
