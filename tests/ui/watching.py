"""What Qt swallows is a failure at once, so that hypothesis can find the shortest way to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from pytestqt.exceptions import capture_exceptions
from pytestqt.logging import _QtMessageCapture


@contextmanager
def watched(qtlog: _QtMessageCapture) -> Iterator[None]:
    """Fail where a slot or an event handler raises, or Qt warns of more than the machine."""
    before = len(qtlog.records)
    with capture_exceptions() as raised:
        yield
    assert not raised, raised
    assert not [record.message for record in qtlog.records[before:] if not record.ignored]
