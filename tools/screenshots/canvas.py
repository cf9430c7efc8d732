"""The canvas: its elements, and gestures under way."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from rnnstudio.design import annotation, edits, grouping
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Group, Link, Node, NodeId, Value
from tools.driver import Driver, drag_to
from tools.examples import template
from tools.screenshots.registry import Done, view


@view("several")
def several(driver: Driver) -> None:
    """Show two selected layers, with their common parameters."""
    design = template("sonnets-lstm")
    cell = next(node for node in design.nodes if node.kind == "lstm")
    second = Node(NodeId("lstm2"), "lstm", cell.x, cell.y + 160, params={"units": 64})
    driver.open(edits.add_node(design, second))
    driver.studio.selection.set([cell.id, second.id])


@view("groups")
def groups(driver: Driver) -> None:
    """Show a frame, a note, an expanded group, and below it a collapsed one with a named port."""
    design = template("sonnets-lstm")
    ids = {node.kind: node.id for node in design.nodes}
    x, y = min(n.x for n in design.nodes), min(n.y for n in design.nodes)
    inside = [ids["embedding"], ids["lstm"]]
    names = {f"{ids['lstm']}.sequence": "memory"}
    open_group = Group(NodeId("reader"), x, y, "Reader", names=names)
    part = edits.extract(design, [node.id for node in design.nodes if node.kind != "dropout"])
    design = grouping.add_group(design, open_group, inside)
    design, copies = edits.paste(design, part, 0.0, 232.0)
    again = [copies[place] for place, thing in enumerate(part.elements) if thing.id in inside]
    dense = copies[[thing.id for thing in part.elements].index(ids["dense"])]
    onward = Link(edits.new_link_id(design), again[-1], "sequence", dense, "input")
    design = edits.connect(design, onward)
    names = {f"{again[-1]}.sequence": "memory"}
    collapsed = Group(NodeId("again"), x + 200, y + 232, "The same, folded", collapsed=True, names=names)
    design = grouping.add_group(design, collapsed, again)
    right = max(node.x for node in design.nodes) + 224.0
    design, _ = annotation.add_frame(design, Rect(x - 32, y - 88, right - x + 64, 216), "As it was drawn")
    note = "A folded group computes what it computed before.\nIts ports are those of the nodes inside."
    design, _ = annotation.add_comment(design, Rect(x, y + 360, 264, 72), note)
    driver.open(design)
    driver.studio.selection.set([collapsed.id])


@view("equation-cell")
def equation_cell(driver: Driver) -> None:
    """Show an equation cell."""
    _own_cell(driver, {})


@view("equation-mistake")
def equation_mistake(driver: Driver) -> None:
    """Show an equation cell with a mistake in the last line."""
    text = "f = sigmoid(W_f @ x + U_f @ h_prev + b_f)\nh = f * h_prev + (1 - f) * tan(W @ x)"
    _own_cell(driver, {"equations": text})


def _own_cell(driver: Driver, params: dict[str, Value]) -> None:
    """Replace the GRU of a template by an equation cell, and select it."""
    design = template("names-gru")
    cell = next(node for node in design.nodes if node.kind == "gru")
    links = [link for link in design.links if cell.id in (link.source, link.target)]
    design = edits.remove(design, node_ids=[cell.id])
    design = edits.add_node(design, Node(NodeId("mine"), "equation_cell", cell.x, cell.y, params=params))
    for link in links:
        ends = {"source": NodeId("mine")} if link.source == cell.id else {"target": NodeId("mine")}
        design = edits.connect(design, msgspec.structs.replace(link, **ends))
    driver.open(design)
    driver.studio.selection.set([NodeId("mine")])


@view("link")
def link(driver: Driver) -> None:
    """Show a selected link and its shape."""
    driver.open(template("sonnets-lstm"))
    design = driver.studio.document.design
    cell = next(node for node in design.nodes if node.kind == "lstm")
    driver.studio.selection.set(links=[next(link.id for link in design.links if link.source == cell.id)])


@view("long-names")
def long_names(driver: Driver) -> None:
    """Show long names in several scripts on nodes, a group, a frame and a note."""
    design = template("sonnets-lstm")
    names = (
        "A name that is much longer than any node on this canvas is wide, and goes on",
        "טבלה של תווים שנלמדת יחד עם הרשת כולה ואינה קצרה",
        "ذاكرة طويلة المدى تقرأ الحروف واحدا بعد الآخر",
        "長短期記憶はすべての文字を一つずつ読みます",
        "Θεώρημα ελέγχου της μεθόδου ✓ Ελληνικά",
        "Следующий символ последовательности",
    )
    nodes = design.nodes
    for node, name in zip(nodes, names, strict=True):
        design = edits.rename_node(design, node.id, name)
    x, y = min(n.x for n in nodes), min(n.y for n in nodes)
    right = max(n.x for n in nodes) + 224.0
    group = Group(NodeId("reader"), x, y, names[2] + " " + names[0])
    design = grouping.add_group(design, group, [nodes[1].id, nodes[2].id])
    design, _ = annotation.add_frame(design, Rect(x - 32, y - 88, right - x + 64, 216), names[1] + names[0])
    note = f"{names[2]}\n{names[0]}\n{names[3]}"
    design, _ = annotation.add_comment(design, Rect(x, y + 160, 264, 96), note)
    driver.open(design)
    driver.studio.actions["arrange.tidy"].trigger()
    driver.spin(0.5)
    driver.studio.network_stack.fit()
    driver.studio.selection.set([nodes[2].id])


@view("quick-add")
def quick_add(driver: Driver) -> Done:
    """Drop a wire from the cell on the empty canvas: compatible nodes are offered."""
    driver.open(template("sonnets-lstm"))
    canvas = driver.studio.canvas
    start = _port(driver, "lstm", "sequence", output=True)
    end = start + QPoint(70, 120)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    drag_to(canvas.viewport(), (start + end) / 2, end)
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=end)
    yield
    canvas.node_search.close()


@view("feedback")
def feedback(driver: Driver) -> Done:
    """Hold a feedback wire over a port; it would be delayed by one step."""
    design = template("sonnets-lstm")
    cell = next(node for node in design.nodes if node.kind == "lstm")
    driver.open(edits.remove(design, link_ids=[k.id for k in design.links if k.target == cell.id]))
    canvas = driver.studio.canvas
    start = _port(driver, "dropout", "output", output=True)
    end = _port(driver, "lstm", "sequence", output=False)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    drag_to(canvas.viewport(), (start + end) / 2, end - QPoint(3, 0))
    yield
    canvas.cancel_gesture()
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=end)


@view("linking")
def linking(driver: Driver) -> Done:
    """Hold a link from the embedding over an incompatible port."""
    design = template("sonnets-lstm")
    cell = next(node for node in design.nodes if node.kind == "lstm")
    dense = next(node for node in design.nodes if node.kind == "dense")
    design = edits.add_node(design, Node(NodeId("gru"), "gru", cell.x, cell.y + 176))
    design = edits.add_node(design, Node(NodeId("last_step"), "last_step", dense.x, dense.y + 176))
    driver.open(design)
    canvas = driver.studio.canvas
    source = canvas.canvas.port_position((cell.id, "state", True)) or QPointF()
    target = canvas.canvas.port_position((NodeId("last_step"), "sequence", False)) or QPointF()
    start, end = canvas.mapFromScene(source), canvas.mapFromScene(target)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    drag_to(canvas.viewport(), (start + end) / 2, end - QPoint(3, 0))
    yield
    canvas.cancel_gesture()
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)


def _port(driver: Driver, kind: str, port: str, *, output: bool) -> QPoint:
    """Return where a port of the first node of a kind is on the viewport."""
    canvas = driver.studio.canvas
    node = next(node for node in driver.studio.document.design.nodes if node.kind == kind)
    return canvas.mapFromScene(canvas.canvas.port_position((node.id, port, output)) or QPointF())
