"""Loops that only vectors enter: they run over the steps of the targets."""

import math

import pytest

from rnnstudio.design.edits import set_plan, set_task
from rnnstudio.design.model import Choice
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.streams import Facts, Stream
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program import gradcheck
from rnnstudio.engine.training.trainer import EpochDone, Trainer
from rnnstudio.layout.unroll import unroll
from tests.data_kit import check_training
from tests.engine.network_kit import network, report

INTO_CELL = ("both", "output", "cell", "sequence", 0)
HEAD = ("out", "output", "head", "values", 0)


def driven(size, loop, source, *wires, join="concat"):
    """Return a network in which a vector meets what ``source`` gave a step before, and a head reads that."""
    nodes = {"given": ("vector_input", {}), "wide": ("dense", {"units": 3}), "both": (join, {}), **loop}
    return network(
        nodes | {"out": ("dense", {"units": size}), "head": ("regression", {})},
        [
            ("given", "vector", "wide", "input", 0),
            ("wide", "output", "both", "a", 0),
            (*source, "both", "b", 1),
            *wires,
            *([] if source[0] == "head" else [(*source, "out", "input", 0)]),
            HEAD,
        ],
    )


def networks(size):
    """Return networks by what their loop goes through, with so many features to predict."""
    cell, text = ("cell", "sequence"), "h = tanh(W @ x + b) - c_prev\nc = h * b"
    layer = {"layer": ("dense", {"units": 4})}
    found = {
        kind: driven(size, {"cell": (kind, {"units": 3})}, cell, INTO_CELL) for kind in ("rnn", "gru", "lstm")
    }
    written = {"cell": ("equation_cell", {"units": 3, "equations": text})}
    found["equations"] = driven(size, written, cell, INTO_CELL)
    found["a sum"] = driven(size, {"cell": ("gru", {"units": 3})}, cell, INTO_CELL, join="add")
    found["a product"] = driven(size, {"cell": ("gru", {"units": 3})}, cell, INTO_CELL, join="multiply")
    found["dense"] = driven(size, layer, ("layer", "output"), ("both", "output", "layer", "input", 0))
    found["two cells"] = driven(
        size,
        {"cell": ("gru", {"units": 3}), "upper": ("lstm", {"units": 2})},
        ("upper", "sequence"),
        INTO_CELL,
        ("cell", "sequence", "upper", "sequence", 0),
    )
    found["what the head predicts"] = driven(
        size,
        layer,
        ("head", "prediction"),
        ("both", "output", "layer", "input", 0),
        ("layer", "output", "out", "input", 0),
    )
    found["two heads"] = driven(
        size,
        {
            "cell": ("gru", {"units": 3}),
            "more": ("dense", {"units": size}),
            "second": ("regression", {"weight": 0.5}),
        },
        cell,
        INTO_CELL,
        ("cell", "sequence", "more", "input", 0),
        ("more", "output", "second", "values", 0),
    )
    return found


NETWORKS = networks(size=5)
WAVES = Choice("waves", {"count": 20, "length": 6})
every_network = pytest.mark.parametrize("name", NETWORKS)
KERNELS = ["numpy", "numba"] if kernels.is_compiler_available() else ["numpy"]


@every_network
def test_it_has_the_clock_of_the_targets(name):
    found = report(NETWORKS[name])
    assert found.problems == ()
    assert {shape.clock for shape in found.shapes.values()} == {"T"}


@pytest.mark.parametrize("kernel", KERNELS)
@every_network
def test_its_gradients_hold_the_law(name, kernel, monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    assert gradcheck.check(NETWORKS[name], lengths=(4, 2, 2, 1)) < gradcheck.LIMIT


@pytest.mark.parametrize("kernel", KERNELS)
@every_network
def test_it_trains_and_is_drawn_over_time(name, kernel, monkeypatch):
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    design = set_task(networks(size=1)[name], WAVES)
    design = set_plan(design, epochs=1, batch_size=10, dtype="float32")
    done = [event for event in Trainer(design).run() if isinstance(event, EpochDone)]
    assert [math.isfinite(epoch.training_loss) for epoch in done] == [True]
    drawn = unroll(design, catalogue(), check_training(design))
    assert all(drawn.at("both", step) for step in ("1", "2", "3", "T"))


@pytest.mark.parametrize("name", ["gru", "dense", "two cells", "a sum"])
def test_without_a_target_that_is_a_sequence_it_has_no_steps(name):
    facts = Facts(
        (
            Stream("point", "Point", "input", Signal.VECTOR, Content.REAL, 3),
            Stream("value", "Value", "target", Signal.VECTOR, Content.REAL, 5),
        )
    )
    problems = report(NETWORKS[name], facts).problems
    (told,) = (problem for problem in problems if problem.code == "loop-steps")
    assert "has no steps to run over" in told.sentence
    assert told.link is not None and told.fix is not None


def test_a_loop_that_a_sequence_enters_keeps_that_clock():
    design = network(
        {
            "source": ("sequence_input", {"stream": "source signal"}),
            "both": ("concat", {}),
            "cell": ("gru", {"units": 3}),
            "last": ("last_step", {}),
            "out": ("dense", {"units": 5}),
            "head": ("regression", {"per": "sequence"}),
        },
        [
            ("source", "sequence", "both", "a", 0),
            ("cell", "sequence", "both", "b", 1),
            INTO_CELL,
            ("cell", "sequence", "last", "sequence", 0),
            ("last", "vector", "out", "input", 0),
            HEAD,
        ],
    )
    found = report(design)
    assert found.problems == ()
    assert found.shapes["cell", "sequence"].clock == "S"
    assert gradcheck.check(design) < gradcheck.LIMIT
