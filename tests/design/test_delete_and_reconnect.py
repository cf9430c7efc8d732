"""Deleting nodes and reconnecting their neighbours."""

from rnnstudio.design import edits
from rnnstudio.design.delete_and_reconnect import delete_and_reconnect
from rnnstudio.design.model import Group
from rnnstudio.design.rules import check
from tests.design.kinds import CATALOGUE, FACTS, chain, draw


def healed(design, *nodes, links=()):
    after = delete_and_reconnect(design, CATALOGUE, check(design, CATALOGUE, FACTS), nodes, links)
    ids = [link.id for link in after.links]
    assert len(set(ids)) == len(ids)
    return {
        f"{k.source}.{k.source_port} {'~>' if k.delay else '->'} {k.target}.{k.target_port}"
        for k in after.links
    }


def test_what_led_to_a_node_is_joined_with_what_it_led_to():
    design = draw("a.sequence -> b.input", "b.output -> c.input", a="cell", b="dropout", c="dense")
    assert healed(design, "b") == {"a.sequence -> c.input"}


def test_several_nodes_in_a_row_close_as_one():
    assert healed(chain(), "cell", "dense") == {
        "tokens.tokens -> embedding.tokens",
        "embedding.sequence -> head.logits",
    }


def test_each_outgoing_link_is_reconnected():
    design = draw(
        "a.sequence -> b.sequence", "b.sequence -> c.input", "b.sequence -> d.input",
        a="cell", b="cell", c="dense", d="dense",
    )  # fmt: skip
    assert healed(design, "b") == {"a.sequence -> c.input", "a.sequence -> d.input"}


def test_a_link_is_connected_to_a_compatible_input():
    design = draw(
        "t.tokens -> e.tokens", "e.sequence -> x.sequence", "a.state -> x.state",
        "x.sequence -> d.input", "x.state -> y.state",
        t="tokens", e="embedding", a="cell", x="cell", d="dense", y="cell",
    )  # fmt: skip
    assert healed(design, "x") == {
        "t.tokens -> e.tokens", "e.sequence -> d.input", "a.state -> y.state",
    }  # fmt: skip


def test_what_does_not_fit_stays_apart():
    assert healed(chain(), "embedding") == {"cell.sequence -> dense.input", "dense.output -> head.logits"}


def test_a_delay_on_the_way_stays_and_two_do_not_become_one():
    once = draw("a.sequence ~> b.input", "b.output -> c.input", a="cell", b="dense", c="dense")
    assert healed(once, "b") == {"a.sequence ~> c.input"}
    twice = draw("a.sequence ~> b.input", "b.output ~> c.input", a="cell", b="dense", c="dense")
    assert healed(twice, "b") == set()


def test_a_loop_keeps_its_delay():
    design = draw(
        "a.output -> j.first", "b.output ~> j.second", "j.output -> b.input",
        a="dense", b="dense", j="join",
    )  # fmt: skip
    assert healed(design, "b") == {"a.output -> j.first", "j.output ~> j.second"}


def test_a_link_that_goes_too_is_not_bridged():
    design = draw("a.sequence -> b.input", "b.output -> c.input", a="cell", b="dropout", c="dense")
    assert healed(design, "b", links=["link1"]) == set()


def test_a_group_goes_with_what_is_in_it():
    from rnnstudio.design import grouping

    design = grouping.add_group(chain(), Group("g"), ["dense", "cell"])
    after = delete_and_reconnect(design, CATALOGUE, check(design, CATALOGUE, FACTS), ["g"])
    assert [node.id for node in after.nodes] == ["tokens", "embedding", "head"] and not after.groups
    assert len(after.links) == 2


def test_only_links_are_taken_where_no_node_is_given():
    design = chain()
    assert delete_and_reconnect(
        design, CATALOGUE, check(design, CATALOGUE, FACTS), (), ["link1"]
    ) == edits.remove(design, link_ids=["link1"])
