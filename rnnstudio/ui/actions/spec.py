"""What an action says of itself: what it is called, what it does, and its keys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionSpec:
    """One action; its menu is the first word of its id.

    Attributes
    ----------
    callback : ``"part.method"``; `menus.Actions` looks the part up among those that `app` wires together
    title, tip : words in English, translated when the action is made
    keys : the shortcut, as Qt writes it; several are separated by ``"; "``
    section : actions of another section of a menu stand below a line
    canvas : its keys count only while the canvas has the keyboard
    group : actions of one group exclude each other, and are checkable
    checkable : it can be on or off
    in_menu : it stands in its menu; else only the page of shortcuts and the command palette list it
    folded : it asks or draws on the canvas, so that the network is drawn folded first
    alone : its keys count only on the canvas itself, not in a field over it that has such keys too
    """

    id: str
    title: str
    callback: str
    tip: str
    keys: str = ""
    section: int = 0
    canvas: bool = False
    group: str = ""
    checkable: bool = False
    in_menu: bool = True
    folded: bool = False
    alone: bool = False

    @property
    def menu(self) -> str:
        """The menu that the action stands in."""
        return self.id.partition(".")[0]
