"""The training session: states, signals, and weights, with the real process and a fake engine."""

import functools
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design.model import Design, TrainingPlan
from rnnstudio.ui.playground import AnswerRequest, ExampleRequest, TextRequest
from rnnstudio.ui.training.session import TrainingSession
from rnnstudio.worker.client import WorkerClient

ENGINES = Path(__file__).parents[2] / "worker" / "engines"
PATIENCE = 30_000  # ms


def design(name="plain", epochs=100_000):
    return Design(name=name, plan=TrainingPlan(epochs=epochs))


def request(prompt="", length=3):
    return TextRequest(prompt, length, temperature=1.0, seed=1)


@pytest.fixture
def cold(qtbot, monkeypatch):
    """Return a session whose process has not been started."""
    monkeypatch.setenv("PYTHONPATH", str(ENGINES), prepend=os.pathsep)
    make_client = functools.partial(WorkerClient, engine="fake_worker_engine", threads=1)
    session = TrainingSession(make_client=make_client)
    session.states = []
    session.state_changed.connect(session.states.append)
    yield session
    session.shutdown()


@pytest.fixture
def session(cold, until):
    cold.start()
    until(cold, "idle")
    return cold


@pytest.fixture
def until(qtbot):
    def wait(session, state):
        qtbot.waitUntil(lambda: session.state == state, timeout=PATIENCE)

    return wait


def test_the_states_of_a_run(qtbot, session, until):
    session.train(design())
    assert session.state == "training" and session.is_running
    with qtbot.waitSignal(session.frame, timeout=PATIENCE):
        pass
    session.pause()
    until(session, "paused")
    session.resume()
    until(session, "training")
    with qtbot.waitSignal(session.finished, timeout=PATIENCE) as finished:
        session.stop()
    assert finished.args[0].reason == "stopped"
    assert session.states == ["starting", "idle", "training", "paused", "training", "idle"]
    assert not session.is_running


def test_a_finished_run_leaves_its_weights_record_and_design(qtbot, session):
    trained = design(epochs=2)
    with qtbot.waitSignals([session.weights_changed, session.finished], timeout=PATIENCE):
        session.train(trained)
    assert np.array_equal(session.weights["net.w"], np.full((2, 3), 8, np.float32))
    assert session.record == {"steps": 8}
    assert session.weights_design is trained


def test_train_further_hands_back_the_checkpoint_of_the_run(qtbot, session):
    with qtbot.waitSignal(session.finished, timeout=PATIENCE):
        session.train(design(epochs=2))
    assert session.checkpoint.step == 8
    with qtbot.waitSignal(session.started, timeout=PATIENCE) as started:
        session.train_further(design(epochs=2))
    assert started.args[0].start == "Goes on after step 8."


def test_a_run_that_diverged_leaves_no_checkpoint(qtbot, session):
    with qtbot.waitSignal(session.finished, timeout=PATIENCE):
        session.train(design("diverge"))
    assert session.weights and session.checkpoint is None


def test_stop_while_kernels_are_compiled_ends_the_run_and_loses_nothing(qtbot, session, until):
    with qtbot.waitSignal(session.finished, timeout=PATIENCE):
        session.train(design(epochs=2))
    weights, told = session.weights, []
    session.reported.connect(lambda *words: told.append(words))
    with qtbot.waitSignal(session.waiting, timeout=PATIENCE):
        session.train(design("compiles"))
    session.stop()
    until(session, "idle")
    assert not session.is_running
    assert session.weights is weights
    assert told == []
    with qtbot.waitSignal(session.finished, timeout=PATIENCE):
        session.train(design(epochs=1))
    assert session.record == {"steps": 4}


def test_train_before_the_process_is_ready_trains_once_it_is(qtbot, cold):
    cold.start()
    with qtbot.waitSignal(cold.finished, timeout=PATIENCE):
        cold.train(design(epochs=1))
    assert cold.record == {"steps": 4}


def test_step_from_idle_trains_one_step_and_each_further_one_another(qtbot, session, until):
    session.step(design())
    until(session, "paused")
    with qtbot.waitSignal(session.frame, timeout=PATIENCE, check_params_cb=lambda f: 2 in f.step.numpy()):
        session.step(design())
    session.stop()
    until(session, "idle")
    assert session.record == {"steps": 2}


def test_frames_keep_coming_because_they_are_acknowledged(qtbot, session):
    numbers = []
    session.frame.connect(lambda frame: numbers.append(frame.number))
    session.train(design())
    qtbot.waitUntil(lambda: len(numbers) >= 5, timeout=PATIENCE)
    assert numbers[:5] == [1, 2, 3, 4, 5]


def test_a_second_train_replaces_the_first_run(qtbot, session, until):
    first, second = design(), design(epochs=1)
    reasons = []
    session.finished.connect(lambda f: reasons.append((f.reason, session.weights_design, session.state)))
    session.train(first)
    session.train(second)
    qtbot.waitUntil(lambda: len(reasons) == 2, timeout=PATIENCE)
    assert reasons == [("stopped", first, "training"), ("completed", second, "idle")]


@pytest.mark.parametrize(
    ("name", "words"), [("no data", "text is empty"), ("no memory", "not enough memory")]
)
def test_a_run_that_cannot_begin_is_reported_and_the_session_is_idle(qtbot, session, name, words):
    with qtbot.waitSignal(session.reported, timeout=PATIENCE) as told:
        session.train(design(name))
    assert words in told.args[0] and told.args[1] == "error"
    assert session.state == "idle" and not session.is_running


