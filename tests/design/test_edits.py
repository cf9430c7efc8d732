"""Edits return a new design and do not change the old one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnstudio.design import edits
from rnnstudio.design.edits import Fragment
from rnnstudio.design.errors import DesignError
from rnnstudio.design.model import Choice, Design, Link, Node, TrainingPlan
from tests.design.designs import designs

TWO = Design(
    nodes=(Node("lstm", "lstm", 10, 20, params={"units": 8}), Node("dense", "dense", 200, 20)),
    links=(Link("link1", "lstm", "sequence", "dense", "input"),),
)


@given(designs(), st.data())
def test_no_edit_changes_the_design_it_was_given(design, data):
    before = repr(design)
    ids = [node.id for node in design.nodes]
    edits.remove(design, ids[:1], [link.id for link in design.links[:1]])
    edits.move(design, dict.fromkeys(ids, (5.0, 6.0)))
    edits.set_params(design, ids, {"a": 1})
    edits.remove_params(design, ids, {"a"})
    edits.paste(design, edits.extract(design, ids), 10, 10)
    edits.set_plan(design, epochs=4)
    edits.set_task_params(design, {"a": 2})
    edits.set_optimizer_params(design, {"a": 2})
    assert repr(design) == before


def test_a_new_node_is_called_by_its_kind_and_then_numbered():
    design = Design()
    for expected in ("lstm", "lstm2", "lstm3"):
        node_id = edits.new_node_id(design, "lstm")
        assert node_id == expected
        design = edits.add_node(design, Node(node_id, "lstm"))


def test_the_id_of_a_plugins_node_has_no_dot():
    assert edits.new_node_id(Design(), "plugin.cell") == "plugin_cell"


def test_an_id_is_given_only_once():
    with pytest.raises(DesignError, match="“lstm”"):
        edits.add_node(TWO, Node("lstm", "gru"))
    with pytest.raises(DesignError, match="“link1”"):
        edits.connect(TWO, Link("link1", "dense", "output", "lstm", "sequence"))


def test_a_link_needs_both_its_ends():
    with pytest.raises(DesignError, match="no node “gone”"):
        edits.connect(TWO, Link("link2", "lstm", "state", "gone", "state"))


def test_removing_a_node_takes_its_links_along():
    assert edits.remove(TWO, ["dense"]) == Design(nodes=TWO.nodes[:1])


def test_removing_unknown_ids_changes_nothing():
    assert edits.remove(TWO, ["gone"], ["gone"]) == TWO


def test_moving_rounds_to_what_a_file_keeps():
    moved = edits.move(TWO, {"lstm": (1.23456, -0.01)})
    assert (moved.node("lstm").x, moved.node("lstm").y) == (1.2, 0.0)
    assert moved.node("dense") == TWO.node("dense")


@pytest.mark.parametrize("lost", [float("inf"), float("-inf"), float("nan"), 1e300])
def test_no_node_is_moved_out_of_reach(lost):
    assert abs(edits.move(TWO, {"lstm": (lost, 0)}).node("lstm").x) <= edits.LIMIT


def test_parameters_are_set_beside_the_others():
    changed = edits.set_params(TWO, ["lstm", "dense"], {"units": 5, "activation": "tanh"})
    assert changed.node("lstm").params == {"units": 5, "activation": "tanh"}
    assert edits.remove_params(changed, ["lstm"], ["units"]).node("lstm").params == {"activation": "tanh"}


def test_a_node_put_into_a_link_leaves_the_rest_joined():
    middle = edits.insert_node(
        TWO, "link1", Node("drop", "dropout"), input_port="input", output_port="output"
    )
    assert [(k.id, k.source, k.target) for k in middle.links] == [
        ("link1", "lstm", "drop"),
        ("link2", "drop", "dense"),
    ]


def test_pasting_copies_the_links_inside_and_none_that_lead_out():
    outward = Link("link2", "dense", "output", "elsewhere", "input")
    pasted, new_ids = edits.paste(TWO, Fragment(TWO.nodes, (*TWO.links, outward)), 5, 7)
    assert new_ids == ("lstm2", "dense2")
    assert pasted.node("lstm2") == Node("lstm2", "lstm", 15, 27, params={"units": 8})
    assert pasted.links == (*TWO.links, Link("link2", "lstm2", "sequence", "dense2", "input"))


def test_what_was_cut_comes_back_under_its_own_name():
    pasted, new_ids = edits.paste(edits.remove(TWO, ["lstm", "dense"]), Fragment(TWO.nodes, TWO.links), 0, 0)
    assert pasted == TWO
    assert new_ids == ("lstm", "dense")


@given(designs(), designs())
def test_pasting_never_repeats_an_id(design, part):
    pasted, new_ids = edits.paste(design, Fragment(part.nodes, part.links), 0, 0)
    assert len({n.id for n in pasted.nodes}) == len(pasted.nodes) == len(design.nodes) + len(part.nodes)
    assert len({k.id for k in pasted.links}) == len(pasted.links) == len(design.links) + len(part.links)
    assert len(new_ids) == len(part.nodes)


def test_the_rest_of_a_design_is_edited_by_name():
    design = edits.set_notes(edits.set_name(edits.rename_node(TWO, "lstm", "Memory"), "mine"), "why")
    assert (design.node("lstm").title, design.name, design.notes) == ("Memory", "mine", "why")
    design = edits.set_plan(design, epochs=3, clip_norm=None)
    assert design.plan == TrainingPlan(epochs=3, clip_norm=None)
    design = edits.set_task(design, Choice("text", {"path": "a.txt", "old": 1}))
    design = edits.remove_task_params(edits.set_task_params(design, {"length": 20}), ["old"])
    assert design.task == Choice("text", {"path": "a.txt", "length": 20})
    design = edits.set_optimizer_params(design, {"learning_rate": 0.1, "old": 1})
    assert edits.remove_optimizer_params(design, ["old"]).plan.optimizer == Choice(
        "adam", {"learning_rate": 0.1}
    )
    with pytest.raises(TypeError):
        edits.set_plan(design, epoch=3)


def test_one_link_is_changed_in_its_place():
    assert edits.replace_link(TWO, "link1", delay=1).links == (
        Link("link1", "lstm", "sequence", "dense", "input", 1),
    )
