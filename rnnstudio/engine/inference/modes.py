"""The inference modes of a network: continue a text, answer a source, or show an example."""

from __future__ import annotations

from rnnstudio.design.signals import MAIN_CLOCK, Content, Signal
from rnnstudio.design.streams import Facts, Stream

TEXT, ANSWER, EXAMPLE = "text", "answer", "example"


def inference_modes(facts: Facts) -> tuple[str, ...]:
    """Return the inference modes for a task, the best first."""
    inputs = [s for s in facts.streams if s.role == "input"]
    targets = [s for s in facts.streams if s.role == "target"]
    if {stream.name for stream in facts.streams} == {"tokens", "next"}:
        return TEXT, EXAMPLE
    if any(_tokens(s) and s.clock != MAIN_CLOCK for s in inputs) and any(_tokens(s) for s in targets):
        return ANSWER, EXAMPLE
    return (EXAMPLE,)


def _tokens(stream: Stream) -> bool:
    return (stream.signal, stream.content) == (Signal.SEQUENCE, Content.TOKENS)
