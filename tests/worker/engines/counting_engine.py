"""The engine of RNN Studio, which notes each data set that it builds in a file."""

import dataclasses
import os

from rnnstudio.engine import datasets
from rnnstudio.engine.tasks.base import TASKS
from rnnstudio.worker import real_engine


class Counting:
    """The registry of tasks, whose tasks note that they are opened."""

    def get(self, kind):
        spec = TASKS.get(kind)

        def counted(params):
            with open(os.environ["COUNTED_DATA"], "a", encoding="utf-8") as file:
                print(kind, file=file)
            return spec.open(params)

        return dataclasses.replace(spec, open=counted)


def engine():
    made = real_engine.engine()
    datasets.TASKS = Counting()
    return made
