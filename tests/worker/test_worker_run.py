"""Training runs in another process: counts, endings, traces and generated texts."""

import time

import numpy as np
import pytest

from rnnstudio.design.channel import Channel
from rnnstudio.design.message import message
from rnnstudio.worker import coalescing
from rnnstudio.worker import messages as m


def test_a_run_ends_by_itself_and_hands_over_its_weights(client, ear, design):
    client.train(design(epochs=3))
    started = ear.wait(m.Started)
    assert (started.total_steps, started.steps_per_epoch, started.epochs, started.weights) == (12, 4, 3, 6)
    assert (started.labels, started.clocks, started.kernel) == ({"T": ("a", "b")}, {"net": "T"}, "slow")
    steps, epochs = [], []
    while True:
        message = ear.wait((m.Frame, m.EpochDone, m.Finished))
        if isinstance(message, m.Finished):
            break
        if isinstance(message, m.Frame):
            steps += message.step.numpy().tolist()
        else:
            epochs.append((message.epoch, message.step))
    assert steps == list(range(1, 13))
    assert epochs == [(1, 4), (2, 8), (3, 12)]
    assert message.reason == "completed" and message.record == {"steps": 12}
    assert np.array_equal(message.arrays["net.w"].numpy(), np.full((2, 3), 12, np.float32))


def test_pause_waits_between_two_steps_and_step_takes_exactly_one(client, ear, design):
    client.train(design())
    ear.wait(m.Frame)
    client.pause()
    at = ear.wait(m.Paused).step
    for taken in (1, 2, 3, 4, 5):
        client.step()
        assert ear.wait(m.Paused).step == at + taken
    client.snapshot()
    assert ear.wait(m.Snapshot).record == {"steps": at + 5}
    client.resume()
    assert ear.wait(m.Resumed).step == at + 5
    ear.wait(m.Frame, lambda frame: len(frame.step.numpy()) and frame.step.numpy()[-1] > at + 6)


def test_every_step_of_a_paused_run_reaches_the_window(client, ear, design):
    client.train(design(), steps=3)
    heard = []
    while len(heard) < 3:
        heard += ear.wait(m.Frame).step.numpy().tolist()
    assert heard == [1, 2, 3]
    client.step()
    assert ear.wait(m.Frame, lambda f: 4 in f.step.numpy()).step.numpy().tolist() == [4]


def test_train_with_one_step_trains_one_step_and_is_paused(client, ear, design):
    client.train(design(), steps=1)
    assert ear.wait(m.Paused).step == 1
    client.stop()
    assert ear.wait(m.Finished).record == {"steps": 1}


def test_stop_returns_the_weights_of_the_last_step_that_was_reported(client, ear, design):
    client.train(design())
    ear.wait(m.Frame)
    client.stop()
    finished = ear.wait(m.Finished)
    assert finished.reason == "stopped"
    assert finished.arrays["net.w"].numpy()[0, 0] == finished.record["steps"] > 0


def test_a_run_starts_from_given_weights(client, ear, design):
    client.train(design(), {"net.w": np.full((2, 3), 100, np.float32)}, steps=1)
    ear.wait(m.Paused)
    client.stop()
    assert ear.wait(m.Finished).arrays["net.w"].numpy()[0, 0] == 101


def test_a_second_train_ends_the_first_run(client, ear, design):
    client.train(design())
    ear.wait(m.Started)
    client.train(design(epochs=1))
    assert ear.wait(m.Finished).reason == "stopped"
    assert ear.wait(m.Started).total_steps == 4
    assert ear.wait(m.Finished).reason == "completed"


def test_a_diverged_run_says_so_and_keeps_the_last_finite_weights(client, ear, design):
    client.train(design("diverge"))
    finished = ear.wait(m.Finished)
    assert finished.reason == "diverged"
    assert "step 3" in finished.sentence and "net.w" in finished.sentence
    assert finished.arrays["net.w"].numpy()[0, 0] == 2


def test_a_design_that_cannot_train_is_reported_and_the_next_one_trains(client, ear, design):
    client.train(design("no data"))
    failed = ear.wait(m.Failed)
    told = message("The text is empty. Choose another file.")
    assert failed == m.Failed("0 characters", ends_run=True, code="data", message=told)
    client.train(design("no memory"))
    assert "not enough memory" in ear.wait(m.Failed).sentence
    client.train(design(epochs=1))
    assert ear.wait(m.Finished).reason == "completed"


