"""The equation cell: inference, errors, traces, files and export."""

import itertools
from pathlib import Path

import msgspec
import numpy as np
import pytest

from rnnstudio.design import codec
from rnnstudio.design.channel import Channel
from rnnstudio.design.edits import set_params, set_plan
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId
from rnnstudio.design.rules import check
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.cells import gru, lstm
from rnnstudio.engine.program import gradcheck
from rnnstudio.engine.program.gradcheck import FACTS
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.training.trainer import StepDone, Trainer
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.format import Weights

pytestmark = pytest.mark.usefixtures("each_kernel")

SPEC = catalogue().nodes.get("equation_cell")
IT = NodeId("it")
TWO_STATES = "f = sigmoid(W @ [h_prev, x])  # the forget gate\nc = f * c_prev + V @ x  # memory\nh = tanh(c)"


def design_with(equations, units=5):
    nodes = (
        Node(NodeId("in"), "tokens"),
        Node(NodeId("e"), "embedding", params={"features": 4}),
        Node(IT, "equation_cell", params={"units": units, "equations": equations}),
        Node(NodeId("d"), "dense", params={"units": FACTS.classes}),
        Node(NodeId("c"), "classification"),
    )
    known = catalogue().nodes
    links = tuple(
        Link(LinkId(f"l{k}"), a.id, known.get(a.kind).outputs[0].name, b.id, known.get(b.kind).inputs[0].name)
        for k, (a, b) in enumerate(itertools.pairwise(nodes))
    )
    return Design(nodes=nodes, links=links, task=Choice("names"))


def report_of(design):
    return check(design, catalogue(), FACTS)


def titles(equations):
    return dict(SPEC.gate_titles(SPEC.complete({"equations": equations})))


def test_states_gates_weights_and_their_shapes_are_inferred():
    report = report_of(design_with(TWO_STATES))
    assert report.problems == ()
    assert report.shapes[IT, "state"].size == 2 * 5
    assert report.shapes[IT, "sequence"].size == 5
    assert report.weights[IT] == 5 * 5 + 5 * 4 + 5 * 4


def test_a_mistake_is_a_problem_of_the_node_with_line_and_column_and_alone():
    design = design_with("f = W @ x\nh = f + q_prev")
    (problem,) = report_of(design).problems
    assert (problem.node, problem.severity) == (IT, "error")
    assert problem.sentence == (
        "Equations of Equation cell, line 2, column 9: q_prev needs q, which is never assigned; "
        "expected an equation for q."
    )


def test_what_is_no_text_is_refused_and_can_be_set_back():
    wrong = set_params(design_with(""), [IT], {"equations": 3})
    (problem,) = report_of(wrong).problems
    assert "equations" in problem.sentence
    assert problem.fix is not None
    assert report_of(problem.fix.apply(wrong)).problems == ()


@pytest.mark.parametrize("equations", ["", "h = (", "no", 7, None])
def test_a_wrong_text_is_drawn_on_the_canvas_without_an_error(equations):
    params = SPEC.complete({"equations": equations})
    assert SPEC.summary(params) == "128 units"
    assert SPEC.gate_titles(params) == {}


def test_the_summary_names_gates_and_states():
    assert SPEC.summary(SPEC.complete({"equations": TWO_STATES})) == "128 units · f h c"


def test_comments_are_titles_and_their_words_give_the_hue():
    assert titles(TWO_STATES) == {
        "f": ("the forget gate", "forget"),
        "c": ("memory", "accent"),
        "h": ("hidden state", "accent"),
    }


