"""How a weight format writes the nodes of a network: one emitter for each kind of node, and their registry.

A format and a kind of node need not know each other: the module of either may register the emitter, and so
may a third one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnstudio.design.registry import Registry
from rnnstudio.design.spec import NodeSpec, ParamSpec

Emit = Callable[..., None]
ANY_CELL = "any cell"  # instead of a kind: every kind with equations that has no emitter of its own


@dataclass(frozen=True)
class Emitter:
    """How nodes of a kind are written in a format.

    Attributes
    ----------
    emit : (node, target) -> None
        The node is a `rnnstudio.engine.weights.trained_node.TrainedNode`; the target is whatever the format
        collects its file in.
    """

    format_kind: str
    node_kind: str
    emit: Callable[..., None]

    @property
    def kind(self) -> str:
        """The key in the registry."""
        return _key(self.format_kind, self.node_kind)

    @property
    def title(self) -> str:
        """The same; no emitter is shown on screen."""
        return self.kind

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """None: options belong to the format."""
        return ()


EMITTERS: Registry[Emitter] = Registry("emitter")


def register_emitter(format_kind: str, *node_kinds: str) -> Callable[[Emit], Emit]:
    """Register how a format writes nodes of some kinds; decorates the function that writes one."""

    def keep(emit: Emit) -> Emit:
        for node_kind in node_kinds:
            EMITTERS.register(Emitter(format_kind, node_kind, emit))
        return emit

    return keep


def find_emitter(format_kind: str, spec: NodeSpec) -> Emit | None:
    """Return the function that writes a kind of node in a format, or None if there is none."""
    kinds = [spec.kind] if spec.equations is None else [spec.kind, ANY_CELL]
    for key in (_key(format_kind, node_kind) for node_kind in kinds):
        if key in EMITTERS:
            return EMITTERS.get(key).emit
    return None


def _key(format_kind: str, node_kind: str) -> str:
    return f"{format_kind}: {node_kind}"
