"""A continued run reports whether it is as if it had never stopped, and what differs."""

from pathlib import Path
from typing import Any

import pytest

from rnnstudio.design.edits import set_params, set_plan, set_task_params
from rnnstudio.design.model import Choice, Design, NodeId
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.training.checkpoint import Checkpoint
from rnnstudio.engine.training.resumption import offered_choice
from rnnstudio.engine.training.trainer import EpochDone, StepDone, Trainer
from rnnstudio.engine.weights.format import Weights
from tests.engine.training.test_resume import finished, put_down, same, text_design

NEVER = "as if it had never stopped."
ALIKE: dict[str, dict[str, Any]] = {
    "constant": {"schedule": Choice("constant")},
    "step": {"schedule": Choice("step", {"every": 1, "factor": 0.5})},
    "plateau": {"schedule": Choice("plateau", {"patience": 0, "threshold": 0.5})},
    "warm-up": {"schedule": Choice("warmup", {"steps": 7})},
    "cosine over its own epochs": {"schedule": Choice("cosine", {"epochs": 3})},
    "patience": {"patience": 3, "optimizer": Choice("adam", {"learning_rate": 0.2})},
    "patience without validation": {"patience": 3, "validation": 0.0},
}
LAID: dict[str, dict[str, Any]] = {
    "cosine": {"schedule": Choice("cosine")},
    "cosine to a lowest rate": {"schedule": Choice("cosine", {"minimum": 1e-4})},
    "warm-up and cosine": {"schedule": Choice("warmup", {"steps": 2, "then": "cosine"})},
    "cosine, truncated": {"schedule": Choice("cosine"), "truncate": 5},
}


def rates(trainer: Trainer) -> list[float]:
    """Train to the end; return the learning rate of each step."""
    return [event.learning_rate for event in trainer.run() if isinstance(event, StepDone)]


def two_epochs(folder: Path, **plan: Any) -> tuple[Design, Weights]:
    design = text_design(folder, **{"epochs": 2, **plan})
    return design, put_down(finished(design), folder / "w.safetensors")


def further(design: Design, weights: Weights, how: ScheduleExtension = ScheduleExtension.STRETCH) -> Trainer:
    return Trainer(design, weights=weights.arrays, checkpoint=weights.checkpoint, schedule=how)


# ------------------------------------------------------------------------------- alike to the bit


@pytest.mark.parametrize("how", ScheduleExtension)
@pytest.mark.parametrize("plan", ALIKE.values(), ids=ALIKE)
def test_two_and_two_epochs_are_four_where_the_sentence_says_so(
    plan: dict[str, Any], how: ScheduleExtension, tmp_path: Path
) -> None:
    design, weights = two_epochs(tmp_path, **plan)
    four = set_plan(design, epochs=4)
    whole, trainer = finished(four), further(four, weights, how)
    assert trainer.start_sentence.endswith(NEVER)
    assert offered_choice(four.plan, weights.checkpoint) is None
    assert trainer.extension is None
    rates(trainer)
    assert same(trainer.weights, whole.weights)
    assert trainer.record() == whole.record()


def test_as_many_epochs_again_are_twice_as_many_with_patience_too(tmp_path: Path) -> None:
    plan = ALIKE["patience"]
    design, weights = two_epochs(tmp_path, **plan)
    trainer = further(design, weights)
    assert trainer.start_sentence.endswith(NEVER)
    rates(trainer)
    assert same(trainer.weights, finished(set_plan(design, epochs=4)).weights)


@pytest.mark.parametrize("plan", LAID.values(), ids=LAID)
def test_a_run_of_the_same_length_continues_as_if_it_had_never_stopped(
    plan: dict[str, Any], tmp_path: Path
) -> None:
    design = text_design(tmp_path, **{"epochs": 3, **plan})
    whole, trainer = Trainer(design), Trainer(design)
    run = trainer.run()
    for _ in range(4):
        next(run)
    weights = put_down(trainer, tmp_path / "w.safetensors")
    again = further(design, weights)
    assert again.start_sentence.endswith(NEVER)
    expected, found = rates(whole), rates(again)
    assert found == expected[-len(found) :]
    assert same(again.weights, whole.weights)


# ------------------------------------------------------------------------------------- the choice


