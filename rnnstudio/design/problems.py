"""What can be wrong with a design: problems, their fixes, and what a check reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from rnnstudio.design.message import Message, as_message
from rnnstudio.design.model import Design, LinkId, NodeId
from rnnstudio.design.signals import Shape

#: What `Problem.code` may be; a plug-in may have others.
CODES = frozenset(
    "clock compilation data delay double-id empty hint loop loop-size loop-steps lost-input lost-link "
    "lost-output memory missing-input no-head no-input not-causal not-fed one-step param place reading-data "
    "shape signal taken truncate unknown-kind unknown-optimizer unknown-param unknown-schedule unknown-shape "
    "unknown-task unused weightless".split()
)


@dataclass(frozen=True)
class Fix:
    """A way out of a problem: an edit and what it is called on its button; ``title`` is that in English."""

    message: Message
    apply: Callable[[Design], Design]

    @property
    def title(self) -> str:
        """The message in English."""
        return str(self.message)


@dataclass(frozen=True)
class Problem:
    """Something that keeps a design from training (``error``), or is probably not meant (``warning``).

    ``code`` is a short name of what is wrong, for programs; ``message`` tells it, and ``sentence`` is the
    message in English. A problem of severity ``info`` is a note that passes.
    """

    code: str
    message: Message | str
    node: NodeId | None = None
    port: str | None = None
    link: LinkId | None = None
    fix: Fix | None = None
    severity: str = "error"
    param: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", as_message(self.message))

    @cached_property
    def sentence(self) -> str:
        """The message in English."""
        return str(self.message)


@dataclass(frozen=True)
class Report:
    """All that a check found.

    ``shapes`` holds each output port's inferred shape, ``weights`` the number of weights of each
    node, ``memory`` the bytes that training takes, ``fixed_memory`` how many of them do not depend on
    the batch size, and ``data_memory`` how many of those the data take.
    """

    problems: tuple[Problem, ...] = ()
    shapes: Mapping[tuple[NodeId, str], Shape] = field(default_factory=dict)
    weights: Mapping[NodeId, int] = field(default_factory=dict)
    memory: int = 0
    fixed_memory: int = 0
    data_memory: int = 0

    @property
    def trainable(self) -> bool:
        """Whether nothing keeps the design from training."""
        return not any(problem.severity == "error" for problem in self.problems)

    def of_node(self, node_id: NodeId) -> tuple[Problem, ...]:
        """Return a node's problems."""
        return tuple(problem for problem in self.problems if problem.node == node_id)

    def with_problem(self, problem: Problem) -> Report:
        """Return the report with one problem more, told first."""
        return replace(self, problems=(problem, *self.problems))
