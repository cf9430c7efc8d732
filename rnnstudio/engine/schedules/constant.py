"""The same learning rate from the first step to the last."""

from rnnstudio.engine.schedules.base import SCHEDULES, Schedule, ScheduleSpec

SCHEDULES.register(
    ScheduleSpec("constant", "Constant", (), Schedule, "The optimizer's learning rate throughout.")
)
