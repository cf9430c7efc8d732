"""Rules for ids, links, loops and inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial

from rnnstudio.design import edits, fixes
from rnnstudio.design.message import Message, joined, message
from rnnstudio.design.model import Design, Link, LinkId, NodeId, Params
from rnnstudio.design.network import LinkFault, Network
from rnnstudio.design.phrases import shown, signal_words
from rnnstudio.design.problems import Fix, Problem
from rnnstudio.design.shapes import ShapeInference
from rnnstudio.design.signals import Signal


def check_ids(design: Design) -> list[Problem]:
    """Report ids that are used twice."""
    problems = []
    nodes = message("Two nodes have the id {id}. Remove one of them, or give it another id.")
    links = message("Two links have the id {id}. Remove one of them, or give it another id.")
    for what, ids in ((nodes, [n.id for n in design.nodes]), (links, [k.id for k in design.links])):
        if len(set(ids)) < len(ids):
            for double in (i for i, count in Counter(map(str, ids)).items() if count > 1):
                where = {"node": NodeId(double)} if what is nodes else {"link": LinkId(double)}
                problems.append(Problem("double-id", what.with_args(id=shown(double)), **where))
    return problems


def check_links(network: Network) -> list[Problem]:
    """Report links that are not part of the network."""
    problems = []
    for link, fault in network.faults:
        fix: Fix = fixes.remove_link(link)
        node: NodeId | None = link.target
        port: str | None = link.target_port
        name: Message | str
        if fault is LinkFault.LOST_NODE:
            lost = link.source if link.source not in network.nodes else link.target
            sentence = (
                message("The link {link} goes from a missing node: {node}. Remove it.")
                if lost == link.source
                else message("The link {link} goes to a missing node: {node}. Remove it.")
            ).with_args(link=shown(link.id), node=shown(lost))
            node, port = None, None
        elif fault is LinkFault.LOST_OUTPUT:
            node, port = link.source, link.source_port
            sentence = message(
                "{node} has no output {port}. Remove the link and draw it again.",
                node=network.names[node],
                port=shown(port),
            )
        elif fault is LinkFault.LOST_INPUT:
            name = network.names[link.target]
            sentence = message(
                "{name} has no input {port}. Remove the link and draw it again.",
                name=name,
                port=shown(link.target_port),
            )
        elif fault is LinkFault.TAKEN:
            name = _port_name(network, link.target, link.target_port)
            sentence = message("{name} takes one link and has several. Remove one.", name=name)
        else:
            delay = int(link.delay > 0)
            sentence = message(
                "The delay of the link {link} must be 0 or 1 step; got {value}.",
                link=shown(link.id),
                value=shown(link.delay),
            )
            fix = Fix(
                message("Set the delay to {delay}", delay=delay),
                partial(edits.replace_link, link_id=link.id, delay=delay),
            )
        problems.append(Problem(fault.value, sentence, node, port, link.id, fix))
    return problems


def _port_name(network: Network, node_id: NodeId, name: str) -> Message:
    spec = network.specs.get(node_id)
    port = spec.input(name) if spec is not None else None
    title = port.title if port is not None else name
    return message("“{port}” of {node}", port=title, node=network.names[node_id])


def check_loops(network: Network) -> list[Problem]:
    """Report loops without a delayed link."""
    problems = []
    for loop in network.loops:
        names: list[Message | str] = [network.names[node_id] for node_id in loop]
        if len(names) > 6:
            names[5:] = [message("{count} more", count=len(names) - 5)]
        fix, closing = fixes.close_loop(network, loop)
        said = (
            message("“{name}” waits for itself", name=names[0])
            if len(loop) == 1
            else message(
                "{names} and {last} wait for each other", names=joined(names[:-1], ", "), last=names[-1]
            )
        )
        sentence = message(
            "{said} within one time step. Delay a link of the loop by one step, or remove it.", said=said
        )
        link = closing[0]
        problems.append(Problem("loop", sentence, link.target, link.target_port, link.id, fix))
    return problems


def check_cycles(network: Network, params: Mapping[NodeId, Params], shapes: ShapeInference) -> list[Problem]:
    """Report nodes and links of a loop that need a complete sequence before it exists."""
    problems = []
    for cycle in network.cycles():
        members = set(cycle)
        for node_id in cycle:
            spec = network.specs.get(node_id)
            if spec is None or node_id not in params or spec.is_causal(params[node_id]):
                continue
            link = next(k for k in network.incoming[node_id].values() if k.source in members)
            sentence = message(
                "{node} stands in a loop and needs steps that are still to come. Take it out of the "
                "loop, or let it run forward in time.",
                node=network.names[node_id],
            )
            problems.append(Problem("not-causal", sentence, node_id, link.target_port, link.id))
        if all(
            members.isdisjoint(loop) for loop in network.loops
        ):  # loops without a delay are reported by `check_loops`
            for node_id in cycle:
                for link in network.incoming[node_id].values():
                    if link.source in members and _needs_all(network, shapes, link):
                        problems.append(_whole_in_loop(network, link))
    return problems


def _needs_all(network: Network, shapes: ShapeInference, link: Link) -> bool:
    """Return whether a link needs the complete sequence of its source."""
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
    sentence = message(
        "{name} needs the whole of a sequence, and stands in a loop, where steps are still to "
        "come. Remove the link, or connect what is outside the loop.",
        name=name,
    )
    fix = fixes.remove_link(link)
    return Problem("not-causal", sentence, link.target, link.target_port, link.id, fix)


def check_inputs(network: Network, shapes: ShapeInference) -> list[Problem]:
    """Report required inputs without a link."""
    problems = []
    producers = None
    for node_id, spec in network.specs.items():
        linked = network.incoming[node_id]
        for port in spec.inputs:
            if port.required and port.name not in linked:
                producers = producers or fixes.Producers(network, shapes.outputs)
                fix = producers.fix(node_id, port)
                way = message("{fix}.", fix=fix.message) if fix else message("Connect a node that gives one.")
                sentence = message(
                    "{node} needs {signal} on “{port}”. {way}",
                    node=network.names[node_id],
                    signal=signal_words(port),
                    port=port.title,
                    way=way,
                )
                problems.append(Problem("missing-input", sentence, node_id, port.name, fix=fix))
    return problems
