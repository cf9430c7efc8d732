"""Decoding: the distribution of the next token, and beam search for the most likely sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import DesignError
from rnnstudio.design.message import message
from rnnstudio.design.signals import MAIN_CLOCK, Content, Signal
from rnnstudio.design.streams import Stream
from rnnstudio.engine.nodes.classification import Classification
from rnnstudio.engine.nodes.data import HeadNode, InputNode
from rnnstudio.engine.program.batches import Batch, pack
from rnnstudio.engine.program.edges import FeedbackEdge
from rnnstudio.engine.program.packed_sequence import PackedSequence
from rnnstudio.engine.program.program import Program

Array = NDArray[Any]
Prefix = Sequence[int]
MAX_TOKENS = 100_000  # tokens that can be generated at once
BLOCK = 512  # steps for which buffers are allocated at a time
MIN_TEMPERATURE = 1e-9  # below it the most likely of any two different float32 probabilities is certain


def feedback_heads(program: Program) -> list[HeadNode]:
    """Return the heads whose predictions are fed back, in the order of the nodes."""
    heads = {
        id(edge.head): edge.head
        for edges in program.edges.values()
        for edge in edges
        if isinstance(edge, FeedbackEdge)
    }
    return [head for head in program.heads if id(head) in heads]


def token_head(program: Program) -> Classification:
    """Return the head that predicts the tokens of a sequence: the one that feeds back, or the only one.

    Raises
    ------
    DesignError
        If there is no such head, or several.
    """
    heads = feedback_heads(program) or program.heads
    if len(heads) != 1:
        raise DesignError(
            message(
                "Tokens come from one head, and this design has {heads} that could give them. Feed one "
                "of them back, or keep one.",
                heads=len(heads),
            )
        )
    head = heads[0]
    if not isinstance(head, Classification) or not head.is_per_step:
        raise DesignError(
            message(
                "Tokens come from a classification head that predicts at each step; this design has "
                "another. Look at an example instead."
            )
        )
    return head


class Decoder:
    """Computes the distribution of the token that follows given tokens.

    The given tokens take the place of the head's targets, so feedback edges read them. In a task that
    predicts the next token they are the input tokens, too.

    Parameters
    ----------
    program : the program; the decoder uses its buffers
    head : the head that predicts the tokens
    given : one example of each stream that does not depend on the tokens
    start : the first input token in a task that predicts the next token

    Raises
    ------
    DesignError
        If an input reads a stream that is known only for examples of the data.
    """

    def __init__(
        self, program: Program, head: Classification, given: Mapping[str, Array], start: int | None = None
    ) -> None:
        assert head.stream is not None
        self.program, self.head, self.given, self.start = program, head, given, start
        self._target = head.stream.name
        self._echo = [s.name for s in input_streams(program) if start is not None and s.name == "tokens"]
        self._done = self._room = 0
        for stream in input_streams(program):
            if stream.name not in (*given, *self._echo):
                raise DesignError(
                    message(
                        "The design reads “{stream}” of the task, which is known for the examples of its "
                        "data only. Look at an example instead.",
                        stream=stream.title,
                    )
                )

    def log_probabilities(self, prefixes: Sequence[Prefix]) -> Array:
        """Return the log-probability of each next token, ``(K, classes)`` float64.

        Parameters
        ----------
        prefixes : K sequences of tokens of equal length
        """
        length = len(prefixes[0])
        columns = {name: [values] * len(prefixes) for name, values in self.given.items()}
        columns[self._target] = [np.array([*prefix, -1], np.int32) for prefix in prefixes]
        for name in self._echo:
            columns[name] = [np.array([self.start, *prefix], np.int32) for prefix in prefixes]
        self._done = self._room = 0
        return self._run(pack(self.program.facts, columns, len(prefixes)), 0, length)

    def next_log_probabilities(self, prefix: Prefix) -> Array:
        """Return the log-probabilities after one prefix, which extends the previous one, ``(classes,)``.

        Each step runs only once if the design allows it.
        """
        length = len(prefix)
        if not self.program.is_stepwise:
            return np.asarray(self.log_probabilities([prefix])[0])
        if length + 1 > self._room:
            self._done, self._room = 0, self._room + max(BLOCK, length + 1)
        columns = {name: [values] for name, values in self.given.items()}
        fixed = pack(self.program.facts, columns, 1)
        targets = np.full(self._room, -1, np.int32)
        targets[:length] = prefix
        streams = dict(fixed.streams) | {self._target: targets}
        for name in self._echo:
            streams[name] = np.array([self.start, *prefix], np.int32)
        packings = dict(fixed.packings) | {MAIN_CLOCK: PackedSequence(np.array([self._room]))}
        log_p = self._run(Batch(packings, streams), self._done, length)
        self._done = length + 1
        return np.asarray(log_p[0])

    def _run(self, batch: Batch, t0: int, step: int) -> Array:
        self.program.sampling_probability = 0.0
        self.program.feed(batch)
        with np.errstate(all="ignore"):
            self.program.forward(t0, step + 1, training=False)
            probabilities = np.asarray(self.head.probabilities(step, step + 1), np.float64)
            # Impossible tokens have -inf. Probabilities that were rounded up are limited to 1.
            log_p = np.minimum(np.log(probabilities), 0.0)
        if np.isnan(log_p).any():
            raise DesignError(
                message(
                    "The network's outputs are not finite with these weights. Train it anew with a smaller "
                    "learning rate, or open other weights."
                )
            )
        return np.asarray(log_p)


def input_streams(program: Program) -> list[Stream]:
    """Return the streams that the inputs of a program read, without duplicates."""
    found = {
        node.stream.name: node.stream
        for node in program.nodes.values()
        if isinstance(node, InputNode) and node.stream is not None
    }
    return list(found.values())


def source_stream(program: Program) -> Stream | None:
    """Return the sequence of tokens that an encoder reads, or None."""
    for stream in input_streams(program):
        if (stream.signal, stream.content) == (Signal.SEQUENCE, Content.TOKENS):
            if stream.clock != MAIN_CLOCK:
                return stream
    return None


# ------------------------------------------------------------------------------------ search


@dataclass(frozen=True)
class Candidate:
    """A candidate sequence of beam search.

    Attributes
    ----------
    tokens : the tokens without the end token
    log_probability : of all tokens and the end token, in nats
    score : the ranking score, see `length_penalty`
    ended : whether it is complete, rather than cut at the maximum length
    """

    tokens: tuple[int, ...]
    log_probability: float
    score: float
    ended: bool


def length_penalty(length: int, alpha: float) -> float:
    """Return the divisor of a log-probability: ``((5 + length) / 6) ** alpha``.

    Wu et al. 2016, "Google's Neural Machine Translation System", equation 14. With
    0 candidates are ranked by probability, with 1 nearly by mean log-probability of a token.
    """
    return float(((5 + length) / 6) ** alpha)


def beam_search(
    log_probabilities: Callable[[Sequence[Prefix]], Array],
    end: int | None,
    *,
    width: int,
    longest: int,
    alpha: float = 0.0,
) -> Iterator[tuple[Candidate, ...]]:
    """Yield the candidates after each token, best first. The last ones are the result.

    Sutskever, Vinyals & Le 2014, "Sequence to Sequence Learning with Neural Networks", section 3.2:
    the most likely continuations are kept. A candidate that ends leaves the beam, which is narrower from
    then on. A width of 1 is greedy search.

    Parameters
    ----------
    log_probabilities : prefixes of equal length -> log-probabilities of their next tokens, (K, classes)
    end : the end token, or None
    width, longest : at least 1
    """
    alive: list[tuple[int, ...]] = [()]
    scores = np.zeros(1)
    ended: list[Candidate] = []
    for length in range(1, longest + 1):
        log_p = scores[:, None] + log_probabilities(alive)
        classes = log_p.shape[1]
        best = np.argsort(-log_p, axis=None, kind="stable")[: width - len(ended)]
        scores, before, alive = log_p.ravel()[best], alive, []
        continuing = []
        for rank, at in enumerate(best):
            tokens, token = before[at // classes], int(at % classes)
            if token == end:
                ended.append(_candidate(tokens, float(scores[rank]), length, alpha, ended=True))
            else:
                alive.append((*tokens, token))
                continuing.append(rank)
        scores = scores[continuing]
        open_candidates = [
            _candidate(t, float(s), length, alpha, ended=False) for t, s in zip(alive, scores, strict=True)
        ]
        yield tuple(sorted([*ended, *open_candidates], key=lambda candidate: -candidate.score))
        if not alive:
            return


def _candidate(tokens: tuple[int, ...], log_p: float, length: int, alpha: float, *, ended: bool) -> Candidate:
    return Candidate(tokens, log_p, log_p / length_penalty(length, alpha), ended)


def draw(log_p: Array, temperature: float, rng: np.random.Generator) -> int:
    """Draw a class from the normalized ``p ** (1 / temperature)``; near 0 the most likely one."""
    if temperature < MIN_TEMPERATURE:
        return int(np.argmax(log_p))
    logits = np.maximum(log_p, -690.0) / temperature  # log 1e-300, in place of -inf
    scaled = np.exp(logits - logits.max())
    return int(rng.choice(len(scaled), p=scaled / scaled.sum()))
