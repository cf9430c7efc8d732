"""The page shown when nothing is selected: task, training plan, optimizer and schedule."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from rnnstudio.design import edits
from rnnstudio.design.model import Choice, Value
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.registry import KindLookup, RegisteredKind
from rnnstudio.ui.forms.form import Form
from rnnstudio.ui.forms.kind_chooser import KindChooser
from rnnstudio.ui.inspector.edit_merger import EditMerger
from rnnstudio.ui.inspector.page_widgets import PropertyRows, section_heading
from rnnstudio.ui.inspector.pages import InspectorPage
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.common import wrapped_label


class DesignPage(InspectorPage):
    """The whole design: its data and how it is trained."""

    def __init__(self, editing: EditMerger, parent: QWidget | None = None) -> None:
        super().__init__(editing, parent)
        known = self.document.catalogue
        title = wrapped_label(self.tr("Training"), parent=self)
        title.setFont(fonts.title())
        self.box.addWidget(title)
        self.add_problem_area()
        self.box.addWidget(section_heading(self.tr("Task"), self))
        self.task = KindChooser(known.tasks, self.tr("Task"), self)
        self.task.chosen.connect(self._choose_task)
        self.task.edited.connect(self._set_task)
        self.task.focus_lost.connect(self._left)
        self.box.addWidget(self.task)
        self.box.addWidget(section_heading(self.tr("Plan"), self))
        self.plan = Form(PLAN_PARAMS, self.tr("the training plan"), self)
        self.connect_form(self.plan, self._set_plan)
        self.box.addWidget(self.plan)
        self.box.addWidget(section_heading(self.tr("Optimizer"), self))
        self.optimizer = KindChooser(known.optimizers, self.tr("Optimizer"), self)
        self.optimizer.chosen.connect(self._choose_optimizer)
        self.optimizer.edited.connect(self._set_optimizer)
        self.optimizer.focus_lost.connect(self._left)
        self.box.addWidget(self.optimizer)
        self.box.addWidget(section_heading(self.tr("Learning rate over time"), self))
        self.schedule = KindChooser(known.schedules, self.tr("Schedule"), self)
        self.schedule.chosen.connect(self._choose_schedule)
        self.schedule.edited.connect(self._set_schedule)
        self.schedule.focus_lost.connect(self._left)
        self.box.addWidget(self.schedule)
        self.box.addWidget(section_heading(self.tr("Network"), self))
        self.facts = PropertyRows(self)
        self.box.addWidget(self.facts)
        self.box.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        """See `InspectorPage`."""
        design, report = self.document.design, self.document.report
        self.task.show_choice(design.task)
        self.plan.show_values({param.name: getattr(design.plan, param.name) for param in PLAN_PARAMS})
        self.optimizer.show_choice(design.plan.optimizer)
        self.schedule.show_choice(design.plan.schedule)
        self.facts.show_rows(
            [
                (self.tr("Nodes"), f"{len(design.nodes):,}"),
                (self.tr("Weights"), f"{sum(report.weights.values()):,}"),
                (self.tr("Memory of training"), format_bytes(report.memory)),
            ]
        )
        self.show_problems(p for p in report.problems if p.node is None and p.link is None)

    def _choose_task(self, kind: str) -> None:
        self.document.edit(self.tr("Choose the task"), edits.set_task(self.document.design, Choice(kind)))

    def _choose_optimizer(self, kind: str) -> None:
        design, registry = self.document.design, self.document.catalogue.optimizers
        choice = _changed(design.plan.optimizer, kind, registry)
        self.document.edit(self.tr("Choose the optimizer"), edits.set_plan(design, optimizer=choice))

    def _choose_schedule(self, kind: str) -> None:
        design, registry = self.document.design, self.document.catalogue.schedules
        choice = _changed(design.plan.schedule, kind, registry)
        self.document.edit(self.tr("Choose the schedule"), edits.set_plan(design, schedule=choice))

    def _set_task(self, name: str, value: Value) -> None:
        design = edits.set_task_params(self.document.design, {name: value})
        self.editing.edit(self.tr("Change the task"), design, f"task:{name}")

    def _set_plan(self, name: str, value: Value) -> None:
        design = edits.set_plan(self.document.design, **{name: value})
        self.editing.edit(
            self.tr("Change {0}").format(self.plan.fields[name].param.title), design, f"plan:{name}"
        )

    def _set_optimizer(self, name: str, value: Value) -> None:
        design = edits.set_optimizer_params(self.document.design, {name: value})
        self.editing.edit(self.tr("Change the optimizer"), design, f"optimizer:{name}")

    def _set_schedule(self, name: str, value: Value) -> None:
        design = edits.set_schedule_params(self.document.design, {name: value})
        self.editing.edit(self.tr("Change the schedule"), design, f"schedule:{name}")


def _changed(choice: Choice, kind: str, registry: KindLookup[RegisteredKind]) -> Choice:
    """Return a choice of another kind, with the parameters that both share."""
    names = {param.name for param in registry.get(kind).params}
    return Choice(kind, {name: value for name, value in choice.params.items() if name in names})


def format_bytes(size: int) -> str:
    """Return a number of bytes as text: "640 B", "12 kB", "3.4 MB"."""
    if size < 1000:
        return f"{size} B"
    amount = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.5 or unit == "TB":
            return f"{amount:.3g} {unit}"
    raise AssertionError("unreachable")
