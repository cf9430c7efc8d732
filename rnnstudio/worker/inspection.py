"""Answers what the window asks about data, on a thread of its own, so that a run does not wait for it."""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable

from rnnstudio.design.errors import DataError, StudioError
from rnnstudio.design.message import message
from rnnstudio.design.model import Choice, TrainingPlan
from rnnstudio.engine.data_report import DataReport
from rnnstudio.worker import commands as c
from rnnstudio.worker import messages as m
from rnnstudio.worker.engines import Engine
from rnnstudio.worker.errors import Gone

NO_MEMORY = message("There is not enough memory to read the data. Use less of them.")
Question = c.Inspect | c.FindSource


class Inspection:
    """Answers questions one after the other; the thread begins with the first."""

    def __init__(self, engine: Engine, send: Callable[[m.Message], None]) -> None:
        self._engine, self._send = engine, send
        self._questions: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, question: Question) -> None:
        """Answer a question, after those before it."""
        self._questions.put(question)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="inspection", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Answer no more; what is being read is not waited for."""
        self._questions.put(None)

    def _run(self) -> None:
        try:
            while (question := self._questions.get()) is not None:
                self._send(answer(question, self._engine.inspect, self._engine.find_source))
        except Gone:
            return


def answer(
    question: Question,
    inspect: Callable[[Choice], DataReport],
    find_source: Callable[[Choice, TrainingPlan, int], str],
) -> m.Inspected | m.Source:
    """Return the answer to a question, by the two functions of an `Engine`."""
    match question:
        case c.Inspect():
            try:
                report = inspect(question.task)
            except MemoryError as error:
                report = DataReport(error=DataError(NO_MEMORY, details=str(error)))
            except Exception as error:  # of a plug-in, mostly: the window tells it, and the process lives on
                told = message(
                    "The data of the task “{kind}” cannot be read: {error}.",
                    kind=question.task.kind,
                    error=repr(error),
                )
                report = DataReport(error=DataError(told, details=traceback.format_exc()))
            return m.Inspected.of(question.number, report)
        case c.FindSource():
            try:
                text = find_source(question.task, question.plan, question.example)
            except (StudioError, MemoryError):  # the rules say what is wrong with the data
                text = ""
            return m.Source(question.number, text)
