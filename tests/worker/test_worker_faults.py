"""Faults of the training process: each is caused, and reported in a sentence."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest

from rnnstudio.design.channel import Channel
from rnnstudio.design.model import Design, Node
from rnnstudio.worker import connection, wire
from rnnstudio.worker import messages as m
from rnnstudio.worker.encoding import decode_message, encode
from rnnstudio.worker.errors import MessageError
from rnnstudio.worker.payloads import Array

SOON = 2.0  # seconds within which a fault is told
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def told_as_a_sentence(died):
    return died.sentence.endswith(".") and "Your design is untouched" in died.sentence


@posix
def test_a_killed_process_is_reported_and_starts_again(client, ear, design):
    client.subscribe({Channel("gate", "net", "i")})
    client.train(design())
    ear.wait(m.Frame)
    os.kill(client.pid, signal.SIGKILL)
    fact = time.monotonic()
    died = ear.wait(m.Died)
    assert time.monotonic() - fact < SOON
    assert "killed (signal 9, SIGKILL)" in died.sentence and told_as_a_sentence(died)
    assert not client.is_alive
    client.train(design())  # nobody listens, and nothing breaks
    client.start()
    ear.wait(m.Ready)
    client.train(design())
    assert ear.wait(m.Frame, lambda frame: frame.traces).traces.keys() == {Channel("gate", "net", "i")}


@posix
def test_a_process_that_hangs_is_reported_and_ended_when_one_says_so(client, ear, design):
    client.train(design())
    ear.wait(m.Frame)
    os.kill(client.pid, signal.SIGSTOP)
    fact = time.monotonic()
    for _ in range(200):  # more than a pipe holds: the window must not wait for a reader
        client.train(design("x" * 10_000))
    assert time.monotonic() - fact < 1.0
    silent = ear.wait(m.Unresponsive)
    assert time.monotonic() - fact < SOON + 0.5
    assert silent.sentence == "The training process does not answer. It is ended after 30 seconds."
    assert client.is_alive and not ear.of(m.Died)
    client.end()
    died = ear.wait(m.Died)
    assert "did not answer and was ended" in died.sentence and told_as_a_sentence(died)


@posix
def test_a_process_that_was_silent_for_a_while_continues(client, ear, design):
    client.train(design())
    ear.wait(m.Frame)
    os.kill(client.pid, signal.SIGSTOP)
    ear.wait(m.Unresponsive)
    os.kill(client.pid, signal.SIGCONT)
    ear.wait(m.Responded)
    ear.wait(m.Frame)
    client.stop()
    assert ear.wait(m.Finished).reason == "stopped"
    assert client.is_alive and not ear.of(m.Unresponsive)


@posix
def test_a_process_that_stays_silent_is_ended(client, ear, design, monkeypatch):
    monkeypatch.setattr(connection, "HANG_TIMEOUT", 2.0)
    os.kill(client.pid, signal.SIGSTOP)
    ear.wait(m.Unresponsive)
    died = ear.wait(m.Died)
    assert "did not answer for 2 seconds" in died.sentence and told_as_a_sentence(died)


@posix
def test_a_crash_below_python_names_its_signal_and_keeps_the_details(client, ear, design):
    os.kill(client.pid, signal.SIGSEGV)
    died = ear.wait(m.Died)
    assert "crashed (signal 11, SIGSEGV)" in died.sentence
    assert "Segmentation fault" in died.details


def test_a_bug_in_the_engine_is_a_sentence_with_the_traceback_in_its_details(client, ear, design):
    client.train(design("bug"))
    died = ear.wait(m.Died)
    assert "ended unexpectedly (exit status 1)" in died.sentence and told_as_a_sentence(died)
    assert "a bug in the engine" in died.details and "Traceback" not in died.sentence


def test_a_missing_interpreter_is_reported(make_client, ear, tmp_path):
    client = make_client(interpreter=str(tmp_path / "no-python"))
    client.start()
    died = ear.wait(m.Died)
    assert "could not start: No such file" in died.sentence and told_as_a_sentence(died)
    assert not client.is_alive
    client.stop()


def test_a_module_that_is_missing_in_the_child_is_named(make_client, ear):
    client = make_client(engine="no_such_engine")
    client.start()
    died = ear.wait(m.Died)
    assert "No module named 'no_such_engine'" in died.sentence and told_as_a_sentence(died)


@posix
def test_a_process_that_never_becomes_ready_is_reported(make_client, ear, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "START_SILENCE_TIMEOUT", 0.5)
    mute = tmp_path / "mute"
    mute.write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    mute.chmod(0o755)
    make_client(interpreter=str(mute)).start()
    died = ear.wait(m.Died)
    assert "did not start within" in died.sentence and told_as_a_sentence(died)


@posix
def test_a_process_that_talks_nonsense_is_reported(make_client, ear, tmp_path):
    babble = tmp_path / "babble"
    babble.write_text("#!/bin/sh\necho 'this is not a message at all'\nexec tail -f /dev/null\n")
    babble.chmod(0o755)
    make_client(interpreter=str(babble)).start()
    died = ear.wait(m.Died)
    assert "no longer understand" in died.sentence and told_as_a_sentence(died)


def test_a_malformed_command_is_refused_and_the_process_lives_on(client, ear, design):
    class Nonsense(msgspec.Struct, tag=True):
        pass

    client.send(Nonsense())
    failed = ear.wait(m.Failed)
    assert "does not understand" in failed.sentence and "Nonsense" in failed.details
    client.train(design(epochs=1))
    assert ear.wait(m.Finished).reason == "completed"


def test_a_command_that_cannot_be_written_is_reported(client, ear):
    client.train(Design(nodes=(Node("a", "lstm", params={"units": 10**30}),)))
    assert "cannot be sent" in ear.wait(m.Failed).sentence


def test_the_child_ends_with_its_parent_even_within_a_step(make_client):
    make_client()  # for the path to the fake engine
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    gone, alive = psutil.wait_procs([child], timeout=10)
    assert not alive


PARENT = """
import threading
from rnnstudio.design.model import Design
from rnnstudio.worker.client import WorkerClient
ready = threading.Event()
def hear(message):
    if type(message).__name__ == "Started":
        ready.set()
