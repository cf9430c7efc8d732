"""The training process with the engine of RNN Studio."""

import msgspec
import numpy as np
import pytest

from rnnstudio.design.channel import Channel
from rnnstudio.design.model import Choice, Design, Link, Node, TrainingPlan
from rnnstudio.engine import datasets
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.worker import messages as m
from rnnstudio.worker.payloads import unpack_arrays


def small_design(**plan):
    nodes = (
        Node("tokens", "tokens"),
        Node("embedding", "embedding", params={"features": 8}),
        Node("gru", "gru", params={"units": 12}),
        Node("dense", "dense", params={"units": datasets.facts(Choice("names")).classes}),
        Node("head", "classification"),
    )
    wires = (
        ("tokens", "tokens", "embedding", "tokens"),
        ("embedding", "sequence", "gru", "sequence"),
        ("gru", "sequence", "dense", "input"),
        ("dense", "output", "head", "logits"),
    )
    links = tuple(Link(f"l{i}", *wire) for i, wire in enumerate(wires))
    return Design(nodes=nodes, links=links, task=Choice("names"), plan=TrainingPlan(**plan))


@pytest.fixture
def real(make_client, ear):
    client = make_client(engine="")
    client.start()
    ear.wait(m.Ready)
    return client


def test_a_network_trains_is_watched_speaks_and_hands_over_weights_that_speak_again(real, ear):
    design = small_design(epochs=1000, batch_size=256)
    real.subscribe({Channel("gate", "gru", "z"), Channel("gradient_flow", "gru")})
    real.train(design)
    started = ear.wait(m.Started)
    assert started.total_steps == started.steps_per_epoch * 1000
    frame = ear.wait(m.Frame, lambda frame: frame.traces)
    assert frame.traces[Channel("gate", "gru", "z")].shape == (12, len(started.labels["T"]))
    assert frame.traces[Channel("gradient_flow", "gru")].shape == (len(started.labels["T"]),)
    assert np.isfinite(frame.loss.numpy()).all()
    real.sample("", 40, 1.0, 1)
    ear.wait(m.SampleToken)
    assert ear.wait(m.SampleDone).reason == "completed"
    real.stop()
    finished = ear.wait(m.Finished)
    assert sum(array.numpy().size for array in finished.arrays.values()) == started.weights
    texts = []
    for _ in range(2):
        real.sample("", 40, 1.0, 1, design=design, weights=unpack_arrays(finished.arrays))
        text = ""
        while not isinstance(message := ear.wait((m.SampleToken, m.SampleDone)), m.SampleDone):
            text += message.text
        texts.append(text)
    assert texts[0] == texts[1] != ""


def test_a_learning_rate_far_too_high_ends_with_finite_weights_and_a_sentence(real, ear):
    optimizer = Choice("sgd", {"learning_rate": 1e38})
    real.train(small_design(epochs=50, optimizer=optimizer, clip_norm=None, batch_size=256))
    finished = ear.wait(m.Finished)
    assert finished.reason == "diverged"
    assert "step" in finished.sentence
    assert all(np.isfinite(array.numpy()).all() for array in finished.arrays.values())


def test_a_design_that_cannot_be_trained_is_reported(real, ear):
    real.train(msgspec.structs.replace(small_design(), links=()))
    failed = ear.wait(m.Failed)
    assert failed.ends_run and failed.sentence.endswith(".")


def test_weights_that_do_not_match_are_refused_by_name(real, ear):
    real.train(small_design(), {"gru.W_z": np.zeros((3, 3), np.float32)})
    assert "gru.W_z" in ear.wait(m.Failed).sentence


def test_a_run_that_was_stopped_continues_to_the_bit(real, ear):
    design = small_design(epochs=2, batch_size=256)
    real.train(design)
    whole = ear.wait(m.Finished)
    real.train(design, steps=7)
    ear.wait(m.Paused)
    real.stop()
    stopped = ear.wait(m.Finished)
    real.train(design, unpack_arrays(stopped.arrays), checkpoint=stopped.checkpoint.unpacked())
    assert ear.wait(m.Started).start == "Training goes on after step 7 as if it had never stopped."
    assert ear.wait(m.Finished).arrays == whole.arrays


def test_a_snapshot_is_enough_to_continue(real, ear):
    design = small_design(epochs=1, batch_size=256)
    real.train(design, steps=5)
    ear.wait(m.Paused)
    real.snapshot()
    snapshot = ear.wait(m.Snapshot)
    real.resume()
    whole = ear.wait(m.Finished)
    real.train(design, unpack_arrays(snapshot.arrays), checkpoint=snapshot.checkpoint.unpacked())
    assert ear.wait(m.Finished).arrays == whole.arrays


def test_threads_are_those_that_the_person_chose_from_the_next_run_on(real, ear):
    real.tune(2, 5)
    real.train(small_design(epochs=1, batch_size=2048))
    ear.wait(m.Started)
    real.tune(1, 5)
    assert ear.wait(m.Finished).record["threads"] == 2
    real.train(small_design(epochs=1, batch_size=2048))
    assert ear.wait(m.Finished).record["threads"] == 1


LONG_CELL = "\n".join(
    ["a = W @ x + U @ h_prev"]
    + [f"q{j} = {' + '.join(f'exp(a * b{j}_{i})' for i in range(40))}" for j in range(11)]
    + [f"h = tanh({' + '.join(f'q{j}' for j in range(11))})"]
)


@pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")
class TestCompiling:
    """A run that waits for its kernels."""

    @pytest.fixture
    def waiting(self, make_client, ear, monkeypatch):
        """Return a client whose run waits for a kernel of some seconds."""
        monkeypatch.setenv(kernels.VARIABLE, "numba")
        client = make_client(engine="")
        client.start()
        ear.wait(m.Ready)
        design = small_design(epochs=1)
        cell = Node("gru", "equation_cell", params={"units": 12, "equations": LONG_CELL})
        nodes = tuple(cell if node.id == "gru" else node for node in design.nodes)
        client.train(msgspec.structs.replace(design, nodes=nodes))
        ear.wait(m.Waiting, lambda told: "may take" in told.sentence)
        return client

    def test_stop_ends_the_run_and_the_process_trains_another(self, waiting, ear):
        waiting.stop()
        stopped = ear.wait((m.Finished, m.Started))
        assert (stopped.reason, stopped.arrays) == ("stopped", {})
        assert waiting.is_alive
        # Another kernel has to wait for the compiler, which still works at the first; Stop ends that too.
        waiting.train(small_design(epochs=1000))
        waiting.stop()
        assert ear.wait(m.Finished).reason == "stopped"

    def test_another_run_ends_it_too(self, waiting, ear):
        waiting.train(small_design(epochs=1))
        assert ear.wait((m.Finished, m.Started)).reason == "stopped"

    def test_the_process_ends_with_the_window_at_once(self, waiting):
        waiting.close()
        assert not waiting.is_alive
