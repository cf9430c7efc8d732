"""Requests to the trained network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TextRequest:
    """A text to generate: ``length`` tokens after ``prompt``; ``temperature`` divides the logits."""

    prompt: str
    length: int
    temperature: float
    seed: int


@dataclass(frozen=True)
class AnswerRequest:
    """A source to answer by beam search with ``width`` candidates."""

    source: str
    width: int
    length_penalty: float


@dataclass(frozen=True)
class ExampleRequest:
    """One of the held-out examples, counted from 0."""

    number: int


Request = TextRequest | AnswerRequest | ExampleRequest
