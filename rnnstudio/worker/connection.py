"""The connection to one training process: its pipes, threads, and a sentence that describes its end.

There are four threads: one reads messages, one writes commands, so that a process that does not read never
blocks the window, one stores the end of standard error, and one watches for silence.
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

# Silence is counted in checks of the watch thread, which are late as well if the computer sleeps.
SILENCE_TIMEOUT = 1.5  # seconds without any bytes until the process is reported as unresponsive
HANG_TIMEOUT = 30.0  # seconds without any bytes until it is ended
START_SILENCE_TIMEOUT = 10.0  # the same, while the process starts
START_TIMEOUT = 60.0  # seconds from the start to `Ready`, at most
WATCH_INTERVAL = 0.1  # seconds between two checks
CLOSE_TIMEOUT = 2.0  # seconds that the process may take to close
EXIT_TIMEOUT = 1.0  # seconds from the last message to the end of the process
MAX_STDERR = 16_384  # bytes of standard error that are stored

DESIGN_UNCHANGED = message("Your design is untouched; press Train to start again.")
_MISSING = re.compile(r"^(?:ModuleNotFoundError|ImportError): (.+)$", re.MULTILINE)


class Connection:
    """A training process from start to end.

    Parameters
    ----------
    command : the program and its arguments
    environment : all environment variables of the process
    on_message : called from the reading thread with each message except heartbeats; the last one is
        `Died`, unless `close` was called before

    Raises
    ------
    OSError
        The program cannot be started.
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
        self._stdin, self._stdout, self._stderr = (_require(pipe) for pipe in pipes)
        self._commands: queue.SimpleQueue[c.Command | None] = queue.SimpleQueue()
        self._started = time.monotonic()
        self._waiting_since: float | None = self._started  # None while a message is being handled
        self._ready = False
        self._kill_reason: Message | None = None
        self._stderr_tail = b""
        self._closing = threading.Event()
        self._ended = threading.Event()
        self.step_seconds = 0.0
        self._threads = [
            threading.Thread(target=target, name=f"worker-{name}", daemon=True)
            for name, target in (
                ("errors", self._read_stderr),
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
    def is_alive(self) -> bool:
        """Whether messages can still arrive."""
        return not self._ended.is_set()

    def send(self, command: c.Command) -> None:
        """Send a command without waiting; does nothing if the process has ended."""
        self._commands.put(command)

    def close(self) -> None:
        """End the process and all threads; kill it if it does not end within `CLOSE_TIMEOUT`."""
        self._closing.set()
        self._commands.put(None)
        try:
            self._process.wait(CLOSE_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        for pipe in (self._stdin, self._stdout, self._stderr):
            pipe.close()

    def end(self) -> None:
        """End a process that does not answer; `Died` is sent."""
        self._kill(message("The training process did not answer and was ended."))

    # -------------------------------------------------------------------------- threads

    def _read(self) -> None:
        try:
            while (body := wire.read(self._stdout, self._reset_silence)) is not None:
                self._waiting_since = None
                self._handle(body)
        except OSError:
            pass  # like the end of the stream
        except MessageError as error:
            self._kill(error.message)
        self._waiting_since = None
        self._finish()

    def _reset_silence(self) -> None:
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
        self._pass_on(message)

    def _pass_on(self, message: m.Message) -> None:
        if not self._closing.is_set():
            self._on_message(message)

    def _finish(self) -> None:
        """Wait for the end of the process after the last message, and send `Died`."""
        try:
            self._process.wait(EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._kill(message("The training process closed its connection."))
            self._process.wait()
        self._ended.set()
        self._commands.put(None)
        self._threads[0].join(WATCH_INTERVAL * 5)
        self._pass_on(
            m.Died(self._stderr_tail.decode("utf-8", "replace").strip(), message=self._describe_end())
        )

    def _write(self) -> None:
        try:
            while (command := self._commands.get()) is not None:
                try:
                    body = encode(command)
                except MessageError as error:
                    is_run = isinstance(command, c.Train)
                    self._pass_on(m.Failed.of(error, ends_run=is_run))
                else:
                    wire.write(self._stdin, body)
            self._stdin.close()
        except OSError:
            return  # the process has ended, which the reading thread reports

    def _read_stderr(self) -> None:
        while part := self._stderr.read(MAX_STDERR):
            self._stderr_tail = (self._stderr_tail + part)[-MAX_STDERR:]

    def _watch(self) -> None:
        silence, last, silent = 0.0, None, False
        while not self._ended.wait(WATCH_INTERVAL):
            since = self._waiting_since
            silence = silence + WATCH_INTERVAL if since is not None and since == last else 0.0
            last = since
            since_start = time.monotonic() - self._started
            if self._closing.is_set():
                continue
            if silent and silence == 0.0:
                silent = False
                self._pass_on(m.Responded())
            if self._ready and silence > HANG_TIMEOUT:
                self._kill(
                    message(
                        "The training process did not answer for {seconds:g} seconds and was ended.",
                        seconds=HANG_TIMEOUT,
                    )
                )
            elif self._ready and silence > SILENCE_TIMEOUT and not silent:
                silent = True
                self._pass_on(
                    m.Unresponsive(
                        message=message(
                            "The training process does not answer. It is ended after {seconds:g} seconds.",
                            seconds=HANG_TIMEOUT,
                        )
                    )
                )
            elif not self._ready and (silence > START_SILENCE_TIMEOUT or since_start > START_TIMEOUT):
                self._kill(
                    message(
                        "The training process did not start within {seconds:.0f} seconds.",
                        seconds=since_start,
                    )
                )

    def _kill(self, reason: Message) -> None:
        self._kill_reason = self._kill_reason or reason
        self._process.kill()

    # ---------------------------------------------------------------------- description

    def _describe_end(self) -> Message:
        if self._kill_reason:
            return joined((self._kill_reason, DESIGN_UNCHANGED))
        code = self._process.returncode
        how = describe_exit(code)
        if not self._ready and code > 0:
            missing = _MISSING.findall(self._stderr_tail.decode("utf-8", "replace"))
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
        return joined((ended, DESIGN_UNCHANGED))


def describe_exit(code: int) -> Message:
    """Describe an exit status: ``exit status 1``, ``signal 9, SIGKILL``."""
    if code >= 0:
        return message("exit status {code}", code=code)
    try:
        return message("signal {number}, {name}", number=-code, name=signal.Signals(-code).name)
    except ValueError:
        return message("signal {number}", number=-code)


def _require(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("a pipe to the training process is missing")
    return pipe
