"""The pages of one node and of several nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnstudio.design import edits
from rnnstudio.design.model import Design, Node, NodeId, Value
from rnnstudio.design.rules import Problem, Report
from rnnstudio.design.signals import Shape
from rnnstudio.design.spec import NodeSpec, ParamSpec
from rnnstudio.ui.forms.editors import MIXED, Shown
from rnnstudio.ui.forms.form import Form
from rnnstudio.ui.inspector.cell_tools import CellTools
from rnnstudio.ui.inspector.edit_merger import EditMerger
from rnnstudio.ui.inspector.equations import Equations
from rnnstudio.ui.inspector.initial_values import InitialValuesSection
from rnnstudio.ui.inspector.page_widgets import ProblemCard, PropertyRows, section_heading
from rnnstudio.ui.inspector.title_edit import TitleEdit
from rnnstudio.ui.palette.user_cells import UserCellStore
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.common import wrapped_label


def format_shape(shape: Shape) -> str:
    """Return a shape as text: "sequence T × 32", "vector 64", "state 256"."""
    return f"{shape.signal.value} {shape}"


class InspectorPage(QWidget):
    """Base class of the pages: a column of widgets with problem cards under the title."""

    def __init__(self, editing: EditMerger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editing = editing
        self.document = editing.document
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(14, 12, 14, 14)
        self.box.setSpacing(6)
        self._problems: tuple[Problem, ...] = ()
        self.cards: list[ProblemCard] = []
        self.problems_heading = section_heading(self.tr("Problems"), self)
        self.problems_heading.hide()
        themes.changed.connect(self._apply_theme)

    def add_problem_area(self) -> None:
        """Place the problem cards here in the column, under the title."""
        self.box.addWidget(self.problems_heading)
        self._cards_at = self.box.count()

    def refresh(self) -> None:
        """Show the current state of the document."""
        raise NotImplementedError

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Show a card per problem; do nothing if the problems are unchanged."""
        problems = tuple(problems)
        if problems == self._problems:
            return
        self._problems = problems
        for card in self.cards:
            self.box.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [ProblemCard(problem, self) for problem in problems]
        for place, card in enumerate(self.cards):
            self.box.insertWidget(self._cards_at + place, card)
            if card.fix_button is not None:
                card.fix_button.clicked.connect(self._fix)
        self.problems_heading.setVisible(bool(problems))

    def _fix(self) -> None:
        button = self.sender()
        for card in self.cards:
            fix = card.problem.fix
            if fix is not None and card.fix_button is button:
                self.document.edit(translated(fix), fix.apply(self.document.design))
                return

    def _apply_theme(self) -> None:
        for card in self.cards:
            card.apply_theme()

    def connect_form(self, form: Form, edit: Callable[[str, Value], None]) -> None:
        """Connect a form: values go to ``edit``; leaving a field ends the merging of edits."""
        form.edited.connect(edit)
        form.focus_lost.connect(self._left)

    def offer_facts(self, form: Form) -> None:
        """Pass the task's data facts to a form."""
        if form.asks_for_facts:
            form.show_facts(self.document.facts)

    def _left(self, _name: str) -> None:
        self.editing.end_merge()


