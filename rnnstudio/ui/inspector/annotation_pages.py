"""The pages of groups, frames and notes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from rnnstudio.design import annotation, grouping
from rnnstudio.design.annotation import LEAST_HEIGHT, LEAST_WIDTH
from rnnstudio.design.constraints import Integer
from rnnstudio.design.geometry import Rect
from rnnstudio.design.grouping import GroupPort
from rnnstudio.design.model import Comment, Frame, Group, NodeId, Value
from rnnstudio.design.spec import ParamSpec
from rnnstudio.ui.actions.shortcuts import KeyTip
from rnnstudio.ui.forms.form import Form
from rnnstudio.ui.inspector.edit_merger import EditMerger
from rnnstudio.ui.inspector.page_widgets import PropertyRows, section_heading
from rnnstudio.ui.inspector.pages import InspectorPage
from rnnstudio.ui.inspector.title_edit import TitleEdit
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.common import wrapped_label
from rnnstudio.ui.widgets.text_format import tooltip


def annotation_page(editing: EditMerger, thing: Group | Frame | Comment) -> InspectorPage:
    """Return the page of an annotation."""
    if isinstance(thing, Group):
        return GroupPage(editing, thing.id)
    return FramePage(editing, thing.id) if isinstance(thing, Frame) else NotePage(editing, thing.id)


class TitledPage(InspectorPage):
    """Base class of pages with an editable title."""

    def __init__(
        self, editing: EditMerger, thing_id: NodeId, kind: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(editing, parent)
        self.thing_id = thing_id
        self._word = kind
        self.heading = TitleEdit(self)
        self.heading.renamed.connect(self._rename)
        self.box.addWidget(self.heading)
        self.kind = wrapped_label(kind, "quiet", self)
        self.box.addWidget(self.kind)
        self.add_problem_area()

    def _rename(self, title: str) -> None:
        self.editing.rename(self.thing_id, title)

    def _show_title(self, title: str) -> None:
        self.heading.show_title(title, self._word)
        self.kind.setVisible(bool(title))


class PortNameEdit(QLineEdit):
    """The name of one port of a collapsed group; empty for the port's own name."""

    def __init__(self, key: str, output: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.key, self.output = key, output
        self.setMaxLength(40)

    def show_name(self, own: str, otherwise: str, direction: str) -> None:
        """Show the given name, or the default as placeholder."""
        self.setPlaceholderText(otherwise)
        self.setAccessibleName(self.tr("{0}: name of {1}").format(direction, otherwise))
        tip = self.tr("Name of this port on the collapsed group; empty for “{0}”")
        self.setToolTip(tooltip(tip.format(otherwise)))
        if not (self.hasFocus() and self.isModified()):
            self.setText(own)
            self.setCursorPosition(0)


class GroupPage(TitledPage):
    """One group: title, port names, members and weights."""

    def __init__(self, editing: EditMerger, group_id: NodeId, parent: QWidget | None = None) -> None:
        super().__init__(editing, group_id, self.tr("Group"), parent)
        self.fold = QPushButton(self)
        self.fold.clicked.connect(self._fold)
        self._fold_tip = KeyTip(self.fold, "arrange.fold", "")
        self.box.addWidget(self.fold)
        self.ports_heading = section_heading(self.tr("Names of its ports"), self)
        self.box.addWidget(self.ports_heading)
        self._ports = QWidget(self)
        self._grid = QGridLayout(self._ports)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self.box.addWidget(self._ports)
        self.fields: dict[tuple[str, bool], PortNameEdit] = {}
        self.box.addWidget(section_heading(self.tr("Contents"), self))
        self.contents = wrapped_label("", parent=self)
        self.box.addWidget(self.contents)
        self.facts = PropertyRows(self)
        self.box.addWidget(self.facts)
        self.box.addStretch(1)
        self.refresh()

    def group(self) -> Group:
        """Return the current group."""
        return next(group for group in self.document.design.groups if group.id == self.thing_id)

    def refresh(self) -> None:
        """See `InspectorPage`."""
        design, report, group = self.document.design, self.document.report, self.group()
        self._show_title(group.title)
        self.fold.setText(self.tr("Expand") if group.collapsed else self.tr("Collapse to one node"))
        self._fold_tip.say(
            self.tr("Show what is in the group") if group.collapsed else self.tr("Show one node for all")
        )
        self._show_ports(group)
        inside = grouping.descendants(design, [group.id])
        nodes = [node for node in design.nodes if node.id in inside]
        catalogue = self.document.catalogue.nodes
        names = [n.title or (catalogue.get(n.kind).title if n.kind in catalogue else n.kind) for n in nodes]
        inner = [each.title or self.tr("Group") for each in design.groups if each.id in inside]
        self.contents.setText("\n".join([*names, *(self.tr("{0} (group)").format(name) for name in inner)]))
        weights = sum(report.weights.get(node.id, 0) for node in nodes)
        self.facts.show_rows([(self.tr("Nodes"), f"{len(nodes):,}"), (self.tr("Weights"), f"{weights:,}")])
        within = {link.id for link in design.links if link.source in inside and link.target in inside}
        self.show_problems(p for p in report.problems if p.node in inside or p.link in within)

    def _show_ports(self, group: Group) -> None:
        design, catalogue = self.document.design, self.document.catalogue
        ports = grouping.ports_of_group(design, catalogue, group.id)
        known: dict[tuple[str, bool], GroupPort] = {
            (f"{port.node}.{port.port}", port.output): port for port in ports
        }
        if list(known) != list(self.fields):
            while (item := self._grid.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()
            self.fields = {}
            for row, key in enumerate(known):
                field = PortNameEdit(*key, self._ports)
                field.editingFinished.connect(partial(self._name_port, *key))
                direction = wrapped_label(self._direction(key[1]), "quiet", self._ports)
                direction.setSizePolicy(
                    field.sizePolicy().horizontalPolicy(), direction.sizePolicy().verticalPolicy()
                )
                direction.setWordWrap(False)
                self._grid.addWidget(direction, row, 0)
                self._grid.addWidget(field, row, 1)
                self.fields[key] = field
        plain = grouping.ports_of_group(
            grouping.change_group(design, group.id, names={}), catalogue, group.id
        )
        titles = {(f"{port.node}.{port.port}", port.output): port.name for port in plain}
        for key, field in self.fields.items():
            own = group.names.get(key[0], "")
            field.show_name(own, titles.get(key, known[key].name), self._direction(key[1]))
        self.ports_heading.setVisible(bool(known))

    def _direction(self, output: bool) -> str:
        return self.tr("Out") if output else self.tr("In")

    def _name_port(self, key: str, output: bool) -> None:
        field = self.fields.get((key, output))
        if field is None or all(group.id != self.thing_id for group in self.document.design.groups):
            return
        name = " ".join(field.text().split())
        field.setModified(False)
        design = self.document.design
        self.document.edit(self.tr("Name a port"), annotation.set_port_name(design, self.thing_id, key, name))

    def _fold(self) -> None:
        group = self.group()
        text = self.tr("Expand a group") if group.collapsed else self.tr("Collapse a group")
        self.document.edit(
            text, grouping.change_group(self.document.design, group.id, collapsed=not group.collapsed)
        )


class SizeForm(Form):
    """Width and height of a frame or a note."""

    def __init__(self, where: str, parent: QWidget) -> None:
        width = ParamSpec("width", parent.tr("Width"), Integer(round(LEAST_WIDTH), 100_000), 320)
        height = ParamSpec("height", parent.tr("Height"), Integer(round(LEAST_HEIGHT), 100_000), 200)
        super().__init__((width, height), where, parent)

    def show_box(self, thing: Frame | Comment) -> None:
        """Show its size."""
        self.show_values({"width": round(thing.width), "height": round(thing.height)})


def _resized(page: FramePage | NotePage, thing: Frame | Comment, name: str, value: Value) -> None:
    """Change the width or height of an annotation."""
    assert isinstance(value, int)
    size = {"width": thing.width, "height": thing.height, name: float(value)}
    box = Rect(thing.x, thing.y, size["width"], size["height"])
    design = annotation.resize(page.document.design, thing.id, box)
    word = page.tr("Resize frame") if isinstance(thing, Frame) else page.tr("Resize note")
    page.editing.edit(word, design, f"size:{thing.id}:{name}")


class FramePage(TitledPage):
    """One frame: its title and its size."""

    def __init__(self, editing: EditMerger, frame_id: NodeId, parent: QWidget | None = None) -> None:
        super().__init__(editing, frame_id, self.tr("Frame"), parent)
        text = self.tr("A frame carries what lies wholly on it. Drag its title or its border to move it.")
        self.box.addWidget(wrapped_label(text, "quiet", self))
        self.box.addWidget(section_heading(self.tr("Size"), self))
        self.form = SizeForm(self.tr("the frame"), self)
        self.connect_form(self.form, self._resize)
        self.box.addWidget(self.form)
        self.box.addStretch(1)
        self.refresh()

    def frame(self) -> Frame:
        """Return the current frame."""
        return next(each for each in self.document.design.frames if each.id == self.thing_id)

    def refresh(self) -> None:
        """See `InspectorPage`."""
        self._show_title(self.frame().title)
        self.form.show_box(self.frame())

    def _resize(self, name: str, value: Value) -> None:
        _resized(self, self.frame(), name, value)


class NoteEdit(QPlainTextEdit):
    """The text of a note; ``left`` once the keyboard is elsewhere."""

    focus_lost = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Emit ``focus_lost``."""
        super().focusOutEvent(event)
        self.focus_lost.emit()


class NotePage(InspectorPage):
    """One note: its text and its size."""

    def __init__(self, editing: EditMerger, comment_id: NodeId, parent: QWidget | None = None) -> None:
        super().__init__(editing, parent)
        self.thing_id = comment_id
        title = wrapped_label(self.tr("Note"), parent=self)
        title.setFont(fonts.title())
        self.box.addWidget(title)
        self.text = NoteEdit(self)
        self.text.setAccessibleName(self.tr("Text of the note"))
        self.text.setToolTip(self.tr("The text of the note"))
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(160)
        self.text.textChanged.connect(self._write)
        self.text.focus_lost.connect(self.editing.end_merge)
        self.box.addWidget(self.text)
        self.box.addWidget(section_heading(self.tr("Size"), self))
        self.form = SizeForm(self.tr("the note"), self)
        self.connect_form(self.form, self._resize)
        self.box.addWidget(self.form)
        self.add_problem_area()
        self.box.addStretch(1)
        self.refresh()

    def comment(self) -> Comment:
        """Return the current note."""
        return next(each for each in self.document.design.comments if each.id == self.thing_id)

    def _resize(self, name: str, value: Value) -> None:
        _resized(self, self.comment(), name, value)

    def refresh(self) -> None:
        """See `InspectorPage`."""
        comment = self.comment()
        self.form.show_box(comment)
        if comment.text != self.text.toPlainText():
            self.text.blockSignals(True)
            self.text.setPlainText(comment.text)
            self.text.blockSignals(False)

    def _write(self) -> None:
        design, text = self.document.design, self.text.toPlainText()
        self.editing.edit(
            self.tr("Edit a note"), annotation.set_text(design, self.thing_id, text), f"note:{self.thing_id}"
        )