@pytest.mark.parametrize("plan", LAID.values(), ids=LAID)
def test_a_schedule_is_stretched_over_all_epochs_and_the_sentence_tells_the_rates(
    plan: dict[str, Any], tmp_path: Path
) -> None:
    design, weights = two_epochs(tmp_path, **plan)
    four = set_plan(design, epochs=4)
    trainer = further(four, weights)
    before = weights.record["learning_rate"][-1]
    found = rates(trainer)
    assert "is laid anew over 4 epochs instead of 2" in trainer.start_sentence
    assert f"rises from {before:.3g} to {found[0]:.3g}." in trainer.start_sentence
    assert NEVER not in trainer.start_sentence
    assert found == rates(Trainer(four))[-len(found) :]


@pytest.mark.parametrize("plan", LAID.values(), ids=LAID)
def test_a_schedule_continues_as_it_was_laid_and_stays_at_its_end(
    plan: dict[str, Any], tmp_path: Path
) -> None:
    design, weights = two_epochs(tmp_path, **plan)
    trainer = further(set_plan(design, epochs=4), weights, ScheduleExtension.CONTINUE)
    end = float(plan["schedule"].params.get("minimum", 0.0))
    assert f"as it was laid over 2 epochs: the learning rate stays at {end:.3g}" in trainer.start_sentence
    assert ("so that nothing is learned" in trainer.start_sentence) == (end == 0)
    assert rates(trainer) == pytest.approx([end] * (trainer.step_index // 2), abs=1e-12)


@pytest.mark.parametrize("how", ScheduleExtension)
def test_a_run_that_was_interrupted_and_is_made_longer_has_the_choice(
    how: ScheduleExtension, tmp_path: Path
) -> None:
    design = text_design(tmp_path, epochs=4, schedule=Choice("cosine"))
    short, long = (rates(Trainer(set_plan(design, epochs=epochs))) for epochs in (4, 8))
    trainer = Trainer(design)
    run = trainer.run()
    while len(trainer.epochs_done) < 1:
        next(run)
    weights = put_down(trainer, tmp_path / "w.safetensors")
    again = further(set_plan(design, epochs=8), weights, how)
    done, found = again.step_index, rates(again)
    if how is ScheduleExtension.STRETCH:
        assert found == long[done:]
    else:
        assert found == [*short[done:], *[0.0] * len(short)]


@pytest.mark.parametrize("how", ScheduleExtension)
def test_a_choice_is_made_once_and_kept(how: ScheduleExtension, tmp_path: Path) -> None:
    """Stopped once more, the longer run goes on as it was, whatever is said then."""
    design, weights = two_epochs(tmp_path, schedule=Choice("cosine"))
    four = set_plan(design, epochs=4)
    whole, trainer = further(four, weights, how), further(four, weights, how)
    rates(whole)
    run = trainer.run()
    next(run)
    again = further(
        four, put_down(trainer, tmp_path / "v.safetensors"), next(h for h in ScheduleExtension if h != how)
    )
    assert again.start_sentence.endswith(NEVER)
    rates(again)
    assert same(again.weights, whole.weights)


def test_what_is_offered_is_what_training_says(tmp_path: Path) -> None:
    design, weights = two_epochs(tmp_path, schedule=Choice("cosine"))
    choice = offered_choice(design.plan, weights.checkpoint)  # as many epochs again
    assert choice is not None
    assert (choice.before, choice.after) == (2, 4)
    for how in ScheduleExtension:
        assert choice.sentence(how) in further(design, weights, how).start_sentence


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 4},
        {"schedule": Choice("constant")},
        {"optimizer": Choice("sgd")},
    ],
)
def test_nothing_is_offered_where_the_run_does_not_continue(change: dict[str, Any], tmp_path: Path) -> None:
    design, weights = two_epochs(tmp_path, schedule=Choice("cosine"))
    assert offered_choice(set_plan(design, epochs=4, **change).plan, weights.checkpoint) is None


def test_nothing_is_offered_of_a_checkpoint_that_is_damaged(tmp_path: Path) -> None:
    design, weights = two_epochs(tmp_path, schedule=Choice("cosine"))
    assert weights.checkpoint is not None
    for name in weights.checkpoint.state:
        state = {key: value for key, value in weights.checkpoint.state.items() if key != name}
        offered_choice(design.plan, Checkpoint(state, {}))
        for wrong in (None, "x", [1], {}, {"span": {"epochs": 0}}):
            offered_choice(design.plan, Checkpoint({**state, name: wrong}, {}))


