"""Fuzzy matching: how well a typed query matches a text.

Every typed word must be found. A word that begins the text counts most, then one that begins a word
of it, one inside a word, the first letters of its words, and last its letters in order with gaps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

_BEGINS, _WORD, _INSIDE, _INITIALS, _GAPS = 1.0, 0.9, 0.7, 0.6, 0.4
_AS_TYPED = 0.5  # for words that stand together as they were typed
_SHORTER = 0.05  # of two texts that fit alike, the shorter one is meant
_WORDS = re.compile(r"\w+")


def score(query: str, text: str, *, gaps: bool = True) -> float | None:
    """Return how well ``text`` matches the query, greater is better; None if it does not match.

    Without ``gaps`` every word must stand in it as it was typed, as befits long texts.
    """
    text = text.casefold()
    words = query.casefold().split()
    total = 0.0
    for word in words:
        found = _fit_word(word, text, gaps=gaps)
        if found is None:
            return None
        total += found
    if len(words) > 1 and " ".join(words) in text:
        total += _AS_TYPED
    return total + _SHORTER / (1 + len(text))


def _fit_word(word: str, text: str, *, gaps: bool) -> float | None:
    if text.startswith(word):
        return _BEGINS
    starts = [found.start() for found in _WORDS.finditer(text)]
    if any(text.startswith(word, start) for start in starts):
        return _WORD
    if word in text:
        return _INSIDE
    if not gaps:
        return None
    if "".join(text[start] for start in starts).startswith(word):
        return _INITIALS
    shortest = min((_spread(word, text, start) for start in starts), default=0)
    return _GAPS * len(word) / shortest if shortest < len(text) + 1 and shortest else None


def _spread(word: str, text: str, start: int) -> int:
    """Return how many letters from ``start`` hold the word's in order; more than there are for none."""
    if not text.startswith(word[0], start):
        return len(text) + 1
    place = start
    for letter in word[1:]:
        place = text.find(letter, place + 1)
        if place < 0:
            return len(text) + 1
    return place - start + 1


def ranked(query: str, things: Iterable[T], texts: Callable[[T], tuple[str, ...]]) -> list[T]:
    """Return the things that fit, the best first, those that fit alike in their order; no words fit all.

    ``texts`` gives what a thing is searched by: its name first, which counts most.
    """
    if not query.strip():
        return list(things)
    scored: list[tuple[float, int, T]] = []
    for place, thing in enumerate(things):
        best = _best(query, texts(thing))
        if best is not None:
            scored.append((-best, place, thing))
    return [thing for _, _, thing in sorted(scored, key=lambda one: one[:2])]


def _best(query: str, texts: tuple[str, ...]) -> float | None:
    """Return the fit of the first text, or a lesser one where it takes the others too."""
    first = score(query, texts[0])
    rest = score(query, " ".join(texts), gaps=False) if len(texts) > 1 else None
    return first if first is not None else rest / 2 if rest is not None else None
