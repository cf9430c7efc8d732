"""Random networks: whatever `check` passes runs, obeys the gradient law, and trains.

Ten times as many, and others each time::

    python -m pytest --hypothesis-profile=long tests/engine/program/test_random_networks.py
"""

from collections import Counter

import pytest

from rnnstudio.design.network import Network
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.tasks.base import TASKS
from tests.engine.network_kit import report
from tests.engine.random_cells import seeds
from tests.engine.random_networks import random_network
from tests.engine.random_networks_kit import LIMIT, RANDOM, gradient_error, train_a_step

TESTS, NETWORKS = 30, 10
KERNELS = ["numpy", "numba"] if kernels.is_compiler_available() else ["numpy"]


@pytest.fixture
def random_task():
    catalogue()
    TASKS.register(RANDOM)
    yield
    TASKS.remove(RANDOM.kind)


def sound(number):
    """Return the seeds and networks of a test that `check` passes."""
    drawn = {seed: random_network(seed) for seed in seeds(number, NETWORKS)}
    return {seed: design for seed, design in drawn.items() if report(design).trainable}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(TESTS))
def test_what_check_passes_runs_and_obeys_the_gradient_law(number, monkeypatch):
    for seed, design in sound(number).items():
        monkeypatch.setenv(kernels.VARIABLE, KERNELS[seed % len(KERNELS)])
        assert gradient_error(design, seed) < LIMIT, f"random_network({seed})"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(TESTS))
@pytest.mark.usefixtures("random_task")
def test_what_check_passes_trains(number, monkeypatch):
    for seed, design in sound(number).items():
        monkeypatch.setenv(kernels.VARIABLE, KERNELS[seed % len(KERNELS)])
        train_a_step(design)


def features(design):
    """Return what a network has that is worth counting."""
    network, kinds = Network(design, catalogue()), Counter(node.kind for node in design.nodes)
    clocks = {shape.clock for shape in report(design).shapes.values()}
    ports = {link.target_port for link in design.links}
    heads = [node.id for node in design.nodes if catalogue().nodes.get(node.kind).family == "head"]
    fed = any(link.source in heads for link in design.links)
    params = [node.params for node in design.nodes]
    found = set(kinds)
    found |= {"a loop"} if network.cycles() and not fed else set()
    found |= {"feedback"} if fed else set()
    found |= {"two heads"} if len(heads) > 1 else set()
    found |= {"two clocks"} if len(clocks) > 1 else set()
    found |= {"initial state"} if "state" in ports else set()
    found |= {"along"} if "along" in ports else set()
    found |= {"several layers"} if any(p.get("layers", 1) != 1 for p in params) else set()
    found |= {str(p["direction"]) for p in params if "direction" in p}
    return found


def test_the_networks_that_check_passes_have_every_feature():
    passed = [design for number in range(TESTS) for design in sound(number).values()]
    counted = Counter(feature for design in passed for feature in features(design))
    assert len(passed) > TESTS * NETWORKS * 0.4
    rare = {
        feature: counted[feature]
        for feature in (
            *("rnn", "gru", "lstm", "mgu", "indrnn", "lstm_peephole", "equation_cell"),
            *(
                "concat",
                "add",
                "multiply",
                "slice",
                "reverse",
                "repeat",
                "attention",
                "layer_norm",
                "dropout",
            ),
            *(
                "first_step",
                "last_step",
                "mean_steps",
                "max_steps",
                "vector_input",
                "sequence_input",
                "tokens",
            ),
            *("classification", "regression", "binary", "a loop", "feedback", "two heads", "two clocks"),
            *("initial state", "along", "several layers", "forward", "reverse", "both"),
        )
        if counted[feature] < 5
    }
    assert not rare
