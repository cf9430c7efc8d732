"""The base classes of tasks: data for training, and the text of their tokens."""

from __future__ import annotations

import io
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import DataError
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.registry import Registry
from rnnstudio.design.signals import MAIN_CLOCK, Signal
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import Facts, token_facts
from rnnstudio.engine.tasks.columns import Indices, Pieces, lengths_of

Tokens = NDArray[np.int32]
_SPLIT_STREAM = 1  # random stream of the split; weights and order have others


@dataclass(frozen=True)
class TaskData:
    """The loaded data of a task.

    Attributes
    ----------
    streams : by the names in ``facts.streams``, one array for each example: ``(L,)`` int32 tokens or
        ``(L, F)`` features for a sequence, one token or ``(F,)`` features for a vector; target -1 does not
        count. For many examples, a `Column` creates each array on request.
    symbols : by stream of tokens, the text of each token id
    boundary : the token that begins and ends every sequence, or None if sequences are parts of a
        longer text; for tasks that predict the next token
    """

    facts: Facts
    streams: Mapping[str, Sequence[NDArray[Any]]]
    symbols: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    boundary: int | None = None

    @property
    def count(self) -> int:
        """The number of examples."""
        return len(next(iter(self.streams.values()), ()))

    @property
    def text(self) -> bool:
        """Whether it is a text and the next token is to be predicted."""
        names = {stream.name for stream in self.facts.streams}
        return names == {"tokens", "next"} and "tokens" in self.symbols

    def encode(self, text: str, stream: str = "tokens") -> Tokens:
        """Return the token ids of a text, int32 ``(L,)``, after `normalized`.

        Raises
        ------
        DataError
            For the first character that is not in the training data.
        """
        text = self.normalized(text, stream)
        ids = {symbol: token for token, symbol in enumerate(self.symbols[stream])}
        try:
            return np.array([ids[character] for character in text], np.int32)
        except KeyError as missing:
            character = str(missing.args[0])
            raise DataError(
                message(
                    "The character {character} at place {place} does not occur in the task's data, so the "
                    "network cannot read it. Take it out.",
                    character=describe(character),
                    place=text.index(character) + 1,
                )
            ) from None

    def normalized(self, text: str, stream: str = "tokens") -> str:
        """Return a text with the line ends of the training data, see `normalize_text`.

        If the symbols include a carriage return, the data was not normalized, and the text is not either.
        """
        return text if "\r" in self.symbols[stream] else normalize_text(text)

    def decode(self, ids: Sequence[int] | NDArray[Any], stream: str = "tokens") -> str:
        """Return the text of token ids."""
        return "".join(self.symbols[stream][token] for token in ids)

    def read_source(self, text: str, stream: str) -> Tokens:
        """Return the token ids of a typed text for an encoder, int32 ``(L,)``.

        They end in the same way as all sequences of the stream.
        """
        tokens = self.encode(text, stream)
        end = next((s.end for s in self.facts.streams if s.name == stream), None)
        return tokens if end is None else np.append(tokens, np.int32(end))

    def split(self, validation: float, seed: int) -> tuple[Indices, Indices]:
        """Hold out whole examples at random; the same seed holds out the same examples.

        Parameters
        ----------
        validation : float in 0 to 0.9
            Fraction of the examples; at least one is held out if it is above 0.

        Returns
        -------
        training, validation : int32 indices in ascending order
        """
        count = self.count
        if validation <= 0:
            return np.arange(count, dtype=np.int32), np.arange(0, dtype=np.int32)
        if count < 2:
            raise DataError(
                message(
                    "The task has a single sequence, and one is needed to train on and one to validate. Give "
                    "more data, or set the validation share to 0."
                )
            )
        held_out = min(max(round(validation * count), 1), count - 1)
        # In place, and with half the usual width: a long text has millions of examples.
        order = np.arange(count, dtype=np.int32)
        np.random.default_rng([seed, _SPLIT_STREAM]).shuffle(order)
        order[:held_out].sort()
        order[held_out:].sort()
        return order[held_out:], order[:held_out]

    def steps_of(self, indices: Indices) -> NDArray[np.int32]:
        """Return the number of steps on the main clock of each of some examples."""
        for stream in self.facts.streams:
            if stream.signal is Signal.SEQUENCE and stream.clock == MAIN_CLOCK:
                return lengths_of(self.streams[stream.name], indices)
        return np.ones(len(indices), np.int32)

    def longest_first(self, indices: Indices) -> Indices:
        """Return some examples ordered by their number of steps, the longest first."""
        steps = self.steps_of(indices)
        if (steps[:-1] >= steps[1:]).all():  # as in a text, which may have millions of examples
            return indices
        return indices[np.argsort(-steps, kind="stable")]


