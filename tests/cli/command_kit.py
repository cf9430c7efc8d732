"""Helpers for the tests of several commands."""

import json
from collections.abc import Callable

import pytest

TEXT = "to be or not to be that is the question\n" * 20
Run = Callable[..., tuple[int, str, str]]


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]
