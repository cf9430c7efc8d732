"""Parts of a design as text on the system clipboard."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QGuiApplication

from rnnstudio.design import codec
from rnnstudio.design.edits import Fragment
from rnnstudio.design.model import Design, NodeId


def put(design: Design, node_ids: Iterable[NodeId]) -> None:
    """Copy what has these ids, and the links between nodes, as text."""
    QGuiApplication.clipboard().setText(codec.encode_fragment(design, frozenset(node_ids)))


def take() -> Fragment:
    """Return what the clipboard's text holds: a copied part, a whole design file as text, or nothing of ours.

    Raises
    ------
    FileError
        The text says that it is ours, and is damaged or of a newer version.
    """
    text = QGuiApplication.clipboard().text()
    return codec.decode_fragment(text) if f'"{codec.MARK}' in text else Fragment()
