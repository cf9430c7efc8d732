"""What is dragged from the palette to the canvas: a kind of node, and what it has besides."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QMimeData

from rnnstudio.design.model import Value

KIND_MIME = "application/x-rnnstudio-kind"
FILLED_MIME = "application/x-rnnstudio-filled-node"  # a title and parameters besides the kind


class Filled(msgspec.Struct, frozen=True):
    """What a dragged node is to have besides its kind."""

    title: str = ""
    params: dict[str, Value] = {}

    @classmethod
    def of(cls, data: QMimeData) -> Filled:
        """Return what is dragged along; nothing where that cannot be read."""
        try:
            return msgspec.json.decode(bytes(data.data(FILLED_MIME).data()), type=cls)
        except (RecursionError, msgspec.DecodeError):
            return cls()

    def put(self, data: QMimeData) -> None:
        """Let it be dragged along."""
        data.setData(FILLED_MIME, msgspec.json.encode(self))