def test_early_stopping_that_had_ended_a_run_is_reported(tmp_path: Path) -> None:
    plan = {"patience": 1, "epochs": 40, "optimizer": Choice("adam", {"learning_rate": 0.3})}
    design = text_design(tmp_path, **plan)
    trainer = finished(design)
    assert len(trainer.epochs_done) < 40
    again = further(design, put_down(trainer, tmp_path / "w.safetensors"))
    assert again.start_sentence.endswith("Early stopping, which had ended it, counts from 0 again.")
    assert NEVER not in again.start_sentence


def test_a_run_that_is_resumed_with_fewer_epochs_than_it_has_trains_those_further(tmp_path: Path) -> None:
    design = text_design(tmp_path, epochs=5)
    trainer = Trainer(design)
    run = trainer.run()
    while len(trainer.epochs_done) < 2:
        next(run)
    again = further(set_plan(design, epochs=1), put_down(trainer, tmp_path / "w.safetensors"))
    assert [event.epoch for event in again.run() if isinstance(event, EpochDone)] == [3]


@pytest.mark.parametrize("plan", LAID.values(), ids=LAID)
def test_a_checkpoint_of_an_earlier_version_says_what_is_true(plan: dict[str, Any], tmp_path: Path) -> None:
    design, weights = two_epochs(tmp_path, **plan)
    assert weights.checkpoint is not None
    state = {name: part for name, part in weights.checkpoint.state.items() if name not in ("plan", "length")}
    old = Checkpoint(state, weights.checkpoint.arrays)
    trainer = Trainer(set_plan(design, epochs=4), weights=weights.arrays, checkpoint=old)
    assert "is laid anew over 4 epochs instead of 2" in trainer.start_sentence
    other = Trainer(set_plan(design, epochs=4, batch_size=4), weights=weights.arrays, checkpoint=old)
    assert other.start_sentence.endswith("the training plan is not that of their run.")


# ------------------------------------------------------------------------------------ differences

CHANGES: list[tuple[dict[str, Any], list[str]]] = [
    ({"optimizer": Choice("adam", {"learning_rate": 0.01})}, ["“Learning rate” is 0.01 instead of 0.001"]),
    ({"optimizer": Choice("sgd")}, ["“Optimizer” is SGD with momentum instead of Adam"]),
    ({"batch_size": 4}, ["“Batch size” is 4 instead of 16"]),
    ({"seed": 7}, ["“Seed” is 7 instead of 1"]),
    ({"dtype": "float64"}, ["“Precision” is float64 instead of float32"]),
    ({"clip_norm": None}, ["“Clip gradient at” is off instead of 1"]),
    ({"patience": 3}, ["“Stop early after” is 3 instead of off"]),
    ({"validation": 0.0}, ["“Validation share” is 0 instead of 0.2"]),
    ({"bucket": True}, ["“Batches of similar lengths” is on instead of off"]),
    ({"schedule": Choice("cosine")}, ["“Learning rate over time” is Cosine instead of Constant"]),
    ({"seed": 2, "truncate": 4}, ["“Truncate gradients at” is 4 instead of off", "“Seed” is 2 instead of 1"]),
]


@pytest.mark.parametrize(("change", "words"), CHANGES, ids=[" ".join(change) for change, _ in CHANGES])
def test_a_plan_that_was_changed_is_reported_by_all_that_differs(
    change: dict[str, Any], words: list[str], tmp_path: Path
) -> None:
    design, weights = two_epochs(tmp_path)
    trainer = further(set_plan(design, **change), weights)
    why = "; ".join(words)
    assert trainer.start_sentence == f"Training starts from the weights, with a new optimizer: {why}."
    assert not trainer.is_resumed


def test_all_that_differs_is_reported(tmp_path: Path) -> None:
    design, weights = two_epochs(tmp_path)
    other = set_plan(set_params(design, [NodeId("drop")], {"rate": 0.1}), batch_size=8)
    assert further(set_task_params(other, {"length": 9}), weights).start_sentence.endswith(
        "the network is not that of their run; the task or its data is not that of their run; "
        "“Batch size” is 8 instead of 16."
    )


def test_a_default_that_is_written_out_changes_nothing(tmp_path: Path) -> None:
    design, weights = two_epochs(tmp_path)
    written = set_plan(design, optimizer=Choice("adam", {"learning_rate": 0.001}), epochs=4)
    assert further(written, weights).start_sentence.endswith(NEVER)
