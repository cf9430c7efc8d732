"""Every problem of a design, with its place, its sentence and a working fix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnstudio.design import edits
from rnnstudio.design.model import Choice, Design, Link, Node
from rnnstudio.design.rules import Problem, check
from tests.design.checking import codes, fixed, only_problem, report
from tests.design.designs import designs
from tests.design.kinds import CATALOGUE, FACTS, SPECS, chain, draw


def test_a_sound_design_has_no_problem_and_can_be_trained():
    result = report(chain())
    assert result.problems == ()
    assert result.trainable


def test_every_shape_is_inferred():
    assert {f"{node}.{port}": str(shape) for (node, port), shape in report(chain()).shapes.items()} == {
        "tokens.tokens": "tokens 27",
        "embedding.sequence": "T × 8",
        "cell.sequence": "T × 8",
        "cell.state": "16",
        "dense.output": "T × 27",
    }


def test_the_state_may_go_from_cell_to_cell():
    design = edits.connect(
        edits.add_node(chain(), Node("other", "cell")), Link("s", "cell", "state", "other", "state")
    )
    design = edits.connect(design, Link("x", "embedding", "sequence", "other", "sequence"))
    assert report(design).trainable


def test_truncation_is_refused_where_something_belongs_to_a_whole_sequence():
    design = edits.set_plan(chain(), truncate=5)
    assert report(design).problems == ()
    last = draw(
        "tokens.tokens -> embedding.tokens",
        "embedding.sequence -> cell.sequence",
        "cell.sequence -> last.sequence",
        "last.vector -> dense.input",
        "dense.output -> head.logits",
        tokens="tokens",
        embedding="embedding",
        cell="cell",
        last="last",
        dense=("dense", {"units": 27}),
        head=("head", {"per": "sequence"}),
    )
    assert report(last).trainable
    cut = edits.set_plan(last, truncate=5)
    problem = only_problem(cut, "truncate")
    assert problem.node == "dense"
    assert "“Dense” takes a vector, which belongs to a whole sequence" in problem.sentence
    assert fixed(cut, problem) == last


def test_an_empty_canvas_says_only_how_to_begin():
    assert codes(Design()) == ["empty"]


def test_a_design_without_a_head_has_nothing_to_learn_from():
    design = edits.remove(chain(), ["head"])
    problem = only_problem(design, "no-head")
    assert problem.node is None
    after = fixed(design, problem)
    assert report(fixed(after, only_problem(after, "missing-input"))).trainable


def test_a_design_without_an_input_gets_one():
    design = edits.remove(chain(), ["tokens"])
    after = fixed(design, only_problem(design, "no-input"))
    assert report(fixed(after, only_problem(after, "missing-input"))).trainable


def test_what_leads_nowhere_is_a_warning():
    design = edits.add_node(chain(), Node("spare", "dropout"))
    design = edits.connect(design, Link("to", "cell", "sequence", "spare", "input"))
    problem = only_problem(design, "unused")
    assert (problem.node, problem.severity) == ("spare", "warning")
    assert report(design).trainable


def test_a_head_that_depends_on_no_input_is_reported():
    design = draw(
        "d.output ~> d.input", "d.output -> h.logits", d=("dense", {"units": 27}), h="head", t="tokens"
    )
    problem = only_problem(design, "not-fed")
    assert problem.node == "h"


def test_all_problems_come_at_once():
    design = draw(
        "t.tokens -> c.sequence",
        "x.y -> d.input",
        t="tokens",
        c=("cell", {"bias": 99}),
        d="dense",
        u="unknown",
    )
    assert {"param", "signal", "lost-link", "missing-input", "unknown-kind"} <= set(
        codes(Design(nodes=design.nodes, links=design.links))
    )


def test_a_report_can_be_told_one_problem_more():
    told = report(chain()).with_problem(Problem("data", "The text is empty."))
    assert not told.trainable
    assert told.problems[0].code == "data"


KINDS = st.sampled_from([spec.kind for spec in SPECS] * 3 + ["unknown", ""])
PORTS = st.sampled_from(
    ["sequence", "input", "output", "tokens", "logits", "state", "first", "second", "vector"]
)


@given(designs(KINDS, PORTS))
def test_no_design_makes_the_check_fail(design):
    result = report(design)
    assert all(p.sentence and p.sentence.endswith(".") for p in result.problems)
    assert result.memory >= 0
    # What may be trained has every shape that the program asks for.
    if result.trainable:
        for node in design.nodes:
            assert node.id in result.weights
            assert all(
                (node.id, port.name) in result.shapes for port in CATALOGUE.nodes.get(node.kind).outputs
            )


@given(designs(KINDS, PORTS))
def test_every_fix_of_any_design_solves_its_problem(design):
    for problem in report(design).problems:
        if problem.fix is not None:
            fixed(design, problem)


@given(designs(KINDS, PORTS), st.integers(0, 50))
def test_a_check_says_the_same_again_and_changes_nothing(design, _):
    before = repr(design)
    first, second = report(design), report(design)
    assert [p.sentence for p in first.problems] == [p.sentence for p in second.problems]
    assert first.shapes == second.shapes
    assert repr(design) == before


@pytest.mark.parametrize(
    "value", [[1], {"a": 1}, b"x", 10**5000, -(10**5000)], ids=["list", "dict", "bytes", "+", "-"]
)
def test_not_even_values_that_no_file_holds_make_the_check_fail(value):
    design = edits.set_plan(
        edits.set_params(chain(), ["cell"], {"units": value, "bias": value}), epochs=value
    )
    design = edits.set_task(design, Choice("names", {"length": value}))
    assert codes(design) == ["param"] * 4


def test_the_file_of_version_1_is_sound_with_the_real_catalogue():
    from pathlib import Path

    from rnnstudio.design import codec
    from rnnstudio.engine.catalogue import catalogue

    design = codec.load(Path(__file__).parent / "files" / "v1.rnnd")
    assert check(design, catalogue(), FACTS).problems == ()


def test_every_real_kind_is_checked_alone_and_with_every_bad_value():
    from rnnstudio.engine.catalogue import catalogue

    known = catalogue()
    for spec in known.nodes:
        check(draw(it=spec.kind), known, FACTS)
        for param in spec.params:
            for value in param.constraint.invalid():
                found = check(draw(it=(spec.kind, {param.name: value})), known, FACTS).problems
                assert ("param", "it") in {(p.code, p.node) for p in found}, (spec.kind, param.name, value)
