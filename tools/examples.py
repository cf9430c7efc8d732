"""Example designs for benchmarks and screenshots."""

from rnnstudio import resources
from rnnstudio.design import codec, edits
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId, Value

TEMPLATES = ("names-gru", "sonnets-lstm")


def template(name: str) -> Design:
    """Return one of the example designs."""
    return codec.load(resources.path("templates", f"{name}.rnnd"))


Nodes = dict[str, tuple[str, dict[str, Value], float, float]]  # by id: kind, parameters, place
Wires = list[tuple[str, str, str, str, int]]  # source, port, target, port, delay


def drawn(name: str, task: Choice, nodes: Nodes, wires: Wires, epochs: int = 30) -> Design:
    """Return a design from a short description."""
    design = Design(
        name=name,
        nodes=tuple(Node(NodeId(n), kind, x, y, params=p) for n, (kind, p, x, y) in nodes.items()),
        links=tuple(
            Link(LinkId(f"l{i}"), NodeId(s), sp, NodeId(t), tp, d)
            for i, (s, sp, t, tp, d) in enumerate(wires)
        ),
        task=task,
    )
    return edits.set_plan(design, epochs=epochs)


def translator() -> Design:
    """Return an encoder and a decoder with attention that rewrite dates."""
    return drawn(
        "Dates",
        Choice("dates", {"count": 2000}),
        {
            "source": ("tokens", {}, 0, 0),
            "read": ("embedding", {"features": 24}, 176, 0),
            "encoder": ("gru", {"units": 48}, 352, 0),
            "again": ("embedding", {"features": 16}, 352, 208),
            "decoder": ("gru", {"units": 48}, 560, 144),
            "attention": ("attention", {}, 784, 0),
            "both": ("concat", {}, 976, 96),
            "out": ("dense", {"units": 12}, 1152, 96),
            "head": ("classification", {}, 1328, 96),
        },
        [
            ("source", "tokens", "read", "tokens", 0),
            ("read", "sequence", "encoder", "sequence", 0),
            ("encoder", "state", "decoder", "state", 0),
            ("head", "prediction", "again", "tokens", 1),
            ("again", "sequence", "decoder", "sequence", 0),
            ("decoder", "sequence", "attention", "query", 0),
            ("encoder", "sequence", "attention", "memory", 0),
            ("attention", "context", "both", "a", 0),
            ("decoder", "sequence", "both", "b", 0),
            ("both", "output", "out", "input", 0),
            ("out", "output", "head", "logits", 0),
        ],
    )


def waves() -> Design:
    """Return a network that turns a vector into a wave, with feedback."""
    return drawn(
        "Waves",
        Choice("waves", {}),
        {
            "wave": ("vector_input", {}, 0, 0),
            "again": ("repeat", {}, 176, 0),
            "both": ("concat", {}, 352, 48),
            "cell": ("gru", {"units": 48}, 512, 48),
            "out": ("dense", {"units": 1}, 736, 48),
            "head": ("regression", {}, 912, 48),
        },
        [
            ("wave", "vector", "again", "vector", 0),
            ("again", "sequence", "both", "a", 0),
            ("head", "prediction", "both", "b", 1),
            ("both", "output", "cell", "sequence", 0),
            ("cell", "sequence", "out", "input", 0),
            ("out", "output", "head", "values", 0),
        ],
        epochs=40,
    )


def two_sided() -> Design:
    """Return a deep bidirectional network that predicts numbers and classes."""
    return drawn(
        "Both ways",
        Choice("two_sided", {}),
        {
            "values": ("sequence_input", {}, 0, 48),
            "cell": ("lstm", {"units": 24, "layers": 2, "direction": "both"}, 192, 48),
            "number": ("dense", {"units": 1}, 432, 0),
            "average": ("regression", {}, 608, 0),
            "class": ("dense", {"units": 2}, 432, 128),
            "above": ("classification", {}, 608, 128),
        },
        [
            ("values", "sequence", "cell", "sequence", 0),
            ("cell", "sequence", "number", "input", 0),
            ("number", "output", "average", "values", 0),
            ("cell", "sequence", "class", "input", 0),
            ("class", "output", "above", "logits", 0),
        ],
        epochs=40,
    )


def parity() -> Design:
    """Return the running parity of bits."""
    return drawn(
        "Parity",
        Choice("parity", {}),
        {
            "bits": ("tokens", {}, 0, 0),
            "read": ("one_hot", {}, 160, 0),
            "cell": ("gru", {"units": 8}, 320, 0),
            "out": ("dense", {"units": 2}, 512, 0),
            "head": ("classification", {}, 672, 0),
        },
        [
            ("bits", "tokens", "read", "tokens", 0),
            ("read", "sequence", "cell", "sequence", 0),
            ("cell", "sequence", "out", "input", 0),
            ("out", "output", "head", "logits", 0),
        ],
    )
