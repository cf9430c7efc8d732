"""The threads on which parts of a training step run.

``RNNSTUDIO_THREADS`` says how many take part, one if it says nothing. Every library keeps to one thread of
its own: threads that share one small matrix product wait for each other more than they work.

What the parts are depends on the number of threads alone, never on which thread runs them or when, so the
same number of threads gives the same bits.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from queue import SimpleQueue

from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import message

VARIABLE = "RNNSTUDIO_THREADS"
MOST = 256

Task = Callable[[], None]
_inside = threading.local()


def count() -> int:
    """Return how many threads take part in a step.

    Raises
    ------
    StudioError
        If ``RNNSTUDIO_THREADS`` is no whole number from 1 to 256.
    """
    text = os.environ.get(VARIABLE, "1")
    if not (text.isdecimal() and 1 <= int(text) <= MOST):
        raise StudioError(
            message(
                "{variable} must be a whole number of threads from 1 to {most}; got “{text}”. Change it, "
                "or leave it out.",
                variable=VARIABLE,
                most=MOST,
                text=text,
            )
        )
    return int(text)


class Pool:
    """A few threads that wait for work; the thread that hands it out does its share."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._tasks: SimpleQueue[tuple[Task, _Batch] | None] = SimpleQueue()
        self._workers = [
            threading.Thread(target=self._work, name=f"step-{k}", daemon=True) for k in range(1, threads)
        ]
        for worker in self._workers:
            worker.start()

    def run(self, tasks: Sequence[Task]) -> None:
        """Run all of them, and return when the last one has ended; an error of one is raised then.

        Called by a task of its own, they run one after the other.
        """
        if len(tasks) < 2 or self.threads < 2 or getattr(_inside, "task", False):
            for task in tasks:
                task()
            return
        batch = _Batch(len(tasks) - 1)
        for task in tasks[1:]:
            self._tasks.put((task, batch))
        batch.do(tasks[0])
        batch.wait()

    def close(self) -> None:
        """End the threads."""
        for _ in self._workers:
            self._tasks.put(None)
        for worker in self._workers:
            worker.join()

    def _work(self) -> None:
        while (item := self._tasks.get()) is not None:
            task, batch = item
            batch.do(task)
            batch.end_one()


class _Batch:
    """Tasks that are waited for together."""

    def __init__(self, elsewhere: int) -> None:
        self._elsewhere = elsewhere
        self._counting = threading.Lock()
        self._ended = threading.Event()
        self._errors: list[BaseException] = []

    def do(self, task: Task) -> None:
        _inside.task = True
        try:
            task()
        except BaseException as error:  # noqa: BLE001  raised again in the thread that waits
            self._errors.append(error)
        finally:
            _inside.task = False

    def end_one(self) -> None:
        with self._counting:
            self._elsewhere -= 1
            if not self._elsewhere:
                self._ended.set()

    def wait(self) -> None:
        while not self._ended.is_set():
            try:
                self._ended.wait()
            except KeyboardInterrupt as interrupt:  # what the others work on must stay until they have ended
                self._errors.append(interrupt)
        if self._errors:
            raise self._errors[0]


@lru_cache(maxsize=1)
def shared_pool(threads: int) -> Pool:
    """Return the pool of this process; another number of threads replaces it."""
    return Pool(threads)


def run_all(tasks: Sequence[Task]) -> None:
    """Run tasks that touch nothing of each other's on the threads of this process."""
    threads = count() if len(tasks) > 1 else 1
    if threads == 1:
        for task in tasks:
            task()
    else:
        shared_pool(threads).run(tasks)
