"""The thread pool for parts of a training step.

``RNNSTUDIO_THREADS`` is the number of threads, by default one. Libraries use one thread, because threads that
share a small matrix product mostly wait for each other.

The parts depend only on the number of threads, not on which thread runs them or when. The same number of
threads therefore gives the same bits.
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
    """Return the number of threads of a training step.

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
    """A pool of threads; the calling thread takes part in the work."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._tasks: SimpleQueue[tuple[Task, _Batch] | None] = SimpleQueue()
        self._workers = [
            threading.Thread(target=self._work, name=f"step-{k}", daemon=True) for k in range(1, threads)
        ]
        for worker in self._workers:
            worker.start()

    def run(self, tasks: Sequence[Task]) -> None:
        """Run all tasks and wait for them. An error of a task is raised at the end.

        If called from a task of this pool, the tasks run one after the other.
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
    """Tasks that are completed together."""

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
            except KeyboardInterrupt as interrupt:  # the memory of other tasks must live until they end
                self._errors.append(interrupt)
        if self._errors:
            raise self._errors[0]


@lru_cache(maxsize=1)
def shared_pool(threads: int) -> Pool:
    """Return the pool of this process. Another number of threads replaces it."""
    return Pool(threads)


def run_all(tasks: Sequence[Task]) -> None:
    """Run independent tasks on the thread pool of this process."""
    threads = count() if len(tasks) > 1 else 1
    if threads == 1:
        for task in tasks:
            task()
    else:
        shared_pool(threads).run(tasks)