def next_token_data(
    symbols: tuple[str, ...], sequences: Sequence[Tokens], unit: str, boundary: int | None = None
) -> TaskData:
    """Return the data of sequences of ``L + 1`` tokens, each to be predicted from the previous ones."""
    inputs, targets = [s[:-1] for s in sequences], [s[1:] for s in sequences]
    return _next_token_data(symbols, inputs, targets, max(map(len, inputs), default=0), unit, boundary)


def consecutive_data(
    symbols: tuple[str, ...],
    tokens: NDArray[Any],
    starts: range | NDArray[np.intp],
    unit: str,
    boundary: int | None = None,
) -> TaskData:
    """Return the data of one long line of tokens, each to be predicted from the previous ones in its piece.

    Parameters
    ----------
    tokens : integers ``(n,)`` of any type
    starts : start of each piece, ascending; a piece predicts every token after its first one, up to and
        including the first token of the next piece
    """
    inputs, targets = Pieces(tokens[:-1], starts), Pieces(tokens[1:], starts)
    longest = starts.step if isinstance(starts, range) else int(np.diff(starts, append=len(tokens) - 1).max())
    return _next_token_data(symbols, inputs, targets, min(longest, len(tokens) - 1), unit, boundary)


def _next_token_data(
    symbols: tuple[str, ...],
    inputs: Sequence[Tokens],
    targets: Sequence[Tokens],
    steps: int,
    unit: str,
    boundary: int | None,
) -> TaskData:
    facts = token_facts(len(symbols), len(symbols), steps, unit, start=boundary or 0, end=boundary)
    return TaskData(
        facts, {"tokens": inputs, "next": targets}, {"tokens": symbols, "next": symbols}, boundary
    )


def _always(_params: Params) -> Hashable:
    return None


@dataclass(frozen=True)
class Baseline:
    """The loss of a trivial network on the data, for comparison.

    Attributes
    ----------
    stream : the target stream
    loss : the kind of loss, "cross-entropy" in nats or "mse"
    words : a short description of such a network
    """

    stream: str
    loss: str
    value: float
    words: str


def _no_baselines(_data: TaskData) -> tuple[Baseline, ...]:
    return ()


@dataclass(frozen=True)
class TaskSpec:
    """A kind of task.

    Attributes
    ----------
    open : complete params -> the data; raises `DataError` or `FileError`
    state : complete params -> what else the data depends on (such as a file's modification time)
    licence : a short statement of the licence of the data
    sample_prompt : an example prompt for a trained network
    baselines : the data -> the losses of known simple answers, if any
    """

    kind: str
    title: str
    description: str
    params: tuple[ParamSpec, ...]
    open: Callable[[Params], TaskData]
    state: Callable[[Params], Hashable] = _always
    licence: str = ""
    sample_prompt: str = ""
    baselines: Callable[[TaskData], tuple[Baseline, ...]] = _no_baselines


TASKS: Registry[TaskSpec] = Registry("task")


def character_tokens(blocks: Callable[[], Iterable[str]]) -> tuple[tuple[str, ...], NDArray[Any]]:
    """Return the characters of a text in code point order, and the text as their indices.

    ``blocks`` is called twice and yields the text in parts, so that a long text is never completely in
    memory. The indices have the smallest type that can hold them.
    """
    token_of = np.zeros(0x110000, np.int32)  # of each code point
    count = 0
    for points in map(_code_points, blocks()):
        token_of[points] = 1
        count += len(points)
    alphabet = np.flatnonzero(token_of)
    token_of[alphabet] = np.arange(len(alphabet))
    tokens = np.empty(count, np.min_scalar_type(max(len(alphabet) - 1, 0)))
    start = 0
    for points in map(_code_points, blocks()):
        tokens[start : start + len(points)] = token_of[points]
        start += len(points)
    tokens.flags.writeable = False
    return tuple(map(chr, alphabet)), tokens


def normalized(blocks: Iterable[str]) -> Iterator[str]:
    """Yield a text in parts as tasks read it: line feeds as line ends, no byte order mark."""
    line_ends, mark = io.IncrementalNewlineDecoder(None, translate=True), "\ufeff"
    for block in chain(blocks, [None]):
        text = line_ends.decode(block or "", final=block is None)
        if text:
            yield text.removeprefix(mark)
            mark = ""


def normalize_text(text: str) -> str:
    """Return a text as tasks read it; see `normalized`."""
    return "".join(normalized([text]))


def _code_points(text: str) -> NDArray[Any]:
    return np.frombuffer(text.encode("utf-32-le"), np.dtype("<u4"))


def chunks(symbols: tuple[str, ...], tokens: NDArray[Any], length: int) -> TaskData:
    """Cut a text into sequences of ``length`` steps, the last one shorter.

    A sequence begins with the last character of the previous one, so that every character except the first is
    predicted once.
    """
    return consecutive_data(symbols, tokens, range(0, len(tokens) - 1, length), "character")


def describe(character: str) -> str:
    """Return a character in quotation marks, or its code if it is invisible."""
    visible = character.isprintable() and not character.isspace()
    return f"“{character}”" if visible else f"U+{ord(character):04X}"
