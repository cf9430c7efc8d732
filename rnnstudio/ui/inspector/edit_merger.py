"""Merges the edits made in one field while it has the focus into one undo step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from rnnstudio.design import annotation
from rnnstudio.design.model import Design, NodeId
from rnnstudio.ui.document.document import Document


class EditMerger(QObject):
    """Merges the edits made in one field while it has the focus into one undo step.

    ``changed`` of the document that does not come from here (undo, a gesture on the canvas) ends the
    stay too.
    """

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._stay = 0
        self._own = False
        self.rename: Callable[[NodeId, str], None] = self._rename  # a canvas makes room for the name, too
        document.changed.connect(self._document_changed)

    def edit(self, text: str, design: Design, key: str) -> None:
        """Push an edit on the undo stack, merged with earlier ones of the same key."""
        self._own = True
        try:
            self.document.edit(text, design, f"{key}#{self._stay}" if key else "")
        finally:
            self._own = False

    def _rename(self, thing_id: NodeId, title: str) -> None:
        self.document.edit(self.tr("Rename"), annotation.set_text(self.document.design, thing_id, title))

    def end_merge(self) -> None:
        """Make the next edit a separate undo step."""
        self._stay += 1

    def _document_changed(self) -> None:
        if not self._own:
            self._stay += 1
