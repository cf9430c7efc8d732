"""Replacing a node by one of another kind."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnnstudio.design import edits
from rnnstudio.design.compatible_kinds import PortType
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId, Value
from rnnstudio.design.problems import Report
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.spec import NodeSpec, PortSpec


def replace_node(
    design: Design,
    catalogue: Catalogue,
    report: Report,
    node_id: NodeId,
    kind: str,
    title: str = "",
    params: Mapping[str, Value] | None = None,
) -> Design:
    """Replace a node by one of another kind.

    The id, position, group and title are kept, and so are links and parameters that are valid for the new
    kind. A link whose port is missing or incompatible now moves to the first compatible free port, or is
    removed if there is none. ``title`` and ``params`` are additional values of the new node; ``report``
    is that of ``design``.
    """
    node, spec = design.node(node_id), catalogue.nodes.get(kind)
    known = catalogue.nodes.get(node.kind) if node.kind in catalogue.nodes else None
    kept = {**_valid(node.params, known, spec), **(params or {})}
    changed = replace(node, kind=kind, title=node.title or title, params=kept)
    changed = replace(changed, params={**kept, **_starts(node, changed, spec)})
    design = replace(design, nodes=tuple(changed if n.id == node_id else n for n in design.nodes))
    return _relink(design, catalogue, report, node_id, spec)


def _valid(params: Mapping[str, Value], old: NodeSpec | None, new: NodeSpec) -> dict[str, Value]:
    """Return the parameters that are valid and have the same meaning in the new kind."""
    titles = {param.name: param.title for param in old.params} if old is not None else {}
    return {
        param.name: params[param.name]
        for param in new.params
        if param.name in params
        and titles.get(param.name, param.title) == param.title
        and param.constraint.problem(params[param.name]) is None
    }


def _starts(node: Node, changed: Node, spec: NodeSpec) -> dict[str, Value]:
    """Return the initializers of the weights that still exist."""
    return {
        param.name: node.params[param.name]
        for param in spec.initializer_params(changed.params)
        if param.name in node.params and param.constraint.problem(node.params[param.name]) is None
    }


def _relink(design: Design, catalogue: Catalogue, report: Report, node_id: NodeId, spec: NodeSpec) -> Design:
    inputs: dict[LinkId, str] = {}
    outputs: dict[LinkId, str] = {}
    mine = [link for link in design.links if node_id in (link.source, link.target)]
    # Links that can keep their port come first, so that no other link takes it.
    for link in sorted(mine, key=lambda link: spec.input(link.target_port) is None):
        if link.target == node_id:
            runs = _given(design, catalogue, report, link, node_id, spec)
            free = [port for port in spec.inputs if port.name not in inputs.values()]
            found = _port(free, link.target_port, runs)
            if found is not None:
                inputs[link.id] = found.name
        if link.source == node_id:
            runs = _taken(design, catalogue, link, node_id, spec)
            fitting = [port for port in spec.outputs if not port.delayed or link.delay]
            found = _port(fitting, link.source_port, runs)
            if found is not None:
                outputs[link.id] = found.name
    lost = [
        link.id
        for link in mine
        if (link.target == node_id and link.id not in inputs)
        or (link.source == node_id and link.id not in outputs)
    ]
    for link_id, port in inputs.items():
        design = edits.replace_link(design, link_id, target_port=port)
    for link_id, port in outputs.items():
        design = edits.replace_link(design, link_id, source_port=port)
    return edits.remove(design, link_ids=lost)


def _port(ports: list[PortSpec], name: str, runs: PortType | None) -> PortSpec | None:
    """Return the port of this name if it is compatible, otherwise the first that is."""
    fitting = [port for port in ports if runs is None or runs.is_compatible(port)]
    named = next((port for port in fitting if port.name == name), None)
    return named if named is not None else next(iter(fitting), None)


def _given(
    design: Design, catalogue: Catalogue, report: Report, link: Link, node_id: NodeId, spec: NodeSpec
) -> PortType | None:
    """Return the type of the source of a link, or None if unknown."""
    if link.source == node_id:
        port = spec.output(link.source_port)
        return PortType.of(port) if port is not None else None
    other = _spec(design, catalogue, link.source)
    port = other.output(link.source_port) if other is not None else None
    return PortType.of(port, report.shapes.get((link.source, link.source_port))) if port is not None else None


def _taken(
    design: Design, catalogue: Catalogue, link: Link, node_id: NodeId, spec: NodeSpec
) -> PortType | None:
    """Return the type of the target of a link, or None if unknown."""
    other = spec if link.target == node_id else _spec(design, catalogue, link.target)
    port = other.input(link.target_port) if other is not None else None
    return PortType.of(port) if port is not None else None


def _spec(design: Design, catalogue: Catalogue, node_id: NodeId) -> NodeSpec | None:
    node = next((n for n in design.nodes if n.id == node_id), None)
    return catalogue.nodes.get(node.kind) if node is not None and node.kind in catalogue.nodes else None
