"""The example designs, for benchmarks and pictures."""

from rnnstudio import resources
from rnnstudio.design import codec
from rnnstudio.design.model import Design

TEMPLATES = ("names-gru", "sonnets-lstm")


def template(name: str) -> Design:
    """Return one of the example designs."""
    return codec.load(resources.path("templates", f"{name}.rnnd"))
