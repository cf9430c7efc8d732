"""What the training process tells of data, and that it builds a data set once."""

import pytest

from rnnstudio.design.model import Choice, TrainingPlan
from rnnstudio.design.streams import token_facts
from rnnstudio.worker import commands as c
from rnnstudio.worker import messages as m
from tests.worker.test_worker_real import small_design


def test_facts_of_data_come_with_the_number_of_the_question(client, ear):
    client.send(c.Inspect(7, Choice("plain")))
    answer = ear.wait(m.Inspected)
    assert answer.number == 7
    report = answer.report()
    assert (report.facts, report.symbols, report.error) == (token_facts(5, 5, 7, "letter"), "digest", None)


def test_an_error_of_the_data_comes_with_its_details(client, ear):
    client.send(c.Inspect(1, Choice("missing")))
    error = ear.wait(m.Inspected).report().error
    assert (error.sentence, error.details) == ("“a.txt” is missing.", "no such file")


def test_a_bug_in_a_task_is_told_and_the_process_lives_on(client, ear):
    client.send(c.Inspect(1, Choice("broken")))
    error = ear.wait(m.Inspected).report().error
    assert "a bug in a task" in error.sentence
    assert "Traceback" in error.details
    client.send(c.Inspect(2, Choice("plain")))
    assert ear.wait(m.Inspected).report().error is None


@pytest.mark.parametrize(("kind", "text"), [("plain", "source 3"), ("missing", "")])
def test_the_source_of_an_example_is_found_where_there_is_one(client, ear, kind, text):
    client.send(c.FindSource(4, Choice(kind), TrainingPlan(), 3))
    assert ear.wait(m.Source) == m.Source(4, text)


def test_a_run_goes_on_while_data_are_read(client, ear, design, tmp_path):
    client.train(design())
    ear.wait(m.Frame)
    client.send(c.Inspect(1, Choice("wait", {"path": str(tmp_path / "go")})))
    step = ear.wait(m.Frame).step.numpy()[-1]
    ear.wait(m.Frame, lambda frame: len(frame.step.numpy()) and frame.step.numpy()[-1] > step + 10)
    assert ear.of(m.Inspected) == []
    (tmp_path / "go").touch()
    ear.wait(m.Inspected)


def test_a_run_begins_with_what_a_simple_answer_would_lose_and_the_name_of_a_step(client, ear, design):
    client.train(design())
    started = ear.wait(m.Started)
    assert (started.unit, started.baseline) == ("letter", m.Baseline(1.5, "guessing"))


def test_data_that_were_inspected_are_not_built_again_for_the_run(make_client, ear, tmp_path, monkeypatch):
    opened = tmp_path / "opened"
    monkeypatch.setenv("COUNTED_DATA", str(opened))
    client = make_client(engine="counting_engine")
    client.start()
    ear.wait(m.Ready)
    design = small_design(epochs=1)
    client.send(c.Inspect(1, design.task))
    assert ear.wait(m.Inspected).facts.classes == 53
    client.train(design, steps=1)
    ear.wait(m.Started)
    assert opened.read_text().split() == ["names"]
