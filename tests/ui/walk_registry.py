"""The registry of acts, and values for them.

An act takes a `Walk`, whose ``rng`` is seeded with the act's own number, and does one element.
"""

from __future__ import annotations

from collections.abc import Callable

from rnnstudio.design.constraints import Flag, Integer, OneOf, Real
from rnnstudio.design.spec import ParamSpec
from tests.ui.walking import Walk

Act = Callable[[Walk], None]
ACTS: dict[str, Act] = {}
OFTEN: list[str] = []  # the names, as often as they are to be chosen

WORDS = (
    "", "encoder", "a title that is far longer than any node is wide, and then some", "שלום עולם",
    "循环神经网络", "ŷ = softmax(Wₐ a⟨t⟩)", "<b>&amp;\"quoted\"", "two\nlines",
    "🧠🧠", "\u200b", "z⁻¹", "100 %s {0}",
)  # fmt: skip
GARBAGE = (
    "", "hello", "{", "{}", '{"format": "rnnstudio fragment"}', "[1, 2]", "nodes", "\x00", '{"format": 3}',
    '{"format": "rnnstudio fragment", "version": 1, "nodes": [{"id": "a"}]}',
)  # fmt: skip


def act(times: int = 1) -> Callable[[Act], Act]:
    def register(function: Act) -> Act:
        ACTS[function.__name__] = function
        OFTEN.extend([function.__name__] * times)
        return function

    return register


def params_of(walk: Walk, node_id: str) -> tuple[ParamSpec, ...]:
    kinds = walk.document.catalogue.nodes
    return kinds.get(walk.design.node(node_id).kind).params


def value_for(walk: Walk, param: ParamSpec) -> object:
    """Return a valid value of a parameter, or occasionally an invalid one."""
    rng, rule = walk.rng, param.constraint
    if rng.random() < 0.25:
        wrong = [v for v in rule.invalid() if isinstance(v, str | int | None) and not _endless(v)]
        return rng.choice(wrong)
    if isinstance(rule, Integer):
        return rng.choice([max(rule.minimum, min(rule.maximum, n)) for n in (1, 2, 3, 8, 64, 300)])
    if isinstance(rule, Real):
        return rng.choice([n for n in (0.0, 0.001, 0.25, 0.5, 1.0, 5.0) if rule.problem(n) is None])
    if isinstance(rule, OneOf):
        return rng.choice(rule.options)
    return rng.random() < 0.5 if isinstance(rule, Flag) else param.default


def _endless(value: object) -> bool:
    return isinstance(value, int) and abs(value) > 2**40
