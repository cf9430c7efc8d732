"""A schedule from outside."""

from rnnstudio.engine.schedules.base import SCHEDULES, Schedule, ScheduleSpec


class Halving(Schedule):
    """``learning_rate / 2^epochs``, but never less than half of it."""

    def rate(self, step, epochs):
        return self.span.learning_rate * max(0.5, 0.5**epochs)


SCHEDULES.register(ScheduleSpec("demo_halving", "Halving", (), Halving))
