"""What a task is: data that a network learns from, and how its tokens read as text."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import DataError
from rnnstudio.design.model import Params
from rnnstudio.design.spec import Facts, ParamSpec

Tokens = NDArray[np.int32]
_SPLIT_STREAM = 1  # the seed's stream of random numbers that splits; weights and order have others


@dataclass(frozen=True)
class TaskData:
    """A task's data, read.

    Attributes
    ----------
    symbols : the text of each token id
    sequences : int32 arrays ``(L + 1,)``; a network reads ``s[:-1]`` and predicts ``s[1:]``
    boundary : the token that begins and ends every sequence, or None where sequences are cut out
        of a longer text
    """

    facts: Facts
    symbols: tuple[str, ...]
    sequences: tuple[Tokens, ...]
    boundary: int | None = None

    def encode(self, text: str) -> Tokens:
        """Return the token ids of a text, int32 ``(L,)``.

        Raises
        ------
        DataError
            Naming the first character that the training data does not have.
        """
        ids = {symbol: token for token, symbol in enumerate(self.symbols)}
        try:
            return np.array([ids[character] for character in text], np.int32)
        except KeyError as missing:
            character = str(missing.args[0])
            raise DataError(
                f"The character {describe(character)} at place {text.index(character) + 1} does not occur "
                "in the task's data, so the network cannot read it. Take it out."
            ) from None

    def decode(self, ids: Sequence[int] | NDArray[Any]) -> str:
        """Return the text of token ids."""
        return "".join(self.symbols[token] for token in ids)

    def split(self, validation: float, seed: int) -> tuple[list[Tokens], list[Tokens]]:
        """Hold out whole sequences, drawn at random; the same seed holds out the same ones.

        Parameters
        ----------
        validation : float in 0 to 0.9
            Share of the sequences; above 0 at least one sequence is held out.

        Returns
        -------
        training, validation
        """
        if validation <= 0:
            return list(self.sequences), []
        count = len(self.sequences)
        if count < 2:
            raise DataError(
                "The task has a single sequence, and one is needed to train on and one to validate. "
                "Give more data, or set the validation share to 0."
            )
        held_out = min(max(round(validation * count), 1), count - 1)
        order = np.random.default_rng([seed, _SPLIT_STREAM]).permutation(count)
        return (
            [self.sequences[i] for i in sorted(order[held_out:])],
            [self.sequences[i] for i in sorted(order[:held_out])],
        )


def _always(_params: Params) -> Hashable:
    return None


@dataclass(frozen=True)
class TaskSpec:
    """A kind of task.

    Attributes
    ----------
    open : complete params -> the data; raises `DataError` or `FileError`
    state : complete params -> what the data depends on besides (a file's time of change)
    licence : who may use the data, in a few words
    sample_prompt : a beginning that is worth trying on a trained network
    """

    kind: str
    title: str
    description: str
    params: tuple[ParamSpec, ...]
    open: Callable[[Params], TaskData]
    state: Callable[[Params], Hashable] = _always
    licence: str = ""
    sample_prompt: str = ""


def character_tokens(text: str) -> tuple[tuple[str, ...], Tokens]:
    """Return the characters of a text in code point order, and the text as their indices."""
    points = np.frombuffer(text.encode("utf-32-le"), np.dtype("<u4"))
    alphabet, ids = np.unique(points, return_inverse=True)
    tokens = ids.reshape(-1).astype(np.int32)
    tokens.flags.writeable = False
    return tuple(chr(point) for point in alphabet), tokens


def chunks(text: str, length: int) -> TaskData:
    """Cut a text into sequences of ``length`` steps, the last one shorter.

    A sequence begins with the last character of the one before, so that every character but the
    first is predicted once.
    """
    symbols, tokens = character_tokens(text)
    starts = range(0, len(tokens) - 1, length)
    sequences = tuple(tokens[start : start + length + 1] for start in starts)
    facts = Facts(
        vocabulary=len(symbols),
        classes=len(symbols),
        steps=max((len(s) - 1 for s in sequences), default=0),
        unit="character",
    )
    return TaskData(facts, symbols, sequences)


def describe(character: str) -> str:
    """Return a character in quotation marks, or its code where it cannot be seen."""
    visible = character.isprintable() and not character.isspace()
    return f"“{character}”" if visible else f"U+{ord(character):04X}"
