"""How well words that a person types match a title: from its beginning, inside, by initials, loosely."""

from __future__ import annotations

import re

_START, _WORD, _INSIDE, _INITIALS, _ABOUT, _LOOSE = range(6)


def match(typed: str, title: str, about: str = "") -> int | None:
    """Return how far typed words are from a title, 0 the nearest; None where one of them does not match.

    ``about`` is what else may hold a word: kind and description. Letters that stand in the title in that
    order match as well, so that "lststp" finds "Last step".
    """
    title, about = title.casefold(), about.casefold()
    ranks = [_rank(word, title, about) for word in typed.casefold().split()]
    if any(rank is None for rank in ranks):
        return None
    return max((rank for rank in ranks if rank is not None), default=0)


def _rank(word: str, title: str, about: str) -> int | None:
    words = re.findall(r"\w+", title)
    if title.startswith(word):
        return _START
    if any(part.startswith(word) for part in words):
        return _WORD
    if word in title:
        return _INSIDE
    if "".join(part[0] for part in words).startswith(word):
        return _INITIALS
    if word in about:
        return _ABOUT
    letters = iter(title)
    return _LOOSE if len(word) > 1 and all(letter in letters for letter in word) else None