def test_without_comments_a_gate_is_known_by_its_letter_and_its_function():
    assert {name: hue for name, (_, hue) in titles(lstm.EQUATIONS).items()} == {
        "i": "input",
        "f": "forget",
        "o": "output",
        "g": "candidate",
        "c": "accent",
        "h": "accent",
    }
    assert titles(gru.AFTER)["r"] == ("gate", "reset")
    assert titles("k = sigmoid(W @ x)\np = sigmoid(V @ x)\nq = tanh(A @ x)\nh = k * p * q * h_prev")["p"] == (
        "gate",
        "forget",  # the first hue that is free
    )
    assert titles("g = sigmoid(W @ x)\nh = g * h_prev")["g"] == ("gate", "input")


def test_its_text_is_saved_in_its_line_of_the_file(tmp_path):
    design = design_with(TWO_STATES)
    codec.save(design, tmp_path / "own.rnnd")
    assert codec.load(tmp_path / "own.rnnd") == design
    lines = (tmp_path / "own.rnnd").read_text().splitlines()
    assert sum("f = sigmoid" in line for line in lines) == 1


def test_gates_are_probed_and_weights_exported_like_any_others(tmp_path):
    design = design_with(TWO_STATES)
    program = Program(design, report_of(design), FACTS)
    program.initialise(1)
    arrays = program.named_weights()
    assert {name: a.shape for name, a in arrays.items() if name.startswith("it.")} == {
        "it.W_1": (5, 5),
        "it.W_2": (5, 4),
        "it.V": (5, 4),
    }
    save_weights(tmp_path / "own.safetensors", Weights(arrays, design, {}))
    again = load_weights(tmp_path / "own.safetensors")
    assert again.design == design
    np.testing.assert_array_equal(again.arrays["it.W_1"], arrays["it.W_1"])
    assert gradcheck.check(design, lengths=(4, 2)) < gradcheck.LIMIT


def test_the_same_equations_train_to_the_bit_as_the_built_in_cell():
    built_in, own = design_with(""), design_with(gru.AFTER)
    gru_node = Node(IT, "gru", params={"units": 5})
    built_in = Design(
        nodes=tuple(gru_node if node.id == IT else node for node in built_in.nodes),
        links=built_in.links,
        task=built_in.task,
    )
    programs = [Program(design, report_of(design), FACTS) for design in (built_in, own)]
    for program in programs:
        program.initialise(3)
    np.testing.assert_array_equal(programs[0].weights, programs[1].weights)


def test_it_learns_and_is_watched_while_it_does(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("the quick brown fox jumps over the lazy dog\n" * 20, encoding="utf-8")
    design = set_params(design_with(TWO_STATES, units=24), [NodeId("d")], {"units": 28})
    design = msgspec.structs.replace(design, task=Choice("text", {"path": str(text), "length": 22}))
    adam = Choice("adam", {"learning_rate": 0.02})
    trainer = Trainer(set_plan(design, epochs=8, batch_size=8, optimizer=adam, validation=0.1))
    trainer.telemetry.subscribe(
        {
            Channel("gate", "it", "f"),
            Channel("state", "it", "c"),
            Channel("state", "it", "h"),
            Channel("gradient_flow", "it"),
        }
    )
    losses = [event.loss for event in trainer.run() if isinstance(event, StepDone)]
    assert losses[-1] < losses[0] / 2
    traces = trainer.telemetry.record_traces()
    assert traces.keys() == {
        Channel("gate", "it", "f"),
        Channel("state", "it", "c"),
        Channel("state", "it", "h"),
        Channel("gradient_flow", "it"),
    }
    assert ((traces[Channel("gate", "it", "f")] > 0) & (traces[Channel("gate", "it", "f")] < 1)).all()
    assert traces[Channel("gate", "it", "f")].shape == traces[Channel("state", "it", "c")].shape


def test_the_guides_example_is_the_cell_that_is_dropped():
    guide = (Path(__file__).parents[3] / "docs" / "guide.md").read_text("utf-8")
    example = guide.partition("## Writing your own cell")[2].split("```")[1].strip()
    assert [line for line in SPEC.complete({})["equations"].split("\n") if line[0] != "#"] == example.split(
        "\n"
    )
