"""Without validation, early stopping keeps the weights with the lowest reported training loss."""

from pathlib import Path
from typing import Any

import pytest

from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Choice, Design
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.training.trainer import EpochDone, StepDone, Trainer
from tests.engine.training.test_resume import names_design, put_down, same, text_design

pytestmark = pytest.mark.usefixtures("each_kernel")

STILL = Choice("sgd", {"learning_rate": 1e-30})
WILD = {
    "adam": Choice("adam", {"learning_rate": 0.5}),
    "sgd": Choice("sgd", {"learning_rate": 30.0}),
    "calm": Choice("adam", {"learning_rate": 0.01}),
}
PLANS: dict[str, dict[str, Any]] = {
    "one batch": {"batch_size": 1000},
    "several batches": {"batch_size": 4},
    "truncated": {"truncate": 5},
    "buckets": {"bucket": True},
    "fed its own letters": {"sampling_probability": 0.4},
    "double precision": {"dtype": "float64"},
}


def without_validation(make: Any, folder: Path, **plan: Any) -> Design:
    changes = {"validation": 0.0, "patience": 2, "epochs": 8, "clip_norm": None, **plan}
    return make(folder, **changes) if make is text_design else make(**changes)


def told(trainer: Trainer) -> list[float]:
    """Train to the end; return the training losses that were told."""
    losses = [event.training_loss for event in trainer.run() if isinstance(event, EpochDone)]
    assert None not in losses
    return losses  # type: ignore[return-value]


def loss_of(design: Design, weights: Any, **plan: Any) -> float:
    """Return the training loss that an epoch tells which moves nothing."""
    changes = {"optimizer": STILL, "epochs": 1, **plan}
    (loss,) = told(Trainer(set_plan(design, **changes), weights=weights))
    return loss


@pytest.mark.parametrize("make", [text_design, names_design], ids=["text", "names"])
@pytest.mark.parametrize("optimizer", WILD.values(), ids=WILD)
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_weights_that_are_kept_have_the_lowest_loss_that_was_reported(
    make: Any, plan: dict[str, Any], optimizer: Choice, tmp_path: Path
) -> None:
    design = without_validation(make, tmp_path, optimizer=optimizer, **plan)
    trainer = Trainer(design)
    losses = told(trainer)
    assert loss_of(design, trainer.weights) == pytest.approx(min(losses), rel=1e-5)


@pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")
def test_compiled_kernels_keep_the_best_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernels.VARIABLE, "numba")
    test_the_weights_that_are_kept_have_the_lowest_loss_that_was_reported(
        text_design, PLANS["several batches"], WILD["adam"], tmp_path
    )


def test_steps_that_move_nothing_tell_what_was_measured(tmp_path: Path) -> None:
    """The mean over the steps of an epoch is the same loss, so runs with and without patience agree."""
    design = without_validation(names_design, tmp_path, optimizer=WILD["adam"], batch_size=7)
    trainer = Trainer(design)
    losses = told(trainer)
    assert loss_of(design, trainer.weights, patience=None) == pytest.approx(min(losses), rel=1e-5)


def test_a_run_that_is_taken_up_in_the_middle_keeps_the_best_of_all(tmp_path: Path) -> None:
    design = without_validation(text_design, tmp_path, optimizer=WILD["adam"], patience=8)
    whole = Trainer(design)
    losses = told(whole)
    first = Trainer(design)
    run = first.run()
    while len(first.epochs_done) < 3:
        next(run)
    next(run)
    weights = put_down(first, tmp_path / "w.safetensors")
    second = Trainer(design, weights=weights.arrays, checkpoint=weights.checkpoint)
    assert losses == [*(done.training_loss for done in first.epochs_done), *told(second)]
    assert same(second.weights, whole.weights)


def test_a_run_that_is_stopped_hands_over_the_best_so_far(tmp_path: Path) -> None:
    design = without_validation(text_design, tmp_path, optimizer=WILD["adam"], patience=8)
    trainer = Trainer(design)
    for event in trainer.run():
        if isinstance(event, StepDone) and event.epoch == 5:
            break
    lowest = min(done.training_loss for done in trainer.epochs_done)  # type: ignore[type-var]
    assert loss_of(design, trainer.weights) == pytest.approx(lowest, rel=1e-5)


def test_measuring_does_not_change_the_run(tmp_path: Path) -> None:
    """Dropout and the order of the data go on as they do without early stopping."""
    plain = without_validation(text_design, tmp_path, patience=None, epochs=3)
    losses = [
        [event.loss for event in Trainer(design).run() if isinstance(event, StepDone)]
        for design in (plain, set_plan(plain, patience=100))
    ]
    assert losses[0] == losses[1]
