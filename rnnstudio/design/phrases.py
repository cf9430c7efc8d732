"""How nodes, ports, signals and values are called in sentences."""

from __future__ import annotations

from rnnstudio.design.message import Message, joined, message
from rnnstudio.design.model import Node
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import PortSpec

LONGEST = 40  # characters of a value that a sentence repeats
_SIGNALS = {
    Signal.SEQUENCE: message("sequence"),
    Signal.VECTOR: message("vector"),
    Signal.STATE: message("state"),
}


def node_title(node: Node, catalogue: Catalogue) -> str:
    """Return how a node is called on screen."""
    if node.title or node.kind not in catalogue.nodes:
        return node.title or node.kind
    return catalogue.nodes.get(node.kind).title


def signal_words(port: PortSpec) -> Message:
    """Return what a port takes or gives: "a sequence of tokens", "a sequence or vector"."""
    tokens = all(content is Content.TOKENS for content in port.contents)
    return _carried(port.signals, message("a {signal} of tokens") if tokens else message("a {signal}"))


def shape_words(shape: Shape) -> Message:
    """Return what a port was found to carry: "a sequence of tokens", "a vector"."""
    tokens = shape.content is Content.TOKENS
    return _carried((shape.signal,), message("a {signal} of tokens") if tokens else message("a {signal}"))


def _carried(signals: tuple[Signal, ...], phrase: Message) -> Message:
    words = _SIGNALS[signals[0]]
    for signal in signals[1:]:
        words = message("{one} or {other}", one=words, other=_SIGNALS[signal])
    return Message(phrase.template, {"signal": words})


def mismatch(
    target: str, taken: PortSpec, source: str, given: PortSpec | Shape, hint: Message | None = None
) -> Message:
    """Return the sentence that tells why an output does not fit an input, and the hint behind it."""
    words = shape_words(given) if isinstance(given, Shape) else signal_words(given)
    needed = signal_words(taken)
    contents = (given.content,) if isinstance(given, Shape) else given.contents
    if words == needed or ({*contents} == {Content.TOKENS} and Content.TOKENS not in taken.contents):
        needed = _carried(taken.signals, message("a {signal} of features"))
    sentence = message(
        "{target} needs {needed} on “{port}”; “{source}” gives {words}.",
        target=target,
        needed=needed,
        port=taken.title,
        source=source,
        words=words,
    )
    return sentence if hint is None else joined((sentence, hint))


def within(title: str) -> str:
    """Return a parameter's title as it stands inside a sentence: "units", but "ReLU slope"."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def counted(number: object, element: str) -> str:
    """Return a number with what it counts: "1 unit", "64 units"."""
    return f"{number} {element}" if number == 1 else f"{number} {element}s"


def shown(value: object) -> Message | str:
    """Return a value as it stands in a sentence."""
    if value is None or value == "":
        return message("nothing")
    if isinstance(value, bool):
        return message("yes") if value else message("no")
    if isinstance(value, str):
        return f"“{_cut(value)}”"
    if isinstance(value, int):
        # Python refuses to print a number of thousands of digits.
        return f"{value:,}" if abs(value) < 10**27 else message("a number of more than 27 digits")
    if isinstance(value, float):
        return message("a value that is not a number") if value != value else f"{value:g}"
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
