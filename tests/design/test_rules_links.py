"""Unknown nodes, invalid or missing links, and incompatible signals and sizes."""

import math

import pytest

from rnnstudio.design import edits
from rnnstudio.design.model import Design, Link, Node
from rnnstudio.design.rules import check
from rnnstudio.design.streams import token_facts
from tests.design.checking import fixed, only_problem, report
from tests.design.kinds import CATALOGUE, SEQUENCE, chain, draw, real


def test_an_unknown_kind_is_a_problem_of_its_node_and_of_no_other():
    design = chain(cell="plug.in")
    result = report(design)
    assert [(p.code, p.node) for p in result.problems] == [("unknown-kind", "cell")]
    assert "“plug.in”" in result.problems[0].sentence
    assert ("embedding", "sequence") in result.shapes
    fixed(design, result.problems[0])


def test_a_link_to_nothing_is_a_problem_of_the_link():
    design = chain()
    lost = Design(
        nodes=design.nodes, links=(*design.links, Link("lost", "cell", "sequence", "gone", "input"))
    )
    problem = only_problem(lost, "lost-link")
    assert (problem.link, problem.node) == ("lost", None)
    assert "to a missing node: “gone”" in problem.sentence
    assert fixed(lost, problem) == design


@pytest.mark.parametrize(
    ("wire", "code", "node", "words"),
    [
        ("cell.output -> extra.input", "lost-output", "cell", "Cell has no output “output”"),
        ("cell.sequence -> extra.tokens", "lost-input", "extra", "Dropout has no input “tokens”"),
    ],
)
def test_a_link_to_a_port_that_is_not_there_is_reported(wire, code, node, words):
    source, target = (end.split(".") for end in wire.split(" -> "))
    design = edits.add_node(chain(), Node("extra", "dropout"))
    design = edits.connect(design, Link("lost", *source, *target))
    problem = only_problem(design, code)
    assert (problem.node, problem.link) == (node, "lost")
    assert words in problem.sentence
    fixed(design, problem)


def test_two_links_into_one_input_are_reported_at_the_second():
    design = edits.connect(chain(), Link("second", "embedding", "sequence", "dense", "input"))
    problem = only_problem(design, "taken")
    assert (problem.node, problem.port, problem.link) == ("dense", "input", "second")
    assert fixed(design, problem) == chain()


@pytest.mark.parametrize("delay", [-1, 2, 10**12])
def test_a_delay_is_one_step_or_none(delay):
    design = edits.replace_link(chain(), "link3", delay=delay)
    problem = only_problem(design, "delay")
    assert "must be 0 or 1 step" in problem.sentence
    fixed(design, problem)


def test_an_id_that_is_used_twice_is_reported():
    design = chain()
    double = Design(nodes=(*design.nodes, design.nodes[0]), links=(*design.links, design.links[0]))
    assert [p.sentence.split(".")[0] for p in report(double).problems if p.code == "double-id"] == [
        "Two nodes have the id “tokens”",
        "Two links have the id “link1”",
    ]


def test_nodes_that_are_called_the_same_are_distinguished():
    design = draw(a="cell", b="cell", c=("dense", {"units": 0}))
    missing = [p.sentence for p in report(design).problems if p.code == "missing-input"]
    assert [sentence.split(" needs")[0] for sentence in missing] == ["Cell (a)", "Cell (b)", "Dense"]


def test_a_node_at_no_place_is_reported():
    design = Design(nodes=(Node("a", "tokens", math.nan, math.inf),))
    assert fixed(design, only_problem(design, "place")).node("a").x == 0


def test_a_missing_input_is_reported_with_the_one_output_that_fits():
    design = edits.remove(chain(), link_ids=["link3"])
    problem = only_problem(design, "missing-input")
    assert problem.sentence == "Dense needs a sequence or vector on “Input”. Connect Cell."
    assert (problem.node, problem.port) == ("dense", "input")
    assert report(fixed(design, problem)).trainable


def test_where_several_outputs_fit_none_is_offered():
    design = draw(
        "tokens.tokens -> a.tokens",
        "tokens.tokens -> b.tokens",
        tokens="tokens",
        a="embedding",
        b="embedding",
        cell="cell",
    )
    problem = only_problem(design, "missing-input")
    assert problem.fix is None
    assert problem.sentence.endswith("Connect a node that gives one.")


