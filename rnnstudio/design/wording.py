"""How nodes, ports and values are called in sentences."""

from rnnstudio.design.model import Node
from rnnstudio.design.spec import Catalogue, PortSpec


def node_title(node: Node, catalogue: Catalogue) -> str:
    """Return how a node is called on screen."""
    if node.title or node.kind not in catalogue.nodes:
        return node.title or node.kind
    return catalogue.nodes.get(node.kind).title


def signal_words(port: PortSpec) -> str:
    """Return what a port takes or gives, in words: "a sequence of tokens", "a sequence or vector"."""
    signals = " or ".join(signal.value for signal in port.signals)
    return f"a {signals}" + (" of tokens" if all(c.value == "tokens" for c in port.contents) else "")


def mismatch(target: str, taken: PortSpec, source: str, given: PortSpec) -> str:
    """Return the sentence that tells why an output does not fit an input."""
    return f"{target} needs {signal_words(taken)} on *{taken.title}*; {source} gives {signal_words(given)}."


def shown(value: object) -> str:
    """Return a value as it stands in a sentence."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value) or "nothing"
