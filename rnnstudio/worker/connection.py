"""One training process as its parent sees it: pipes, threads, and how it ended, in a sentence.

Four threads: one reads messages, one writes commands (so that a child that no longer reads never
holds up the window), one keeps the end of standard error, one watches for silence.
"""

from __future__ import annotations

import queue
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from rnnstudio.design.message import Message, joined, message
from rnnstudio.worker import commands as c
from rnnstudio.worker import messages as m
from rnnstudio.worker import wire
from rnnstudio.worker.encoding import decode_message, encode
from rnnstudio.worker.errors import MessageError

# Silence is counted in looks of the watch: where the machine sleeps or starves, looks come late as well.
SILENCE = 1.5  # seconds without a sign of life after which that is told; the child tells four times a second
PATIENCE = 30.0  # seconds without one that mean a hang
START_SILENCE = 10.0  # seconds without a sign of life while the process starts
START_LONGEST = 60.0  # seconds from start to Ready at most
TICK = 0.1  # seconds between two looks of the watch
CLOSING = 2.0  # seconds that a process may take to close
LAST_BREATH = 1.0  # seconds from the last message to the end of the process
TAIL = 16_384  # bytes of standard error that are kept

CALM = message("Your design is untouched; press Train to start again.")
_MISSING = re.compile(r"^(?:ModuleNotFoundError|ImportError): (.+)$", re.MULTILINE)


class Connection:
    """A child process from start to end.

    Parameters
    ----------
    command : program and arguments
    environment : the child's whole environment
    on_message : called from the reading thread with each message but heartbeats; the last one is
        `Died`, unless `close` was called first.

    Raises
    ------
    OSError
        The program cannot be started at all.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], on_message: Callable[[m.Message], None]
    ) -> None:
        self._on_message = on_message
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=dict(environment),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._stdin, self._stdout, self._stderr = (_there(pipe) for pipe in pipes)
        self._commands: queue.SimpleQueue[c.Command | None] = queue.SimpleQueue()
        self._started = time.monotonic()
        self._waiting_since: float | None = self._started  # None while a message is being handled
        self._ready = False
        self._killed_for: Message | None = None
        self._tail = b""
        self._closing = threading.Event()
        self._ended = threading.Event()
        self.step_seconds = 0.0
        self._threads = [
            threading.Thread(target=target, name=f"worker-{name}", daemon=True)
            for name, target in (
                ("errors", self._drain),
                ("watch", self._watch),
                ("write", self._write),
                ("read", self._read),
            )
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether messages can still come."""
        return not self._ended.is_set()

    def send(self, command: c.Command) -> None:
        """Send a command; never waits, and does nothing once the process has ended."""
        self._commands.put(command)

    def close(self) -> None:
        """End the process and every thread; kills it where it does not end within two seconds."""
        self._closing.set()
        self._commands.put(None)
        try:
            self._process.wait(CLOSING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        for pipe in (self._stdin, self._stdout, self._stderr):
            pipe.close()

    def end(self) -> None:
        """End a process that does not answer; `Died` tells of it."""
        self._kill(message("The training process did not answer and was ended."))

    # -------------------------------------------------------------------------- threads

    def _read(self) -> None:
        try:
            while (body := wire.read(self._stdout, self._sign_of_life)) is not None:
                self._waiting_since = None
                self._handle(body)
        except OSError:
            pass  # the same as the end of the stream
        except MessageError as error:
            self._kill(error.message)
        self._waiting_since = None
        self._finish()

    def _sign_of_life(self) -> None:
        self._waiting_since = time.monotonic()

    def _handle(self, body: bytes) -> None:
        try:
            message = decode_message(body)
        except MessageError as error:
            message = m.Failed.of(error)
        if isinstance(message, m.Heartbeat):
            self.step_seconds = message.seconds
            return
        if isinstance(message, m.Ready):
            self._ready = True
        self._tell(message)

    def _tell(self, message: m.Message) -> None:
        if not self._closing.is_set():
            self._on_message(message)

    def _finish(self) -> None:
        """See the process out after its messages have ended, and say how it went."""
        try:
            self._process.wait(LAST_BREATH)
        except subprocess.TimeoutExpired:
            self._kill(message("The training process closed its connection."))
            self._process.wait()
        self._ended.set()
        self._commands.put(None)
        self._threads[0].join(TICK * 5)
        self._tell(m.Died(self._tail.decode("utf-8", "replace").strip(), message=self._how_it_went()))

    def _write(self) -> None:
        try:
            while (command := self._commands.get()) is not None:
                try:
                    body = encode(command)
                except MessageError as error:
                    lost_run = isinstance(command, c.Train)
                    self._tell(m.Failed.of(error, ends_run=lost_run))
                else:
                    wire.write(self._stdin, body)
            self._stdin.close()
        except OSError:
            return  # the process has ended; the reading thread tells how

    def _drain(self) -> None:
        while part := self._stderr.read(TAIL):
            self._tail = (self._tail + part)[-TAIL:]

    def _watch(self) -> None:
        silence, last, silent = 0.0, None, False
        while not self._ended.wait(TICK):
            since = self._waiting_since
            silence = silence + TICK if since is not None and since == last else 0.0
            last = since
            running = time.monotonic() - self._started
            if self._closing.is_set():
                continue
            if silent and silence == 0.0:
                silent = False
                self._tell(m.Heard())
            if self._ready and silence > PATIENCE:
                self._kill(
                    message(
                        "The training process did not answer for {patience:g} seconds and was ended.",
                        patience=PATIENCE,
                    )
                )
            elif self._ready and silence > SILENCE and not silent:
                silent = True
                self._tell(
                    m.Silent(
                        message=message(
                            "The training process does not answer. It is ended after {patience:g} seconds.",
                            patience=PATIENCE,
                        )
                    )
                )
            elif not self._ready and (silence > START_SILENCE or running > START_LONGEST):
                self._kill(
                    message(
                        "The training process did not start within {running:.0f} seconds.", running=running
                    )
                )

    def _kill(self, why: Message) -> None:
        self._killed_for = self._killed_for or why
        self._process.kill()

    # ------------------------------------------------------------------------- sentences

    def _how_it_went(self) -> Message:
        if self._killed_for:
            return joined((self._killed_for, CALM))
        code = self._process.returncode
        how = how_it_ended(code)
        if not self._ready and code > 0:
            missing = _MISSING.findall(self._tail.decode("utf-8", "replace"))
            if missing:
                return message(
                    "The training process could not start: a part of the installation is missing or broken "
                    "({missing}). Your design is untouched; install RNN Studio again, then press Train.",
                    missing=missing[-1],
                )
            ended = message("The training process could not start ({how}).", how=how)
        elif code == -getattr(signal, "SIGKILL", 9):
            ended = message("The training process was killed ({how}), perhaps for lack of memory.", how=how)
        elif code < 0:
            ended = message("The training process crashed ({how}).", how=how)
        else:
            ended = message("The training process ended unexpectedly ({how}).", how=how)
        return joined((ended, CALM))


def how_it_ended(code: int) -> Message:
    """Return an exit status in words: ``exit status 1``, ``signal 9, SIGKILL``."""
    if code >= 0:
        return message("exit status {code}", code=code)
    try:
        return message("signal {number}, {name}", number=-code, name=signal.Signals(-code).name)
    except ValueError:
        return message("signal {number}", number=-code)


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("a pipe to the training process is missing")
    return pipe
