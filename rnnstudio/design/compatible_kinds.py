"""The kinds of nodes that fit a port or a link, best first.

The decision depends on ports only, not on the task or its data. An output with the same signals as the
input is assumed to pass its input on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rnnstudio.design import edits
from rnnstudio.design.model import Design, Link, Node
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import NodeSpec, PortSpec

_ONWARD = ("cell", "layer", "structure", "head", "input")  # the most likely families after an output
_BEHIND_CELL = ("layer", "structure", "head", "cell", "input")
_BEFORE = ("cell", "layer", "structure", "input", "head")  # and before an input


@dataclass(frozen=True)
class PortType:
    """The signals and contents that a port may carry."""

    signals: tuple[Signal, ...]
    contents: tuple[Content, ...]

    @classmethod
    def of(cls, port: PortSpec, shape: Shape | None = None) -> PortType:
        """Return the type of a port: that of its shape if known, or all that the port allows."""
        if shape is not None:
            return cls((shape.signal,), (shape.content,))
        return cls(port.signals, port.contents)

    def is_compatible(self, port: PortSpec) -> bool:
        """Return whether a port shares a signal and a content with this type."""
        return not {*self.signals}.isdisjoint(port.signals) and not {*self.contents}.isdisjoint(port.contents)


def inputs_for(spec: NodeSpec, given: PortType) -> list[PortSpec]:
    """Return the inputs of a kind that accept a type, required ones first."""
    return sorted(
        (port for port in spec.inputs if given.is_compatible(port)), key=lambda port: not port.required
    )


def outputs_for(spec: NodeSpec, taken: PortType) -> list[PortSpec]:
    """Return the outputs of a kind that can have a type, delayed ones last."""
    return sorted((port for port in spec.outputs if taken.is_compatible(port)), key=lambda port: port.delayed)


def insertion_ports(spec: NodeSpec, given: PortType, taken: PortType) -> tuple[str, str] | None:
    """Return the input and the output by which a node of a kind can be inserted into a link, or None."""
    for port in inputs_for(spec, given):
        for out in outputs_for(spec, taken):
            if out.delayed:
                continue
            passes_on = out.signals == port.signals and len(out.signals) > 1
            if passes_on and {*given.signals}.isdisjoint(taken.signals):
                continue
            if port.required or not any(other.required for other in spec.inputs):
                return port.name, out.name
    return None


def kinds_after(specs: Iterable[NodeSpec], given: PortType, family: str = "") -> list[NodeSpec]:
    """Return the kinds that accept what an output of a node of ``family`` gives, best first."""
    families = _BEHIND_CELL if family == "cell" else _ONWARD
    return _sorted((s for s in specs if inputs_for(s, given)), families, given)


def kinds_before(specs: Iterable[NodeSpec], taken: PortType) -> list[NodeSpec]:
    """Return the kinds that can feed an input, best first."""
    return _sorted((s for s in specs if outputs_for(s, taken)), _BEFORE, None)


def kinds_between(specs: Iterable[NodeSpec], given: PortType, taken: PortType) -> list[NodeSpec]:
    """Return the kinds that can be inserted into a link, best first."""
    return _sorted((s for s in specs if insertion_ports(s, given, taken)), _ONWARD, given)


def similar_kinds(specs: Iterable[NodeSpec], spec: NodeSpec) -> list[NodeSpec]:
    """Return all other kinds, sorted by family and by the number of ports in common."""
    ports = {(port.name, port in spec.outputs) for port in (*spec.inputs, *spec.outputs)}

    def order(other: NodeSpec) -> tuple[bool, int, int]:
        common = ports & {(port.name, port in other.outputs) for port in (*other.inputs, *other.outputs)}
        return other.family != spec.family, -len(common), len(other.title)

    return sorted((other for other in specs if other.kind != spec.kind), key=order)


def _sorted(specs: Iterable[NodeSpec], families: tuple[str, ...], given: PortType | None) -> list[NodeSpec]:
    """Sort by the number of further required inputs, by family, and by the length of the title."""

    def order(spec: NodeSpec) -> tuple[bool, bool, int, int, int, str]:
        required = [port for port in spec.inputs if port.required]
        main = given is not None and bool(required) and given.is_compatible(required[0])
        family = families.index(spec.family) if spec.family in families else len(families)
        delayed = bool(spec.outputs) and given is None and all(port.delayed for port in spec.outputs)
        return (
            given is not None and not main,
            delayed,
            max(len(required) - 1, 0),
            family,
            len(spec.title),
            spec.title,
        )

    return sorted(specs, key=order)


# ----------------------------------------------------------------------------------- edits


def insert_into_link(design: Design, link: Link, node: Node, ports: tuple[str, str]) -> Design:
    """Insert a new or existing node into a link by its ``ports`` (input, output).

    The part of the link before the node keeps the delay.
    """
    if all(other.id != node.id for other in design.nodes):
        return edits.insert_node(design, link.id, node, input_port=ports[0], output_port=ports[1])
    onward = Link(edits.new_link_id(design), node.id, ports[1], link.target, link.target_port)
    return edits.connect(edits.replace_link(design, link.id, target=node.id, target_port=ports[0]), onward)
