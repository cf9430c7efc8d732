"""The unrolled design: the nodes at each step and the arrows between them, for every topology."""

import pytest

from rnnstudio.design import codec, edits
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId
from rnnstudio.design.problems import Report
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.layout.unroll import unroll
from rnnstudio.layout.unrolled_picture import Unrolled
from rnnstudio.resources import templates
from tests.data_kit import check_training

ALL = ["1", "2", "3", "T"]
Ends = set[tuple[str, str]]


def template(name: str) -> Design:
    return codec.load(templates()[name])


def unrolled(design: Design) -> Unrolled:
    return unroll(design, catalogue(), check_training(design))


def steps(drawn: Unrolled, node: str, part: str | None = None) -> list[str]:
    """Return the steps that a node stands at; "once" for what has none."""
    found = []
    for place in drawn.at(NodeId(node), part=part):
        if place.kind in ("step", "once"):
            found.append("once" if place.kind == "once" else drawn.columns[place.column].step)
    return found


def ends(drawn: Unrolled, source: str, target: str, kind: str | None = None, part: str = "") -> Ends:
    """Return from where to where the arrows between two nodes run, by column."""
    found = set()
    for arrow in drawn.arrows:
        a, b = drawn.occurrences[arrow.source], drawn.occurrences[arrow.target]
        if (a.node, b.node) == (source, target) and kind in (None, arrow.kind):
            if not part or a.part == b.part == part:
                found.add((_name(drawn, a.column), _name(drawn, b.column)))
    return found


def _name(drawn: Unrolled, column: int) -> str:
    """Return a column's step; "…" for the gap."""
    return {"gap": "…", "given": "given"}.get(drawn.columns[column].kind, drawn.columns[column].step)


EACH = {(step, step) for step in ALL}
ONWARD = {("0", "1"), ("1", "2"), ("2", "3"), ("3", "…"), ("…", "T")}


# ------------------------------------------------------------------------------- topologies


def test_one_to_one_has_no_time():
    drawn = unrolled(template("spirals-dense"))
    assert [column.kind for column in drawn.columns] == ["given"]
    assert {place.kind for place in drawn.occurrences} == {"once"}
    assert {arrow.kind for arrow in drawn.arrows} == {"flow"}


def test_many_to_many_is_at_the_first_steps_and_the_last():
    drawn = unrolled(template("names-gru"))
    assert [column.step for column in drawn.columns] == ["0", "1", "2", "3", "", "T"]
    for node in ("tokens", "embedding", "gru", "dropout", "dense", "classification"):
        assert steps(drawn, node) == ALL
    assert ends(drawn, "embedding", "gru") == EACH


def test_a_cell_hands_its_state_to_itself_from_the_state_before_the_first_step():
    drawn = unrolled(template("names-gru"))
    assert ends(drawn, "gru", "gru", "state") == ONWARD
    assert [p.kind for p in drawn.at(NodeId("gru"), "0")] == ["start"]


def test_many_to_one_reads_the_last_step_only_and_has_its_head_there():
    drawn = unrolled(template("adding-gru"))
    assert ends(drawn, "gru", "last") == {("T", "T")}
    for node in ("last", "dense", "regression"):
        assert steps(drawn, node) == ["once"]
        (place,) = drawn.at(NodeId(node))
        assert drawn.columns[place.column].step == "T"


def test_a_mean_over_time_reads_every_step():
    design = template("adding-gru")
    design = edits.remove(design, node_ids=[NodeId("last")])
    design = edits.add_node(design, Node(NodeId("mean"), "mean_steps"))
    for link in (
        Link(LinkId("in"), NodeId("gru"), "sequence", NodeId("mean"), "sequence"),
        Link(LinkId("out"), NodeId("mean"), "vector", NodeId("dense"), "input"),
    ):
        design = edits.connect(design, link)
    drawn = unrolled(design)
    assert ends(drawn, "gru", "mean") == {(step, "T") for step in ALL}


def test_the_first_step_of_a_sequence_is_above_it():
    design = template("adding-gru")
    nodes = tuple(Node(node.id, "first_step") if node.kind == "last_step" else node for node in design.nodes)
    drawn = unrolled(Design(nodes=nodes, links=design.links, task=design.task))
    assert ends(drawn, "gru", "last") == {("1", "1")}


