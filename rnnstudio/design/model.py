"""The document as immutable values: a design with its nodes, links, annotations and training plan.

An edit returns a new design (see ``edits``). Views compare designs and update what differs.
"""

from collections.abc import Mapping
from typing import NewType

import msgspec

NodeId = NewType("NodeId", str)  # of any element: nodes, groups, frames and comments share a namespace
LinkId = NewType("LinkId", str)

Value = bool | int | float | str | None
Params = Mapping[str, Value]


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One part of the network, with its position on the canvas.

    ``params`` holds only values that differ from the kind's defaults or were set explicitly; it is never
    changed in place. ``x`` and ``y`` are the scene coordinates of the node's top left corner, in
    logical pixels. ``group`` is the id of the enclosing group, if any.
    """

    id: NodeId
    kind: str
    x: float = 0.0
    y: float = 0.0
    title: str = ""
    params: dict[str, Value] = {}
    group: str = ""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"collapsed": "folded"}):
    """Nodes that can be collapsed into one block; this does not change what they compute.

    ``x`` and ``y`` are the position of the collapsed group, ``group`` is the enclosing group, if any.
    ``names`` maps ports of the collapsed group, as ``node.port``, to their names. Files call
    ``collapsed`` "folded".
    """

    id: NodeId
    x: float = 0.0
    y: float = 0.0
    title: str = ""
    collapsed: bool = False
    group: str = ""
    names: dict[str, str] = {}


class Frame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A titled rectangle behind the nodes; moving it moves everything that lies completely inside it."""

    id: NodeId
    x: float = 0.0
    y: float = 0.0
    width: float = 320.0
    height: float = 200.0
    title: str = ""


class Comment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note on the canvas: a text in a box."""

    id: NodeId
    x: float = 0.0
    y: float = 0.0
    width: float = 200.0
    height: float = 96.0
    text: str = ""


Element = Node | Group | Frame | Comment


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A link from an output port to an input port; ``delay`` is 0 or 1 time step."""

    id: LinkId
    source: NodeId
    source_port: str
    target: NodeId
    target_port: str
    delay: int = 0


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A registered task, optimizer or schedule, with its parameters."""

    kind: str
    params: dict[str, Value] = {}


class TrainingPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a design is trained; ``plan.PLAN_PARAMS`` holds the constraints.

    Attributes
    ----------
    clip, clip_norm : what is clipped, and the limit; ``None`` disables clipping
    validation : the share of the sequences that is held out
    schedule : how the learning rate changes
    patience : the number of epochs without a better loss after which training stops and restores the
        best weights
    bucket : whether the sequences of a batch have similar lengths
    truncate : the number of time steps that the gradient is propagated back
    sampling_probability : how often an autoregressive link carries the network's output instead of the
        target
    """

    epochs: int = 10
    batch_size: int = 32
    optimizer: Choice = Choice("adam")
    clip_norm: float | None = 1.0
    validation: float = 0.1
    seed: int = 1
    dtype: str = "float32"
    schedule: Choice = Choice("constant")
    clip: str = "norm"
    patience: int | None = None
    bucket: bool = False
    truncate: int | None = None
    sampling_probability: float = 0.0


class Design(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole document."""

    name: str = "untitled"
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    task: Choice = Choice("names")
    plan: TrainingPlan = TrainingPlan()
    notes: str = ""
    groups: tuple[Group, ...] = ()
    frames: tuple[Frame, ...] = ()
    comments: tuple[Comment, ...] = ()

    @property
    def elements(self) -> tuple[Element, ...]:
        """Nodes, groups, frames and comments."""
        return (*self.nodes, *self.groups, *self.frames, *self.comments)

    def node(self, node_id: NodeId) -> Node:
        """Return the node with this id; raise ``KeyError`` if there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def link(self, link_id: LinkId) -> Link:
        """Return the link with this id; raise ``KeyError`` if there is none."""
        for link in self.links:
            if link.id == link_id:
                return link
        raise KeyError(link_id)
