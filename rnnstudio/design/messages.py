"""How nodes, ports, signals and values are called in sentences."""

from __future__ import annotations

from rnnstudio.design.model import Node
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.signals import Content, Shape
from rnnstudio.design.spec import PortSpec

LONGEST = 40  # characters of a value that a sentence repeats


def node_title(node: Node, catalogue: Catalogue) -> str:
    """Return how a node is called on screen."""
    if node.title or node.kind not in catalogue.nodes:
        return node.title or node.kind
    return catalogue.nodes.get(node.kind).title


def signal_words(port: PortSpec) -> str:
    """Return what a port takes or gives: "a sequence of tokens", "a sequence or vector"."""
    tokens = all(content is Content.TOKENS for content in port.contents)
    return f"a {' or '.join(signal.value for signal in port.signals)}" + (" of tokens" if tokens else "")


def shape_words(shape: Shape) -> str:
    """Return what a port was found to carry: "a sequence of tokens", "a vector"."""
    return f"a {shape.signal.value}" + (" of tokens" if shape.content is Content.TOKENS else "")


def mismatch(target: str, taken: PortSpec, source: str, given: PortSpec | Shape) -> str:
    """Return the sentence that tells why an output does not fit an input."""
    words = shape_words(given) if isinstance(given, Shape) else signal_words(given)
    needed = signal_words(taken)
    if words == needed or (words.endswith("of tokens") and Content.TOKENS not in taken.contents):
        needed += " of features"
    return f"{target} needs {needed} on “{taken.title}”; “{source}” gives {words}."


def within(title: str) -> str:
    """Return a parameter's title as it stands inside a sentence: "units", but "ReLU slope"."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def counted(number: object, thing: str) -> str:
    """Return a number with what it counts: "1 unit", "64 units"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def shown(value: object) -> str:
    """Return a value as it stands in a sentence."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"“{_cut(value)}”"
    if isinstance(value, int):
        # Python refuses to print a number of thousands of digits.
        return f"{value:,}" if abs(value) < 10**27 else "a number of more than 27 digits"
    if isinstance(value, float):
        return "a value that is not a number" if value != value else f"{value:g}"
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
