"""The window never opens data: the training process tells what it needs to know of them."""

from __future__ import annotations

import pytest

from rnnstudio.design import codec
from rnnstudio.engine import datasets
from rnnstudio.resources import templates

pytestmark = pytest.mark.data_from_worker
SOON = 60_000  # ms


@pytest.fixture(autouse=True)
def _no_data_here(monkeypatch):
    def refuse(*_args):
        raise AssertionError("The window opens data.")

    for name in ("open_task", "facts", "inspect", "_open", "_report"):
        monkeypatch.setattr(datasets, name, refuse)


def known(studio):
    document = studio.document
    report = document.check_now()
    return not document.is_reading_data and all(shape.size for shape in report.shapes.values())


def train_a_step(studio, qtbot):
    with qtbot.waitSignal(studio.session.frame, timeout=SOON):
        studio.run_controller.step()


def test_an_example_is_opened_trained_and_tried_without_data_in_the_window(studio, qtbot):
    studio.files.open_template(codec.load(templates()["dates-encoder-decoder"]))
    answers = studio.playground.answers
    qtbot.waitUntil(lambda: bool(answers.source.text()), timeout=SOON)
    assert known(studio)
    train_a_step(studio, qtbot)
    qtbot.waitUntil(lambda: studio.session.state == "paused", timeout=SOON)
    source = answers.source.text()
    with qtbot.waitSignal(studio.session.sample_done, timeout=SOON):
        studio.playground.source_requested.emit()
    assert answers.source.text() != source


def test_a_text_is_chosen_and_trained_on_without_data_in_the_window(studio, qtbot, tmp_path):
    studio.files.open_template(codec.load(templates()["sonnets-lstm"]))
    file = tmp_path / "own.txt"
    file.write_text("the quick brown fox jumps over the lazy dog. " * 50, encoding="utf-8")
    with qtbot.waitSignal(studio.files.text_applied, timeout=SOON):
        studio.files.use_text(file)
    assert known(studio)
    assert studio.document.facts.classes == 28
    for problem in studio.document.report.problems:  # the head predicts other characters
        studio.document.edit(problem.fix.title, problem.fix.apply(studio.document.design))
    assert studio.document.check_now().trainable
    train_a_step(studio, qtbot)


def test_a_text_that_cannot_be_used_is_refused_as_before(studio, qtbot, tmp_path):
    studio.files.open_template(codec.load(templates()["sonnets-lstm"]))
    file = tmp_path / "own.txt"
    file.write_bytes(b"\xff\xfe\x00")
    studio.files.use_text(file)
    notices = studio.window.notices
    qtbot.waitUntil(lambda: notices.notice is not None and "UTF-8" in notices.notice.sentence, timeout=SOON)
    assert studio.document.design.task.kind == "sonnets"


def test_train_waits_until_the_data_are_read(studio, qtbot):
    with qtbot.waitSignal(studio.session.started, timeout=SOON):
        studio.files.open_template(codec.load(templates()["names-gru"]))
        studio.run_controller.run()
        assert not studio.session.is_running
    assert known(studio)
