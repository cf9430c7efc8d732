"""Acts on parameters, task and plan, the clipboard, history and files."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from rnnstudio.design import codec, edits
from rnnstudio.design.constraints import Integer
from rnnstudio.design.model import Choice
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.resources import templates
from rnnstudio.ui.document.document import Document
from tests.ui.canvas_kit import run
from tests.ui.walk_registry import GARBAGE, WORDS, act, params_of, value_for
from tests.ui.walking import TEMPLATES, Walk

# ------------------------------------------------------------------------------------ parameters


@act(4)
def set_a_parameter(walk: Walk) -> None:
    node_id = walk.any_node()
    params = params_of(walk, node_id) if node_id is not None else ()
    if params:
        param = walk.rng.choice(params)
        changed = edits.set_params(walk.design, [node_id], {param.name: value_for(walk, param)})
        walk.document.edit("Set", changed, f"param:{node_id}:{param.name}")


@act()
def take_a_parameter_back(walk: Walk) -> None:
    node_id = walk.any_node()
    if node_id is not None and walk.design.node(node_id).params:
        name = walk.rng.choice(sorted(walk.design.node(node_id).params))
        walk.document.edit("Reset", edits.remove_params(walk.design, [node_id], [name]))


@act(2)
def choose_a_task(walk: Walk) -> None:
    kind = walk.rng.choice(list(walk.document.catalogue.tasks)).kind
    walk.document.edit("Task", edits.set_task(walk.design, Choice(kind)))


@act()
def set_the_task(walk: Walk) -> None:
    kinds = walk.document.catalogue.tasks
    wholes = [p for p in kinds.get(walk.design.task.kind).params if isinstance(p.constraint, Integer)]
    if wholes:
        param = walk.rng.choice(wholes)
        least = max(param.constraint.minimum, 2)
        value = walk.rng.choice((param.default, least, least + 1, -1))
        walk.document.edit("Task", edits.set_task_params(walk.design, {param.name: value}))


@act(2)
def set_the_plan(walk: Walk) -> None:
    param = walk.rng.choice(PLAN_PARAMS)
    values = [
        value for value in (value_for(walk, param) for _ in range(8)) if not param.constraint.problem(value)
    ]
    if values:
        changed = edits.set_plan(walk.design, **{param.name: values[0]})
        walk.document.edit("Plan", changed, f"plan:{param.name}")


@act()
def set_the_optimizer(walk: Walk) -> None:
    kinds = walk.document.catalogue.optimizers
    if walk.rng.random() < 0.5:
        choice = Choice(walk.rng.choice(list(kinds)).kind)
        walk.document.edit("Optimizer", edits.set_plan(walk.design, optimizer=choice))
        return
    param = walk.rng.choice(kinds.get(walk.design.plan.optimizer.kind).params)
    changed = edits.set_optimizer_params(walk.design, {param.name: value_for(walk, param)})
    walk.document.edit("Optimizer", changed)


@act()
def choose_a_schedule(walk: Walk) -> None:
    choice = Choice(walk.rng.choice(list(walk.document.catalogue.schedules)).kind)
    walk.document.edit("Schedule", edits.set_plan(walk.design, schedule=choice))


@act()
def name_the_design(walk: Walk) -> None:
    change = walk.rng.choice((edits.set_name, edits.set_notes))
    walk.document.edit("Name", change(walk.design, walk.rng.choice(WORDS)))


@act(4)
def mend(walk: Walk) -> None:
    """Apply the fix of a problem."""
    fixes = [problem.fix for problem in walk.document.check_now().problems if problem.fix is not None]
    if fixes:
        fix = walk.rng.choice(fixes)
        walk.document.edit(fix.title, fix.apply(walk.design))


@act(3)
def check(walk: Walk) -> None:
    walk.document.check_now()


# --------------------------------------------------------------------------------- the clipboard


@act()
def copy(walk: Walk) -> None:
    walk.select_some()
    run(walk.view, "edit.copy")


@act()
def cut(walk: Walk) -> None:
    walk.select_some()
    run(walk.view, "edit.cut")


@act(3)
def paste(walk: Walk) -> None:
    if not walk.crowded:
        run(walk.view, "edit.paste")


@act()
def paste_what_comes(walk: Walk) -> None:
    """Paste the text of another program, or a whole design."""
    if not walk.crowded:
        other = templates()[walk.rng.choice(TEMPLATES)].read_text(encoding="utf-8")
        text = other if walk.rng.random() < 0.3 else walk.rng.choice(GARBAGE)
        QGuiApplication.clipboard().setText(text)
        run(walk.view, "edit.paste")


@act(2)
def duplicate(walk: Walk) -> None:
    if not walk.crowded:
        walk.select_some()
        run(walk.view, "edit.duplicate")


# ----------------------------------------------------------------------------- history and files


@act(6)
def undo(walk: Walk) -> None:
    for _ in range(walk.rng.choice((1, 1, 1, 2, 5))):
        walk.document.undo_stack.undo()


@act(4)
def redo(walk: Walk) -> None:
    for _ in range(walk.rng.choice((1, 1, 3))):
        walk.document.undo_stack.redo()


@act()
def jump(walk: Walk) -> None:
    """Jump in the history, as a click in its list does."""
    stack = walk.document.undo_stack
    stack.setIndex(walk.rng.randrange(stack.count() + 1))


@act()
def save(walk: Walk) -> None:
    """Save the file and open it in another document."""
    file = walk.folder / "walk.rnnd"
    walk.document.save(file)
    assert not walk.document.is_dirty
    other = Document()
    other.open(file)
    assert other.design == walk.design
    assert file.read_text(encoding="utf-8") == codec.encode(walk.design)
    other.deleteLater()


@act()
def load(walk: Walk) -> None:
    """Replace the document by the file that was saved last."""
    file = walk.folder / "walk.rnnd"
    if file.exists() and walk.rng.random() < 0.3:
        walk.assert_undoes_and_redoes()
        walk.document.open(file)
        walk.start_from(codec.load(file))


@act()
def open_a_template(walk: Walk) -> None:
    if walk.rng.random() < 0.1:
        walk.assert_undoes_and_redoes()
        design = codec.load(templates()[walk.rng.choice(TEMPLATES)])
        walk.document.new(design)
        walk.start_from(design)
