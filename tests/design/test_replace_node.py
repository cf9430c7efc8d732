"""Replacing a node keeps what is still valid."""

import pytest
from msgspec.structs import replace

from rnnstudio.design import codec
from rnnstudio.design.model import Design
from rnnstudio.design.replace_node import replace_node
from rnnstudio.design.rules import check
from rnnstudio.engine.catalogue import catalogue
from tests.data_kit import check_training
from tests.design.kinds import CATALOGUE, FACTS, chain, draw


def replaced(design, node, kind, **more):
    return replace_node(design, CATALOGUE, check(design, CATALOGUE, FACTS), node, kind, **more)


def wires(design):
    return {f"{k.source}.{k.source_port} -> {k.target}.{k.target_port}" for k in design.links}


def test_id_place_title_and_valid_parameters_stay():
    design = chain(cell=("cell", {"units": 12, "bias": 2.0}))
    design = replace(
        design, nodes=tuple(replace(n, title="mine") if n.id == "cell" else n for n in design.nodes)
    )
    node = replaced(design, "cell", "dense").node("cell")
    assert (node.kind, node.title, node.x, node.params) == ("dense", "mine", 400.0, {"units": 12})


def test_a_parameter_that_the_new_kind_refuses_goes():
    design = chain(dense=("dense", {"units": 0, "activation": "tanh"}))
    assert replaced(design, "dense", "cell").node("dense").params == {}


def test_links_move_to_the_ports_that_fit():
    assert wires(replaced(chain(), "cell", "dense")) == {
        "tokens.tokens -> embedding.tokens",
        "embedding.sequence -> cell.input",
        "cell.output -> dense.input",
        "dense.output -> head.logits",
    }


def test_links_that_fit_no_port_are_removed():
    assert wires(replaced(chain(), "cell", "last")) == {
        "tokens.tokens -> embedding.tokens",
        "embedding.sequence -> cell.sequence",
        "cell.vector -> dense.input",
        "dense.output -> head.logits",
    }
    assert wires(replaced(chain(), "cell", "head")) == {
        "tokens.tokens -> embedding.tokens",
        "embedding.sequence -> cell.logits",
        "dense.output -> head.logits",
    }


def test_two_links_do_not_move_to_one_input():
    design = draw(
        "a.sequence -> j.first", "b.sequence -> j.second", "j.output -> d.input",
        a="cell", b="cell", j="join", d="dense",
    )  # fmt: skip
    assert wires(replaced(design, "j", "dense")) == {"a.sequence -> j.input", "j.output -> d.input"}


def test_a_loop_of_one_node_stays():
    design = draw("a.output ~> a.input", a="dense")
    (link,) = replaced(design, "a", "cell").links
    assert (link.source_port, link.target_port, link.delay) == ("sequence", "sequence", 1)


def test_what_the_new_node_is_to_have_besides_is_taken():
    node = replaced(chain(), "dense", "cell", title="Yours", params={"units": 3}).node("dense")
    assert (node.title, node.params) == ("Yours", {"units": 3})


KINDS = [spec.kind for spec in catalogue().nodes]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_may_be_in_place_of_every_other(kind):
    """The result is a document, names only ports that there are, and no input has two links."""
    from rnnstudio.design.model import Link, Node

    known = catalogue()
    spec = known.nodes.get(kind)
    inputs = [Link(f"in{p.name}", "from", "sequence", "it", p.name) for p in spec.inputs]
    outputs = [Link(f"out{p.name}", "it", p.name, f"to{n}", "sequence") for n, p in enumerate(spec.outputs)]
    design = Design(
        nodes=(Node("from", "lstm"), Node("it", kind), *(Node(k.target, "gru") for k in outputs)),
        links=(*inputs, *outputs),
    )
    report = check_training(design)
    for other in known.nodes:
        after = replace_node(design, known, report, "it", other.kind)
        codec.encode(after)
        mine = [k for k in after.links if k.target == "it"]
        assert len({k.target_port for k in mine}) == len(mine)
        assert all(other.input(k.target_port) is not None for k in mine)
        assert all(other.output(k.source_port) is not None for k in after.links if k.source == "it")
