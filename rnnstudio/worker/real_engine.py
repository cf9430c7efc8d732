"""The engine of RNN Studio, for the child's loop. Imported in the training process only."""

from __future__ import annotations

from collections.abc import Callable

from rnnstudio.design.model import Design
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.runtime import kernels
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


def _is_step(event: object) -> bool:
    return isinstance(event, StepDone)


def _begin(tell: Callable[[str], None], stopped: Callable[[], bool]) -> Callable[[], None]:
    kernels.on_wait(tell, stopped)
    warming = KernelWarmup()
    warming.start()
    return warming.close


def engine() -> Engine:
    """Load every registered kind, and return the engine."""
    catalogue()
    return Engine(
        trainer=_trainer, sampler=Sampler, is_step=_is_step, diverged=TrainingDiverged, begin=_begin
    )
