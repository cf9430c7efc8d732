"""The ways out that a problem offers: edits that make it go away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, reduce

from rnnstudio.design import edits
from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import Message, message
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId, Value
from rnnstudio.design.network import Network
from rnnstudio.design.phrases import shown, within
from rnnstudio.design.problems import Fix
from rnnstudio.design.signals import Shape
from rnnstudio.design.spec import NodeSpec, PortSpec
from rnnstudio.design.streams import Facts

Known = Mapping[tuple[NodeId, str], Shape]
Params = Mapping[NodeId, Mapping[str, Value]]
FEW = 8  # candidates beyond which none is the obvious one
STEP = 200.0  # pixels between a new node and the one it follows


def could_fit(given: PortSpec, taken: PortSpec) -> bool:
    """Return whether an output can ever give what an input takes."""
    return not {*given.signals}.isdisjoint(taken.signals) and not {*given.contents}.isdisjoint(taken.contents)


def takes(port: PortSpec, shape: Shape) -> bool:
    """Return whether an input takes a shape."""
    return shape.signal in port.signals and shape.content in port.contents


# ------------------------------------------------------------------------------------- links


def remove_link(link: Link) -> Fix:
    """Offer to take a link away."""
    return Fix(message("Remove the link"), partial(edits.remove, link_ids=(link.id,)))


def delay(*links: Link) -> Callable[[Design], Design]:
    """Return the edit that delays links by one step."""
    return partial(_delay, links=tuple(link.id for link in links))


def close_loop(network: Network, loop: list[NodeId]) -> tuple[Fix, list[Link]]:
    """Offer a delay of one step on the links that close a loop, or to take them away."""
    closing = network.closing_links(loop)
    which = ", ".join(f"{network.names[k.source]} → {network.names[k.target]}" for k in closing[:3])
    which += " …" if len(closing) > 3 else ""
    if all(_can_wait(network, link) for link in closing):
        return Fix(message("Delay {which} by one step", which=which), delay(*closing)), closing
    remove = partial(edits.remove, link_ids=tuple(k.id for k in closing))
    return Fix(message("Remove {which}", which=which), remove), closing


def _delay(design: Design, links: tuple[LinkId, ...]) -> Design:
    for link_id in links:
        design = edits.replace_link(design, link_id, delay=1)
    return design


def _can_wait(network: Network, link: Link) -> bool:
    spec = network.specs.get(link.source)
    port = spec.output(link.source_port) if spec is not None else None
    return (
        port is not None
        and any(signal.value == "sequence" for signal in port.signals)
        and (port.delayed or all(content.value == "real" for content in port.contents))
    )


class Producers:
    """The outputs of a network, to find the one that an unlinked input is meant for."""

    def __init__(self, network: Network, known: Known) -> None:
        self.network = network
        self.known = known
        self._ports = [
            (i, port) for i, spec in network.specs.items() for port in spec.outputs if not port.delayed
        ]
        self._answers: dict[tuple[object, ...], list[tuple[NodeId, PortSpec]]] = {}

    def fix(self, node_id: NodeId, port: PortSpec) -> Fix | None:
        """Offer the one output that fits and does not depend on the node; unused ones come first."""
        for unused in (True, False):
            fitting = self._fitting(port, unused)
            if len(fitting) > FEW:
                return None
            if not fitting:
                continue
            after = self.network.downstream((node_id,))
            fitting = [(i, out) for i, out in fitting if i not in after]
            if len(fitting) == 1:
                source, out = fitting[0]
                link = Link(edits.new_link_id(self.network.design), source, out.name, node_id, port.name)
                return Fix(
                    message("Connect {node}", node=self.network.names[source]),
                    partial(edits.connect, link=link),
                )
            if fitting:
                return None
        return None

    def _fitting(self, port: PortSpec, unused: bool) -> list[tuple[NodeId, PortSpec]]:
        """Return the outputs that fit; alike ports get the same answer, so that it is found once."""
        key = (port.signals, port.contents, unused)
        if key not in self._answers:
            self._answers[key] = [
                (node_id, out)
                for node_id, out in self._ports
                if not (unused and self.network.outgoing[node_id]) and self._fits(node_id, out, port)
            ]
        return self._answers[key]

    def _fits(self, node_id: NodeId, out: PortSpec, port: PortSpec) -> bool:
        shape = self.known.get((node_id, out.name))
        return takes(port, shape) if shape is not None else could_fit(out, port)


# -------------------------------------------------------------------------------- mismatches


def for_mismatch(
    network: Network, known: Known, facts: Facts, link: Link, shape: Shape, port: PortSpec
) -> tuple[Fix, Message]:
    """Return a way to give an input what it takes, and the hint that says it.

    Another output of the same node, the node before it, or a node put between; to take the link
    away, where nothing fits.
    """
    for other in network.specs[link.source].outputs:
        found = known.get((link.source, other.name))
        if found is not None and takes(port, found):
            change = partial(edits.replace_link, link_id=link.id, source_port=other.name)
            fix = Fix(message("Connect “{port}”", port=other.title), change)
            return fix, message("Connect its “{port}”.", port=other.title)
    for before in network.incoming[link.source].values():
        found = known.get((before.source, before.source_port))
        if not before.delay and found is not None and takes(port, found):
            change = partial(
                edits.replace_link, link_id=link.id, source=before.source, source_port=before.source_port
            )
            name = network.names[before.source]
            fix = Fix(message("Connect {node}", node=name), change)
            return fix, message("Connect “{node}”, the node before it.", node=name)
    inserted = insert(network, facts, link, shape, partial(takes, port))
    if inserted is not None:
        return inserted, message("{fix} between them.", fix=inserted.message)
    return remove_link(link), message("Remove the link, or connect another node.")


def insert(
    network: Network, facts: Facts, link: Link, shape: Shape, fits: Callable[[Shape], bool]
) -> Fix | None:
    """Offer the first kind of node that turns a shape into one that fits, put into the link."""
    for spec in network.catalogue.nodes:
        required = [port for port in spec.inputs if port.required]
        if spec.family in ("cell", "head") or not spec.is_insertable or len(required) != 1:
            continue
        if required[0] is not spec.inputs[0] or not takes(required[0], shape):
            continue
        for out, given in _adapted(spec, shape, facts):
            if (given.signal, given.content) != (shape.signal, shape.content) and fits(given):
                change = partial(_insert, link_id=link.id, spec=spec, output_port=out)
                return Fix(message("Insert {node}", node=spec.title), change)
    return None


def _adapted(spec: NodeSpec, shape: Shape, facts: Facts) -> list[tuple[str, Shape]]:
    try:
        return list(spec.infer(spec.complete({}), {spec.inputs[0].name: shape}, facts).items())
    except StudioError:
        return []


def _insert(design: Design, link_id: LinkId, spec: NodeSpec, output_port: str) -> Design:
    link = design.link(link_id)
    ends = design.node(link.source), design.node(link.target)
    x, y = (sum(end.x for end in ends) / 2, sum(end.y for end in ends) / 2)
    node = Node(edits.new_node_id(design, spec.kind), spec.kind, x, y)
    return edits.insert_node(design, link_id, node, input_port=spec.inputs[0].name, output_port=output_port)


# ------------------------------------------------------------------------------------- sizes


def set_size(network: Network, params: Params, link: Link, size: int, needed: int) -> Fix | None:
    """Offer to set the nearest node upstream so that ``needed`` features arrive instead of ``size``."""
    source = network.sized_source(link.source)
    if source is None or source not in params or not size:
        return None
    spec = network.specs[source]
    name = spec.size_param or ""
    now = params[source].get(name)
    param = next((p for p in spec.params if p.name == name), None)
    # A state of two parts has two numbers for each unit.
    if param is None or not isinstance(now, int) or now * needed % size:
        return None
    value = now * needed // size
    if param.constraint.problem(value) is not None:
        return None
    change = partial(edits.set_params, node_ids=(source,), values={name: value})
    return Fix(message("Set {node} to {value}", node=network.names[source], value=shown(value)), change)


def set_values(name: str, node_id: NodeId, spec: NodeSpec, values: Mapping[str, Value]) -> Fix | None:
    """Offer to set some parameters of a node, where their constraints allow it."""
    params = [param for param in spec.params if param.name in values]
    if any(param.constraint.problem(values[param.name]) is not None for param in params):
        return None
    changes = (
        message("{param} to {value}", param=within(p.title), value=shown(values[p.name])) for p in params
    )
    words = reduce(lambda one, other: message("{one} and {other}", one=one, other=other), changes)
    change = partial(edits.set_params, node_ids=(node_id,), values=values)
    return Fix(message("Set {changes} in {node}", changes=words, node=name), change)


# ------------------------------------------------------------------------------------- nodes


def add_only(network: Network, family: str) -> Fix | None:
    """Offer a node of a family that has one kind: to the right of all, or an input to the left."""
    kinds = [spec for spec in network.catalogue.nodes if spec.family == family]
    if len(kinds) != 1:
        return None
    change = partial(_add, kind=kinds[0].kind, left=family == "input")
    return Fix(message("Add {node}", node=kinds[0].title), change)


def _add(design: Design, kind: str, left: bool) -> Design:
    at = (min if left else max)(design.nodes, key=lambda node: node.x, default=Node(NodeId(""), ""))
    x = at.x - STEP if left else at.x + STEP
    return edits.add_node(design, Node(edits.new_node_id(design, kind), kind, x, at.y))
