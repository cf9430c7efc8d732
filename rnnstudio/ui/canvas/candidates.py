"""What the search popup lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from rnnstudio.design.model import Link, Value
from rnnstudio.design.spec import NodeSpec


@dataclass(frozen=True)
class Candidate:
    """A node that can be added, or with ``link``, a link that can be made.

    ``about`` is searched, too; ``mark`` is the word shown at the right.
    """

    spec: NodeSpec
    title: str
    about: str = ""
    mark: str = ""
    named: bool = False
    params: dict[str, Value] = field(default_factory=dict)
    link: Link | None = None
