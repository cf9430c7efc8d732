"""Joining, pooling, slicing, repeating and reversing nodes, beyond the tests of every node."""

import numpy as np
import pytest

from rnnstudio.design.model import Design
from rnnstudio.engine.nodes.base import RUNNING, RunningNode
from rnnstudio.engine.program import gradcheck
from rnnstudio.engine.program.gradcheck import FACTS, LIMIT, random_batch
from tests.engine.network_kit import RAGGED, Wire, errors, fixed, network, program_of, to_head
from tests.engine.node_kit import LENGTHS, SEQUENCE, VECTOR, run, running

pytestmark = pytest.mark.usefixtures("each_kernel")

RNG = np.random.default_rng(2)


def test_a_vector_beside_a_sequence_is_at_each_of_its_steps() -> None:
    packings = {"T": LENGTHS}
    inputs = {"a": SEQUENCE, "b": VECTOR}
    spread = VECTOR[LENGTHS.sequence]
    expected = {
        "concat": np.hstack([SEQUENCE, spread]),
        "add": SEQUENCE + spread,
        "multiply": SEQUENCE * spread,
    }
    for kind, values in expected.items():
        node = running(kind, {}, inputs, packings, vectors=("b",))
        run(node)
        np.testing.assert_allclose(node.outputs["output"], values)


def test_pools_take_each_sequences_own_steps() -> None:
    steps = LENGTHS.unpack(SEQUENCE)
    own = [steps[:length, place] for place, length in enumerate(LENGTHS.lengths)]
    expected = {
        "first_step": [rows[0] for rows in own],
        "last_step": [rows[-1] for rows in own],
        "mean_steps": [rows.mean(axis=0) for rows in own],
        "max_steps": [rows.max(axis=0) for rows in own],
    }
    for kind, vectors in expected.items():
        node = running(kind, {}, {"sequence": SEQUENCE}, {"T": LENGTHS})
        run(node)
        np.testing.assert_allclose(node.outputs["vector"], vectors)


def test_a_maximum_of_values_that_are_no_numbers_is_none_either() -> None:
    """Else training would go on from what is no longer finite without a word."""
    values = SEQUENCE.copy()
    values[LENGTHS.slice(1, 2).start, 0] = np.nan
    node = running("max_steps", {}, {"sequence": values}, {"T": LENGTHS})
    run(node)
    assert np.isnan(node.outputs["vector"][0, 0])


def test_reverse_turns_each_sequence_round_at_its_own_length() -> None:
    node = running("reverse", {}, {"input": SEQUENCE}, {"T": LENGTHS})
    run(node)
    turned, steps = LENGTHS.unpack(node.outputs["output"]), LENGTHS.unpack(SEQUENCE)
    for place, length in enumerate(LENGTHS.lengths):
        np.testing.assert_array_equal(turned[:length, place], steps[:length, place][::-1])


def test_slices_put_side_by_side_are_what_was_sliced() -> None:
    nodes = {
        "in": ("sequence_input", {}),
        "left": ("slice", {"stop": 1}),
        "right": ("slice", {"start": 1}),
        "both": ("concat", {}),
    }
    more, wires = to_head("both", "output")
    design = network(
        nodes | more,
        [
            ("in", "sequence", "left", "input", 0),
            ("in", "sequence", "right", "input", 0),
            ("left", "output", "both", "a", 0),
            ("right", "output", "both", "b", 0),
            *wires,
        ],
    )
    program = program_of(design)
    program.loss(random_batch(FACTS, RAGGED, RNG), training=False)
    outputs = {name: node.outputs for name, node in program.nodes.items()}
    np.testing.assert_array_equal(outputs["both"]["output"], outputs["in"]["sequence"])


@pytest.mark.parametrize(
    ("params", "words"),
    [({"stop": 9}, "ends before feature 9, and what comes in has 3"), ({"start": 3}, "nothing is kept")],
)
def test_a_slice_beyond_the_features_is_fixed(params: dict, words: str) -> None:
    more, wires = to_head("part", "output")
    nodes = {"in": ("sequence_input", {}), "part": ("slice", params)}
    design = network(nodes | more, [("in", "sequence", "part", "input", 0), *wires])
    assert words in errors(design)[0]
    fixed(design)


@pytest.mark.parametrize("kind", ["add", "multiply"])
@pytest.mark.parametrize("turned", [False, True])
def test_inputs_of_two_sizes_are_fixed_where_a_size_can_be_set(kind: str, turned: bool) -> None:
    more, wires = to_head("join", "output")
    nodes = {"in": ("sequence_input", {}), "wide": ("dense", {"units": 7}), "join": (kind, {})}
    ports = ("b", "a") if turned else ("a", "b")
    design = network(
        nodes | more,
        [
            ("in", "sequence", "wide", "input", 0),
            ("in", "sequence", "join", ports[0], 0),
            ("wide", "output", "join", ports[1], 0),
            *wires,
        ],
    )
    assert "must have equally many" in errors(design)[0]
    assert fixed(design).node("wide").params["units"] == 3


def test_a_head_that_predicts_once_is_still_offered_the_last_step() -> None:
    design = network(
        {
            "in": ("sequence_input", {}),
            "out": ("dense", {"units": 5}),
            "head": ("classification", {"per": "sequence"}),
        },
        [("in", "sequence", "out", "input", 0), ("out", "output", "head", "logits", 0)],
    )
    assert "last_step" in {node.kind for node in fixed(design).nodes}


