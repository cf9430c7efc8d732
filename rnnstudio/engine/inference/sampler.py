"""The sampler: a trained network continues a text, answers a source, or shows an example."""

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
    MAX_TOKENS,
    Decoder,
    beam_search,
    draw,
    input_streams,
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
    """A candidate of beam search as text.

    For ``log_probability``, ``score`` and ``ended`` see `decoding.Candidate`.
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
    """A trained network for inference.

    Parameters
    ----------
    design : Design
    weights : arrays by ``node.weight``
        The trained weights.
    symbols : str, optional
        Digest of the symbols that the weights were trained on; see `rnnstudio.engine.weights.symbols`.

    Raises
    ------
    StudioError
        If the design cannot run, its data cannot be read, or the weights do not match.
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
        """The best inference mode: ``text`` to continue, a source to ``answer``, or an ``example``."""
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

        If the task has a boundary token, each sequence starts with it. When the network predicts it, the
        sequence ends and a new one starts.

        Parameters
        ----------
        temperature : float from 0 to `MAX_TEMPERATURE`
            Divides the logits. Below 1, likely tokens become more likely. 0 always takes the most likely
            token.

        Raises
        ------
        StudioError
            At the first token, if the design or the task cannot continue texts, if the prompt has
            characters that are not in the data, or if the temperature is out of range.
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
        if boundary is None and any(stream.name == "tokens" for stream in input_streams(self.program)):
            first = first or [int(self.data.streams["tokens"][0][0])]
            opens = first.pop(0)
        tokens, decoder = first, Decoder(self.program, head, {}, opens)
        for _ in range(min(length, MAX_TOKENS)):
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
        """Yield candidate answers to a source after each token, best first. The last ones are the result.

        Parameters
        ----------
        width : beam width, at least 1
        alpha : see `decoding.length_penalty`
        longest : maximum number of tokens of an answer; by default the longest of the data

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
        longest = min(longest or self.data.facts.steps.get(target.clock, MAX_TOKENS), MAX_TOKENS)
        search = beam_search(decoder.log_probabilities, target.end, width=width, longest=longest, alpha=alpha)
        for candidates in search:
            yield tuple(
                AnswerCandidate(self.data.decode(c.tokens, target.name), c.log_probability, c.score, c.ended)
                for c in candidates
            )

    # ---------------------------------------------------------------------------- examples

    def example(self, number: int) -> Example:
        """Return one of the held-out examples with the predictions of the network.

        If none are held out, the training examples are used. ``number`` counts from 0 and wraps around.
        """
        return show_example(self.program, self.data, number)
