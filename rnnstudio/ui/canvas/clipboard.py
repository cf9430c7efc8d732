"""Nodes and links as text on the system clipboard."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QGuiApplication

from rnnstudio.design import codec
from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Design, Link, Node, NodeId


def put(design: Design, node_ids: Iterable[NodeId]) -> None:
    """Copy nodes, and the links between them, as text."""
    QGuiApplication.clipboard().setText(codec.encode_fragment(design, node_ids))


def take() -> tuple[tuple[Node, ...], tuple[Link, ...]]:
    """Return what the clipboard's text holds: a copied part, or a whole design file as text.

    Raises
    ------
    StudioError
        The text is neither.
    """
    text = QGuiApplication.clipboard().text()
    try:
        nodes, links = codec.decode_fragment(text)
        return tuple(nodes), tuple(links)
    except StudioError:
        design = codec.decode(text)
        return design.nodes, design.links