client = WorkerClient(hear, engine="fake_worker_engine", threads=1)
client.start()
client.train(Design(name="stuck"))
ready.wait(30)
print(client.pid, flush=True)
threading.Event().wait(60)
"""


@posix
def test_an_interrupt_from_the_keyboard_does_not_touch_the_child(client, ear, design):
    client.train(design())
    ear.wait(m.Started)
    os.kill(client.pid, signal.SIGINT)
    client.stop()
    assert ear.wait(m.Finished).reason == "stopped"


def test_close_within_a_long_step_is_quick_and_silent(client, ear, design):
    client.train(design("stuck"))
    ear.wait(m.Started)
    begun = time.monotonic()
    client.close()
    assert time.monotonic() - begun < connection.CLOSE_TIMEOUT + 1.0
    assert ear.of(m.Died) == []
    assert not client.is_alive


def test_opening_and_closing_leaves_no_thread_and_no_descriptor(make_client, ear, design):
    client = make_client()

    def cycle():
        client.start()
        ear.wait(m.Ready)
        client.train(design())
        ear.wait(m.Frame)
        client.close()

    cycle()
    process = psutil.Process()
    before = threading.active_count(), process.num_fds() if os.name == "posix" else 0
    for _ in range(4):
        cycle()
    assert (threading.active_count(), process.num_fds() if os.name == "posix" else 0) == before
    assert process.children() == []


def test_the_child_has_the_threads_it_was_given(make_client, ear):
    client = make_client(threads=3)
    client.start()
    ear.wait(m.Ready)
    assert psutil.Process(client.pid).environ()["OPENBLAS_NUM_THREADS"] == "3"


# ------------------------------------------------------------------------------------ messages


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 4)])
def test_arrays_survive_the_journey(dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    message = m.Snapshot({"a": Array.of(array)}, {})
    back = decode_message(encode(message)).arrays["a"].numpy()
    assert back.dtype == array.dtype and np.array_equal(back, array)


def test_transposed_arrays_keep_their_meaning():
    array = np.arange(6.0).reshape(2, 3).T
    assert np.array_equal(Array.of(array).numpy(), array)


def test_arrays_of_the_other_byte_order_keep_their_values():
    array = np.arange(6.0).astype(">f8" if sys.byteorder == "little" else "<f8")
    assert np.array_equal(Array.of(array).numpy(), array)


def test_arrays_that_do_not_fill_their_shape_are_refused():
    good = encode(m.Snapshot({"a": Array.of(np.zeros((2, 3)))}, {}))
    raw = msgspec.msgpack.decode(good)
    raw["arrays"]["a"][0] = [2, 4]
    with pytest.raises(MessageError) as refused:
        decode_message(msgspec.msgpack.encode(raw))
    assert "cannot be understood" in refused.value.sentence and "shape (2, 4)" in refused.value.details


def test_objects_do_not_travel():
    with pytest.raises(MessageError, match="cannot be sent"):
        Array.of(np.array([object()]))


def test_a_stream_that_ends_within_a_message_is_an_end():
    pipe = io.BytesIO()
    wire.write(pipe, b"hello")
    for length in range(len(pipe.getvalue())):
        assert wire.read(io.BytesIO(pipe.getvalue()[:length])) is None
    assert wire.read(io.BytesIO(pipe.getvalue())) == b"hello"
