"""The engine of RNN Studio, for the child's loop. Imported in the training process only."""

from __future__ import annotations

from collections.abc import Callable

from rnnstudio.design.message import Message
from rnnstudio.design.model import Choice, Design, TrainingPlan
from rnnstudio.engine import datasets
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.inference.examples import example_source
from rnnstudio.engine.inference.sampler import Sampler
from rnnstudio.engine.schedules.base import ScheduleExtension
from rnnstudio.engine.training.checkpoint import Checkpoint
from rnnstudio.engine.training.kernel_warmup import KernelWarmup
from rnnstudio.engine.training.trainer import StepDone, Trainer, TrainingDiverged
from rnnstudio.worker.engines import Engine, TrainerLike, Weights


def _trainer(
    design: Design,
    weights: Weights | None,
    checkpoint: Checkpoint | None,
    symbols: str | None,
    schedule: ScheduleExtension,
) -> TrainerLike:
    return Trainer(design, weights=weights, checkpoint=checkpoint, symbols=symbols, schedule=schedule)


def find_source(task: Choice, plan: TrainingPlan, example: int) -> str:
    """Return the text that an encoder reads in one of the examples held out."""
    return example_source(datasets.open_task(task), plan, example)


def _is_step(event: object) -> bool:
    return isinstance(event, StepDone)


def _begin(tell: Callable[[Message], None], stopped: Callable[[], bool]) -> Callable[[], None]:
    kernels.on_wait(tell, stopped)
    warming = KernelWarmup()
    warming.start()
    return warming.close


def engine() -> Engine:
    """Load every registered kind, and return the engine."""
    catalogue()
    return Engine(
        trainer=_trainer,
        sampler=Sampler,
        inspect=datasets.inspect,
        find_source=find_source,
        is_step=_is_step,
        diverged=TrainingDiverged,
        begin=_begin,
    )
