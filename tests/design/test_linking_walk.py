"""Random deletions, replacements, insertions and delays always give a valid document."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnstudio.design import codec, compatible_kinds, edits
from rnnstudio.design.compatible_kinds import PortType
from rnnstudio.design.delete_and_reconnect import delete_and_reconnect
from rnnstudio.design.link_delay import toggle_delay
from rnnstudio.design.links import Refusal
from rnnstudio.design.model import Node
from rnnstudio.design.replace_node import replace_node
from rnnstudio.design.rules import check
from rnnstudio.layout.push_apart import shift_right
from tests.design.designs import designs
from tests.design.kinds import CATALOGUE, FACTS

KINDS = st.sampled_from([spec.kind for spec in CATALOGUE.nodes] + ["nobody knows it"])
PORTS = st.sampled_from(["sequence", "state", "input", "output", "tokens", "first", "logits", "no port"])


def healed(draw, design, report):
    ids = [node.id for node in design.nodes]
    return (
        delete_and_reconnect(design, CATALOGUE, report, draw(st.sets(st.sampled_from(ids))))
        if ids
        else design
    )


def replaced(draw, design, report):
    if not design.nodes:
        return design
    kind = draw(st.sampled_from([spec.kind for spec in CATALOGUE.nodes]))
    return replace_node(
        design, CATALOGUE, report, draw(st.sampled_from([node.id for node in design.nodes])), kind
    )


def inserted(draw, design, report):
    if not design.links:
        return design
    link = draw(st.sampled_from(list(design.links)))
    specs = {node.id: node.kind for node in design.nodes}
    given = CATALOGUE.nodes.get(specs[link.source]) if specs[link.source] in CATALOGUE.nodes else None
    taken = CATALOGUE.nodes.get(specs[link.target]) if specs[link.target] in CATALOGUE.nodes else None
    out = given.output(link.source_port) if given else None
    into = taken.input(link.target_port) if taken else None
    if out is None or into is None:
        return design
    found = compatible_kinds.kinds_between(CATALOGUE.nodes, PortType.of(out), PortType.of(into))
    if not found:
        return design
    spec = draw(st.sampled_from(found))
    node = Node(edits.new_node_id(design, spec.kind), spec.kind, 10.0, 20.0)
    room = shift_right(design, draw(st.floats(-500, 500)), 48.0)
    return compatible_kinds.insert_into_link(
        room, link, node, compatible_kinds.insertion_ports(spec, PortType.of(out), PortType.of(into))
    )


def delayed(draw, design, report):
    if not design.links:
        return design
    ids = draw(st.sets(st.sampled_from([link.id for link in design.links]), min_size=1))
    after = toggle_delay(design, CATALOGUE, report, ids)
    return design if isinstance(after, Refusal) else after


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs(KINDS, PORTS), st.data())
def test_every_step_leaves_a_document(design, data):
    for step in data.draw(st.lists(st.sampled_from([healed, replaced, inserted, delayed]), max_size=5)):
        faults = {problem.link for problem in check(design, CATALOGUE, FACTS).problems}
        before = {link.id for link in design.links}
        design = step(data.draw, design, check(design, CATALOGUE, FACTS))
        ids = [node.id for node in design.nodes]
        links = [link.id for link in design.links]
        assert len(set(ids)) == len(ids) and len(set(links)) == len(links)
        assert all(link.source in ids and link.target in ids for link in design.links)
        assert codec.decode(codec.encode(design)) == design
        if step is healed:
            report = check(design, CATALOGUE, FACTS)
            fresh = {problem.link for problem in report.problems if problem.code in ("loop", "taken")}
            assert not {link for link in fresh - faults if link is not None} - before
