"""The trained network, tried: it continues a text, says a source in other words, shows an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import DataError, DesignError
from rnnstudio.design.message import message
from rnnstudio.design.model import Design
from rnnstudio.engine import datasets
from rnnstudio.engine.check import load_check
from rnnstudio.engine.inference.decoding import (
    LONGEST,
    Decoder,
    beam_search,
    draw,
    inputs,
    source_stream,
    token_head,
)
from rnnstudio.engine.inference.examples import Example, show_example
from rnnstudio.engine.inference.modes import ANSWER, EXAMPLE, TEXT
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.weights.fit import require_match, require_symbols

Array = NDArray[Any]
MAX_TEMPERATURE = 100.0  # the highest temperature


@dataclass(frozen=True)
class AnswerCandidate:
    """What the network may say, as text.

    ``log_probability`` and ``score`` as in `decoding.Candidate`; ``ended`` tells that it is complete.
    """

    text: str
    log_probability: float
    score: float
    ended: bool


def require_temperature(temperature: float) -> None:
    """Raise `DesignError` unless a temperature is a number from 0 to `MAX_TEMPERATURE`."""
    if not 0 <= temperature <= MAX_TEMPERATURE:
        raise DesignError(
            message(
                "The temperature must be a number from 0 to {most:g}; got {temperature:g}.",
                most=MAX_TEMPERATURE,
                temperature=temperature,
            )
        )


class Sampler:
    """A trained network to be tried.

    Parameters
    ----------
    design : Design
    weights : arrays by ``node.weight``
        The trained weights.
    symbols : str, optional
        Digest of the symbols that they were trained on; see `rnnstudio.engine.weights.symbols`.

    Raises
    ------
    StudioError
        If the design cannot run, its data cannot be read, or the weights do not fit either.
    """

    def __init__(self, design: Design, weights: Mapping[str, Array], symbols: str | None = None) -> None:
        data = datasets.open_task(design.task)
        require_symbols(symbols, data)
        program = Program(design, load_check(design, datasets.inspect(design.task)), data.facts)
        shapes = {name: view.shape for name, view in program.parameters.items()}
        require_match(weights, shapes, design.plan.dtype)
        program.load(weights)
        self.program, self.data = program, data

    @classmethod
    def of_program(cls, program: Program, data: TaskData) -> Sampler:
        """Return a sampler that shares the weights of a program in training."""
        sampler = cls.__new__(cls)
        sampler.program, sampler.data = program.with_shared_weights(), data
        return sampler

    @property
    def mode(self) -> str:
        """How the network is best tried: ``text`` to continue, a source to ``answer``, or an ``example``."""
        try:
            token_head(self.program)
        except DesignError:
            return EXAMPLE
        if self.data.text:
            return TEXT
        return EXAMPLE if source_stream(self.program) is None else ANSWER

    # ------------------------------------------------------------------------------- text

    def generate(self, prompt: str, length: int, temperature: float, seed: int) -> Iterator[str]:
        """Yield ``length`` tokens that continue ``prompt``, as text.

        Where the task has a boundary token, each sequence starts with it and the network's own
        boundary ends the sequence: it is shown as the task shows it, and a new sequence begins.

        Parameters
        ----------
        temperature : float from 0 to `MAX_TEMPERATURE`
            Divides the logits: below 1 the likely tokens become likelier. 0, and what is next to it,
            takes the likeliest.

        Raises
        ------
        StudioError
            At the first token, if the design or the task is not one that continues texts, the prompt
            has characters that the data does not have, or there is no such temperature.
        """
        require_temperature(temperature)
        if not self.data.text:
            raise DesignError(
                message(
                    "Text is continued in tasks that predict the next token; this design's is another. Look "
                    "at an example instead, or choose such a task."
                )
            )
        head, boundary = token_head(self.program), self.data.boundary
        rng = np.random.default_rng(seed)
        first = [int(token) for token in self.data.encode(prompt)]
        opens = boundary
        if boundary is None and any(stream.name == "tokens" for stream in inputs(self.program)):
            first = first or [int(self.data.streams["tokens"][0][0])]
            opens = first.pop(0)
        tokens, decoder = first, Decoder(self.program, head, {}, opens)
        for _ in range(min(length, LONGEST)):
            token = draw(decoder.next_log_probabilities(tokens), temperature, rng)
            yield self.data.symbols["tokens"][token]
            if token == boundary:
                tokens, decoder = [], Decoder(self.program, head, {}, opens)
            else:
                tokens.append(token)

    # ------------------------------------------------------------------------ translation

    def translate(
        self, source: str, width: int, alpha: float, longest: int | None = None
    ) -> Iterator[tuple[AnswerCandidate, ...]]:
        """Yield what the network may say of a source, best first, after each token; the last are the result.

        Parameters
        ----------
        width : candidates that are followed at a time, at least 1
        alpha : see `decoding.length_penalty`
        longest : tokens of an answer; the longest of the data where it is left out

        Raises
        ------
        StudioError
            If the design has no encoder, or the source cannot be read.
        """
        head, stream = token_head(self.program), source_stream(self.program)
        assert head.stream is not None
        if stream is None:
            raise DesignError(
                message(
                    "A source is read by an encoder, an input of tokens with a length of its own; this "
                    "design has none. Look at an example instead."
                )
            )
        given = self.data.read_source(source, stream.name)
        if not len(given):
            raise DataError(
                message("There is nothing to read. Type something that the network shall answer.")
            )
        decoder, target = Decoder(self.program, head, {stream.name: given}), head.stream
        longest = min(longest or self.data.facts.steps.get(target.clock, LONGEST), LONGEST)
        search = beam_search(decoder.after, target.end, width=width, longest=longest, alpha=alpha)
        for candidates in search:
            yield tuple(
                AnswerCandidate(self.data.decode(c.tokens, target.name), c.log_probability, c.score, c.ended)
                for c in candidates
            )

    # ---------------------------------------------------------------------------- examples

    def example(self, number: int) -> Example:
        """Return what the network makes of one example, the ``number``-th of those held out, from 0.

        Where none are held out the examples of training are counted. After the last one the first
        follows.
        """
        return show_example(self.program, self.data, number)
