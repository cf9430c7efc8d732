"""Loops with missing delays, and sizes that diverge."""

import pytest

from rnnstudio.design import edits
from rnnstudio.design.constraints import Integer
from rnnstudio.design.model import Link, Node
from rnnstudio.design.rules import check
from rnnstudio.design.spec import NodeSpec, ParamSpec
from tests.design.checking import codes, fixed, only_problem, report
from tests.design.kinds import FACTS, SEQUENCE, STATE, VECTOR, draw, kinds, only, real

LOOP = (
    "tokens.tokens -> embedding.tokens",
    "embedding.sequence -> join.first",
    "join.output -> cell.sequence",
    "cell.sequence {} join.second",
    "cell.sequence -> dense.input",
    "dense.output -> head.logits",
)


def loop(arrow, **nodes):
    kinds = {"tokens": "tokens", "embedding": "embedding", "join": "join", "cell": "cell"}
    wires = [wire.format(arrow) for wire in LOOP]
    return draw(*wires, **{**kinds, "dense": ("dense", {"units": 27}), "head": "head", **nodes})


def test_a_loop_without_a_delay_is_reported_with_its_nodes_and_gets_one():
    design = loop("->")
    problem = only_problem(design, "loop")
    assert "Join" in problem.sentence
    assert "Cell" in problem.sentence
    assert "Dense" not in problem.sentence
    assert (problem.link, problem.fix.title) == ("link4", "Delay Cell → Join by one step")
    assert fixed(design, problem) == loop("~>")


def test_a_delayed_loop_is_sound_and_its_shapes_are_known():
    result = report(loop("~>"))
    assert result.problems == ()
    assert result.shapes["join", "output"] == real(SEQUENCE, 16)
    assert result.weights["cell"] == 8 * 16 + 8 * 8


def test_a_delayed_loop_may_go_through_a_node_without_a_size_of_its_own():
    design = edits.add_node(loop("~>"), Node("drop", "dropout"))
    design = edits.replace_link(design, "link4", source="drop", source_port="output")
    design = edits.connect(design, Link("in", "cell", "sequence", "drop", "input"))
    assert report(design).problems == ()


def test_a_size_that_grows_round_a_loop_is_reported_and_ends():
    design = draw(
        "t.tokens -> e.tokens",
        "e.sequence -> j.first",
        "j.output ~> j.second",
        "j.output -> h.logits",
        t="tokens",
        e="embedding",
        j="join",
        h="head",
    )
    result = report(design)
    assert not result.trainable
    assert [p.code for p in result.problems] == ["loop-size"]


def test_a_loop_that_grows_through_a_node_with_a_size_is_reported_and_ends():
    design = draw(
        "t.tokens -> e.tokens",
        "e.sequence -> j.first",
        "d.output ~> j.second",
        "j.output -> d.input",
        "j.output -> h.logits",
        t="tokens",
        e="embedding",
        j="join",
        d="dropout",
        h="head",
    )
    assert "loop-size" in codes(design)


def test_a_node_that_feeds_itself_is_reported():
    design = draw("d.output -> d.input", d="dense")
    problem = only_problem(design, "loop")
    assert problem.sentence.startswith("“Dense” waits for itself within one time step.")
    fixed(design, problem)


def test_every_loop_is_reported():
    wires = [
        w for a, b in ("ab", "cd", "ef") for w in (f"{a}.output -> {b}.input", f"{b}.output -> {a}.input")
    ]
    design = draw(*wires, **dict.fromkeys("abcdef", "dense"))
    assert codes(design).count("loop") == 3
    for _ in range(3):
        design = next(p for p in report(design).problems if p.code == "loop").fix.apply(design)
    assert "loop" not in codes(design)


def test_a_size_that_grows_with_each_round_is_reported_and_ends():
    known = kinds()
    port = only("input", (SEQUENCE,)), only("output", (SEQUENCE,))
    known.nodes.register(
        NodeSpec(
            "grow",
            "Grow",
            "layer",
            "",
            lambda params, inputs, facts: {"output": real(SEQUENCE, inputs["input"].size + params["units"])},
            port[:1],
            port[1:],
            (ParamSpec("units", "Units", Integer(1, 100), 8),),
            size_param="units",
        )
    )
    result = check(draw("g.output ~> g.input", "g.output -> d.input", g="grow", d="dense"), known, FACTS)
    (problem,) = (p for p in result.problems if p.code == "loop-size")
    assert problem.node == "g"
    assert "never settles" in problem.sentence
    assert result.shapes == {}


def test_only_the_links_that_close_a_loop_at_once_are_delayed():
    wires = ("a.output -> b.first", "b.output -> a.first", "b.output ~> a.second")
    design = draw(*wires, a="join", b="join")
    problem = only_problem(design, "loop")
    assert problem.fix.title == "Delay Join (b) → Join (a) by one step"
    assert [link.delay for link in fixed(design, problem).links] == [0, 1, 1]


def test_several_ways_round_are_all_delayed_at_once():
    design = draw(
        "a.output -> b.first",
        "a.output -> b.second",
        "b.output -> a.first",
        "c.output -> a.second",
        "b.output -> c.input",
        a="join",
        b="join",
        c="dense",
    )
    fixed(design, only_problem(design, "loop"))


@pytest.mark.parametrize(("port", "shape"), [("state", real(STATE, 16)), ("vector", real(VECTOR, 8))])
def test_only_a_sequence_can_wait(port, shape):
    design = draw(
        "t.tokens -> e.tokens",
        "e.sequence -> a.sequence",
        "e.sequence -> b.sequence",
        "e.sequence -> last.sequence",
        "a.state ~> b.state" if port == "state" else "last.vector ~> d.input",
        t="tokens",
        e="embedding",
        a="cell",
        b="cell",
        d="dense",
        last="last",
    )
    problem = only_problem(design, "delay")
    assert str(shape) in problem.sentence
    fixed(design, problem)
