"""Generation: the trained network continues a text, one token at a time."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import DesignError
from rnnstudio.design.model import Design
from rnnstudio.design.spec import MAIN_CLOCK
from rnnstudio.engine import tasks
from rnnstudio.engine.checking import load_check
from rnnstudio.engine.nodes.classification import Classification
from rnnstudio.engine.nodes.data import InputNode
from rnnstudio.engine.program import Program
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.timeline import Timeline

Array = NDArray[Any]
LONGEST = 100_000  # tokens a person can ask for
WINDOW = 512  # steps of buffers that are taken at a time


class Sampler:
    """A network that continues texts.

    Parameters
    ----------
    design : Design
        A design with one head over the task's tokens.
    weights : arrays by ``node.weight``
        The trained weights, in the shapes that the design asks for.

    Raises
    ------
    DesignError
        If the design cannot run, or has no head or several.
    """

    def __init__(self, design: Design, weights: Mapping[str, Array]) -> None:
        data = tasks.open_task(design.task)
        program = Program(design, load_check(design), data.facts)
        program.load(weights)
        self._set(program, data)

    @classmethod
    def of_program(cls, program: Program, data: TaskData) -> "Sampler":
        """Return a sampler that shares the weights of a program in training."""
        sampler = cls.__new__(cls)
        sampler._set(program.twin(), data)
        return sampler

    def _set(self, program: Program, data: TaskData) -> None:
        if len(program.heads) != 1:
            raise DesignError(
                f"Text is generated from one head; this design has {len(program.heads)}. "
                "Keep one to use Try it."
            )
        if not data.text or not isinstance(program.heads[0], Classification):
            raise DesignError(
                "Text is generated from tasks that predict the next token, by a classification head; "
                "this design has another. Choose such a task to use Try it."
            )
        self.program, self.data, self.head = program, data, program.heads[0]

    def generate(self, prompt: str, length: int, temperature: float, seed: int) -> Iterator[str]:
        """Yield ``length`` tokens that continue ``prompt``, as text.

        Where the task has a boundary token, each sequence starts with it and the network's own
        boundary ends the sequence: it is shown as the task shows it, and a new sequence begins.

        Parameters
        ----------
        temperature : float, above 0
            Divides the logits: below 1 the likely tokens become likelier. 0 takes the likeliest.
        """
        rng = np.random.default_rng(seed)
        boundary = self.data.boundary
        start = [] if boundary is None else [boundary]
        tokens = start + [int(t) for t in self.data.encode(prompt)]
        if not tokens:
            tokens = [int(self.data.streams["tokens"][0][0])]
        steps = _Steps(self.program, self.head)
        for _ in range(min(length, LONGEST)):
            with np.errstate(all="ignore"):
                probabilities = steps.next_distribution(tokens)
            token = draw(probabilities, temperature, rng)
            yield self.data.symbols["tokens"][token]
            if token == boundary:
                tokens, steps = list(start), _Steps(self.program, self.head)
            else:
                tokens.append(token)


class _Steps:
    """Runs a program on a growing sequence: each step once where the design allows it."""

    def __init__(self, program: Program, head: Classification) -> None:
        self.program, self.head, self.done, self.room = program, head, 0, 0

    def next_distribution(self, tokens: list[int]) -> Array:
        """Return the distribution of the token after these, ``(classes,)``, float64."""
        count = len(tokens)
        if not self.program.stepwise:
            self.done, self.room = 0, count
            self.program.allocate({MAIN_CLOCK: Timeline(np.array([count]))})
        elif count > self.room:
            self.done, self.room = 0, self.room + max(WINDOW, count)
            self.program.allocate({MAIN_CLOCK: Timeline(np.array([self.room]))})
        for node in self.program.nodes.values():
            if isinstance(node, InputNode):
                node.feed({"tokens": np.array(tokens, np.int32)})
        self.program.forward(self.done, count, training=False)
        self.done = count
        probabilities = self.head.probabilities(count - 1, count)
        return np.asarray(probabilities[0], np.float64)


def draw(probabilities: Array, temperature: float, rng: np.random.Generator) -> int:
    """Draw a class from ``p ** (1 / temperature)``, normalised; the likeliest at temperature 0."""
    if temperature <= 0:
        return int(np.argmax(probabilities))
    logits = np.log(np.maximum(probabilities, 1e-300)) / temperature
    scaled = np.exp(logits - logits.max())
    return int(rng.choice(len(scaled), p=scaled / scaled.sum()))
