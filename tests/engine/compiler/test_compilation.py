"""Waiting for work that cannot be interrupted."""

import threading

import pytest

from rnnstudio.engine.compiler.runtime import kernels


@pytest.fixture
def go_on():
    """Return an event for which a compilation waits; it is set in the end."""
    event = threading.Event()
    yield event
    event.set()
    kernels.on_wait(None)


def test_what_has_ended_is_not_waited_for():
    done = []
    compilation = kernels.Compilation(lambda: done.append(1))
    compilation.wait()
    compilation.wait()
    assert done == [1]
    assert not kernels.is_compiling()


def test_its_error_is_that_of_everybody_who_waits():
    def fail():
        raise MemoryError("no room")

    compilation = kernels.Compilation(fail)
    for _ in range(2):
        with pytest.raises(MemoryError, match="no room"):
            compilation.wait()


def test_the_listener_ends_the_wait_and_the_work_continues(go_on):
    kernels.on_wait(lambda sentence: None, lambda: True)
    compilation = kernels.Compilation(go_on.wait)
    with pytest.raises(kernels.Stopped):
        compilation.wait()
    assert kernels.is_compiling()
    go_on.set()
    kernels.on_wait(None)
    compilation.wait()
    assert not kernels.is_compiling()


def test_a_listener_is_asked_on_its_own_thread_only(go_on):
    # It may take commands from a queue, of which another thread must not rob it.
    asked = []

    def stopped():
        asked.append(threading.get_ident())
        go_on.set()
        return False

    kernels.on_wait(lambda sentence: None, stopped)
    compilation = kernels.Compilation(go_on.wait)
    other = threading.Thread(target=compilation.wait)
    other.start()
    compilation.wait()
    other.join()
    assert set(asked) == {threading.get_ident()}
