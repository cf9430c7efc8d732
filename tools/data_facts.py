"""Facts of data without a training process: read in place, where nobody minds waiting."""

from __future__ import annotations

from rnnstudio.engine import datasets
from rnnstudio.ui.document.data_facts import DataFacts
from rnnstudio.worker import commands as c
from rnnstudio.worker.inspection import answer
from rnnstudio.worker.real_engine import find_source


class LocalFacts(DataFacts):
    """Answers every question at once."""

    def ask(self, question: c.Inspect | c.FindSource) -> None:
        """See `DataFacts`."""
        self.take(answer(question, datasets.inspect, find_source))
