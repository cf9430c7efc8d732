"""Registries of the kinds that a design refers to by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from rnnstudio.design.errors import UnknownKindError
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.spec import NodeSpec, ParamSpec


class RegisteredKind(Protocol):
    """The properties of every registered kind."""

    @property
    def kind(self) -> str:
        """The name in files."""

    @property
    def title(self) -> str:
        """The displayed name."""

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Its parameters."""


class OptimizerKind(RegisteredKind, Protocol):
    """The additional properties of an optimizer."""

    @property
    def slots(self) -> Callable[[Params], int]:
        """Complete params -> the number of state vectors of the length of the weights."""


S = TypeVar("S", bound=RegisteredKind)
S_co = TypeVar("S_co", bound=RegisteredKind, covariant=True)


class KindLookup(Protocol[S_co]):
    """A read-only registry of kinds with at least these properties."""

    def get(self, kind: str) -> S_co:
        """Return the kind of this name; raise `UnknownKindError` if there is none."""

    def __contains__(self, kind: object) -> bool: ...

    def __iter__(self) -> Iterator[S_co]: ...


class Registry(Generic[S]):
    """Kinds by name, in the order of registration."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._kinds: dict[str, S] = {}

    def register(self, spec: S) -> S:
        """Add a kind and return it; raise ``ValueError`` if the name is taken."""
        if spec.kind in self._kinds:
            raise ValueError(f"{self.what} {spec.kind!r} is registered twice")
        self._kinds[spec.kind] = spec
        return spec

    def remove(self, kind: str) -> None:
        """Remove a kind (for tests and plug-ins)."""
        del self._kinds[kind]

    def reset(self, specs: Iterable[S]) -> None:
        """Replace all kinds."""
        self._kinds = {spec.kind: spec for spec in specs}

    def get(self, kind: str) -> S:
        """Return the kind of this name; raise `UnknownKindError` if there is none."""
        try:
            return self._kinds[kind]
        except KeyError:
            known = ", ".join(sorted(self._kinds))
            raise UnknownKindError(
                message(
                    "There is no {what} of kind “{kind}”. Known: {known}.",
                    what=self.what,
                    kind=kind,
                    known=known,
                )
            ) from None

    def __contains__(self, kind: object) -> bool:
        return kind in self._kinds

    def __iter__(self) -> Iterator[S]:
        return iter(self._kinds.values())

    def __len__(self) -> int:
        return len(self._kinds)


@dataclass(frozen=True)
class Catalogue:
    """The registries that design files refer to."""

    nodes: Registry[NodeSpec]
    tasks: Registry[RegisteredKind]
    optimizers: Registry[OptimizerKind]
    schedules: Registry[RegisteredKind]
