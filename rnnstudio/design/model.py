"""The document as a value: a design, its nodes and links, and how it is to be trained.

Everything here is frozen. An edit makes a new design (see ``edits``); views compare and follow.
"""

from collections.abc import Mapping
from typing import NewType

import msgspec

NodeId = NewType(
    "NodeId", str
)  # also of groups, frames and comments: all that has a place shares one namespace
LinkId = NewType("LinkId", str)

Value = bool | int | float | str | None
Params = Mapping[str, Value]


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One part of the network at its place on the canvas.

    ``params`` holds only what differs from the kind's defaults or was set by hand; it is never
    changed in place. ``x`` and ``y`` are the scene coordinates of the node's top left corner, in
    logical pixels. ``group`` is the group that it is in, if any.
    """

    id: NodeId
    kind: str
    x: float = 0.0
    y: float = 0.0
    title: str = ""
    params: dict[str, Value] = {}
    group: str = ""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nodes that can be folded to one; what they compute is the same either way.

    ``x`` and ``y`` are where the folded group stands, ``group`` is the group that it is in itself.
    ``names`` gives ports of the folded group a name, by ``node.port``.
    """

    id: NodeId
    x: float = 0.0
    y: float = 0.0
    title: str = ""
    folded: bool = False
    group: str = ""
    names: dict[str, str] = {}


class Frame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A titled rectangle behind the nodes; it carries what lies wholly inside it."""

    id: NodeId
    x: float = 0.0
    y: float = 0.0
    width: float = 320.0
    height: float = 200.0
    title: str = ""


class Comment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note on the canvas: some text in a box of its own."""

    id: NodeId
    x: float = 0.0
    y: float = 0.0
    width: float = 200.0
    height: float = 96.0
    text: str = ""


Placed = Node | Group | Frame | Comment


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wire from an output port to an input port; ``delay`` is 0 or 1 time step."""

    id: LinkId
    source: NodeId
    source_port: str
    target: NodeId
    target_port: str
    delay: int = 0


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One registered kind with its parameters: a task, an optimizer, or a schedule."""

    kind: str
    params: dict[str, Value] = {}


class TrainingPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a design is trained; the constraints stand in ``spec.PLAN_PARAMS``.

    ``clip`` says what is clipped and ``clip_norm`` is its limit, ``None`` for no clipping either;
    ``validation`` is the share of the sequences that is held out. ``schedule`` says how the
    optimizer's learning rate changes, ``patience`` after how many epochs without a better loss
    training ends, with the best weights, ``bucket`` whether batches are of similar lengths,
    ``truncate`` how many time steps the gradient goes back, and ``sampling_probability`` how often
    a network that is fed back sees its own output in place of the target.
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
    def placed(self) -> tuple[Placed, ...]:
        """All that has a place on the canvas."""
        return (*self.nodes, *self.groups, *self.frames, *self.comments)

    def node(self, node_id: NodeId) -> Node:
        """Return the node of that id; ``KeyError`` where there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def link(self, link_id: LinkId) -> Link:
        """Return the link of that id; ``KeyError`` where there is none."""
        for link in self.links:
            if link.id == link_id:
                return link
        raise KeyError(link_id)
