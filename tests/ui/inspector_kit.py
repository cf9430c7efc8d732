"""An inspector with a document and a selection, and input for its fields."""

from __future__ import annotations

from PySide6.QtCore import Qt

from rnnstudio.design.model import Design, Link, Node
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.inspector import Inspector

KEY = Qt.Key


def network() -> Design:
    return Design(
        nodes=(
            Node("tokens", "tokens"),
            Node("embedding", "embedding"),
            Node("lstm", "lstm"),
            Node("dense", "dense"),
            Node("head", "classification"),
        ),
        links=(
            Link("l1", "tokens", "tokens", "embedding", "tokens"),
            Link("l2", "embedding", "sequence", "lstm", "sequence"),
            Link("l3", "lstm", "sequence", "dense", "input"),
            Link("l4", "dense", "output", "head", "logits"),
        ),
    )


class Kit:
    def __init__(self, qtbot) -> None:
        self.qtbot = qtbot
        self.document = Document(design=network())
        self.selection = Selection()
        self.inspector = Inspector(self.document, self.selection)
        qtbot.addWidget(self.inspector)
        self.inspector.resize(300, 900)
        self.inspector.show()
        qtbot.waitExposed(self.inspector)
        self.inspector.activateWindow()

    @property
    def page(self):
        return self.inspector.page

    def field(self, name: str, form: str = "form"):
        return getattr(self.page, form).fields[name]

    def line(self, name: str, form: str = "form"):
        """Focus a number field and select all its text."""
        box = self.field(name, form).editor.box
        box.setFocus()
        self.qtbot.waitUntil(box.hasFocus)
        box.lineEdit().selectAll()
        return box

    def type(self, name: str, text: str, form: str = "form"):
        box = self.line(name, form)
        self.qtbot.keyClicks(box, text)
        return box

    def param(self, node: str, name: str):
        return self.document.design.node(node).params.get(name)