def test_one_to_many_feeds_each_prediction_to_the_next_step():
    drawn = unrolled(template("names-start"))
    assert ends(drawn, "classification", "embedding", "delay") == ONWARD - {("0", "1")}
    assert ends(drawn, "embedding", "embedding", "delay") == {("0", "1")}  # the start token


def test_a_vector_goes_to_every_step():
    drawn = unrolled(template("waves-gru"))
    assert drawn.columns[0].kind == "given"
    assert ends(drawn, "wave", "concat") == {("given", step) for step in ALL}


def test_a_decoder_runs_after_its_encoder_on_a_clock_of_its_own():
    drawn = unrolled(template("dates-encoder-decoder"))
    clocks = [column.clock for column in drawn.columns]
    assert clocks == sorted(clocks)  # all of S, then all of T
    assert steps(drawn, "encoder") == ["1", "2", "3", "S"]
    assert steps(drawn, "decoder") == ALL
    assert ends(drawn, "encoder", "decoder", "handover") == {("S", "1")}
    assert not [p for p in drawn.at(NodeId("decoder")) if p.kind == "start"]


def test_an_encoder_and_its_decoder_stand_level():
    drawn = unrolled(template("dates-encoder-decoder"))
    rows = {place.row for name in ("encoder", "decoder") for place in drawn.at(NodeId(name))}
    assert len(rows) == 1


def test_a_network_that_continues_from_a_last_step_has_its_steps_behind_the_first_ones():
    links = [
        ("x", "sequence", "one", "sequence"),
        ("one", "sequence", "last", "sequence"),
        ("last", "vector", "again", "vector"),
        ("again", "sequence", "two", "sequence"),
    ]
    design = Design(
        nodes=tuple(
            Node(NodeId(name), kind)
            for name, kind in (
                ("x", "sequence_input"), ("one", "gru"), ("last", "last_step"), ("again", "repeat"),
                ("two", "gru"),
            )
        ),
        links=tuple(
            Link(LinkId(f"l{n}"), NodeId(a), b, NodeId(c), d) for n, (a, b, c, d) in enumerate(links)
        ),
        task=template("adding-gru").task,
    )  # fmt: skip
    drawn = unrolled(design)
    last_of_first = max(place.column for place in drawn.at(NodeId("one")))
    assert min(place.column for place in drawn.at(NodeId("two"))) > last_of_first
    assert ends(drawn, "last", "again") == {("T", step) for step in ALL}


def test_attention_looks_at_every_step_from_every_step():
    drawn = unrolled(template("dates-attention"))
    assert ends(drawn, "encoder", "attention") == {(s, t) for s in ("1", "2", "3", "S") for t in ALL}
    assert ends(drawn, "decoder", "attention") == EACH


def test_bidirectional_has_a_row_for_each_direction_and_arrows_both_ways():
    drawn = unrolled(template("two-sided-bidirectional"))
    assert ends(drawn, "gru", "gru", "state", "reverse.") == {
        ("T+1", "T"), ("T", "…"), ("…", "3"), ("3", "2"), ("2", "1"),
    }  # fmt: skip
    forward = [p for p in drawn.at(NodeId("gru"), part="") if p.kind == "step"]
    backward = [p for p in drawn.at(NodeId("gru"), part="reverse.") if p.kind == "step"]
    assert {p.row for p in forward}.isdisjoint({p.row for p in backward})
    into, out = (
        [
            a
            for a in drawn.arrows
            if a.link == link and drawn.columns[drawn.occurrences[a.source].column].step == "2"
        ]
        for link in ("link1", "link2")
    )
    assert len(into) == len(out) == 2  # both directions read, and both are read


def test_deep_cells_are_rows_on_top_of_each_other():
    design = edits.set_params(template("names-gru"), [NodeId("gru")], {"layers": 3})
    drawn = unrolled(design)
    rows = [{p.row for p in drawn.at(NodeId("gru"), part=part)} for part in ("", "layer2.", "layer3.")]
    assert [len(row) for row in rows] == [1, 1, 1]
    assert max(rows[0]) < max(rows[1]) < max(rows[2])
    assert ends(drawn, "gru", "gru", "flow") == EACH
    for part in ("", "layer2.", "layer3."):
        assert ends(drawn, "gru", "gru", "state", part) == ONWARD