class NodePage(InspectorPage):
    """One node: title, problems, equations, parameters, shapes, weights.

    Equations that are a parameter stand under the field in which they are written.
    """

    def __init__(
        self,
        editing: EditMerger,
        node: Node,
        spec: NodeSpec | None,
        parent: QWidget | None = None,
        *,
        user_cells: UserCellStore | None = None,
    ) -> None:
        super().__init__(editing, parent)
        self.node_id = node.id
        self.spec = spec
        self.heading = TitleEdit(self)
        self.heading.renamed.connect(self._rename)
        self.box.addWidget(self.heading)
        self.kind = wrapped_label(role="quiet", parent=self)
        self.box.addWidget(self.kind)
        self.description = wrapped_label(spec.description if spec else "", "quiet", self)
        self.description.setVisible(bool(self.description.text()))
        self.box.addWidget(self.description)
        self.add_problem_area()
        self.equations = Equations(self) if spec is not None and spec.equations is not None else None
        self.tools: CellTools | None = None
        where = node.title or (spec.title if spec else node.kind)
        self.form = Form(spec.params if spec else (), where, self)
        written = any(field.editor.keeps_mistakes for field in self.form.fields.values())
        if self.equations is not None:
            self.tools = CellTools(user_cells if written else None, self)
        parts = [self._place_form, self._place_equations]
        for place in parts if written else reversed(parts):
            place()
        self.starts = InitialValuesSection(where, self)
        self.starts.edited.connect(self._set_starts)
        self.starts.focus_lost.connect(self.editing.end_merge)
        self.box.addWidget(self.starts)
        self.box.addWidget(section_heading(self.tr("Shapes"), self))
        self.facts = PropertyRows(self)
        self.box.addWidget(self.facts)
        self.connect_form(self.form, self._set)
        self.box.addStretch(1)
        self.refresh()

    def _place_form(self) -> None:
        if self.form.fields:
            self.box.addWidget(section_heading(self.tr("Parameters"), self))
            self.box.addWidget(self.form)

    def _place_equations(self) -> None:
        if self.equations is not None and self.tools is not None:
            self.box.addSpacing(4)
            self.box.addWidget(self.equations)
            self.box.addWidget(self.tools)

    def refresh(self) -> None:
        """See `InspectorPage`."""
        design = self.document.design
        node, spec, report = design.node(self.node_id), self.spec, self.document.report
        self.heading.show_title(node.title, spec.title if spec else node.kind)
        known = spec.title if spec else self.tr("unknown kind “{0}”").format(node.kind)
        parts = [known if node.title else "", spec.reference if spec else ""]
        self.kind.setText(" · ".join(part for part in parts if part) or known)
        self.kind.setVisible(bool(node.title) or spec is None or bool(spec.reference))
        if spec is not None:
            complete = spec.complete(node.params)
            self.offer_facts(self.form)
            self.form.show_values(complete)
            self._show_equations(spec, complete, node.title)
            self.facts.show_rows(self._facts(design, report, spec))
        self.starts.show_initializers(
            spec.initializer_params(node.params) if spec is not None else (), node.params
        )
        told = {name for name, field in self.form.fields.items() if field.shows_mistake}
        self.show_problems(p for p in report.of_node(self.node_id) if p.param not in told)

    def _show_equations(self, spec: NodeSpec, complete: Mapping[str, Value], name: str) -> None:
        if self.equations is None or self.tools is None or spec.equations is None:
            return
        valid = _valid(spec.params, complete)
        text = spec.equations(complete) if valid else ""
        self.equations.setVisible(valid)
        if valid:
            self.equations.show_equations(text, spec.formulas(complete), spec.gate_titles(complete))
        self.tools.show_cell(name or spec.title, text, name=name, valid=valid)

    def _facts(self, design: Design, report: Report, spec: NodeSpec) -> list[tuple[str, str]]:
        rows = []
        reading = self.document.is_reading_data
        unknown = self.tr("reading the data…") if reading else self.tr("not known yet")

        def words(shape: Shape | None, otherwise: str) -> str:
            if shape is None:
                return otherwise
            return format_shape(shape) if shape.size or not reading else unknown

        for port in spec.inputs:
            shape = next(
                (
                    report.shapes.get((link.source, link.source_port))
                    for link in design.links
                    if link.target == self.node_id and link.target_port == port.name
                ),
                None,
            )
            missing = self.tr("not connected") if port.required else self.tr("optional, not connected")
            rows.append((self.tr("In: {0}").format(port.title), words(shape, missing)))
        for port in spec.outputs:
            shape = report.shapes.get((self.node_id, port.name))
            rows.append(
                (
                    self.tr("Out: {0}").format(port.title),
                    words(shape, unknown),
                )
            )
        if self.node_id in report.weights:
            rows.append((self.tr("Weights"), f"{report.weights[self.node_id]:,}"))
        return rows

    def _set(self, name: str, value: Value) -> None:
        design = self.document.design
        title = self.form.fields[name].param.title
        self.editing.edit(
            self.tr("Change {0}").format(title),
            edits.set_params(design, [self.node_id], {name: value}),
            f"param:{self.node_id}:{name}",
        )

    def _set_starts(self, values: dict[str, Value], title: str) -> None:
        design = self.document.design
        kept = {name: value for name, value in values.items() if value != ""}
        design = edits.remove_params(design, [self.node_id], values.keys() - kept.keys())
        self.editing.edit(
            self.tr("Change {0}").format(title),
            edits.set_params(design, [self.node_id], kept),
            f"param:{self.node_id}:{title}",
        )

    def _rename(self, title: str) -> None:
        self.editing.rename(self.node_id, title)


