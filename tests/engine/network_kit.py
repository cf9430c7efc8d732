"""Short descriptions of small networks, and their programs with random weights."""

import numpy as np

from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId
from rnnstudio.design.rules import Report, check
from rnnstudio.design.streams import Facts
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.program.gradcheck import FACTS
from rnnstudio.engine.program.program import Program

Wire = tuple[str, str, str, str, int]
RAGGED = (5, 4, 2, 1)
TRANSLATING: list[Wire] = [
    ("in", "tokens", "read", "tokens", 0),
    ("read", "sequence", "encoder", "sequence", 0),
    ("encoder", "state", "decoder", "state", 0),
    ("head", "prediction", "again", "tokens", 1),
    ("again", "sequence", "decoder", "sequence", 0),
    ("decoder", "sequence", "out", "input", 0),
    ("out", "output", "head", "logits", 0),
]


def network(nodes: dict[str, tuple[str, dict]], wires: list[Wire], share: float = 0.0) -> Design:
    design = Design(
        nodes=tuple(Node(NodeId(name), kind, params=params) for name, (kind, params) in nodes.items()),
        links=tuple(
            Link(LinkId(f"l{i}"), NodeId(s), sp, NodeId(t), tp, d)
            for i, (s, sp, t, tp, d) in enumerate(wires)
        ),
    )
    return set_plan(design, dtype="float64", sampling_probability=share)


def report(design: Design, facts: Facts = FACTS) -> Report:
    return check(design, catalogue(), facts)


def encoder_decoder(share: float = 0.0, cell: str = "lstm") -> Design:
    """Tokens on one clock and classes on another; the decoder reads its own predictions."""
    return network(
        {
            "in": ("tokens", {"stream": "source"}),
            "read": ("embedding", {"features": 3}),
            "encoder": (cell, {"units": 3}),
            "again": ("embedding", {"features": 2}),
            "decoder": (cell, {"units": 3}),
            "out": ("dense", {"units": 5}),
            "head": ("classification", {}),
        },
        TRANSLATING,
        share,
    )


def program_of(design: Design, seed: int = 1) -> Program:
    program = Program(design, report(design), FACTS)
    program.weights[:] = np.random.default_rng(seed).uniform(-0.8, 0.8, len(program.weights))
    return program


TRANSLATOR = network(
    {
        "in": ("tokens", {}),
        "read": ("embedding", {"features": 8}),
        "encoder": ("gru", {"units": 12}),
        "again": ("embedding", {"features": 8}),
        "decoder": ("gru", {"units": 12}),
        "out": ("dense", {"units": 12}),
        "head": ("classification", {}),
    },
    TRANSLATING,
)
SPEAKER = network(
    {
        "again": ("embedding", {"features": 4}),
        "cell": ("gru", {"units": 6}),
        "out": ("dense", {"units": 53}),
        "head": ("classification", {}),
    },
    [
        ("head", "prediction", "again", "tokens", 1),
        ("again", "sequence", "cell", "sequence", 0),
        ("cell", "sequence", "out", "input", 0),
        ("out", "output", "head", "logits", 0),
    ],
)
READER = network(
    {
        "in": ("tokens", {}),
        "again": ("embedding", {"features": 4}),
        "cell": ("gru", {"units": 6}),
        "out": ("dense", {"units": 53}),
        "head": ("classification", {}),
    },
    [
        ("in", "tokens", "again", "tokens", 0),
        ("again", "sequence", "cell", "sequence", 0),
        ("cell", "sequence", "out", "input", 0),
        ("out", "output", "head", "logits", 0),
    ],
)
DATES, NAMES = Choice("dates", {"count": 200}), Choice("names", {"which": "given"})


def errors(design: Design) -> list[str]:
    return [problem.sentence for problem in report(design).problems if problem.severity == "error"]


def fixed(design: Design) -> Design:
    """Apply the fix of the only error."""
    (problem,) = [problem for problem in report(design).problems if problem.severity == "error"]
    assert problem.fix is not None
    mended = problem.fix.apply(design)
    assert report(mended).trainable, errors(mended)
    return mended


def to_head(source: str, port: str) -> tuple[dict, list[Wire]]:
    """Return a dense layer and a head connected to a port."""
    return (
        {"out": ("dense", {"units": 5}), "head": ("classification", {})},
        [(source, port, "out", "input", 0), ("out", "output", "head", "logits", 0)],
    )