def test_no_output_is_offered_that_depends_on_the_input():
    design = draw("cell.sequence -> dense.input", cell="cell", dense="dense")
    assert only_problem(design, "missing-input").fix is None


def test_an_optional_input_may_be_missing():
    assert report(chain()).trainable


def test_tokens_where_features_are_needed_get_a_node_between():
    design = draw("tokens.tokens -> cell.sequence", tokens="tokens", cell="cell")
    problem = only_problem(design, "signal")
    assert problem.sentence == (
        "Cell needs a sequence of features on “Sequence”; “Tokens” gives a sequence of tokens. "
        "Insert Embedding between them."
    )
    after = fixed(design, problem)
    assert report(after).shapes["cell", "sequence"] == real(SEQUENCE, 8)


def test_a_vector_where_a_sequence_is_needed_gives_way_to_the_node_before_it():
    design = draw(
        "tokens.tokens -> embedding.tokens",
        "embedding.sequence -> last.sequence",
        "last.vector -> cell.sequence",
        tokens="tokens",
        embedding="embedding",
        last="last",
        cell="cell",
    )
    problem = only_problem(design, "signal")
    assert problem.sentence == (
        "Cell needs a sequence on “Sequence”; “Last step” gives a vector. "
        "Connect “Embedding”, the node before it."
    )
    assert (problem.node, problem.port, problem.link) == ("cell", "sequence", "link3")
    assert fixed(design, problem).link("link3").source == "embedding"


def test_the_wrong_output_of_a_node_gives_way_to_its_right_one():
    design = edits.replace_link(chain(), "link3", source_port="state")
    problem = only_problem(design, "signal")
    assert problem.fix.title == "Connect “Sequence”"
    assert fixed(design, problem) == chain()


def test_what_can_never_fit_is_reported_even_where_shapes_are_unknown():
    design = draw(
        "embedding.sequence -> last.sequence",
        "last.vector -> cell.sequence",
        embedding="embedding",
        last="last",
        cell="cell",
    )
    assert only_problem(design, "signal").node == "cell"


def test_a_head_that_needs_the_other_signal_gets_a_node_between():
    design = chain(head=("head", {"per": "sequence"}))
    problem = only_problem(design, "shape")
    assert (problem.node, problem.port, problem.fix.title) == ("head", "logits", "Insert Last step")
    assert report(fixed(design, problem)).trainable


@pytest.mark.parametrize("between", [(), ("dropout",), ("dropout", "dropout")])
def test_a_size_that_does_not_fit_is_set_at_the_node_that_has_it(between):
    design = edits.set_params(chain(), ["dense"], {"units": 64})
    for number, kind in enumerate(between):
        design = edits.insert_node(
            design, design.links[-1].id, Node(f"d{number}", kind), input_port="input", output_port="output"
        )
    problem = only_problem(design, "shape")
    assert problem.fix.title == "Set Dense to 27"
    assert problem.node == "head"
    assert report(fixed(design, problem)).trainable


def test_a_state_of_two_parts_is_set_by_its_units():
    design = draw(
        "a.state -> b.state",
        "e.sequence -> a.sequence",
        "e.sequence -> b.sequence",
        "t.tokens -> e.tokens",
        t="tokens",
        e="embedding",
        a=("cell", {"units": 4}),
        b=("cell", {"units": 6}),
    )
    problem = only_problem(design, "shape")
    assert problem.fix.title == "Set Cell (a) to 6"
    fixed(design, problem)


def test_a_size_that_no_parameter_may_have_is_not_offered():
    design = edits.set_params(chain(), ["dense"], {"units": 64})
    problem = next(
        p for p in check(design, CATALOGUE, token_facts(27, 10**9, 5)).problems if p.code == "shape"
    )
    assert problem.fix is None


def test_a_size_from_two_nodes_has_no_single_fix():
    design = draw(
        "t.tokens -> e.tokens",
        "e.sequence -> j.first",
        "e.sequence -> j.second",
        "j.output -> h.logits",
        t="tokens",
        e="embedding",
        j="join",
        h="head",
    )
    assert only_problem(design, "shape").fix is None
