"""Names of undo steps that count what they change."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication

from rnnstudio.design.model import Comment, Design, Frame, Group
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP

_OTHERS: dict[tuple[str, type | None], str] = {
    ("move", Group): QT_TRANSLATE_NOOP("Canvas", "Move a group"),
    ("move", Frame): QT_TRANSLATE_NOOP("Canvas", "Move a frame"),
    ("move", Comment): QT_TRANSLATE_NOOP("Canvas", "Move a note"),
    ("move", None): QT_TRANSLATE_NOOP("Canvas", "Move {0} items"),
    ("cut", Group): QT_TRANSLATE_NOOP("Canvas", "Cut a group"),
    ("cut", Frame): QT_TRANSLATE_NOOP("Canvas", "Cut a frame"),
    ("cut", Comment): QT_TRANSLATE_NOOP("Canvas", "Cut a note"),
    ("cut", None): QT_TRANSLATE_NOOP("Canvas", "Cut {0} items"),
    ("delete", Group): QT_TRANSLATE_NOOP("Canvas", "Delete a group"),
    ("delete", Frame): QT_TRANSLATE_NOOP("Canvas", "Delete a frame"),
    ("delete", Comment): QT_TRANSLATE_NOOP("Canvas", "Delete a note"),
    ("delete", None): QT_TRANSLATE_NOOP("Canvas", "Delete {0} items"),
    ("duplicate", Group): QT_TRANSLATE_NOOP("Canvas", "Duplicate a group"),
    ("duplicate", Frame): QT_TRANSLATE_NOOP("Canvas", "Duplicate a frame"),
    ("duplicate", Comment): QT_TRANSLATE_NOOP("Canvas", "Duplicate a note"),
    ("duplicate", None): QT_TRANSLATE_NOOP("Canvas", "Duplicate {0} items"),
}


def step(verb: str, design: Design, ids: Collection[str]) -> str:
    """Name the step that applies a verb to these ids.

    ``verb`` is "move", "cut", "delete" or "duplicate".
    """
    every: tuple[Group | Frame | Comment, ...] = (*design.groups, *design.frames, *design.comments)
    others = [thing for thing in every if thing.id in ids]
    if not others:
        plain = {"move": moved, "cut": cut, "delete": deleted_nodes, "duplicate": duplicated}
        return plain[verb](len(ids))
    kind = type(others[0]) if len(ids) == 1 else None
    return QCoreApplication.translate("Canvas", _OTHERS[verb, kind]).format(len(ids))


def moved(count: int) -> str:
    """Name the step of moving nodes."""
    if count == 1:
        return QCoreApplication.translate("Canvas", "Move a node")
    return QCoreApplication.translate("Canvas", "Move {0} nodes").format(count)


def cut(count: int) -> str:
    """Name the step of cutting nodes."""
    if count == 1:
        return QCoreApplication.translate("Canvas", "Cut a node")
    return QCoreApplication.translate("Canvas", "Cut {0} nodes").format(count)


def deleted_nodes(count: int) -> str:
    """Name the step of deleting nodes."""
    if count == 1:
        return QCoreApplication.translate("Canvas", "Delete a node")
    return QCoreApplication.translate("Canvas", "Delete {0} nodes").format(count)


def deleted_links(count: int) -> str:
    """Name the step of deleting links."""
    if count == 1:
        return QCoreApplication.translate("Canvas", "Delete a link")
    return QCoreApplication.translate("Canvas", "Delete {0} links").format(count)


def pasted(count: int) -> str:
    """Name the step of pasting nodes."""
    if count == 1:
        return QCoreApplication.translate("Canvas", "Paste a node")
    return QCoreApplication.translate("Canvas", "Paste {0} nodes").format(count)


def duplicated(count: int) -> str:
    """Name the step of duplicating nodes."""
    if count == 1:
        return QCoreApplication.translate("Canvas", "Duplicate a node")
    return QCoreApplication.translate("Canvas", "Duplicate {0} nodes").format(count)


def cut_links(count: int) -> str:
    """Name the step of cutting wires."""
    if count == 1:
        return QCoreApplication.translate("Canvas", "Cut a link")
    return QCoreApplication.translate("Canvas", "Cut {0} links").format(count)


def reconnected(count: int) -> str:
    """Name the step of deleting nodes and joining what remains."""
    if count == 1:
        return QCoreApplication.translate("Canvas", "Delete a node and reconnect")
    return QCoreApplication.translate("Canvas", "Delete {0} nodes and reconnect").format(count)


def delayed(count: int, delay: int) -> str:
    """Name the step of switching the delay of links."""
    if delay:
        if count == 1:
            return QCoreApplication.translate("Canvas", "Delay a link by one step")
        return QCoreApplication.translate("Canvas", "Delay {0} links by one step").format(count)
    if count == 1:
        return QCoreApplication.translate("Canvas", "Remove the delay of a link")
    return QCoreApplication.translate("Canvas", "Remove the delay of {0} links").format(count)


def laid_out(count: int) -> str:
    """Name the step of tidying up."""
    if count == 1:
        return QCoreApplication.translate("Canvas", "Tidy up a node")
    return QCoreApplication.translate("Canvas", "Tidy up {0} nodes").format(count)


def aligned(count: int) -> str:
    """Name the step of aligning nodes; there are at least two."""
    return QCoreApplication.translate("Canvas", "Align {0} nodes").format(count)


def distributed(count: int) -> str:
    """Name the step of distributing nodes; there are at least three."""
    return QCoreApplication.translate("Canvas", "Distribute {0} nodes").format(count)
