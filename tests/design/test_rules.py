"""Every problem of a design, each with its place, a sentence, and a way out that works."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnstudio.design import edits
from rnnstudio.design.constraints import Whole
from rnnstudio.design.model import Choice, Design, Link, Node
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.rules import Problem, check
from rnnstudio.design.spec import NodeSpec, ParamSpec
from rnnstudio.design.streams import token_facts
from tests.design.designs import designs
from tests.design.kinds import (
    CATALOGUE,
    FACTS,
    SEQUENCE,
    SPECS,
    STATE,
    VECTOR,
    chain,
    draw,
    kinds,
    only,
    real,
)


def report(design):
    return check(design, CATALOGUE, FACTS)


def codes(design):
    return sorted(problem.code for problem in report(design).problems)


def only_problem(design, code):
    (found,) = (problem for problem in report(design).problems if problem.code == code)
    return found


def fixed(design, problem):
    """Apply a fix; the problem must be gone."""
    after = problem.fix.apply(design)
    gone = {(p.code, p.node, p.port, p.link) for p in report(after).problems}
    assert (problem.code, problem.node, problem.port, problem.link) not in gone
    return after


# --------------------------------------------------------------------------- a sound design


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


def test_weights_and_memory_are_counted():
    result = report(chain())
    assert result.weights == {"tokens": 0, "embedding": 216, "cell": 128, "dense": 243, "head": 0}
    # Tokens have no gradient; the cell keeps 24 numbers more a step, and its state once a sequence.
    each_step = 2 + 2 * 8 + (2 * 8 + 24) + 2 * 27
    two_widest = 2 * 20 * 27
    each = 4 * (20 * each_step + 2 * 16 + two_widest) + 20 * (8 + 8)  # and both streams
    assert result.memory == result.fixed_memory + 32 * each
    # Weights, gradients, the last finite ones, those of the pictures, Adam's two, and twice three to save
    # them; the cell's five times more.
    assert result.fixed_memory == 4 * (587 * (4 + 2 + 6) + 128 * 5) + 2 * 2**20


def test_memory_doubles_in_double_precision_and_never_overflows():
    wide = edits.set_params(chain(), ["cell"], {"units": 65_536})
    double = edits.set_plan(wide, dtype="float64", batch_size=65_536)
    assert report(edits.set_plan(wide, dtype="float64")).memory == pytest.approx(
        2 * report(wide).memory, 0.01
    )
    assert check(double, CATALOGUE, token_facts(27, 27, 10**12)).memory > 10**20


def test_memory_is_that_of_the_optimizer_of_the_best_weights_and_of_cut_sequences():
    usual = report(chain())
    cut = report(edits.set_plan(chain(), truncate=5))
    assert cut.memory - cut.fixed_memory < 0.4 * (usual.memory - usual.fixed_memory)
    best = report(edits.set_plan(chain(), patience=3))
    assert best.memory == usual.memory + 4 * 587 * 2


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


def test_the_state_may_go_from_cell_to_cell():
    design = edits.connect(
        edits.add_node(chain(), Node("other", "cell")), Link("s", "cell", "state", "other", "state")
    )
    design = edits.connect(design, Link("x", "embedding", "sequence", "other", "sequence"))
    assert report(design).trainable


# ------------------------------------------------------------------------------- parameters

BAD_PARAMS = [
    (spec.kind, param, value)
    for spec in SPECS
    for param in spec.params
    for value in param.constraint.invalid()
]


@pytest.mark.parametrize(
    ("kind", "param", "value"),
    BAD_PARAMS,
    ids=[f"{k}-{p.name}-{n}" for n, (k, p, _) in enumerate(BAD_PARAMS)],
)
def test_a_value_that_a_parameter_must_not_have_is_a_problem_of_its_node(kind, param, value):
    design = draw(it=(kind, {param.name: value}))
    problem = only_problem(design, "param")
    assert problem.node == "it"
    assert problem.sentence.startswith(f"The {param.title.lower()} of ")
    assert problem.fix.title.startswith(f"Set {param.title.lower()} to ")
    assert fixed(design, problem).node("it").params == {param.name: param.default}


@pytest.mark.parametrize(("size", "got"), [(0, "0"), (-1, "-1"), (10**12, "1,000,000,000,000")])
def test_an_impossible_size_is_told_with_what_it_may_be(size, got):
    problem = only_problem(edits.set_params(chain(), ["cell"], {"units": size}), "param")
    assert problem.sentence == f"The units of Cell must be a whole number from 1 to 65,536; got {got}."


def test_a_bad_size_hides_what_depends_on_it_and_says_so_once():
    result = report(edits.set_params(chain(), ["cell"], {"units": 0}))
    assert [p.code for p in result.problems] == ["param"]
    assert not result.trainable
    assert ("embedding", "sequence") in result.shapes
    assert ("cell", "sequence") not in result.shapes


def test_a_bad_parameter_that_sets_no_size_hides_no_shape():
    result = report(edits.set_params(chain(), ["cell"], {"bias": 1e9}))
    assert [p.code for p in result.problems] == ["param"]
    assert ("dense", "output") in result.shapes


def test_an_unknown_parameter_is_a_warning():
    design = edits.set_params(chain(), ["cell"], {"colour": "red"})
    problem = only_problem(design, "unknown-param")
    assert (problem.severity, problem.node) == ("warning", "cell")
    assert report(design).trainable
    assert fixed(design, problem) == chain()


BAD_PLAN = [(param.name, value) for param in PLAN_PARAMS for value in param.constraint.invalid()]


@pytest.mark.parametrize(("name", "value"), BAD_PLAN, ids=[f"{n}-{i}" for i, (n, _) in enumerate(BAD_PLAN)])
def test_a_value_that_the_plan_must_not_have_is_a_problem_of_no_node(name, value):
    design = edits.set_plan(chain(), **{name: value})
    problem = only_problem(design, "param")
    assert problem.node is None
    assert "of the training plan must be" in problem.sentence
    assert fixed(design, problem) == chain()


def test_the_parameters_of_task_optimizer_and_schedule_are_checked():
    design = edits.set_task(chain(), Choice("names", {"length": 1, "old": 2}))
    design = edits.set_plan(design, optimizer=Choice("adam", {"rate": 0.0, "old": 2}))
    design = edits.set_plan(design, schedule=Choice("decay", {"factor": 2.0, "old": 2}))
    found = report(design).problems
    assert [p.sentence for p in found] == [
        "The length of the task must be a whole number from 2 to 100; got 1.",
        "The task has no parameter “old”; it is ignored.",
        "The learning rate of the optimizer must be a number above 0 to 1; got 0.",
        "The optimizer has no parameter “old”; it is ignored.",
        "The factor of the schedule must be a number above 0 to 1; got 2.",
        "The schedule has no parameter “old”; it is ignored.",
    ]
    for problem in found:
        design = problem.fix.apply(design)
    assert report(design).problems == ()


def test_an_unknown_task_optimizer_and_schedule_are_told_with_those_there_are():
    design = edits.set_plan(edits.set_task(chain(), Choice("poems")), optimizer=Choice("magic"))
    design = edits.set_plan(design, schedule=Choice("spell"))
    assert [p.sentence for p in report(design).problems] == [
        "There is no task of kind “poems” here. Choose one of: names.",
        "There is no optimizer of kind “magic” here. Choose one of: adam.",
        "There is no schedule of kind “spell” here. Choose one of: constant, decay.",
    ]
    for problem in report(design).problems:
        design = fixed(design, problem)
    assert report(design).trainable


# ------------------------------------------------------------------------- nodes and links


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
def test_a_link_to_a_port_that_is_not_there_is_told(wire, code, node, words):
    source, target = (end.split(".") for end in wire.split(" -> "))
    design = edits.add_node(chain(), Node("extra", "dropout"))
    design = edits.connect(design, Link("lost", *source, *target))
    problem = only_problem(design, code)
    assert (problem.node, problem.link) == (node, "lost")
    assert words in problem.sentence
    fixed(design, problem)


def test_two_links_into_one_input_are_told_at_the_second():
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


def test_an_id_that_stands_for_two_things_is_told():
    design = chain()
    double = Design(nodes=(*design.nodes, design.nodes[0]), links=(*design.links, design.links[0]))
    assert [p.sentence.split(".")[0] for p in report(double).problems if p.code == "double-id"] == [
        "Two nodes have the id “tokens”",
        "Two links have the id “link1”",
    ]


def test_nodes_that_are_called_the_same_are_told_apart():
    design = draw(a="cell", b="cell", c=("dense", {"units": 0}))
    missing = [p.sentence for p in report(design).problems if p.code == "missing-input"]
    assert [sentence.split(" needs")[0] for sentence in missing] == ["Cell (a)", "Cell (b)", "Dense"]


def test_a_node_at_no_place_is_told():
    design = Design(nodes=(Node("a", "tokens", math.nan, math.inf),))
    assert fixed(design, only_problem(design, "place")).node("a").x == 0


# ------------------------------------------------------------------------------ missing links


def test_a_missing_input_is_told_with_the_one_output_that_fits():
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


# -------------------------------------------------------------------------------- mismatches


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


def test_what_can_never_fit_is_told_even_where_shapes_are_unknown():
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


# -------------------------------------------------------------------------------------- sizes


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


# -------------------------------------------------------------------------------------- loops

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


def test_a_loop_without_a_delay_is_told_with_its_nodes_and_gets_one():
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


def test_a_size_that_grows_round_a_loop_is_told_and_ends():
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


def test_a_loop_that_grows_through_a_node_with_a_size_is_told_and_ends():
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


def test_a_node_that_feeds_itself_is_told():
    design = draw("d.output -> d.input", d="dense")
    problem = only_problem(design, "loop")
    assert problem.sentence.startswith("“Dense” waits for itself within one time step.")
    fixed(design, problem)


def test_every_loop_is_told():
    wires = [
        w for a, b in ("ab", "cd", "ef") for w in (f"{a}.output -> {b}.input", f"{b}.output -> {a}.input")
    ]
    design = draw(*wires, **dict.fromkeys("abcdef", "dense"))
    assert codes(design).count("loop") == 3
    for _ in range(3):
        design = next(p for p in report(design).problems if p.code == "loop").fix.apply(design)
    assert "loop" not in codes(design)


def test_a_size_that_grows_with_each_round_is_told_and_ends():
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
            (ParamSpec("units", "Units", Whole(1, 100), 8),),
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


# ---------------------------------------------------------------------------------- the whole


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


def test_a_head_that_depends_on_no_input_is_told():
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


# ------------------------------------------------------------------------------ any design

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
def test_every_fix_of_any_design_can_be_applied(design):
    for problem in report(design).problems:
        if problem.fix is not None:
            report(problem.fix.apply(design))


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


# ------------------------------------------------------------------------ the real catalogue


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
