"""Training: learning, reproducibility, clipping, divergence and telemetry."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design.channel import Channel
from rnnstudio.design.edits import set_params, set_plan
from rnnstudio.design.errors import DataError, DesignError, StudioError
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId
from rnnstudio.engine.training.trainer import EpochDone, StepDone, Trainer, TrainingDiverged
from tests.data_kit import load_check

pytestmark = pytest.mark.usefixtures("each_kernel")


@pytest.fixture
def design(tmp_path: Path) -> Design:
    """A small GRU on a text that repeats itself, so that there is something to learn."""
    text = tmp_path / "text.txt"
    text.write_text("the quick brown fox jumps over the lazy dog\n" * 40, encoding="utf-8")
    parts = [
        ("in", "tokens", {}),
        ("embed", "embedding", {"features": 8}),
        ("gru", "gru", {"units": 24}),
        ("out", "dense", {"units": 28}),
        ("head", "classification", {}),
    ]
    nodes = tuple(Node(NodeId(name), kind, params=params) for name, kind, params in parts)
    ports = [("tokens", "tokens"), ("sequence", "sequence"), ("sequence", "input"), ("output", "logits")]
    links = tuple(
        Link(LinkId(f"l{i}"), nodes[i].id, source, nodes[i + 1].id, target)
        for i, (source, target) in enumerate(ports)
    )
    adam = Choice("adam", {"learning_rate": 0.01})
    plain = Design(nodes=nodes, links=links, task=Choice("text", {"path": str(text), "length": 22}))
    return set_plan(plain, epochs=12, batch_size=8, optimizer=adam, validation=0.1)


def test_it_learns_a_text_that_repeats_itself(design: Design) -> None:
    trainer = Trainer(design)
    events = list(trainer.run())
    steps = [e for e in events if isinstance(e, StepDone)]
    epochs = [e for e in events if isinstance(e, EpochDone)]
    assert len(steps) == trainer.total_steps
    assert [s.step for s in steps] == list(range(1, trainer.total_steps + 1))
    assert steps[0].loss == pytest.approx(math.log(28), rel=0.15)
    assert epochs[-1].validation_loss is not None
    assert epochs[-1].validation_loss < 0.3
    assert epochs[-1].bits == pytest.approx(epochs[-1].validation_loss / math.log(2))


def test_a_trained_network_continues_the_text_with_the_same_code(design: Design) -> None:
    trainer = Trainer(design)
    for _ in trainer.run():
        pass
    text = "".join(trainer.sampler().generate("the quick br", 8, temperature=0.0, seed=1))
    assert text == "own fox "


def test_the_same_seed_gives_the_same_run_to_the_bit(design: Design) -> None:
    design = set_plan(design, epochs=2)
    first, second = Trainer(design), Trainer(design)
    losses = [[e.loss for e in trainer.run() if isinstance(e, StepDone)] for trainer in (first, second)]
    assert losses[0] == losses[1]
    assert all(np.array_equal(first.weights[name], array) for name, array in second.weights.items())


def test_watching_changes_nothing(design: Design) -> None:
    design = set_plan(design, epochs=1)
    plain, watched = Trainer(design), Trainer(design)
    watched.telemetry.subscribe(
        {
            Channel("gate", "gru", "z"),
            Channel("gate", "gru", "r"),
            Channel("state", "gru", "h"),
            Channel("gradient_flow", "gru"),
        }
    )
    for _ in plain.run():
        pass
    for _ in watched.run():
        traces = watched.telemetry.record_traces()
    steps = len(watched.telemetry.labels["T"])
    assert traces[Channel("gate", "gru", "z")].shape == (24, steps)
    assert traces[Channel("gradient_flow", "gru")].shape == (steps,)
    assert (traces[Channel("gradient_flow", "gru")] > 0).all()
    assert ((traces[Channel("gate", "gru", "z")] > 0) & (traces[Channel("gate", "gru", "z")] < 1)).all()
    assert all(np.array_equal(plain.weights[name], array) for name, array in watched.weights.items())


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_learning_rate_far_too_high_stops_with_step_and_parameter(design: Design, optimizer: str) -> None:
    design = set_plan(design, optimizer=Choice(optimizer, {"learning_rate": 1e38}), clip_norm=None)
    trainer = Trainer(design)
    with pytest.raises(TrainingDiverged) as stopped:
        for _ in trainer.run():
            pass
    assert stopped.value.step >= 1
    assert stopped.value.parameter in trainer.weights
    assert f"step {stopped.value.step}" in stopped.value.sentence
    assert stopped.value.parameter in stopped.value.sentence
    assert all(np.isfinite(array).all() for array in trainer.weights.values())


def stopped(trainer: Trainer, run: Iterator[object]) -> TrainingDiverged:
    with pytest.raises(TrainingDiverged) as raised:
        for _ in run:
            pass
    assert all(np.isfinite(array).all() for array in trainer.weights.values())
    return raised.value


def test_the_first_node_that_gives_no_number_is_named_with_step_and_weight(design: Design) -> None:
    trainer = Trainer(design)
    run = trainer.run()
    for _ in range(3):
        next(run)
    trainer.program.parameters["gru.U_n"][2, 1] = np.nan
    error = stopped(trainer, run)
    assert (error.step, error.node, error.parameter) == (4, "gru", "gru.U_n")
    assert "at step 4: " in error.sentence
    assert "first in what “GRU” gives at time step 1, where gru.U_n is the largest weight" in error.sentence


def test_a_gradient_that_is_no_number_is_named_and_changes_no_weight(
    design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(design)
    run = trainer.run()
    next(run)
    before, backward = trainer.weights, trainer.program.backward

    def spoilt() -> None:
        backward()
        trainer.program.d_parameters["out.b"][3] = np.inf

    monkeypatch.setattr(trainer.program, "backward", spoilt)
    error = stopped(trainer, run)
    assert (error.step, error.node, error.parameter) == (2, "out", "out.b")
    assert "first in the gradient of out.b of “Dense”." in error.sentence
    assert all(np.array_equal(array, before[name]) for name, array in trainer.weights.items())


def test_the_learning_rate_of_each_step_is_reported_and_recorded(design: Design) -> None:
    plan = {"epochs": 2, "schedule": Choice("step", {"every": 1, "factor": 0.5})}
    trainer = Trainer(set_plan(design, optimizer=Choice("adam", {"learning_rate": 0.01}), **plan))
    rates = {(e.epoch, e.learning_rate) for e in trainer.run() if isinstance(e, StepDone)}
    assert rates == {(1, 0.01), (2, 0.005)}
    assert trainer.record()["learning_rate"] == [0.01, 0.005]


def test_truncated_gradients_take_a_step_a_window_and_carry_the_state(design: Design) -> None:
    whole, cut = Trainer(set_plan(design, epochs=1)), Trainer(set_plan(design, epochs=1, truncate=8))
    assert cut.total_steps == 3 * whole.total_steps
    assert cut.validate()[0] == pytest.approx(whole.validate()[0], rel=1e-5)
    assert len([e for e in cut.run() if isinstance(e, StepDone)]) == cut.total_steps


@pytest.mark.parametrize("change", [{"bucket": True}, {"truncate": 6}, {"clip": "value", "clip_norm": 0.1}])
def test_it_learns_in_every_way_of_going_through_the_data(design: Design, change: dict[str, object]) -> None:
    trainer = Trainer(set_plan(design, **change))
    for _ in trainer.run():
        pass
    loss = trainer.epochs_done[-1].validation_loss
    assert loss is not None
    assert loss < 0.5


def test_training_starts_from_given_weights(design: Design) -> None:
    first = Trainer(set_plan(design, epochs=6))
    for _ in first.run():
        pass
    second = Trainer(design, weights=first.weights)
    assert second.validate() == first.validate()


def test_weights_that_do_not_match_are_refused_tensor_by_tensor(design: Design) -> None:
    weights = Trainer(design).weights
    smaller = set_params(design, [NodeId("gru")], {"units": 12})
    with pytest.raises(StudioError, match=r"gru\.U_z"):
        Trainer(smaller, weights=weights)


def test_a_design_with_problems_is_refused_with_its_first_sentence(design: Design) -> None:
    with pytest.raises(DesignError, match="28"):
        Trainer(set_params(design, [NodeId("out")], {"units": 5}))


def test_a_text_of_one_character_is_refused(design: Design, tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text("a", encoding="utf-8")
    with pytest.raises((DataError, DesignError)):
        Trainer(Design(nodes=design.nodes, links=design.links, task=Choice("text", {"path": str(path)})))


def test_a_wrong_parameter_of_the_task_is_reported_once(design: Design) -> None:
    wrong = Design(nodes=design.nodes, links=design.links, task=Choice("sonnets", {"length": 0}))
    about_length = [p.sentence for p in load_check(wrong).problems if "length" in p.sentence]
    assert len(about_length) == 1
