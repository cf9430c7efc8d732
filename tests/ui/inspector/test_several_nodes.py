"""Editing several nodes: different values are shown as mixed, and one edit is one undo step."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit

from rnnstudio.design.constraints import Flag, Integer, OneOf, Real
from rnnstudio.design.model import Design, Node
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.ui.inspector.pages import MultiNodePage
from tests.ui.inspector_kit import Kit

KEY = Qt.Key


@pytest.fixture
def kit(qtbot):
    return Kit(qtbot)


def other(param):
    """Return another value than the usual one; None for what is no number, word or flag."""
    constraint, usual = param.constraint, param.default
    if isinstance(constraint, Integer):
        return constraint.minimum if usual != constraint.minimum else constraint.minimum + 1
    if isinstance(constraint, Real) and isinstance(usual, float):
        return next(value for value in (0.25, 0.5) if value != usual and constraint.problem(value) is None)
    if isinstance(constraint, OneOf):
        return next(option for option in constraint.options if option != usual)
    return not usual if isinstance(constraint, Flag) else None


CASES = [
    pytest.param(spec.kind, param.name, value, id=f"{spec.kind}-{param.name}")
    for spec in catalogue().nodes
    for param in spec.params
    if (value := other(param)) is not None
]


def looks_mixed(editor) -> bool:
    field = editor.focusProxy() or editor
    if isinstance(field, QCheckBox):
        return field.checkState() is Qt.CheckState.PartiallyChecked
    if isinstance(field, QComboBox):
        return field.currentIndex() == -1 and field.placeholderText() == "mixed"
    if isinstance(field, QPlainTextEdit):
        return field.toPlainText() == "" and field.placeholderText() == "mixed"
    line = field if isinstance(field, QLineEdit) else field.lineEdit()
    return line.text() == "" and line.placeholderText() == "mixed"


def edit(kit, field) -> None:
    """Change a field by its keys, as a person does: one step up or down, another word, a press of Space."""
    box = field.editor.focusProxy() or field.editor
    box.setFocus()
    kit.qtbot.waitUntil(lambda: box.hasFocus() or box.isAncestorOf(kit.inspector.focusWidget()))
    if isinstance(box, QCheckBox):
        kit.qtbot.keyClick(box, KEY.Key_Space)
    else:
        kit.qtbot.keyClick(box, KEY.Key_Down if isinstance(box, QComboBox) else KEY.Key_Up)


@pytest.mark.parametrize(("kind", "name", "value"), CASES)
def test_what_differs_is_mixed_until_one_edit_makes_it_the_same(kit, kind, name, value):
    spec = catalogue().nodes.get(kind)
    params = {param.name: param for param in spec.params}
    needs = {one: _allowed(params[one], allowed) for one, allowed in params[name].when.items()}
    design = Design(
        nodes=(Node("a", kind, params=needs), Node("b", kind, 200.0, params=needs | {name: value}))
    )
    kit.document.new(design)
    kit.selection.set(["a", "b"])
    assert isinstance(kit.page, MultiNodePage)
    field = kit.field(name)
    assert field.isVisible() and looks_mixed(field.editor)
    for one, shown in kit.page.form.fields.items():
        assert one == name or not shown.isVisible() or not looks_mixed(shown.editor), one
    edit(kit, field)
    values = {spec.complete(node.params)[name] for node in kit.document.design.nodes}
    assert len(values) == 1 and not looks_mixed(field.editor)
    assert kit.document.undo_stack.count() == 1
    kit.document.undo_stack.undo()
    assert kit.document.design == design and looks_mixed(field.editor)
    kit.document.undo_stack.redo()
    assert {spec.complete(node.params)[name] for node in kit.document.design.nodes} == values
    for node, before in zip(kit.document.design.nodes, design.nodes, strict=True):
        assert {k: v for k, v in node.params.items() if k != name} == {
            k: v for k, v in before.params.items() if k != name
        }


def _allowed(param, allowed):
    """Return a value that a condition of another parameter allows."""
    if isinstance(allowed, tuple):
        return allowed[0]
    values = (param.default, 2, 0.25)
    return next(v for v in values if param.constraint.problem(v) is None and allowed.problem(v) is None)


def three(kit) -> Design:
    design = Design(
        nodes=tuple(
            Node(f"n{k}", kind, 200.0 * k, params={"units": units})
            for k, (kind, units) in enumerate((("lstm", 8), ("gru", 16), ("dense", 32)))
        )
    )
    kit.document.new(design)
    kit.selection.set(["n0", "n1", "n2"])
    return design


def test_a_number_turned_ten_times_over_nodes_of_other_kinds_is_one_step(kit):
    design = three(kit)
    box = kit.line("units")
    for _ in range(10):
        kit.qtbot.keyClick(box, KEY.Key_Up)
    assert len({node.params["units"] for node in kit.document.design.nodes}) == 1
    assert kit.document.undo_stack.count() == 1
    assert "3 nodes" in kit.document.undo_stack.undoText()
    kit.document.undo_stack.undo()
    assert kit.document.design == design


def test_a_number_that_is_refused_changes_none_of_them_and_says_why(kit):
    design = three(kit)
    kit.type("units", "0")
    field = kit.field("units")
    assert field.is_invalid and "must be a whole number" in field.problem.text()
    assert kit.document.design == design and kit.document.undo_stack.count() == 0


def test_a_mixed_number_that_is_only_walked_over_stays_mixed(kit):
    design = three(kit)
    kit.line("units")
    kit.qtbot.keyClick(kit.inspector.focusWidget(), KEY.Key_Tab)
    assert kit.document.design == design and looks_mixed(kit.field("units").editor)
