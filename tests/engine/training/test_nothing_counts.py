"""A mean over nothing is undefined, not a perfect loss."""

import json
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnstudio.design.edits import set_params, set_plan
from rnnstudio.design.errors import DataError, DesignError
from rnnstudio.design.model import Choice, Design
from rnnstudio.engine import datasets, strict_json
from rnnstudio.engine.inference.sampler import Sampler
from rnnstudio.engine.training.metrics import Mean, MeanLoss
from rnnstudio.engine.training.trainer import EpochDone, StepDone, Trainer
from tests.data_kit import check_training
from tests.engine.network_kit import network
from tests.engine.nodes.test_heads import head_on

pytestmark = pytest.mark.usefixtures("each_kernel")

HEADS: dict[str, tuple[str, str, str]] = {
    "classification": ("temporal_order", "tokens", "logits"),
    "regression": ("adding", "sequence", "values"),
}


def one_head(kind: str, **plan: Any) -> Design:
    """A network that reads sequences and predicts once, by one head."""
    task, signal, port = HEADS[kind]
    reads = ("tokens", {}) if signal == "tokens" else ("sequence_input", {})
    nodes: dict[str, tuple[str, dict]] = {
        "in": reads,
        "cell": ("rnn", {"units": 3}),
        "last": ("last_step", {}),
    }
    nodes |= {
        "out": ("dense", {"units": 4 if signal == "tokens" else 1}),
        "head": (kind, {"per": "sequence"}),
    }
    wires = [("in", "sequence", "cell", "sequence", 0)]
    if signal == "tokens":
        nodes["hot"] = ("one_hot", {})
        wires = [("in", "tokens", "hot", "tokens", 0), ("hot", "sequence", "cell", "sequence", 0)]
    wires += [
        ("cell", "sequence", "last", "sequence", 0),
        ("last", "vector", "out", "input", 0),
        ("out", "output", "head", port, 0),
    ]
    design = replace_task(network(nodes, wires), Choice(task, {"count": 24}))
    return set_plan(design, **{"epochs": 3, "batch_size": 6, "validation": 0.25, **plan})


def replace_task(design: Design, task: Choice) -> Design:
    return Design(nodes=design.nodes, links=design.links, task=task, plan=design.plan)


def without_targets(monkeypatch: pytest.MonkeyPatch, design: Design, which: str) -> None:
    """Take the targets of some examples away: of those held out, of all, or of the first batch's."""
    data = datasets.open_task(design.task)
    (stream,) = (stream for stream in data.facts.streams if stream.role == "target")
    training, validation = data.split(design.plan.validation, design.plan.seed)
    gone = {"validation": validation, "all": np.arange(data.count), "most": training[2:]}[which]
    rows = [np.array(row) for row in data.streams[stream.name]]
    for i in gone:
        rows[i] = np.full_like(rows[i], -1 if np.issubdtype(rows[i].dtype, np.integer) else np.nan)
    made = replaced(data, streams={**data.streams, stream.name: rows})
    monkeypatch.setattr(datasets, "open_task", lambda _choice: made)


def epochs(trainer: Trainer) -> list[EpochDone]:
    return [event for event in trainer.run() if isinstance(event, EpochDone)]


# ---------------------------------------------------------------------------------- validation


