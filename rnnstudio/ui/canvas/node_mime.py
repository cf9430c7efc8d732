"""The data dragged from the palette to the canvas: a kind of node, and its title and parameters."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QMimeData

from rnnstudio.design.model import Value

KIND_MIME = "application/x-rnnstudio-kind"
FILLED_MIME = "application/x-rnnstudio-filled-node"  # a title and parameters, in addition to the kind


class DraggedNode(msgspec.Struct, frozen=True):
    """The title and parameters of a dragged node."""

    title: str = ""
    params: dict[str, Value] = {}

    @classmethod
    def of(cls, data: QMimeData) -> DraggedNode:
        """Return the title and parameters in dragged data; empty if they cannot be read."""
        try:
            return msgspec.json.decode(bytes(data.data(FILLED_MIME).data()), type=cls)
        except (RecursionError, msgspec.DecodeError):
            return cls()

    def put(self, data: QMimeData) -> None:
        """Add title and parameters to dragged data."""
        data.setData(FILLED_MIME, msgspec.json.encode(self))
