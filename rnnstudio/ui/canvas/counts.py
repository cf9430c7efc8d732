"""Names of undo steps that count what they change."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


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


def healed(count: int) -> str:
    """Name the step of deleting nodes and joining what remains."""
    if count == 1:
        return QCoreApplication.translate("Canvas", "Delete a node and join")
    return QCoreApplication.translate("Canvas", "Delete {0} nodes and join").format(count)


def delayed(count: int, delay: int) -> str:
    """Name the step of switching the delay of links."""
    if delay:
        if count == 1:
            return QCoreApplication.translate("Canvas", "Delay a link by one step")
        return QCoreApplication.translate("Canvas", "Delay {0} links by one step").format(count)
    if count == 1:
        return QCoreApplication.translate("Canvas", "Take the delay off a link")
    return QCoreApplication.translate("Canvas", "Take the delay off {0} links").format(count)


def tidied(count: int) -> str:
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
