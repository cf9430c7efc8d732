"""The example designs that the benchmarks train."""

from pathlib import Path

from rnnstudio import resources
from rnnstudio.design import codec
from rnnstudio.design.model import Design

NAMES = ("names-gru", "sonnets-lstm")


def path(name: str) -> Path:
    """Return the file of a template."""
    return resources.path("templates", f"{name}.rnnd")


def load(name: str) -> Design:
    """Return a template as a design."""
    return codec.load(path(name))
