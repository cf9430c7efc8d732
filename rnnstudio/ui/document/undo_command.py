"""The one command that changes a document.

Designs are values that share what did not change, so a command is just the design before and the
design after. It changes the document only; views follow the document.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from weakref import WeakMethod

from PySide6.QtGui import QUndoCommand

from rnnstudio.design.model import Design
from rnnstudio.ui.widgets.text_format import truncated

_NO_MERGING = -1


class DesignCommand(QUndoCommand):
    """Replace one design by another.

    Parameters
    ----------
    show : a bound method, called with the design that holds from now on
    text : what was done, for the undo menu
    before, after : the design on either side of the edit
    merge_key : consecutive commands of the same non-empty key become one
    """

    def __init__(
        self, show: Callable[[Design], None], text: str, before: Design, after: Design, merge_key: str = ""
    ) -> None:
        super().__init__(truncated(text))
        # Weak: a strong one makes a cycle through the undo stack, and the collector may then free the
        # command before the stack that still has to clear it.
        self._show = WeakMethod(show)
        self.before = before
        self.after = after
        self.merge_key = merge_key

    def redo(self) -> None:
        """Show the design after the edit."""
        self._replace(self.after)

    def undo(self) -> None:
        """Show the design before the edit."""
        self._replace(self.before)

    def _replace(self, design: Design) -> None:
        show = self._show()
        if show is not None:  # None once the document is gone
            show(design)

    def id(self) -> int:
        """Return the merge id: commands with the same id may merge."""
        return zlib.crc32(self.merge_key.encode()) & 0x7FFF_FFFF if self.merge_key else _NO_MERGING

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Merge the next command of the same key. A merge back to the original design is dropped."""
        if not isinstance(other, DesignCommand) or other.merge_key != self.merge_key:
            return False
        self.after = other.after
        self.setObsolete(self.after == self.before)
        return True