class MultiNodePage(InspectorPage):
    """Several nodes: the parameters that they share."""

    def __init__(
        self,
        editing: EditMerger,
        nodes: Sequence[Node],
        specs: Mapping[NodeId, NodeSpec],
        links: int,
        parent: QWidget | None = None,
        *,
        others: int = 0,
    ) -> None:
        super().__init__(editing, parent)
        self.node_ids = tuple(node.id for node in nodes)
        self.specs = specs
        title = wrapped_label(self._title(len(nodes), links, others), parent=self)
        title.setFont(fonts.title())
        self.box.addWidget(title)
        names: dict[str, int] = {}
        for node in nodes:
            word = specs[node.id].title if node.id in specs else node.kind
            names[word] = names.get(word, 0) + 1
        self.box.addWidget(
            wrapped_label(", ".join(f"{count} × {word}" for word, count in names.items()), "quiet", self)
        )
        self.add_problem_area()
        shared = _shared([specs[n].params if n in specs else () for n in self.node_ids])
        self.form = Form(shared, self.tr("the selected nodes"), self)
        if nodes:
            self.box.addWidget(section_heading(self.tr("Shared parameters"), self))
        if shared:
            self.box.addWidget(self.form)
        elif nodes:
            self.box.addWidget(
                wrapped_label(self.tr("These nodes have no parameter in common."), "quiet", self)
            )
        self.connect_form(self.form, self._set)
        self.box.addWidget(section_heading(self.tr("Together"), self))
        self.facts = PropertyRows(self)
        self.box.addWidget(self.facts)
        self.box.addStretch(1)
        self.refresh()

    def _title(self, nodes: int, links: int, others: int) -> str:
        counted = (
            (nodes, self.tr("One node"), self.tr("{0} nodes")),
            (links, self.tr("one link"), self.tr("{0} links")),
            (others, self.tr("one group, frame or note"), self.tr("{0} groups, frames or notes")),
        )
        words = [one if count == 1 else several.format(count) for count, one, several in counted if count]
        text = ", ".join(words)
        return text[:1].upper() + text[1:]

    def refresh(self) -> None:
        """See `InspectorPage`."""
        design, report = self.document.design, self.document.report
        complete = [self.specs[n].complete(design.node(n).params) for n in self.node_ids if n in self.specs]
        values: dict[str, Shown] = {}
        for name in self.form.fields:
            several = [params[name] for params in complete]
            values[name] = several[0] if all(v == several[0] for v in several) else MIXED
        self.offer_facts(self.form)
        self.form.show_values(values)
        weights = sum(report.weights.get(n, 0) for n in self.node_ids)
        self.facts.show_rows([(self.tr("Weights"), f"{weights:,}")])
        self.show_problems(p for p in report.problems if p.node in self.node_ids)

    def _set(self, name: str, value: Value) -> None:
        title = self.form.fields[name].param.title
        self.editing.edit(
            self.tr("Change {0} of {1} nodes").format(title, len(self.node_ids)),
            edits.set_params(self.document.design, self.node_ids, {name: value}),
            f"param:{','.join(self.node_ids)}:{name}",
        )


def _valid(params: Iterable[ParamSpec], values: Mapping[str, Value]) -> bool:
    return all(param.constraint.problem(values[param.name]) is None for param in params)


def _shared(several: Sequence[tuple[ParamSpec, ...]]) -> list[ParamSpec]:
    """Return the parameters that all share, with the same name and constraint."""
    if not several:
        return []
    first, *rest = several
    return [
        param
        for param in first
        if all(
            any(o.name == param.name and o.constraint == param.constraint for o in other) for other in rest
        )
    ]
