"""Every kind of edit there is, each made as a person makes it: what a walk chooses from.

An act takes a `Walk`, whose ``rng`` is seeded with the act's own number, and does one thing.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from rnnstudio.design import codec, edits, grouping, things
from rnnstudio.design.constraints import Flag, OneOf, Real, Whole
from rnnstudio.design.model import Choice, Link
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.things import Box
from rnnstudio.resources import templates
from rnnstudio.ui.canvas.gestures import Move
from rnnstudio.ui.document import Document
from tests.ui.canvas_kit import drop
from tests.ui.walking import TEMPLATES, Walk

Act = Callable[[Walk], None]
ACTS: dict[str, Act] = {}
OFTEN: list[str] = []  # the names, as often as they are to be chosen

WORDS = (
    "", "encoder", "a title that is far longer than any node is wide, and then some", "שלום עולם",
    "循环神经网络", "ŷ = softmax(Wₐ a⟨t⟩)", "<b>&amp;\"quoted\"", "two\nlines",
    "🧠🧠", "\u200b", "z⁻¹", "100 %s {0}",
)  # fmt: skip
GARBAGE = (
    "", "hello", "{", "{}", '{"format": "rnnstudio fragment"}', "[1, 2]", "nodes", "\x00", '{"format": 3}',
    '{"format": "rnnstudio fragment", "version": 1, "nodes": [{"id": "a"}]}',
)  # fmt: skip


def act(times: int = 1) -> Callable[[Act], Act]:
    def register(function: Act) -> Act:
        ACTS[function.__name__] = function
        OFTEN.extend([function.__name__] * times)
        return function

    return register


def params_of(walk: Walk, node_id: str) -> tuple[ParamSpec, ...]:
    kinds = walk.document.catalogue.nodes
    return kinds.get(walk.design.node(node_id).kind).params


def value_for(walk: Walk, param: ParamSpec) -> object:
    """Return a value that a parameter may have, or now and then one that its constraint refuses."""
    rng, rule = walk.rng, param.constraint
    if rng.random() < 0.25:
        wrong = [v for v in rule.invalid() if isinstance(v, str | int | None) and not _endless(v)]
        return rng.choice(wrong)
    if isinstance(rule, Whole):
        return rng.choice([max(rule.least, min(rule.most, n)) for n in (1, 2, 3, 8, 64, 300)])
    if isinstance(rule, Real):
        return rng.choice([n for n in (0.0, 0.001, 0.25, 0.5, 1.0, 5.0) if rule.problem(n) is None])
    if isinstance(rule, OneOf):
        return rng.choice(rule.options)
    return rng.random() < 0.5 if isinstance(rule, Flag) else param.default


def _endless(value: object) -> bool:
    return isinstance(value, int) and abs(value) > 2**40


# -------------------------------------------------------------------------------- nodes and links


@act(4)
def select(walk: Walk) -> None:
    if walk.rng.random() < 0.1:
        walk.view.select_all()
    elif walk.rng.random() < 0.1:
        walk.selection.clear()
    else:
        walk.select_some()


@act(6)
def add(walk: Walk) -> None:
    if not walk.crowded:
        kind = walk.rng.choice(list(walk.document.catalogue.nodes)).kind
        title = walk.rng.choice(WORDS) if walk.rng.random() < 0.3 else ""
        walk.view.add_node(kind, walk.point() if walk.rng.random() < 0.8 else None, title=title)


@act()
def add_by_search(walk: Walk) -> None:
    if not walk.crowded:
        walk.view.adding.ask_at(walk.view.mapFromScene(walk.point()))
        walk.choose_offer()


@act(3)
def add_behind_a_port(walk: Walk) -> None:
    node_id = walk.any_node()
    if node_id is None or walk.crowded:
        return
    spec = walk.view.canvas.kind_of(node_id)
    ports = [(node_id, port.name, True) for port in spec.outputs]
    ports += [(node_id, port.name, False) for port in spec.inputs]
    if ports:
        walk.view.adding.ask_for(walk.rng.choice(ports), walk.view.mapFromScene(walk.point()))
        walk.choose_offer()


@act(2)
def insert_into_a_link(walk: Walk) -> None:
    if walk.view.canvas.link_items and not walk.crowded:
        walk.view.adding.ask_into(walk.rng.choice(list(walk.view.canvas.link_items)))
        walk.choose_offer()


@act()
def drop_from_the_palette(walk: Walk) -> None:
    if walk.crowded:
        return
    wires = list(walk.view.canvas.link_items.values())
    at = walk.rng.choice(wires).path.pointAtPercent(0.5) if wires else walk.point()
    drop(walk.view, walk.rng.choice(list(walk.document.catalogue.nodes)).kind, walk.view.mapFromScene(at))


@act(2)
def replace(walk: Walk) -> None:
    node_id = walk.any_node()
    if node_id is not None and node_id in walk.view.canvas.node_items:
        walk.selection.set([node_id])
        walk.view.adding.ask_instead()
        walk.choose_offer()


@act(5)
def link(walk: Walk) -> None:
    walk.select_some()
    walk.view.joining.ask()
    walk.choose_offer()


@act(2)
def link_whatever_it_means(walk: Walk) -> None:
    """What no hand can draw, but a file may hold: wrong signals, two links at an input, undelayed loops."""
    nodes, kinds = walk.design.nodes, walk.document.catalogue.nodes
    outputs = [(node.id, port.name) for node in nodes for port in kinds.get(node.kind).outputs]
    inputs = [(node.id, port.name) for node in nodes for port in kinds.get(node.kind).inputs]
    if outputs and inputs and len(walk.design.links) < 2 * len(nodes):
        ends = (*walk.rng.choice(outputs), *walk.rng.choice(inputs))
        wire = Link(edits.new_link_id(walk.design), *ends, walk.rng.randrange(2))
        walk.document.edit("Connect", edits.connect(walk.design, wire))


@act(2)
def reconnect(walk: Walk) -> None:
    nodes, kinds = walk.design.nodes, walk.document.catalogue.nodes
    inputs = [(node.id, port.name) for node in nodes for port in kinds.get(node.kind).inputs]
    if walk.design.links and inputs:
        target, port = walk.rng.choice(inputs)
        wire = walk.rng.choice(walk.design.links)
        moved = edits.replace_link(walk.design, wire.id, target=target, target_port=port)
        walk.document.edit("Move a link", moved)


@act(2)
def unlink(walk: Walk) -> None:
    if walk.view.canvas.link_items:
        walk.selection.set(links=[walk.rng.choice(list(walk.view.canvas.link_items))])
        walk.view.delete()


@act(3)
def delay(walk: Walk) -> None:
    if walk.view.canvas.link_items:
        walk.selection.set(links=[walk.rng.choice(list(walk.view.canvas.link_items))])
        walk.view.editing.toggle_delay()


@act(2)
def delete(walk: Walk) -> None:
    walk.select_some()
    walk.view.delete()


@act(3)
def delete_and_heal(walk: Walk) -> None:
    walk.select_some()
    walk.view.editing.heal()


# -------------------------------------------------------------------------------------- places


@act(2)
def nudge(walk: Walk) -> None:
    walk.select_some()
    walk.view.editing.nudge(walk.rng.choice((-8.0, 8.0)), walk.rng.choice((0.0, 8.0)))


@act(4)
def drag(walk: Walk) -> None:
    """Move what is selected, onto a group or into a wire perhaps, or cancel it."""
    if not walk.here:
        return
    grabbed = walk.rng.choice(walk.here)
    walk.select_some()
    if grabbed not in walk.selection.nodes:
        walk.selection.set([grabbed])
    start = walk.view.mapFromScene(walk.view.canvas.item(grabbed).pos())
    end = start + QPoint(walk.rng.randrange(-300, 300), walk.rng.randrange(-200, 200))
    if walk.rng.random() < 0.4:
        other = walk.view.canvas.item(walk.rng.choice(walk.here))
        end = walk.view.mapFromScene(other.frame().center())
    walk.view.begin(Move(walk.view, grabbed), start)
    for at in ((start + end) / 2, end):
        walk.view.gesture.move(at)
    if walk.rng.random() < 0.15:
        walk.view.cancel_gesture()
    else:
        walk.view.finish(end)


@act(3)
def arrange(walk: Walk) -> None:
    walk.select_some()
    arranging = walk.view.arranging
    names = ("left", "centre", "right", "top", "middle", "bottom")
    ways = [getattr(arranging, f"align_{name}") for name in names]
    walk.rng.choice([*ways, arranging.distribute_across, arranging.distribute_down])()


@act(2)
def tidy(walk: Walk) -> None:
    walk.select_some()
    walk.view.arranging.tidy()


@act()
def look(walk: Walk) -> None:
    """See it from nearer or farther, painted."""
    if walk.rng.random() < 0.3:
        walk.view.fit()
    else:
        walk.view.zoom_to(walk.rng.choice((0.2, 0.5, 1.0, 1.0, 2.0)))
    if walk.rng.random() < 0.25:
        walk.view.grab()


# --------------------------------------------------------------------- groups, frames and notes


@act(5)
def group(walk: Walk) -> None:
    walk.select_some()
    walk.view.gathering.group()
    walk.view.gathering.editors.finish(keep=False)


@act(4)
def fold(walk: Walk) -> None:
    walk.select_a_group()
    walk.view.gathering.fold()


@act(2)
def unpack(walk: Walk) -> None:
    walk.select_a_group()
    walk.view.gathering.unpack()


@act()
def open_around(walk: Walk) -> None:
    """As finding a node, or going to its problem, does."""
    node_id = walk.any_node()
    if node_id is not None:
        walk.view.focus_node(node_id)


@act(2)
def frame_or_note(walk: Walk) -> None:
    if not walk.crowded:
        walk.select_some()
        walk.rng.choice((walk.view.gathering.frame, walk.view.gathering.note))()
        walk.view.gathering.editors.finish(keep=True)


@act(3)
def write(walk: Walk) -> None:
    """Type a title or a text where it stands."""
    walk.select_some()
    walk.view.gathering.rename()
    editors, words = walk.view.gathering.editors, walk.rng.choice(WORDS)
    if isinstance(editors.field, QPlainTextEdit):
        editors.field.setPlainText(words)
    elif isinstance(editors.field, QLineEdit):
        editors.field.setText(words)
    editors.finish(keep=walk.rng.random() < 0.8)


@act()
def resize(walk: Walk) -> None:
    sized = (*walk.design.frames, *walk.design.comments)
    if sized:
        at, rng = walk.point(), walk.rng
        box = Box(at.x(), at.y(), rng.uniform(-50, 900), rng.uniform(-50, 600))
        walk.document.edit("Resize", things.resize(walk.design, rng.choice(sized).id, box))


@act()
def name_a_port(walk: Walk) -> None:
    if walk.design.groups:
        group_id = walk.rng.choice(walk.design.groups).id
        ports = grouping.ports_of(walk.design, walk.document.catalogue, group_id)
        if ports:
            port, words = walk.rng.choice(ports), walk.rng.choice(WORDS)
            named = things.name_port(walk.design, group_id, f"{port.node}.{port.port}", words)
            walk.document.edit("Name a port", named)


# --------------------------------------------------------------------------- what they are set to


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
    wholes = [p for p in kinds.get(walk.design.task.kind).params if isinstance(p.constraint, Whole)]
    if wholes:
        param = walk.rng.choice(wholes)
        least = max(param.constraint.least, 2)
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
    """Take the way out that a problem offers."""
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
    walk.view.copy()


@act()
def cut(walk: Walk) -> None:
    walk.select_some()
    walk.view.cut()


@act(3)
def paste(walk: Walk) -> None:
    if not walk.crowded:
        walk.view.paste()


@act()
def paste_what_comes(walk: Walk) -> None:
    """Another program's text, or a whole design's."""
    if not walk.crowded:
        other = templates()[walk.rng.choice(TEMPLATES)].read_text(encoding="utf-8")
        text = other if walk.rng.random() < 0.3 else walk.rng.choice(GARBAGE)
        QGuiApplication.clipboard().setText(text)
        walk.view.paste()


@act(2)
def duplicate(walk: Walk) -> None:
    if not walk.crowded:
        walk.select_some()
        walk.view.duplicate()


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
    """As a click in the list of the history does."""
    stack = walk.document.undo_stack
    stack.setIndex(walk.rng.randrange(stack.count() + 1))


@act()
def save(walk: Walk) -> None:
    """Write the file, and open it in another window."""
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
    """Open the file that was saved last, in place of this document."""
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
