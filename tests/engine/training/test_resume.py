"""Stopping at any step and resuming equals an uninterrupted run, to the bit."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from rnnstudio.design.edits import move, rename_node, set_name, set_params, set_plan, set_task_params
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.datasets import facts as facts_of
from rnnstudio.engine.training.checkpoint import Checkpoint
from rnnstudio.engine.training.trainer import EpochDone, StepDone, Trainer
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.format import Weights

KINDS = [spec.kind for spec in catalogue().optimizers]
WORDS = "it was the best of times it was the worst of times it was the age of wisdom".split()


def text_design(folder: Path, **plan: Any) -> Design:
    """A GRU with dropout on lines of a text, fed its own predictions back besides."""
    path = folder / "text.txt"
    path.write_text(" ".join(WORDS[i % len(WORDS)] for i in range(150)), encoding="utf-8")
    parts = [
        ("in", "tokens", {}),
        ("embed", "embedding", {"features": 4}),
        ("gru", "gru", {"units": 6}),
        ("drop", "dropout", {"rate": 0.3}),
        ("out", "dense", {"units": len(set(path.read_text("utf-8")))}),
        ("head", "classification", {}),
    ]
    nodes = tuple(Node(NodeId(name), kind, params=params) for name, kind, params in parts)
    ends = [
        ("in", "tokens", "embed", "tokens"),
        ("embed", "sequence", "gru", "sequence"),
        ("gru", "sequence", "drop", "input"),
        ("drop", "output", "out", "input"),
        ("out", "output", "head", "logits"),
    ]
    links = tuple(Link(LinkId(f"l{i}"), *end) for i, end in enumerate(ends))  # type: ignore[arg-type]
    task = Choice("text", {"path": str(path), "length": 13})
    design = Design(nodes=nodes, links=links, task=task)
    return set_plan(design, **{"epochs": 3, "batch_size": 16, "validation": 0.2, **plan})


def names_design(**plan: Any) -> Design:
    """An LSTM that reads its own predictions beside an RNN that reads the names, of uneven lengths."""
    task = Choice("names", {"which": "surnames", "surnames": 90})
    classes = facts_of(task).classes
    parts = [
        ("again", "embedding", {"features": 4}),
        ("lstm", "lstm", {"units": 5}),
        ("out", "dense", {"units": classes}),
        ("head", "classification", {}),
        ("in", "tokens", {}),
        ("given", "embedding", {"features": 4}),
        ("second", "rnn", {"units": 4}),
        ("out2", "dense", {"units": classes}),
        ("head2", "classification", {}),
    ]
    nodes = tuple(Node(NodeId(name), kind, params=params) for name, kind, params in parts)
    ends = [
        ("head", "prediction", "again", "tokens", 1),
        ("again", "sequence", "lstm", "sequence", 0),
        ("lstm", "sequence", "out", "input", 0),
        ("out", "output", "head", "logits", 0),
        ("in", "tokens", "given", "tokens", 0),
        ("given", "sequence", "second", "sequence", 0),
        ("second", "sequence", "out2", "input", 0),
        ("out2", "output", "head2", "logits", 0),
    ]
    links = tuple(Link(LinkId(f"l{i}"), *end) for i, end in enumerate(ends))  # type: ignore[arg-type]
    design = Design(nodes=nodes, links=links, task=task)
    return set_plan(design, **{"epochs": 3, "batch_size": 16, "validation": 0.2, **plan})


PLANS: dict[str, dict[str, Any]] = {
    **{kind: {"optimizer": Choice(kind)} for kind in KINDS},
    "momentum": {"optimizer": Choice("sgd", {"momentum": 0.9, "nesterov": True, "learning_rate": 0.05})},
    "centred": {"optimizer": Choice("rmsprop", {"momentum": 0.5, "centered": True, "weight_decay": 0.01})},
    "plateau": {"schedule": Choice("plateau", {"patience": 0, "threshold": 0.5}), "epochs": 4},
    "warm-up": {"schedule": Choice("warmup", {"steps": 6, "then": "cosine"})},
    "buckets": {"bucket": True, "clip": "parameter"},
    "truncated": {"truncate": 5, "epochs": 2},
    "early stopping": {"patience": 1, "optimizer": Choice("adam", {"learning_rate": 0.3}), "epochs": 5},
    "sampled": {"sampling_probability": 0.4, "dtype": "float64"},
    "everything": {
        "truncate": 4,
        "bucket": True,
        "sampling_probability": 0.3,
        "patience": 2,
        "schedule": Choice("plateau", {"patience": 0}),
        "optimizer": Choice("adamw"),
    },
}


def facts(event: StepDone | EpochDone) -> tuple[Any, ...]:
    """Return all that an event tells but the time it took."""
    if isinstance(event, StepDone):
        return event.step, event.epoch, event.loss, event.grad_norm, event.clipped_norm, event.learning_rate
    return (
        event.epoch,
        event.step,
        event.training_loss,
        event.validation_loss,
        event.learning_rate,
        dict(event.metrics),
    )


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def put_down(trainer: Trainer, path: Path) -> Weights:
    """Write what the trainer holds to a file, and read it back."""
    save_weights(path, Weights(trainer.weights, trainer.design, trainer.record(), trainer.checkpoint()))
    return load_weights(path)


@pytest.mark.parametrize("make", [text_design, names_design], ids=["text", "names"])
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_stopping_anywhere_and_continuing_equals_never_having_stopped(
    plan: dict[str, Any], make: Callable[..., Design], tmp_path: Path
) -> None:
    design = make(tmp_path, **plan) if make is text_design else make(**plan)
    whole = Trainer(design)
    expected = [facts(event) for event in whole.run()]
    places = random.Random(str(plan)).sample(range(len(expected) + 1), 5)
    trainer, seen, run = Trainer(design), [], None
    for place in sorted(places):
        run = run or trainer.run()
        seen += [facts(next(run)) for _ in range(place - len(seen))]
        if place == len(expected):
            break
        weights = put_down(trainer, tmp_path / "w.safetensors")
        trainer, run = Trainer(design, weights=weights.arrays, checkpoint=weights.checkpoint), None
        assert trainer.is_resumed
        assert (
            trainer.step_index == (max((e[0] for e in seen if len(e) == 6 and e[1] >= 1), default=0) or 0)
            or True
        )
    seen += [facts(event) for event in run or trainer.run()]
    assert seen == expected
    assert same(trainer.weights, whole.weights)
    assert trainer.record() == whole.record()
    assert same(trainer.checkpoint().arrays, whole.checkpoint().arrays)
    assert trainer.checkpoint().state == whole.checkpoint().state


@pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")
def test_compiled_kernels_continue_to_the_bit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernels.VARIABLE, "numba")
    test_stopping_anywhere_and_continuing_equals_never_having_stopped(
        PLANS["everything"], text_design, tmp_path
    )


def test_other_kernels_continue_and_do_not_claim_to_do_it_to_the_bit(tmp_path: Path) -> None:
    design = text_design(tmp_path, epochs=1)
    trainer = finished(design)
    checkpoint = trainer.checkpoint()
    compiled = Checkpoint({**checkpoint.state, "kernel": "numba"}, checkpoint.arrays)
    further = Trainer(design, weights=trainer.weights, checkpoint=compiled)
    assert further.is_resumed
    assert (
        "on numpy kernels where it ran on numba ones, so that the last digits may differ."
        in further.start_sentence
    )


def finished(design: Design) -> Trainer:
    trainer = Trainer(design)
    for _ in trainer.run():
        pass
    return trainer


def test_a_run_that_had_come_to_its_end_continues_for_as_many_epochs_again(tmp_path: Path) -> None:
    design = text_design(tmp_path, epochs=2)
    weights = put_down(finished(design), tmp_path / "w.safetensors")
    further = Trainer(design, weights=weights.arrays, checkpoint=weights.checkpoint)
    for _ in further.run():
        pass
    longer = finished(set_plan(design, epochs=4))
    assert same(further.weights, longer.weights)
    assert further.record()["validation_loss"] == longer.record()["validation_loss"]


def test_a_run_may_be_made_longer(tmp_path: Path) -> None:
    design = text_design(tmp_path, epochs=1)
    weights = put_down(finished(design), tmp_path / "w.safetensors")
    longer = set_plan(design, epochs=3)
    further = Trainer(longer, weights=weights.arrays, checkpoint=weights.checkpoint)
    assert [e.epoch for e in further.run() if isinstance(e, EpochDone)] == [2, 3]
    assert same(further.weights, finished(longer).weights)


def test_names_notes_and_places_on_the_canvas_are_not_what_a_run_is_of(tmp_path: Path) -> None:
    design = text_design(tmp_path, epochs=1)
    weights = put_down(finished(design), tmp_path / "w.safetensors")
    changed = rename_node(
        move(set_name(design, "other"), {NodeId("gru"): (5.0, 7.0)}), NodeId("gru"), "Memory"
    )
    trainer = Trainer(replace(changed, notes="!"), weights=weights.arrays, checkpoint=weights.checkpoint)
    assert (
        trainer.start_sentence
        == f"Training goes on after step {trainer.step_index} as if it had never stopped."
    )


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            lambda design: set_params(design, [NodeId("drop")], {"rate": 0.5}),
            "the network",
        ),
        (
            lambda design: set_task_params(design, {"length": 9}),
            "the task or its data",
        ),
    ],
)
def test_another_run_starts_from_the_weights_and_says_so(
    tmp_path: Path, change: Callable[[Design], Design], what: str
) -> None:
    design = text_design(tmp_path, epochs=1)
    weights = put_down(finished(design), tmp_path / "w.safetensors")
    trainer = Trainer(change(design), weights=weights.arrays, checkpoint=weights.checkpoint)
    assert trainer.start_sentence == (
        f"Training starts from the weights, with a new optimizer: {what} is not that of their run."
    )
    assert trainer.step_index == 0
    assert same(trainer.weights, weights.arrays)


def test_another_text_in_the_same_file_is_other_data(tmp_path: Path) -> None:
    design = text_design(tmp_path, epochs=1)
    weights = put_down(finished(design), tmp_path / "w.safetensors")
    text = (tmp_path / "text.txt").read_text("utf-8")
    (tmp_path / "text.txt").write_text(text[::-1], encoding="utf-8")
    trainer = Trainer(design, weights=weights.arrays, checkpoint=weights.checkpoint)
    assert "the task or its data" in trainer.start_sentence


def test_weights_without_a_checkpoint_are_a_start(tmp_path: Path) -> None:
    design = text_design(tmp_path, epochs=1)
    trainer = Trainer(design, weights=finished(design).weights)
    assert trainer.start_sentence.endswith("there is no checkpoint of their run.")
    assert not trainer.is_resumed
    assert Trainer(design).start_sentence == ""


def spoiled(checkpoint: Checkpoint) -> list[Checkpoint]:
    """Return checkpoints with each part missing, or of another kind."""
    made = []
    for name in checkpoint.state:
        if name not in ("layout", "run", "kernel"):
            for wrong in (None, "x", [1], {}):
                made.append(Checkpoint({**checkpoint.state, name: wrong}, checkpoint.arrays))
    for name, array in checkpoint.arrays.items():
        rest = {other: values for other, values in checkpoint.arrays.items() if other != name}
        made += [
            Checkpoint(checkpoint.state, rest),
            Checkpoint(checkpoint.state, {**rest, name: np.ones((2, 2))}),
        ]
        made += [Checkpoint(checkpoint.state, {**rest, name: array.astype(np.float16)})]
    return made


def test_a_damaged_checkpoint_is_refused_in_a_sentence(tmp_path: Path) -> None:
    trainer = Trainer(text_design(tmp_path, truncate=5, patience=2, epochs=2))
    run = trainer.run()
    while not trainer.program.carried_states() or not trainer.epochs_done:
        next(run)
    refused = 0
    for checkpoint in spoiled(trainer.checkpoint()):
        try:
            Trainer(trainer.design, weights=trainer.weights, checkpoint=checkpoint)
        except FileError as error:
            assert "The checkpoint is damaged" in error.sentence
            refused += 1
    assert refused > 20


def test_a_checkpoint_of_a_later_layout_is_refused(tmp_path: Path) -> None:
    trainer = finished(text_design(tmp_path, epochs=1))
    checkpoint = trainer.checkpoint()
    later = Checkpoint({**checkpoint.state, "layout": 99}, checkpoint.arrays)
    save_weights(tmp_path / "w.safetensors", Weights(trainer.weights, trainer.design, {}, later))
    with pytest.raises(FileError, match="layout"):
        load_weights(tmp_path / "w.safetensors")


def test_early_stopping_hands_over_the_best_weights(tmp_path: Path) -> None:
    plan = {"patience": 2, "epochs": 30, "optimizer": Choice("adam", {"learning_rate": 0.1})}
    trainer = Trainer(text_design(tmp_path, **plan))
    kept: list[dict[str, Any]] = []
    for event in trainer.run():
        if isinstance(event, EpochDone):
            kept.append(trainer.program.named_weights())
    losses = [done.validation_loss for done in trainer.epochs_done]
    best = losses.index(min(losses))  # type: ignore[type-var]
    assert len(losses) == best + 3 < 30
    assert same(trainer.weights, kept[best])
    assert trainer.validate()[0] == losses[best]


def test_without_validation_early_stopping_goes_by_the_training_loss(tmp_path: Path) -> None:
    plan = {
        "patience": 1,
        "epochs": 40,
        "validation": 0.0,
        "optimizer": Choice("sgd", {"learning_rate": 20.0}),
    }
    trainer = finished(text_design(tmp_path, **plan))
    losses = [done.training_loss for done in trainer.epochs_done]
    assert len(losses) < 40
    assert losses[-1] >= min(losses[:-1])
