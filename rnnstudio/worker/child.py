"""The training process, started by the client alone.

It has three threads: the main thread trains and generates, one reads commands, and one sends heartbeats.
Commands arrive on standard input, and messages are sent on the original standard output. Everything else
that is printed goes to standard error.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import IO

import rnnstudio
from rnnstudio.worker import commands as c
from rnnstudio.worker import messages as m
from rnnstudio.worker import wire
from rnnstudio.worker.encoding import decode_command, encode
from rnnstudio.worker.errors import Gone, MessageError

HEARTBEAT_INTERVAL = 0.25  # seconds
LAST_STEP_TIMEOUT = 0.3  # seconds that the current step may take after the window has closed
LAST_WRITE_TIMEOUT = 60.0  # seconds for the step and the recovery copy


class Outbox:
    """Sends messages from any thread."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, message: m.Message) -> None:
        """Send ``message``; raise `Gone` if the window has closed."""
        body = encode(message)
        try:
            with self._lock:
                wire.write(self._pipe, body)
        except OSError as error:
            raise Gone from error


class HeartbeatSender:
    """Sends a heartbeat every `HEARTBEAT_INTERVAL` with the duration of the current training step."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._ended = threading.Event()
        self._since: float | None = None
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def begin(self) -> None:
        """Record that a training step begins."""
        self._since = time.monotonic()

    def end(self) -> None:
        """Record that the step has ended."""
        self._since = None

    def close(self) -> None:
        """Stop the thread."""
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.is_set():
            since = self._since
            try:
                self._outbox.send(m.Heartbeat(0.0 if since is None else time.monotonic() - since))
            except Gone:
                return
            self._ended.wait(HEARTBEAT_INTERVAL)


class Inbox:
    """Reads commands into a queue; ``None`` in the queue means that the window has closed."""

    def __init__(self, pipe: IO[bytes], outbox: Outbox) -> None:
        self.queue: queue.SimpleQueue[c.Command | None] = queue.SimpleQueue()
        self._pipe, self._outbox = pipe, outbox
        self.ended = threading.Event()
        self.has_unwritten: Callable[[], bool] = _nothing_unwritten  # set when the loop is created
        self._thread = threading.Thread(target=self._read, name="commands", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def _read(self) -> None:
        try:
            while (body := wire.read(self._pipe)) is not None:
                self._accept(body)
        except (Gone, OSError):
            pass  # like the end of the input: the window has closed
        except MessageError as error:
            print(error.sentence, file=sys.stderr)
        self.queue.put(None)
        if not self.ended.wait(LAST_STEP_TIMEOUT) and not (
            self.has_unwritten() and self.ended.wait(LAST_WRITE_TIMEOUT)
        ):
            os._exit(0)  # do not wait for a long step

    def _accept(self, body: bytes) -> None:
        try:
            self.queue.put(decode_command(body))
        except MessageError as error:
            self._outbox.send(m.Failed.of(error))


def _nothing_unwritten() -> bool:
    return False


def _end_by_signals(inbox: Inbox) -> list[int]:
    """End after the current step on a termination signal, so that the run is written; return the signals.

    A closing terminal or the end of the session sends the signal to the window and to its child processes.
    """
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        inbox.queue.put(None)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), note)
    return received


def _take_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Return the pipes of commands and messages, and redirect standard input and output."""
    commands, messages = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(commands, "rb", buffering=0), os.fdopen(messages, "wb", buffering=0)


def main() -> int:
    """Run the training process until the window closes it."""
    faulthandler.enable()  # writes a traceback if native code crashes
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the window handles Ctrl-C and closes this process
    if hasattr(os, "nice"):
        os.nice(5)  # the window has priority if there are few cores
    parser = argparse.ArgumentParser(prog="rnnstudio.worker.child", description="Used by RNN Studio itself.")
    parser.add_argument("--engine", default="")
    module = parser.parse_args().engine
    commands, answers = _take_pipes()
    outbox = Outbox(answers)
    inbox, heartbeat = Inbox(commands, outbox), HeartbeatSender(outbox)
    received = _end_by_signals(inbox)
    inbox.start()
    heartbeat.start()

    from rnnstudio.engine.compiler.runtime import kernels
    from rnnstudio.worker.engines import REAL, load_engine
    from rnnstudio.worker.loop import Loop

    end: Callable[[], None] | None = None
    loop: Loop | None = None
    try:
        engine = load_engine(module or REAL)
        loop = Loop(engine, inbox.queue, outbox.send, heartbeat)
        inbox.has_unwritten = lambda: loop is not None and loop.has_unwritten
        outbox.send(m.Ready(version=rnnstudio.__version__, pid=os.getpid()))
        end = engine.begin(lambda message: outbox.send(m.Waiting(message=message)), loop.is_interrupted)
        loop.run()
        loop.close()
    except Gone:
        if loop is not None:
            with suppress(Gone):  # the window cannot receive the result
                loop.close()
    finally:
        if end is not None:
            end()
        inbox.ended.set()
        heartbeat.close()
    if kernels.is_compiling():
        os._exit(0)  # the compiler cannot be interrupted, and Python must not exit under it
    if received:  # report the signal as the exit status
        signal.signal(received[0], signal.SIG_DFL)
        os.kill(os.getpid(), received[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
