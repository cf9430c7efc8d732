"""What an action is: data for menus, tooltips and keys, and the function that it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnnstudio.design.spec import ParamSpec


def always(_context: object) -> str:
    """Return no reason why an action does not apply."""
    return ""


@dataclass(frozen=True)
class ActionSpec:
    """One action. Its menu is the first word of its id.

    Attributes
    ----------
    title, tip : English source texts, translated when the action is made
    run : the function; it takes the context of its scope
    scope : ``"canvas"`` for a `CanvasContext`, ``"window"`` for a `WindowContext`
    why_not : context -> why the action does not apply now, as a sentence; empty if it applies
    keys : the default shortcut, as Qt writes it; several are separated by ``"; "``
    section, order : position in the menu; sections are separated by a line
    canvas_keys : the keys count only while the canvas has the keyboard
    canvas_only : the keys count only on the canvas itself, not in a field over it
    on_canvas : the action asks or draws on the canvas, which replaces the unrolled view first
    group : actions of one group are checkable and exclude each other
    in_menu : whether it is in its menu; otherwise only the shortcuts page and the command palette list it
    """

    id: str
    title: str
    tip: str
    run: Callable[[Any], object]
    scope: str
    why_not: Callable[[Any], str] = always
    keys: str = ""
    section: int = 0
    order: int = 0
    canvas_keys: bool = False
    canvas_only: bool = False
    on_canvas: bool = False
    group: str = ""
    checkable: bool = False
    in_menu: bool = True
    params: tuple[ParamSpec, ...] = ()

    @property
    def kind(self) -> str:
        """The name in the registry."""
        return self.id

    @property
    def menu(self) -> str:
        """The menu that lists the action."""
        return self.id.partition(".")[0]
