"""Facts about the data of a task: the streams that inputs read and heads predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import Message, joined, message
from rnnstudio.design.signals import MAIN_CLOCK, Content, Shape, Signal


@dataclass(frozen=True)
class Stream:
    """A stream of data, which an input reads or a head predicts.

    Attributes
    ----------
    role : "input" or "target"
    size : features, or tokens (classes) of the vocabulary
    clock : see `Shape`; the clock of targets is ``T``
    start : the token before the first one when targets are fed back
    binary : whether each feature is 0 or 1
    end : the token at the end of every sequence, if there is one
    """

    name: str
    title: str
    role: str
    signal: Signal
    content: Content
    size: int
    clock: str = MAIN_CLOCK
    start: int = 0
    binary: bool = False
    end: int | None = None

    @property
    def shape(self) -> Shape:
        """The shape of a port that carries it."""
        return Shape(self.signal, self.content, self.size, self.clock)


@dataclass(frozen=True)
class Facts:
    """Facts about the data of a task, as shape inference needs them.

    ``steps`` is the longest training sequence by clock, ``unit`` names one step ("character"),
    ``examples`` is how many there are, ``memory`` the bytes that they take. No streams at all: the data
    is not known.
    """

    streams: tuple[Stream, ...] = ()
    steps: Mapping[str, int] = field(default_factory=dict)
    unit: str = "token"
    examples: int = 0
    memory: int = 0

    @property
    def vocabulary(self) -> int:
        """The vocabulary size of the first input of tokens, 0 if there is none."""
        return next((s.size for s in self._of("input") if s.content is Content.TOKENS), 0)

    @property
    def classes(self) -> int:
        """The number of classes of the first target of classes, 0 if there is none."""
        return next((s.size for s in self._of("target") if s.content is Content.TOKENS), 0)

    def _of(self, role: str) -> list[Stream]:
        return [stream for stream in self.streams if stream.role == role]

    def stream(
        self,
        role: str,
        name: str,
        signals: tuple[Signal, ...],
        content: Content,
        *,
        binary: bool = False,
    ) -> Stream | None:
        """Return the stream of this name, or the first that fits if the name is empty.

        Earlier signals go before later ones. None where the data is not known.

        Raises
        ------
        StudioError
            If the task has no such stream; the sentence lists what it has.
        """
        if not self.streams:
            return None
        fitting = [s for s in self._of(role) if s.content is content and (s.binary or not binary)]
        for signal in signals:
            for stream in fitting:
                if stream.signal is signal and name in ("", stream.name):
                    return stream
        described = joined((_described(stream) for stream in self._of(role)), "; ")
        has = (
            message("The task has as {role}: {streams}")
            if described.args
            else message("The task has no {role}")
        )
        kind = _YES_NO if binary else _TOKENS if content is Content.TOKENS else _FEATURES
        wanted = (
            message("called “{name}”", name=name)
            if name
            else message(
                "a {signals} of {kind}", signals=joined((_WORDS[s.value] for s in signals), " or "), kind=kind
            )
        )
        raise StudioError(
            message(
                "{has}. Nothing there is {wanted}; choose another node, or another task.",
                has=has.with_args(role=_WORDS[role], streams=described),
                wanted=wanted,
            )
        )


def _described(stream: Stream) -> Message:
    features = _YES_NO if stream.binary else _FEATURES
    kind = _TOKENS if stream.content is Content.TOKENS else features
    signal = _WORDS[stream.signal.value]
    return message("“{stream}”, a {signal} of {kind}", stream=stream.title, signal=signal, kind=kind)


_YES_NO, _TOKENS, _FEATURES = message("yes/no features"), message("tokens"), message("features")
_WORDS = {
    "input": message("input"),
    "target": message("target"),
    "sequence": message("sequence"),
    "vector": message("vector"),
    "state": message("state"),
}


def token_facts(
    vocabulary: int, classes: int, steps: int, unit: str = "token", start: int = 0, end: int | None = None
) -> Facts:
    """Return the facts of a task that predicts the next token at each step."""
    return Facts(
        (
            Stream("tokens", "Tokens", "input", Signal.SEQUENCE, Content.TOKENS, vocabulary),
            Stream(
                "next", "Next token", "target", Signal.SEQUENCE, Content.TOKENS, classes, start=start, end=end
            ),
        ),
        {MAIN_CLOCK: steps},
        unit,
    )
