"""Kinds that fit at a port or into a link, best first, and the space for them."""

from rnnstudio.design import compatible_kinds
from rnnstudio.design.compatible_kinds import PortType
from rnnstudio.design.model import Node
from rnnstudio.design.rules import check
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.engine.catalogue import catalogue
from tests.design.kinds import CATALOGUE, FACTS, chain

REAL, TOKENS = (Content.REAL,), (Content.TOKENS,)
SEQUENCE, VECTOR, STATE = (Signal.SEQUENCE,), (Signal.VECTOR,), (Signal.STATE,)
SPECS = list(catalogue().nodes)


def kinds(specs):
    return [spec.kind for spec in specs]


def test_only_what_reads_tokens_is_offered_behind_tokens():
    found = kinds(compatible_kinds.kinds_after(SPECS, PortType(SEQUENCE, TOKENS)))
    assert set(found) == {"embedding", "one_hot", "repeat"} and found[-1] == "repeat"


def test_cells_come_first_behind_a_sequence_and_what_needs_more_wires_late():
    found = compatible_kinds.kinds_after(SPECS, PortType(SEQUENCE, REAL))
    assert found[0].family == "cell"
    assert kinds(found).index("dense") < kinds(found).index("add") < kinds(found).index("repeat")
    assert all(any(Signal.SEQUENCE in port.signals for port in spec.inputs) for spec in found)


def test_layers_come_first_behind_a_cell_and_plain_kinds_before_special_ones():
    found = compatible_kinds.kinds_after(SPECS, PortType(SEQUENCE, REAL), "cell")
    assert kinds(found)[:2] == ["dense", "dropout"]
    cells = [
        spec.kind
        for spec in compatible_kinds.kinds_after(SPECS, PortType(SEQUENCE, REAL))
        if spec.family == "cell"
    ]
    assert cells[:2] == ["gru", "lstm"]


def test_what_takes_states_is_offered_behind_a_state():
    assert {spec.family for spec in compatible_kinds.kinds_after(SPECS, PortType(STATE, REAL))} == {"cell"}


def test_what_gives_tokens_is_offered_before_an_embedding():
    found = kinds(compatible_kinds.kinds_before(SPECS, PortType(SEQUENCE, TOKENS)))
    assert found == ["tokens", "classification"], "a head gives them one step later"


def test_a_vector_becomes_a_sequence_between_by_repeating():
    assert "repeat" in kinds(
        compatible_kinds.kinds_between(SPECS, PortType(VECTOR, REAL), PortType(SEQUENCE, REAL))
    )
    assert "dense" not in kinds(
        compatible_kinds.kinds_between(SPECS, PortType(VECTOR, REAL), PortType(SEQUENCE, REAL))
    )


def test_between_sequences_stands_what_takes_and_gives_them():
    found = kinds(compatible_kinds.kinds_between(SPECS, PortType(SEQUENCE, REAL), PortType(SEQUENCE, REAL)))
    assert {"lstm", "dense", "dropout", "reverse"} <= set(found)
    assert not {"last_step", "embedding", "tokens", "regression"} & set(found)


def test_a_shape_says_more_than_a_port():
    port = catalogue().nodes.get("dense").output("output")
    assert PortType.of(port).signals == (Signal.SEQUENCE, Signal.VECTOR)
    assert PortType.of(port, Shape(Signal.VECTOR, Content.REAL, 3)).signals == VECTOR


def test_the_family_and_ports_of_a_node_lead_what_may_replace_it():
    found = compatible_kinds.similar_kinds(SPECS, catalogue().nodes.get("lstm"))
    assert found[0].family == "cell" and "lstm" not in kinds(found)
    assert len(found) == len(SPECS) - 1


def test_a_node_put_into_a_link_is_joined_on_both_sides():
    design = chain()
    after = compatible_kinds.insert_into_link(
        design, design.link("link3"), Node("drop", "dropout"), ("input", "output")
    )
    assert not [p for p in check(after, CATALOGUE, FACTS).problems if p.severity == "error"]
    assert {(k.source, k.target) for k in after.links} >= {("cell", "drop"), ("drop", "dense")}


def test_a_node_that_stands_already_is_put_into_a_link():
    from rnnstudio.design import edits

    design = edits.add_node(chain(), Node("drop", "dropout"))
    after = compatible_kinds.insert_into_link(
        design, design.link("link3"), design.node("drop"), ("input", "output")
    )
    assert len(after.nodes) == len(design.nodes) and len(after.links) == len(design.links) + 1
