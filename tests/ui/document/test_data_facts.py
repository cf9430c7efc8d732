"""What the window knows of data, and what it shows while they are read."""

from __future__ import annotations

import os

import pytest

from rnnstudio.design import codec, edits
from rnnstudio.design.errors import DataError
from rnnstudio.design.model import Choice
from rnnstudio.engine import datasets
from rnnstudio.engine.data_report import DataReport
from rnnstudio.resources import templates
from rnnstudio.ui.document import document as documents
from rnnstudio.ui.document.data_facts import DataFacts
from rnnstudio.ui.document.document import Document
from rnnstudio.worker import messages as m

NAMES = codec.load(templates()["names-gru"])
pytestmark = pytest.mark.data_from_worker


class Worker:
    """Answers questions when it is told to."""

    def __init__(self, facts: DataFacts) -> None:
        self.facts, self.questions = facts, []
        facts.asked.connect(self.questions.append)

    def answer(self) -> None:
        while self.questions:
            question = self.questions.pop(0)
            self.facts.take(m.Inspected.of(question.number, datasets.inspect(question.task)))


@pytest.fixture
def facts(qapp):
    return DataFacts()


@pytest.fixture
def worker(facts):
    return Worker(facts)


@pytest.fixture
def document(facts, worker):
    return Document(design=NAMES, data=facts)


def codes(document):
    return [problem.code for problem in document.check_now().problems]


def test_the_facts_of_a_task_are_asked_for_once(facts, worker):
    assert facts.report(NAMES.task) is None
    assert facts.report(Choice("names")) is None  # the same, by its defaults
    assert len(worker.questions) == 1
    worker.answer()
    assert facts.report(NAMES.task).facts.classes == 53
    assert worker.questions == []


def test_a_file_that_was_changed_is_read_again(facts, worker, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("abcdefgh" * 20, encoding="utf-8")
    task = Choice("text", {"path": str(file)})
    facts.report(task)
    worker.answer()
    assert facts.report(task).facts.classes == 8
    file.write_text("abc" * 60, encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert facts.report(task) is None
    worker.answer()
    assert facts.report(task).facts.classes == 3


def test_a_task_that_is_chosen_wrongly_is_not_asked_for(facts, worker):
    for task in (Choice("no such task"), Choice("names", {"which": "no such names"})):
        assert facts.report(task) == DataReport()
    assert worker.questions == []


def test_an_error_stays_until_it_is_asked_again(facts, worker, tmp_path):
    task = Choice("text", {"path": str(tmp_path / "missing.txt")})
    facts.report(task)
    worker.answer()
    assert "missing.txt" in facts.report(task).error.sentence
    assert worker.questions == []
    facts.doubt_errors()
    assert facts.report(task).error is not None
    assert len(worker.questions) == 1
    worker.answer()
    facts.forget_errors()
    assert facts.report(task) is None


def test_data_that_a_process_died_over_are_told_and_not_asked_for_again(facts, worker):
    heard = []
    facts.when_known([NAMES.task], heard.append)
    facts.lose()
    assert isinstance(heard[0].error, DataError)
    worker.questions.clear()
    assert "Press Train" in facts.report(NAMES.task).error.sentence
    assert worker.questions == []


def test_a_document_has_no_error_while_its_data_are_read_and_its_shapes_after(document, worker):
    assert document.check_now().trainable
    assert document.is_reading_data
    worker.answer()
    assert not codes(document)
    assert not document.is_reading_data
    assert document.report.shapes["tokens", "tokens"].size == 53


def test_shapes_stay_while_other_data_of_the_task_are_read(document, worker):
    document.check_now()
    worker.answer()
    shapes = document.check_now().shapes
    document.edit("Other names", edits.set_task_params(document.design, {"which": "given"}))
    assert document.check_now().shapes == shapes
    assert document.is_reading_data


def test_reading_that_takes_long_is_told_by_a_note(document, worker, qtbot, monkeypatch):
    assert codes(document) == []
    with qtbot.waitSignal(document.report_changed, timeout=10 * documents.READING_NOTE):
        pass
    assert [(p.code, p.severity) for p in document.report.problems] == [("reading-data", "info")]
    worker.answer()
    assert codes(document) == []
