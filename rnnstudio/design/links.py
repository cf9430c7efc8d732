"""Checking whether two ports can be linked; a refusal gives the reason as a type and a message."""

from __future__ import annotations

from dataclasses import dataclass

from rnnstudio.design.message import Message, message
from rnnstudio.design.model import Design, NodeId
from rnnstudio.design.network import Network
from rnnstudio.design.phrases import mismatch, shape_words, signal_words
from rnnstudio.design.problems import Report
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import PortSpec


@dataclass(frozen=True)
class Refusal:
    """The reason why two ports cannot be linked."""

    message: Message

    @property
    def sentence(self) -> str:
        """The message in English."""
        return str(self.message)


class NodeGone(Refusal):
    """The node of one end does not exist."""


class UnknownKind(Refusal):
    """The node of one end is of a kind that is not installed."""


class NotAnOutput(Refusal):
    """The source port is not an output."""


class NotAnInput(Refusal):
    """The target port is not an input."""


class SameNode(Refusal):
    """Both ends are on the same node."""


class AlreadyLinked(Refusal):
    """The ports are already linked."""


class WrongContent(Refusal):
    """The source gives tokens and the target needs features, or the reverse."""


class WrongSignal(Refusal):
    """The source gives another signal (sequence, vector or state) than the target needs."""


class WouldLoop(Refusal):
    """The link would close a loop within one time step."""


class CannotWait(Refusal):
    """The output cannot be delayed by one step."""


class PortTaken(Refusal):
    """The input already has a link."""


class _Latest:
    """The last network: dragging a link checks every port on the canvas."""

    network: Network | None = None


def build_network(design: Design, catalogue: Catalogue) -> Network:
    """Return the network of a design, and cache it for `refusal`."""
    _Latest.network = Network(design, catalogue)
    return _Latest.network


def cached_network(design: Design, catalogue: Catalogue) -> Network:
    """Return the network of a design, from the cache if possible."""
    network = _Latest.network
    if network is None or network.design is not design or network.catalogue is not catalogue:
        return build_network(design, catalogue)
    return network


def refusal(
    design: Design,
    catalogue: Catalogue,
    report: Report,
    source: tuple[NodeId, str],
    target: tuple[NodeId, str],
    delay: int = 0,
) -> Refusal | None:
    """Return why the output ``source`` cannot be linked to the input ``target``, or None if it can.

    ``report`` may be that of an earlier design; only its shapes are used. ``delay`` is that of the
    link: one of a step may close a loop, even on one node, where what comes out can wait.
    """
    network = cached_network(design, catalogue)
    (from_id, from_port), (to_id, to_port) = source, target
    if from_id not in network.nodes or to_id not in network.nodes:
        return NodeGone(message("One end of this link is on a node that is no longer there."))
    for node_id in (from_id, to_id):
        if node_id not in network.specs:
            return UnknownKind(
                message("“{node}” is of a kind that is not installed here.", node=network.names[node_id])
            )
    given = network.specs[from_id].output(from_port)
    taken = network.specs[to_id].input(to_port)
    if given is None:
        return NotAnOutput(
            message("“{node}” has no output there. Begin a link at an output.", node=network.names[from_id])
        )
    if taken is None:
        return NotAnInput(
            message("“{node}” has no input there. End a link at an input.", node=network.names[to_id])
        )
    if from_id == to_id and not delay:
        return SameNode(
            message("“{node}” cannot feed itself within one time step.", node=network.names[to_id])
        )
    return _between(network, report.shapes.get(source), given, taken, source, target, delay)


def default_delay(
    design: Design,
    catalogue: Catalogue,
    report: Report,
    source: tuple[NodeId, str],
    target: tuple[NodeId, str],
) -> tuple[int, Refusal | None]:
    """Return the delay that a new link between two ports needs, and why it is refused, if it is.

    It is 1 where what comes out is known only when its step is over, and where the link would close
    a loop within one step but can wait.
    """
    network = cached_network(design, catalogue)
    spec = network.specs.get(source[0])
    given = spec.output(source[1]) if spec is not None else None
    if given is not None and given.delayed:
        return 1, refusal(design, catalogue, report, source, target, 1)
    why = refusal(design, catalogue, report, source, target)
    if isinstance(why, SameNode | WouldLoop):
        later = refusal(design, catalogue, report, source, target, 1)
        if later is None:
            return 1, None
        if not isinstance(later, CannotWait):
            return 0, later
    return 0, why


def _between(
    network: Network,
    shape: Shape | None,
    given: PortSpec,
    taken: PortSpec,
    source: tuple[NodeId, str],
    target: tuple[NodeId, str],
    delay: int,
) -> Refusal | None:
    from_name, to_name = network.names[source[0]], network.names[target[0]]
    present = network.incoming[target[0]].get(target[1])
    if present is not None and (present.source, present.source_port) == source:
        return AlreadyLinked(
            message("“{source}” is linked to “{target}” there already.", source=from_name, target=to_name)
        )
    contents, signals = (
        ((shape.content,), (shape.signal,)) if shape is not None else (given.contents, given.signals)
    )
    if {*contents}.isdisjoint(taken.contents):
        return WrongContent(mismatch(to_name, taken, from_name, shape or given))
    if {*signals}.isdisjoint(taken.signals):
        return WrongSignal(mismatch(to_name, taken, from_name, shape or given))
    if delay and not _can_wait(given, shape):
        words = shape_words(shape) if shape is not None else signal_words(given)
        return CannotWait(
            message(
                "Only a sequence of features can come one step later; “{source}” gives {words}.",
                source=from_name,
                words=words,
            )
        )
    if not delay and not given.delayed and network.has_dependency(source[0], target[0]):
        return WouldLoop(
            message(
                "This would close a loop within one time step: “{source}” depends on “{target}”.",
                source=from_name,
                target=to_name,
            )
        )
    if present is not None:
        return PortTaken(
            message(
                "“{port}” of {target} has a link already, from “{present}”. Remove that one first.",
                port=taken.title,
                target=to_name,
                present=network.names[present.source],
            )
        )
    return None


def _can_wait(given: PortSpec, shape: Shape | None) -> bool:
    """Return whether an output can be delayed by one step."""
    signals, contents = (
        ((shape.signal,), (shape.content,)) if shape is not None else (given.signals, given.contents)
    )
    return Signal.SEQUENCE in signals and (given.delayed or Content.REAL in contents)
