"""Run by the tests in a new process: a design that consists of the demo package's parts, end to end."""

import sys
from pathlib import Path

import numpy as np

from rnnstudio.design import codec
from rnnstudio.design.channel import Channel
from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId
from rnnstudio.design.streams import token_facts
from rnnstudio.engine.check import load_check
from rnnstudio.engine.datasets import inspect
from rnnstudio.engine.program import gradcheck
from rnnstudio.engine.training.trainer import EpochDone, Trainer
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.format import Weights

folder = Path(sys.argv[1])
CHAIN = (
    ("in", "tokens", {}),
    ("embed", "embedding", {"features": 3}),
    ("cell", "demo_minimal", {"units": 6}),
    ("gain", "demo_gain", {"start": 2.0}),
    ("out", "dense", {"units": 4}),
    ("head", "classification", {}),
)
PORTS = (
    ("tokens", "tokens"),
    ("sequence", "sequence"),
    ("sequence", "input"),
    ("output", "input"),
    ("output", "logits"),
)
nodes = tuple(Node(NodeId(name), kind, params=params) for name, kind, params in CHAIN)
links = tuple(
    Link(LinkId(f"l{i}"), nodes[i].id, source, nodes[i + 1].id, target)
    for i, (source, target) in enumerate(PORTS)
)
design = Design(nodes=nodes, links=links, task=Choice("demo_counting"))
design = set_plan(
    design,
    epochs=12,
    batch_size=8,
    optimizer=Choice("demo_sign"),
    schedule=Choice("demo_halving"),
    clip_norm=None,
)

report = load_check(design, inspect(design.task))
assert report.trainable, report.problems
facts = token_facts(4, 4, 8, "letter")
assert gradcheck.check(design, lengths=(4, 2), facts=facts) < gradcheck.LIMIT
codec.save(design, folder / "demo.rnnd")
assert codec.load(folder / "demo.rnnd") == design

trainer = Trainer(design)
trainer.telemetry.subscribe({Channel("gate", "cell", "f"), Channel("gradient_flow", "cell")})
bits = [event.bits for event in trainer.run() if isinstance(event, EpochDone)]
assert trainer.telemetry.record_traces().keys() == {
    Channel("gate", "cell", "f"),
    Channel("gradient_flow", "cell"),
}
text = "".join(trainer.sampler().generate("ab", 6, 0.0, seed=1))
save_weights(folder / "weights.demo", Weights(trainer.weights))
save_weights(folder / "demo.safetensors", Weights(trainer.weights, design, trainer.record()))
loaded = load_weights(folder / "weights.demo").arrays
assert all(np.array_equal(loaded[name], array) for name, array in trainer.weights.items())
print("BITS", bits[-1], "TEXT", text)
