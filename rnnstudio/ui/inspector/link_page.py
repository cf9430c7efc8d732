"""The inspector's page of one link."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QWidget

from rnnstudio.design.link_delay import toggle_delay
from rnnstudio.design.links import Refusal
from rnnstudio.design.model import Design, LinkId, NodeId
from rnnstudio.design.signals import Shape, Signal
from rnnstudio.ui.actions.shortcuts import KeyTip
from rnnstudio.ui.document import undo_text
from rnnstudio.ui.inspector.edit_merger import EditMerger
from rnnstudio.ui.inspector.page_widgets import PropertyRows
from rnnstudio.ui.inspector.pages import InspectorPage, format_shape
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.common import wrapped_label


class LinkPage(InspectorPage):
    """One link: its source, its target and what it carries."""

    def __init__(
        self,
        editing: EditMerger,
        link_id: LinkId,
        words: Callable[[NodeId, str, bool], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(editing, parent)
        self.link_id = link_id
        self._words = words
        title = wrapped_label(self.tr("Link"), parent=self)
        title.setFont(fonts.title())
        self.box.addWidget(title)
        self.add_problem_area()
        self.facts = PropertyRows(self)
        self.box.addWidget(self.facts)
        self.delayed = QCheckBox(self.tr("One step later (z⁻¹)"), self)
        self._delay_tip = KeyTip(self.delayed, "edit.delay", "")
        self.delayed.setAccessibleName(self.tr("The link arrives one time step later"))
        self.delayed.clicked.connect(self._switch)
        self.box.addWidget(self.delayed)
        self.box.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        """See `InspectorPage`."""
        report = self.document.report
        link = self.document.design.link(self.link_id)
        shape = report.shapes.get((link.source, link.source_port))
        rows = [
            (self.tr("From"), self._words(link.source, link.source_port, True)),
            (self.tr("To"), self._words(link.target, link.target_port, False)),
            (self.tr("Carries"), self._carries(shape)),
        ]
        self.facts.show_rows(rows)
        other = self._switched()
        self.delayed.setChecked(bool(link.delay))
        self.delayed.setEnabled(not isinstance(other, Refusal))
        if isinstance(other, Refusal):
            self._delay_tip.say(translated(other), keyed=False)
        else:
            self._delay_tip.say(
                self.tr("Lets a loop be closed: what runs here arrives at the next time step")
            )
        self.show_problems(p for p in report.problems if p.link == self.link_id)

    def _switched(self) -> Design | Refusal:
        document = self.document
        return toggle_delay(document.design, document.catalogue, document.report, [self.link_id])

    def _switch(self) -> None:
        """Add or remove the link's delay."""
        design = self._switched()
        if not isinstance(design, Refusal):
            delay = design.link(self.link_id).delay
            self.document.edit(undo_text.delayed(1, delay), design)

    def _carries(self, shape: Shape | None) -> str:
        reading = self.document.is_reading_data
        if shape is None or (reading and not shape.size):
            return self.tr("reading the data…") if reading else self.tr("not known yet")
        per = {
            Signal.SEQUENCE: self.tr("at each time step"),
            Signal.VECTOR: self.tr("once a sequence"),
            Signal.STATE: self.tr("the carried state"),
        }
        return f"{format_shape(shape)}, {per[shape.signal]}"
