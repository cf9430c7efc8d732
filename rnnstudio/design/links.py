"""Whether two ports may be joined; a refusal says why, as a type and in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from rnnstudio.design.model import Design, NodeId
from rnnstudio.design.problems import Report
from rnnstudio.design.spec import Catalogue
from rnnstudio.design.wording import mismatch, node_title


@dataclass(frozen=True)
class Refusal:
    """Why a link may not be drawn."""

    sentence: str


class NotAPort(Refusal):
    """One end is no output, or the other no input."""


class SameNode(Refusal):
    """Both ends are on one node."""


class AlreadyLinked(Refusal):
    """There is such a link already."""


class PortTaken(Refusal):
    """The input has a link, and takes one."""


class WrongContent(Refusal):
    """Tokens where features are needed, or the reverse."""


class WrongSignal(Refusal):
    """A sequence, vector or state where another is needed."""


class WouldLoop(Refusal):
    """The link would close a loop within one time step."""


def refusal(
    design: Design,
    catalogue: Catalogue,
    report: Report,
    source: tuple[NodeId, str],
    target: tuple[NodeId, str],
) -> Refusal | None:
    """Return why the output ``source`` cannot be linked to the input ``target``, or None if it can."""
    nodes = {node.id: node for node in design.nodes}
    if source[0] not in nodes or target[0] not in nodes:
        return NotAPort("One end of this link is no longer there.")
    from_node, to_node = nodes[source[0]], nodes[target[0]]
    if from_node.kind not in catalogue.nodes or to_node.kind not in catalogue.nodes:
        return NotAPort("A node of a kind that is not installed cannot be linked.")
    given = catalogue.nodes.get(from_node.kind).output(source[1])
    taken = catalogue.nodes.get(to_node.kind).input(target[1])
    from_title, to_title = node_title(from_node, catalogue), node_title(to_node, catalogue)
    if given is None or taken is None:
        return NotAPort("A link leads from an output to an input.")
    if source[0] == target[0]:
        return SameNode(f"{from_title} cannot feed itself within one time step.")
    for link in design.links:
        if (link.target, link.target_port) == target:
            if (link.source, link.source_port) == source:
                return AlreadyLinked("These two ports are linked already.")
            return PortTaken(f"*{taken.title}* of {to_title} has a link already. Remove that one first.")
    if not set(given.contents) & set(taken.contents):
        return WrongContent(mismatch(to_title, taken, from_title, given))
    shape = report.shapes.get(source)
    signals = {shape.signal} if shape is not None else set(given.signals)
    if not signals & set(taken.signals):
        return WrongSignal(mismatch(to_title, taken, from_title, given))
    if _reaches(design, target[0], source[0]):
        return WouldLoop(f"This would close a loop within one time step: {from_title} depends on {to_title}.")
    return None


def _reaches(design: Design, start: NodeId, goal: NodeId) -> bool:
    consumers: dict[NodeId, list[NodeId]] = {}
    for link in design.links:
        if not link.delay:
            consumers.setdefault(link.source, []).append(link.target)
    seen, work = {start}, [start]
    while work:
        node_id = work.pop()
        if node_id == goal:
            return True
        fresh = set(consumers.get(node_id, ())) - seen
        seen |= fresh
        work.extend(fresh)
    return False
