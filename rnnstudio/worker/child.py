"""The training process, started by the client alone.

Three threads: the main one trains and generates, one reads commands, one tells that the process
lives. Commands come in on standard input, messages leave on what was standard output; whatever else
prints goes to standard error.
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
from rnnstudio.design.message import as_message
from rnnstudio.worker import commands as c
from rnnstudio.worker import messages as m
from rnnstudio.worker import wire
from rnnstudio.worker.encoding import decode_command, encode
from rnnstudio.worker.errors import Gone, MessageError

HEARTBEAT = 0.25  # seconds
LAST_STEP = 0.3  # seconds that a step may still take after the window is gone
LAST_WRITE = 60.0  # seconds for the step and the writing of a run that is to be kept


class Outbox:
    """Sends messages, from any thread."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, message: m.Message) -> None:
        """Send ``message``; `Gone` where the window has closed."""
        body = encode(message)
        try:
            with self._lock:
                wire.write(self._pipe, body)
        except OSError as error:
            raise Gone from error


class Pulse:
    """Sends a heartbeat four times a second, and knows for how long a step has been running."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._ended = threading.Event()
        self._since: float | None = None
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to tell that the process lives."""
        self._thread.start()

    def begin(self) -> None:
        """Note that a training step begins."""
        self._since = time.monotonic()

    def end(self) -> None:
        """Note that it has ended."""
        self._since = None

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.is_set():
            since = self._since
            try:
                self._outbox.send(m.Heartbeat(0.0 if since is None else time.monotonic() - since))
            except Gone:
                return
            self._ended.wait(HEARTBEAT)


class Inbox:
    """Reads commands into a queue; ``None`` in it means that the window has closed."""

    def __init__(self, pipe: IO[bytes], outbox: Outbox) -> None:
        self.queue: queue.SimpleQueue[c.Command | None] = queue.SimpleQueue()
        self._pipe, self._outbox = pipe, outbox
        self.ended = threading.Event()
        self.has_unwritten: Callable[[], bool] = _nothing_unwritten  # set once there is a loop
        self._thread = threading.Thread(target=self._read, name="commands", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def _read(self) -> None:
        try:
            while (body := wire.read(self._pipe)) is not None:
                self._accept(body)
        except (Gone, OSError):
            pass  # the same as the end of the input: the window has closed
        except MessageError as error:
            print(error.sentence, file=sys.stderr)
        self.queue.put(None)
        if not self.ended.wait(LAST_STEP) and not (self.has_unwritten() and self.ended.wait(LAST_WRITE)):
            os._exit(0)  # a step that takes long keeps nobody waiting

    def _accept(self, body: bytes) -> None:
        try:
            self.queue.put(decode_command(body))
        except MessageError as error:
            self._outbox.send(m.Failed.of(error))


def _nothing_unwritten() -> bool:
    return False


def _end_by_signals(inbox: Inbox) -> list[int]:
    """End after the step under way where a signal asks for it, so that the run is written; return which did.

    What ends the window often ends its children with it: a terminal that closes, the end of a session.
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
    """Return the command and message pipes, and put harmless ones in their places."""
    commands, messages = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(commands, "rb", buffering=0), os.fdopen(messages, "wb", buffering=0)


def main() -> int:
    """Run the training process until the window closes it."""
    faulthandler.enable()  # a crash below Python leaves its place in the details
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the window, which then closes us
    if hasattr(os, "nice"):
        os.nice(5)  # where cores are short, the window goes first
    parser = argparse.ArgumentParser(prog="rnnstudio.worker.child", description="Used by RNN Studio itself.")
    parser.add_argument("--engine", default="")
    module = parser.parse_args().engine
    commands, answers = _take_pipes()
    outbox = Outbox(answers)
    inbox, pulse = Inbox(commands, outbox), Pulse(outbox)
    received = _end_by_signals(inbox)
    inbox.start()
    pulse.start()

    from rnnstudio.engine.compiler.runtime import kernels
    from rnnstudio.worker.engines import REAL, load_engine
    from rnnstudio.worker.loop import Loop

    end: Callable[[], None] | None = None
    loop: Loop | None = None
    try:
        engine = load_engine(module or REAL)
        loop = Loop(engine, inbox.queue, outbox.send, pulse)
        inbox.has_unwritten = lambda: loop is not None and loop.has_unwritten
        outbox.send(m.Ready(version=rnnstudio.__version__, pid=os.getpid()))
        end = engine.begin(lambda said: outbox.send(m.Waiting(message=as_message(said))), loop.is_interrupted)
        loop.run()
        loop.close()
    except Gone:
        if loop is not None:
            with suppress(Gone):  # nobody hears how the writing went
                loop.close()
    finally:
        if end is not None:
            end()
        inbox.ended.set()
        pulse.close()
    if kernels.is_compiling():
        os._exit(0)  # the compiler cannot be stopped, nor may Python end beneath it
    if received:  # whoever asks how we ended is told the truth
        signal.signal(received[0], signal.SIG_DFL)
        os.kill(os.getpid(), received[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