def test_commands_without_a_run_do_nothing(client, ear, design):
    for command in (client.pause, client.resume, client.step, client.stop, client.stop_sampling):
        command()
    client.snapshot()
    assert ear.wait(m.Snapshot) == m.Snapshot({}, {})
    assert ear.heard == []


def test_stray_prints_do_not_disturb_the_messages(client, ear, design):
    client.train(design("noise", epochs=1))
    assert ear.wait(m.Finished).reason == "completed"
    assert ear.of(m.Failed) == []


def test_traces_come_for_subscribed_channels_only(client, ear, design):
    client.subscribe({Channel("gate", "net", "i"), Channel("gradient_flow", "net")})
    client.train(design())
    frame = ear.wait(m.Frame, lambda frame: frame.traces)
    assert set(frame.traces) == {Channel("gate", "net", "i"), Channel("gradient_flow", "net")}
    assert frame.traces[Channel("gate", "net", "i")].numpy().shape == (2, 3)
    client.subscribe({Channel("gate", "net", "o")})
    ear.wait(m.Frame, lambda frame: set(frame.traces) == {Channel("gate", "net", "o")})
    client.subscribe(())
    client.pause()
    ear.wait(m.Paused)
    client.resume()
    ear.wait(m.Resumed)
    assert not any(ear.wait(m.Frame).traces for _ in range(8))


def test_a_paused_run_shows_the_traces_of_the_weights_it_stopped_at(client, ear, design):
    client.subscribe({Channel("gate", "net", "i")})
    client.train(design(), steps=7)
    frame = ear.wait(
        m.Frame, lambda frame: frame.traces and frame.traces[Channel("gate", "net", "i")].numpy()[0, 0] == 7
    )
    assert frame.epoch == 2


def test_traces_and_frames_keep_their_pace(client, ear, design):
    client.subscribe({Channel("gate", "net", "i")})
    client.train(design())
    ear.wait(m.Started)
    begun = time.monotonic()
    for _ in range(20):
        ear.wait(m.Frame)
    assert time.monotonic() - begun >= 18 * coalescing.FRAME_INTERVAL
    traces = 0
    begun = time.monotonic()
    while traces < 4:
        traces += bool(ear.wait(m.Frame).traces)
    assert time.monotonic() - begun >= 2 * coalescing.TRACE_INTERVAL


def test_a_slow_window_gets_one_frame_with_all_that_waited(client, ear, design):
    ear.quick = False
    client.train(design())
    first = ear.wait(m.Frame)
    at = shown = first.step.numpy()[-1]
    while at < shown + 10:
        client.snapshot()
        at = ear.wait((m.Snapshot, m.Frame)).record["steps"]  # a second frame here is the failure
    client.pause()
    at = ear.wait((m.Paused, m.Frame)).step
    client.ack(first.number)
    second = ear.wait(m.Frame)
    assert second.number == first.number + 1
    assert second.step.numpy()[-1] <= at
    assert len(second.step.numpy()) <= coalescing.MAX_PENDING + 1


def test_waiting_steps_are_thinned_but_never_unbounded():
    pending = coalescing.PendingSteps()
    for step in range(1, 100_001):
        pending.add(step, 0.0, 0.0, 0.0)
    _, steps, *_ = pending.take(0.0)
    steps = steps.numpy()
    assert len(steps) <= coalescing.MAX_PENDING
    assert steps[-1] > 99_990 and steps[0] < 10
    assert np.diff(steps).max() <= 2 * np.diff(steps).min()


def test_costly_traces_are_taken_less_often():
    pending = coalescing.PendingSteps()
    pending.add(1, 0.0, 0.0, 0.0)
    pending.record_cost(10.0, seconds=0.03)
    pending.add(2, 0.0, 0.0, 0.0)
    assert not pending.can_record(10.9)
    assert pending.can_record(11.1)


def test_speed_ignores_pauses():
    speed = coalescing.Speed()
    for now in (0.0, 0.5, 1.0):
        speed.begin(now) if now == 0 else speed.step(now)
    speed.pause()
    speed.begin(100.0)
    speed.step(100.5)
    assert speed.steps_per_second == pytest.approx(2.0)
    assert speed.seconds_left(10) == pytest.approx(5.0)


# ------------------------------------------------------------------------------------- texts