def test_divergence_is_reported_and_the_last_finite_weights_are_kept(qtbot, session):
    with qtbot.waitSignal(session.reported, timeout=PATIENCE) as told:
        session.train(design("diverge"))
    assert "step 3" in told.args[0]
    assert session.weights["net.w"][0, 0] == 2
    assert session.state == "idle"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_process_is_reported_loses_no_weights_and_train_starts_another(qtbot, session, until):
    with qtbot.waitSignal(session.finished, timeout=PATIENCE):
        session.train(design(epochs=1))
    session.train(design())
    with qtbot.waitSignal(session.frame, timeout=PATIENCE):
        pass
    with qtbot.waitSignal(session.reported, timeout=PATIENCE) as told:
        os.kill(session.client.pid, signal.SIGKILL)
    assert "was killed" in told.args[0] and told.args[1] == "error"
    assert session.state == "failed" and not session.is_running
    assert session.record == {"steps": 4}
    with qtbot.waitSignal(session.finished, timeout=PATIENCE):
        session.train(design(epochs=2))
    assert session.record == {"steps": 8}


def test_weights_are_kept_while_a_run_continues(qtbot, session, monkeypatch):
    monkeypatch.setattr("rnnstudio.ui.training.session.SNAPSHOT_INTERVAL", 0.0)
    with qtbot.waitSignal(session.weights_changed, timeout=PATIENCE):
        session.train(design())
    assert session.is_running and session.weights["net.w"][0, 0] >= 4


def test_a_process_that_cannot_start_is_reported(qtbot, tmp_path):
    make_client = functools.partial(WorkerClient, interpreter=str(tmp_path / "none"))
    session = TrainingSession(make_client=make_client)
    with qtbot.waitSignal(session.reported, timeout=PATIENCE) as told:
        session.start()
    assert "could not start" in told.args[0]
    assert session.state == "failed"
    with qtbot.waitSignal(session.reported, timeout=PATIENCE):
        session.train(design())
    assert session.state == "failed" and not session.is_running
    session.shutdown()


def test_text_without_weights_is_a_sentence(qtbot, session):
    with qtbot.waitSignal(session.sample_done, timeout=PATIENCE) as done:
        session.send_request(request())
    assert "nothing to try yet" in done.args[0]


def test_text_during_a_run_and_after_it_and_after_a_restart(qtbot, session, until):
    said = []
    session.sample_token.connect(said.append)

    def ask():
        said.clear()
        with qtbot.waitSignal(session.sample_done, timeout=PATIENCE):
            session.send_request(request())
        return "".join(said)

    session.step(design("tell weights"))
    until(session, "paused")
    assert ask() == "w1 w1 w1 "
    session.stop()
    until(session, "idle")
    assert ask() == "w1 w1 w1 "
    os.kill(session.client.pid, signal.SIGTERM)
    until(session, "failed")
    assert ask() == "w1 w1 w1 "


def test_opened_weights_make_texts(qtbot, session):
    session.set_weights(design("tell weights"), {"net.w": np.full((2, 3), 9.0)}, {"steps": 1})
    with qtbot.waitSignal(session.sample_token, timeout=PATIENCE) as said:
        session.send_request(request(length=1))
    assert said.args == ["w9 "]


def test_weights_that_cannot_travel_are_reported(qtbot, session):
    session.set_weights(design(), {"net.w": np.zeros(3, complex)}, {})
    with qtbot.waitSignal(session.sample_done, timeout=PATIENCE) as done:
        session.send_request(request())
    assert "cannot be sent" in done.args[0]


def test_only_the_newest_text_is_shown(qtbot, session, until):
    session.step(design("tell weights"))
    until(session, "paused")
    said, done = [], []
    session.sample_token.connect(said.append)
    session.sample_done.connect(lambda _: done.append(True))
    session.send_request(request(length=2_000_000))
    session.send_request(request(length=2))
    qtbot.waitUntil(lambda: bool(done), timeout=PATIENCE)
    assert "".join(said) == "w1 w1 "
    assert done == [True]


def test_answers_and_examples_come_with_the_weights_of_a_file(qtbot, session):
    session.set_weights(design(), {"net.w": np.full((2, 3), 9.0)}, {"steps": 1})
    with qtbot.waitSignals([session.answers, session.sample_done], timeout=PATIENCE):
        session.send_request(AnswerRequest("ab", 2, 0.0))
    with qtbot.waitSignal(session.example, timeout=PATIENCE) as shown:
        session.send_request(ExampleRequest(2))
    assert shown.args[0].place == 2


def test_an_answer_that_cannot_be_given_says_why(qtbot, session):
    session.set_weights(design(), {"net.w": np.full((2, 3), 9.0)}, {"steps": 1})
    with qtbot.waitSignal(session.sample_done, timeout=PATIENCE) as done:
        session.send_request(AnswerRequest("é", 2, 0.0))
    assert "é" in done.args[0]


def test_shutdown_ends_the_process_and_is_silent(qtbot, session):
    session.train(design())
    with qtbot.waitSignal(session.frame, timeout=PATIENCE):
        pass
    heard = []
    session.frame.connect(heard.append)
    session.reported.connect(heard.append)
    session.shutdown()
    with qtbot.waitSignal(session.state_changed, timeout=200, raising=False):
        pass
    assert heard == [] and not session.client.is_alive