def repeated(along: str) -> Design:
    """Sum up a source, and say it at each step of a decoder or of the source again."""
    nodes: dict[str, tuple[str, dict]] = {
        "in": ("tokens", {"stream": "source"}),
        "read": ("embedding", {"features": 3}),
        "mean": ("mean_steps", {}),
        "again": ("repeat", {}),
        "cell": ("gru", {"units": 3}),
    }
    wires: list[Wire] = [
        ("in", "tokens", "read", "tokens", 0),
        ("read", "sequence", "mean", "sequence", 0),
        ("mean", "vector", "again", "vector", 0),
        ("again", "sequence", "cell", "sequence", 0),
    ]
    if along == "source":
        wires.append(("in", "tokens", "again", "along", 0))
        nodes |= {"last": ("last_step", {}), "repeat": ("repeat", {})}
        wires += [("cell", "sequence", "last", "sequence", 0), ("last", "vector", "repeat", "vector", 0)]
    more, rest = to_head(*(("repeat", "sequence") if along == "source" else ("cell", "sequence")))
    return network(nodes | more, [*wires, *rest])


@pytest.mark.parametrize("along", ["targets", "source"])
def test_the_gradient_law_holds_for_a_vector_repeated_on_another_clock(along: str) -> None:
    assert gradcheck.check(repeated(along), lengths=RAGGED) < LIMIT


def test_a_state_that_waits_for_itself_is_reported() -> None:
    """The second cell starts with the state that the first ends in, and the first hears the second."""
    design = network(
        {
            "in": ("sequence_input", {}),
            "sum": ("add", {}),
            "first": ("gru", {"units": 3}),
            "second": ("gru", {"units": 3}),
            **to_head("second", "sequence")[0],
        },
        [
            ("in", "sequence", "sum", "a", 0),
            ("second", "sequence", "sum", "b", 1),
            ("sum", "output", "first", "sequence", 0),
            ("first", "state", "second", "state", 0),
            ("in", "sequence", "second", "sequence", 0),
            *to_head("second", "sequence")[1],
        ],
    )
    (sentence,) = errors(design)
    assert "needs the whole of a sequence, and stands in a loop" in sentence
    fixed(design)


@pytest.mark.parametrize("first", ["source", "target"])
@pytest.mark.parametrize("kind", ["add", "concat", "multiply"])
def test_the_gradient_law_holds_where_vectors_of_two_clocks_meet(kind: str, first: str) -> None:
    """A dense layer on each clock, over steps and once; a sum of both at each step of the decoder."""
    ports = {"source": "a", "target": "b"} if first == "source" else {"source": "b", "target": "a"}
    more, wires = to_head("again", "sequence")
    design = network(
        {
            "in": ("sequence_input", {"stream": "source signal"}),
            "steps": ("dense", {"units": 4, "activation": "tanh"}),
            "mean": ("mean_steps", {}),
            "once": ("dense", {"units": 3, "activation": "sigmoid"}),
            "signal": ("sequence_input", {}),
            "wide": ("dense", {"units": 3}),
            "max": ("max_steps", {}),
            "both": (kind, {}),
            "again": ("repeat", {}),
            **more,
        },
        [
            ("in", "sequence", "steps", "input", 0),
            ("steps", "output", "mean", "sequence", 0),
            ("mean", "vector", "once", "input", 0),
            ("signal", "sequence", "wide", "input", 0),
            ("wide", "output", "max", "sequence", 0),
            ("once", "output", "both", ports["source"], 0),
            ("max", "vector", "both", ports["target"], 0),
            ("both", "output", "again", "vector", 0),
            *wires,
        ],
    )
    assert gradcheck.check(design, lengths=RAGGED) < LIMIT


def test_a_vector_where_a_sequence_is_needed_is_repeated() -> None:
    more, wires = to_head("cell", "sequence")
    design = network(
        {"in": ("vector_input", {}), "cell": ("gru", {"units": 3}), **more},
        [("in", "vector", "cell", "sequence", 0), *wires],
    )
    assert "repeat" in {node.kind for node in fixed(design).nodes}


@pytest.mark.parametrize(
    "kind", ["add", "concat", "multiply", "mean_steps", "max_steps", "repeat", "attention"]
)
def test_a_planted_error_in_what_has_no_weights_is_caught(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What leads to it learns by the gradient that it hands back."""
    inner = {
        "add": ("a", "b"),
        "concat": ("a", "b"),
        "multiply": ("a", "b"),
        "attention": ("query", "memory"),
    }
    more, wires = to_head("again", "sequence")
    nodes: dict[str, tuple[str, dict]] = {
        "in": ("sequence_input", {}),
        "wide": ("dense", {"units": 3}),
        "it": (kind if kind in inner else "add", {"score": "dot"} if kind == "attention" else {}),
        "pool": (kind if kind.endswith("steps") else "last_step", {}),
        "again": ("repeat", {}),
        **more,
    }
    first, second = inner.get(kind, ("a", "b"))
    design = network(
        nodes,
        [
            ("in", "sequence", "wide", "input", 0),
            ("wide", "output", "it", first, 0),
            ("wide", "output", "it", second, 0),
            ("it", "context" if kind == "attention" else "output", "pool", "sequence", 0),
            ("pool", "vector", "again", "vector", 0),
            *wires,
        ],
    )
    assert gradcheck.check(design, lengths=RAGGED) < LIMIT
    running_kind = RUNNING[kind]
    right = running_kind.backward  # type: ignore[attr-defined]

    def wrong(self: RunningNode, t0: int, t1: int) -> None:
        for gradient in self.d_outputs.values():
            gradient *= -1
        right(self, t0, t1)

    monkeypatch.setattr(running_kind, "backward", wrong)
    assert gradcheck.check(design, lengths=RAGGED) > 1e-3