def test_a_skip_passes_from_below_a_cell_to_above_it_at_each_step():
    drawn = unrolled(template("names-deep"))
    assert ends(drawn, "embedding", "add1") == EACH
    rows = [drawn.at(NodeId(name))[0].row for name in ("embedding", "gru1", "add1")]
    assert rows == sorted(rows)


def test_a_loop_of_ones_own_goes_from_each_step_to_the_next():
    drawn = unrolled(template("parity-loop"))
    assert ends(drawn, "memory", "concat", "delay") == ONWARD - {("0", "1")}
    assert ends(drawn, "memory", "concat", "flow") == set()


def test_a_sequence_turned_round_comes_from_its_other_end():
    design = template("two-sided-bidirectional")
    design = edits.add_node(design, Node(NodeId("turned"), "reverse"))
    link = Link(LinkId("turn"), NodeId("values"), "sequence", NodeId("turned"), "input")
    drawn = unrolled(edits.connect(design, link))
    assert ends(drawn, "values", "turned") >= {("1", "T"), ("T", "1")}


# ----------------------------------------------------------------------------------- shared


@pytest.mark.parametrize(
    ("name", "node", "letters"),
    [("sonnets-lstm", "lstm", "WUb"), ("sonnets-lstm", "embedding", "E"), ("parity-rnn", "rnn", "WUb")],
)
def test_each_row_names_the_weights_that_its_steps_share(name, node, letters):
    drawn = unrolled(template(name))
    (shared,) = [shared for shared in drawn.shared if shared.node == node]
    assert "".join(shared.names) == letters
    assert [drawn.columns[n].step for n in (shared.first, shared.last)] == ["1", "T"]


def test_what_runs_once_shares_nothing():
    drawn = unrolled(template("adding-gru"))
    assert {shared.node for shared in drawn.shared} == {"gru"}


def test_each_direction_has_weights_of_its_own():
    drawn = unrolled(template("two-sided-bidirectional"))
    assert [shared.part for shared in drawn.shared if shared.node == "gru"] == ["", "reverse."]


# ------------------------------------------------------------------------------------ sound


@pytest.mark.parametrize("name", templates())
def test_no_two_places_are_one(name):
    drawn = unrolled(template(name))
    spots = [(place.column, place.row) for place in drawn.occurrences]
    assert len(spots) == len(set(spots))
    assert all(0 <= place.row < drawn.rows for place in drawn.occurrences)


@pytest.mark.parametrize("name", templates())
def test_every_link_is_drawn(name):
    design = template(name)
    drawn = unrolled(design)
    assert {arrow.link for arrow in drawn.arrows} - {None} == {link.id for link in design.links}


@pytest.mark.parametrize("name", templates())
def test_only_states_that_go_back_point_back(name):
    drawn = unrolled(template(name))
    for arrow in drawn.arrows:
        source, target = drawn.occurrences[arrow.source], drawn.occurrences[arrow.target]
        assert source.column <= target.column or source.is_reverse


def test_an_empty_design_is_empty():
    assert unrolled(Design()) == Unrolled()


def test_loose_nodes_and_unknown_kinds_have_their_places_too():
    design = Design(
        nodes=(Node(NodeId("a"), "gru"), Node(NodeId("b"), "nobody's"), Node(NodeId("c"), "dense"))
    )
    drawn = unroll(design, catalogue(), Report())
    assert {place.node for place in drawn.occurrences} == {"a", "b", "c"}


def test_a_loop_without_a_delay_is_drawn_all_the_same():
    design = Design(
        nodes=(Node(NodeId("a"), "dense"), Node(NodeId("b"), "dense")),
        links=(
            Link(LinkId("1"), NodeId("a"), "output", NodeId("b"), "input"),
            Link(LinkId("2"), NodeId("b"), "output", NodeId("a"), "input"),
        ),
    )
    drawn = unroll(design, catalogue(), Report())
    assert ends(drawn, "a", "b") == ends(drawn, "b", "a") == EACH