@pytest.mark.parametrize("kind", HEADS)
def test_a_validation_loss_of_nothing_is_none_and_so_are_its_metrics(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = one_head(kind)
    without_targets(monkeypatch, design, "validation")
    for done in epochs(Trainer(design)):
        assert (done.validation_loss, done.bits) == (None, None)
        assert set(done.metrics.values()) == {None}
        assert done.training_loss is not None
        assert done.training_loss > 0


@pytest.mark.parametrize("kind", HEADS)
def test_early_stopping_goes_by_the_training_loss_then(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    design = one_head(kind, patience=2, epochs=12, optimizer=Choice("adam", {"learning_rate": 0.003}))
    without_targets(monkeypatch, design, "validation")
    trainer = Trainer(design)
    losses = [done.training_loss for done in epochs(trainer)]
    assert len(losses) > 3  # it was not taken for perfect at once
    still = set_plan(design, optimizer=Choice("sgd", {"learning_rate": 1e-30}), epochs=1, patience=None)
    (kept,) = epochs(Trainer(still, weights=trainer.weights))
    assert kept.training_loss == pytest.approx(min(losses), rel=1e-6)


@pytest.mark.parametrize("kind", HEADS)
def test_reduce_on_plateau_goes_by_the_training_loss_then(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plateau = Choice("plateau", {"patience": 0, "threshold": 0.0})
    design = one_head(kind, epochs=5, schedule=plateau, optimizer=Choice("sgd", {"learning_rate": 0.001}))
    without_targets(monkeypatch, design, "validation")
    found = epochs(Trainer(design))
    losses = [done.training_loss for done in found]
    assert losses == sorted(losses, reverse=True)
    assert {done.learning_rate for done in found} == {0.001}


# ------------------------------------------------------------------------------------ training


@pytest.mark.parametrize("kind", HEADS)
def test_a_batch_in_which_nothing_counts_tells_no_loss_and_moves_no_weight(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = one_head(kind, epochs=1, batch_size=1, optimizer=Choice("adamw", {"weight_decay": 0.1}))
    without_targets(monkeypatch, design, "most")
    trainer = Trainer(design)
    before, losses = trainer.weights, []
    for event in trainer.run():
        after = trainer.weights
        if isinstance(event, StepDone):
            moved = any((after[name] != before[name]).any() for name in after)
            assert moved == (event.loss is not None)
            losses += [event.loss] * (event.loss is not None)
            before = after
        else:
            assert event.training_loss == pytest.approx(sum(losses) / 2)
    assert len(losses) == 2


@pytest.mark.parametrize("kind", HEADS)
def test_where_nothing_counts_at_all_training_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    design = one_head(kind)
    without_targets(monkeypatch, design, "all")
    with pytest.raises(DataError, match="nothing can be learned"):
        Trainer(design)


@pytest.mark.parametrize("params", [{"class_weights": "0, 0, 0, 0"}, {"weight": 0.0}])
def test_a_head_that_weighs_nothing_is_a_problem_if_there_is_no_other(params: dict[str, Any]) -> None:
    design = set_params(one_head("classification"), ["head"], params)
    (problem,) = check_training(design).problems
    assert (problem.severity, problem.node, problem.param) == ("error", "head", next(iter(params)))
    assert "Nothing can be learned" in problem.sentence
    with pytest.raises(DesignError, match="Nothing can be learned"):
        Trainer(design)


def test_a_head_of_which_nothing_counts_adds_nothing_beside_another() -> None:
    nodes: dict[str, tuple[str, dict]] = {"in": ("tokens", {}), "hot": ("one_hot", {})}
    nodes |= {"cell": ("rnn", {"units": 3}), "out": ("dense", {"units": 2})}
    nodes |= {"head": ("classification", {}), "other": ("classification", {})}
    wires = [
        ("in", "tokens", "hot", "tokens", 0),
        ("hot", "sequence", "cell", "sequence", 0),
        ("cell", "sequence", "out", "input", 0),
        ("out", "output", "head", "logits", 0),
        ("out", "output", "other", "logits", 0),
    ]
    both = set_plan(replace_task(network(nodes, wires), Choice("parity", {"count": 20})), epochs=1)
    one, zero, none = (
        epochs(Trainer(set_params(both, ["other"], params)))[0]
        for params in ({"weight": 1.0}, {"weight": 0.0}, {"class_weights": "0, 0"})
    )
    assert none.validation_loss == zero.validation_loss
    assert none.training_loss == zero.training_loss
    assert one.validation_loss > 1.5 * none.validation_loss  # type: ignore[operator]


@pytest.mark.parametrize(("weights", "counted"), [("1, 0, 1, 1", 12), ("0, 0, 0, 2", 6), ("0, 0, 0, 0", 0)])
def test_a_class_that_weighs_nothing_is_not_counted_as_right_or_wrong(weights: str, counted: int) -> None:
    targets = np.repeat([0, 1, 2, 3], [3, 6, 3, 6])
    head = head_on("classification", targets, np.eye(4)[targets], class_weights=weights)
    assert head.metrics() == {"accuracy": (counted, counted)}
    assert head.has_loss == (counted > 0)


# ------------------------------------------------------------------------------ means and examples


def test_means_of_nothing_are_none() -> None:
    assert Mean().value is None
    assert MeanLoss().value is None
    assert MeanLoss([[0.0, 0.0], [3.0, 2.0]]).value == 1.5


@pytest.mark.parametrize("kind", HEADS)
def test_an_example_without_targets_has_no_loss(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    design = one_head(kind)
    weights = Trainer(design).weights
    without_targets(monkeypatch, design, "validation")
    example = Sampler(design, weights).example(0)
    assert example.loss is None
    assert set(example.metrics.values()) == {None}


@pytest.mark.parametrize("params", [{"ignore": 2}, {"class_weights": "1, 1, 0, 1"}])
def test_an_example_of_a_class_that_does_not_count_is_neither_right_nor_wrong(params: dict[str, Any]) -> None:
    design = set_params(one_head("classification"), ["head"], params)
    data = datasets.open_task(design.task)
    (stream,) = (stream for stream in data.facts.streams if stream.role == "target")
    sampler, validation = Sampler(design, Trainer(design).weights), data.split(0.25, design.plan.seed)[1]
    for number, i in enumerate(validation):
        example = sampler.example(number)
        counts = int(data.streams[stream.name][i]) != 2
        (said,) = (row for row in example.rows if row.role == "prediction")
        assert all((right is not None) == counts for right in said.right)
        assert (example.loss is not None) == counts


@pytest.mark.parametrize("kind", HEADS)
def test_records_and_checkpoints_hold_none(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    design = one_head(kind, epochs=2)
    without_targets(monkeypatch, design, "validation")
    trainer = Trainer(design)
    epochs(trainer)
    record = json.loads(strict_json.dumps(trainer.record()))
    assert record["validation_loss"] == [None, None]
    assert set(record["metrics"].values()) == {None}
    again = Trainer(design, weights=trainer.weights, checkpoint=trainer.checkpoint())
    assert again.record() == trainer.record()
    assert [done.epoch for done in epochs(again)] == [3, 4]
