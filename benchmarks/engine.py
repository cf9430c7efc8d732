"""The engine without a window: training steps, generation, and the rules on a large design."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

from benchmarks.figures import Figure
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId
from rnnstudio.design.rules import check
from rnnstudio.design.streams import token_facts
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.training.trainer import StepDone, Trainer
from tools.examples import TEMPLATES, template

WARM_UP = 5


def figures() -> Iterator[Figure]:
    """Measure everything here."""
    for name in TEMPLATES:
        yield from training_and_generation(name)
    yield check_of_many_nodes()


def training_and_generation(name: str, steps: int = 60, tokens: int = 400) -> Iterator[Figure]:
    """Yield the median time of a training step and the speed of generation of one template."""
    trainer = Trainer(template(name))
    seconds: list[float] = []
    for event in trainer.run():
        if isinstance(event, StepDone):
            seconds.append(event.seconds)
        if len(seconds) == WARM_UP + steps:
            break
    yield Figure(f"{name}: one training step", 1000 * median(seconds[WARM_UP:]), "ms")
    sampler = trainer.sampler()
    _drain(sampler.generate("", 20, 1.0, 1))
    started = time.perf_counter()
    count = _drain(sampler.generate("", tokens, 1.0, 2))
    yield Figure(f"{name}: generation", count / (time.perf_counter() - started), "tokens/s")


def _drain(items: Iterator[str]) -> int:
    return sum(1 for _ in items)


def many_cells(count: int = 1000) -> Design:
    """Return a chain of cells, each taking sequence and state of the one before: 2 links a node."""
    nodes = [
        Node(NodeId("in"), "tokens"),
        Node(NodeId("embed"), "embedding"),
        *(Node(NodeId(f"c{i}"), "lstm", params={"units": 32}) for i in range(count - 4)),
        Node(NodeId("out"), "dense", params={"units": 28}),
        Node(NodeId("head"), "classification"),
    ]
    wires = [("in", "tokens", "embed", "tokens"), ("embed", "sequence", "c0", "sequence")]
    for i in range(1, count - 4):
        wires += [(f"c{i - 1}", port, f"c{i}", port) for port in ("sequence", "state")]
    wires += [(f"c{count - 5}", "sequence", "out", "input"), ("out", "output", "head", "logits")]
    links = tuple(
        Link(LinkId(f"l{i}"), NodeId(source), out, NodeId(target), into)
        for i, (source, out, target, into) in enumerate(wires)
    )
    return Design(nodes=tuple(nodes), links=links)


def check_of_many_nodes() -> Figure:
    """Measure `rules.check` on 1,000 nodes and 2,000 links."""
    design, known, facts = many_cells(), catalogue(), token_facts(28, 28, 16, "character")
    note = f"{len(design.nodes):,} nodes, {len(design.links):,} links"
    return Figure(
        "rules.check", 1000 * typical(lambda: check(design, known, facts)), "ms", limit=20, note=note
    )


def typical(call: Callable[[], object], times: int = 15) -> float:
    """Return the median seconds of several calls, after one to warm up."""
    call()
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return median(seconds)
