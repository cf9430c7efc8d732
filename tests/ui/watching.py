"""Turns errors that Qt swallows into immediate failures, so that hypothesis can shrink them."""

from collections.abc import Iterator
from contextlib import contextmanager

from pytestqt.exceptions import capture_exceptions
from pytestqt.logging import _QtMessageCapture


@contextmanager
def watched(qtlog: _QtMessageCapture) -> Iterator[None]:
    """Fail if a slot or an event handler raises, or Qt warns about more than the machine."""
    before = len(qtlog.records)
    with capture_exceptions() as raised:
        yield
    assert not raised, raised
    assert not [record.message for record in qtlog.records[before:] if not record.ignored]
