"""What the window knows of the data of tasks. The training process reads them; its answers are kept here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from PySide6.QtCore import QObject, Signal

from rnnstudio.design.errors import DataError, StudioError
from rnnstudio.design.message import message
from rnnstudio.design.model import Choice, TrainingPlan
from rnnstudio.engine.data_report import DataKey, DataReport, data_key
from rnnstudio.worker import commands as c
from rnnstudio.worker import messages as m

LOST = message("The training process ended while it read the data. Press Train to try again.")
MOST_REPORTS = 64  # data sets; the oldest go first


class DataFacts(QObject):
    """Asks for the facts of data and keeps the answers, by all that the data depend on.

    Signals
    -------
    asked(Inspect or FindSource) : a question for the training process; its answer goes to `take`
    changed() : an answer has come
    """

    asked = Signal(object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reports: dict[DataKey, DataReport] = {}
        self._last: dict[str, DataReport] = {}  # by kind of task, those without an error
        self._doubtful: set[DataKey] = set()  # to be asked for again, though there is an answer
        self._asked: dict[int, DataKey] = {}
        self._then: list[tuple[Sequence[Choice], Callable[..., None]]] = []
        self._source: tuple[int, Callable[[str], None]] | None = None
        self._numbers = count(1)

    # ------------------------------------------------------------------------------- asked

    def report(self, task: Choice) -> DataReport | None:
        """Return what is known of a task's data; None while they are being read."""
        try:
            key = data_key(task)
        except StudioError:  # the rules report what is wrong with the task
            return DataReport()
        if (key not in self._reports or key in self._doubtful) and key not in self._asked.values():
            self._doubtful.discard(key)
            number = next(self._numbers)
            self._asked[number] = key
            self.ask(c.Inspect(number, task))
        return self._reports.get(key)

    def last(self, kind: str) -> DataReport:
        """Return what was known last of the data of a kind of task, to be shown while others are read."""
        return self._last.get(kind, DataReport())

    def when_known(self, tasks: Sequence[Choice], then: Callable[..., None]) -> None:
        """Call ``then`` with the report of each task: at once where all are known, or later."""
        reports = [self.report(task) for task in tasks]
        if None in reports:
            self._then.append((tasks, then))
        else:
            then(*reports)

    def find_source(
        self, task: Choice, plan: TrainingPlan, example: int, then: Callable[[str], None]
    ) -> None:
        """Call ``then`` with the text that an encoder reads in an example, unless another is asked for."""
        number = next(self._numbers)
        self._source = number, then
        self.ask(c.FindSource(number, task, plan, example))

    def doubt_errors(self) -> None:
        """Ask again for data that could not be read when they are wanted next; the error stays until then."""
        self._doubtful = {key for key, report in self._reports.items() if report.error is not None}

    def forget_errors(self) -> None:
        """Forget which data could not be read."""
        self.doubt_errors()
        for key in self._doubtful:
            del self._reports[key]

    # ----------------------------------------------------------------------------- answered

    def ask(self, question: c.Inspect | c.FindSource) -> None:
        """Send a question to the training process."""
        self.asked.emit(question)

    def take(self, answer: m.Inspected | m.Source) -> None:
        """Take an answer of the training process."""
        match answer:
            case m.Source():
                source = self._source
                if source is not None and source[0] == answer.number:
                    self._source = None
                    source[1](answer.text)
            case m.Inspected():
                key = self._asked.pop(answer.number, None)
                if key is not None:
                    self._keep(key, answer.report())
                    self._tell()

    def lose(self) -> None:
        """Take note that the training process has ended: what was asked is not answered."""
        lost = list(self._asked.values())
        self._asked.clear()
        self._source = None
        for key in lost:
            self._keep(key, DataReport(error=DataError(LOST)))
        if lost:
            self._tell()

    def _keep(self, key: DataKey, report: DataReport) -> None:
        self._reports.pop(key, None)
        self._reports[key] = report
        if len(self._reports) > MOST_REPORTS:
            del self._reports[next(iter(self._reports))]
        if report.error is None:
            self._last[key.kind] = report

    def _tell(self) -> None:
        self.changed.emit()
        waiting, self._then = self._then, []
        for tasks, then in waiting:
            self.when_known(tasks, then)
