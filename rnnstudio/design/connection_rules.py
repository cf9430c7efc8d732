"""Whether ids, links, loops and inputs make a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial

from rnnstudio.design import edits, fixes
from rnnstudio.design.messages import shown, signal_words
from rnnstudio.design.model import Design, Link, LinkId, NodeId, Params
from rnnstudio.design.network import LinkFault, Network
from rnnstudio.design.problems import Fix, Problem
from rnnstudio.design.shapes import ShapeInference
from rnnstudio.design.signals import Signal


def check_ids(design: Design) -> list[Problem]:
    """Tell which ids stand for two things."""
    problems = []
    for what, ids in (("nodes", [n.id for n in design.nodes]), ("links", [k.id for k in design.links])):
        if len(set(ids)) < len(ids):
            for double in (i for i, count in Counter(map(str, ids)).items() if count > 1):
                sentence = (
                    f"Two {what} have the id {shown(double)}. Remove one of them, or give it another id."
                )
                where = {"node": NodeId(double)} if what == "nodes" else {"link": LinkId(double)}
                problems.append(Problem("double-id", sentence, **where))
    return problems


def check_links(network: Network) -> list[Problem]:
    """Tell which links are no part of the network, and why."""
    problems = []
    for link, fault in network.faults:
        fix: Fix = fixes.remove_link(link)
        node: NodeId | None = link.target
        port: str | None = link.target_port
        if fault is LinkFault.LOST_NODE:
            lost = link.source if link.source not in network.nodes else link.target
            direction = "from" if lost == link.source else "to"
            sentence = f"The link {shown(link.id)} goes {direction} a missing node: {shown(lost)}. Remove it."
            node, port = None, None
        elif fault is LinkFault.LOST_OUTPUT:
            node, port = link.source, link.source_port
            sentence = (
                f"{network.names[node]} has no output {shown(port)}. Remove the link and draw it again."
            )
        elif fault is LinkFault.LOST_INPUT:
            name = network.names[link.target]
            sentence = f"{name} has no input {shown(link.target_port)}. Remove the link and draw it again."
        elif fault is LinkFault.TAKEN:
            name = _port_name(network, link.target, link.target_port)
            sentence = f"{name} takes one link and has several. Remove one."
        else:
            delay = int(link.delay > 0)
            sentence = f"The delay of the link {shown(link.id)} must be 0 or 1 step; got {shown(link.delay)}."
            fix = Fix(f"Set the delay to {delay}", partial(edits.replace_link, link_id=link.id, delay=delay))
        problems.append(Problem(fault.value, sentence, node, port, link.id, fix))
    return problems


def _port_name(network: Network, node_id: NodeId, name: str) -> str:
    spec = network.specs.get(node_id)
    port = spec.input(name) if spec is not None else None
    return f"“{port.title if port is not None else name}” of {network.names[node_id]}"


def check_loops(network: Network) -> list[Problem]:
    """Tell which nodes wait for each other within one time step."""
    problems = []
    for loop in network.loops:
        names = [network.names[node_id] for node_id in loop]
        if len(names) > 6:
            names[5:] = [f"{len(names) - 5} more"]
        fix, closing = fixes.close_loop(network, loop)
        said = (
            f"“{names[0]}” waits for itself"
            if len(loop) == 1
            else (f"{', '.join(names[:-1])} and {names[-1]} wait for each other")
        )
        sentence = f"{said} within one time step. Delay a link of the loop by one step, or remove it."
        link = closing[0]
        problems.append(Problem("loop", sentence, link.target, link.target_port, link.id, fix))
    return problems


def check_cycles(network: Network, params: Mapping[NodeId, Params], shapes: ShapeInference) -> list[Problem]:
    """Tell what in a loop needs the whole sequence, which is not there yet when it runs."""
    problems = []
    for cycle in network.cycles():
        members = set(cycle)
        for node_id in cycle:
            spec = network.specs.get(node_id)
            if spec is None or node_id not in params or spec.is_causal(params[node_id]):
                continue
            link = next(k for k in network.incoming[node_id].values() if k.source in members)
            sentence = (
                f"{network.names[node_id]} stands in a loop and needs steps that are still to come. "
                "Take it out of the loop, or let it run forward in time."
            )
            problems.append(Problem("not-causal", sentence, node_id, link.target_port, link.id))
        if all(members.isdisjoint(loop) for loop in network.loops):  # that a loop never starts is told before
            for node_id in cycle:
                for link in network.incoming[node_id].values():
                    if link.source in members and _needs_all(network, shapes, link):
                        problems.append(_whole_in_loop(network, link))
    return problems


def _needs_all(network: Network, shapes: ShapeInference, link: Link) -> bool:
    """Return whether what a link carries is known only when its whole sequence is."""
    source, target = network.specs.get(link.source), network.specs.get(link.target)
    given = source.output(link.source_port) if source is not None else None
    taken = target.input(link.target_port) if target is not None else None
    if taken is not None and taken.other_clock:
        return True
    shape = shapes.outputs.get((link.source, link.source_port))
    if shape is not None:
        return shape.signal is not Signal.SEQUENCE
    return given is not None and Signal.SEQUENCE not in given.signals


def _whole_in_loop(network: Network, link: Link) -> Problem:
    name = _port_name(network, link.target, link.target_port)
    sentence = (
        f"{name} needs the whole of a sequence, and stands in a loop, where steps are still to come. "
        "Remove the link, or connect what is outside the loop."
    )
    fix = fixes.remove_link(link)
    return Problem("not-causal", sentence, link.target, link.target_port, link.id, fix)


def check_inputs(network: Network, shapes: ShapeInference) -> list[Problem]:
    """Tell which required inputs have no link."""
    problems = []
    producers = None
    for node_id, spec in network.specs.items():
        linked = network.incoming[node_id]
        for port in spec.inputs:
            if port.required and port.name not in linked:
                producers = producers or fixes.Producers(network, shapes.outputs)
                fix = producers.fix(node_id, port)
                way = f"{fix.title}." if fix else "Connect a node that gives one."
                sentence = f"{network.names[node_id]} needs {signal_words(port)} on “{port.title}”. {way}"
                problems.append(Problem("missing-input", sentence, node_id, port.name, fix=fix))
    return problems