def collect(ear, number):
    text = ""
    while True:
        message = ear.wait((m.SampleToken, m.SampleDone), lambda told: told.number == number)
        if isinstance(message, m.SampleDone):
            return text, message
        text += message.text


def test_text_and_training_both_continue(client, ear, design):
    client.train(design())
    before = ear.wait(m.Frame).step.numpy()[-1]
    number = client.sample("", 2_000_000, 1.0, 1)
    ear.wait(m.SampleToken)
    frame = ear.wait(m.Frame, lambda frame: frame.step.numpy()[-1] > before + 3)
    ear.wait(m.SampleToken)
    client.stop_sampling()
    done = ear.wait(m.SampleDone)
    assert (done.number, done.reason) == (number, "stopped")
    ear.wait(m.Frame, lambda later: later.step.numpy()[-1] > frame.step.numpy()[-1])


def test_text_uses_the_weights_of_now_then_of_the_last_run(client, ear, design):
    client.train(design("tell weights"), steps=3)
    ear.wait(m.Paused)
    assert collect(ear, client.sample("", 2, 1.0, 1))[0] == "w3 w3 "
    client.step()
    ear.wait(m.Paused)
    client.stop()
    ear.wait(m.Finished)
    assert collect(ear, client.sample("", 1, 1.0, 1))[0] == "w4 "
    weights = {"net.w": np.full((2, 3), 7, np.float32)}
    number = client.sample("", 1, 1.0, 1, design=design("tell weights"), weights=weights)
    assert collect(ear, number)[0] == "w7 "


def test_text_that_cannot_be_made_is_reported_in_a_sentence(client, ear, design):
    _, done = collect(ear, client.sample("", 5, 1.0, 1))
    assert done.reason == "failed" and "nothing to try yet" in done.sentence
    client.train(design(), steps=1)
    _, done = collect(ear, client.sample("é", 5, 1.0, 1))
    assert done.reason == "failed" and "é" in done.sentence
    text, done = collect(ear, client.sample("", 5, 1.0, 1))
    assert (text, done.reason) == ("xxxxx", "completed")


# ----------------------------------------------------------------------- answers and examples


def test_an_answer_comes_with_its_candidates_and_then_ends(client, ear, design):
    client.train(design(), steps=1)
    number = client.answer("ab", 2, 0.0)
    last = ear.wait(m.Answers, lambda told: told.candidates[0].ended)
    assert last == m.Answers(
        number, (m.AnswerCandidate("xxx", -1, -0.5, True), m.AnswerCandidate("xxx", -2, -1.0, True))
    )
    assert ear.wait(m.SampleDone) == m.SampleDone(number, "completed")


def test_an_answer_that_cannot_be_given_is_reported_in_a_sentence(client, ear, design):
    client.train(design(), steps=1)
    number = client.answer("é", 2, 0.0)
    done = ear.wait(m.SampleDone)
    assert (done.number, done.reason) == (number, "failed")
    assert "é" in done.sentence


def test_an_example_comes_with_its_rows(client, ear, design):
    client.train(design(), steps=1)
    number = client.show_example(5)
    shown = ear.wait(m.Example)
    assert (shown.number, shown.place, shown.count, shown.metrics) == (number, 1, 4, {"accuracy": 1.0})
    read, said = shown.rows
    assert read.values.numpy().shape == (3, 2)
    assert (said.role, said.texts, said.right) == ("prediction", ("a", "b"), (True, None))
    assert ear.wait(m.SampleDone).reason == "completed"


def test_an_example_is_predicted_with_weights_of_a_file(client, ear, design):
    weights = {"net.w": np.full((2, 3), 7, np.float32)}
    client.show_example(0, design=design(), weights=weights)
    assert ear.wait(m.Example).place == 0


def test_what_heads_measure_comes_with_each_epoch(client, ear, design):
    client.train(design(epochs=1))
    assert ear.wait(m.EpochDone).metrics == {"accuracy": 0.5}


def test_traces_come_as_often_as_the_person_wants():
    pending = coalescing.PendingSteps(1 / 2)
    pending.add(1, 0.0, 0.0, 0.0)
    pending.record_cost(10.0, 0.0)
    pending.add(2, 0.0, 0.0, 0.0)
    assert not pending.can_record(10.4)
    pending.trace_interval = 1 / 10
    pending.record_cost(11.0, 0.0)
    pending.add(3, 0.0, 0.0, 0.0)
    assert pending.can_record(11.1)
