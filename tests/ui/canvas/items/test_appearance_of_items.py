"""Cached pictures of nodes and wires are current, and as sharp as if painted again."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtWidgets import QApplication

from rnnstudio.design import edits
from rnnstudio.design.model import Design, NodeId
from rnnstudio.ui.canvas.scene.overview_painter import OverviewItem
from rnnstudio.ui.theme.theme import themes
from tests.ui.canvas_kit import body, chain, link, move, node, port, press, release, run, shown


def pixels(image):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), :3].astype(int)


def seen(view):
    QApplication.processEvents()
    return pixels(view.viewport().grab().toImage())


def painted(view):
    """Return the same picture without anything kept, as an export draws it."""
    image = QImage(view.viewport().size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHints(view.renderHints())
    view.render(painter)
    painter.end()
    return pixels(image)


def other(one, two):
    """Return the share of pixels that clearly differ."""
    return float((np.abs(one - two).max(axis=-1) > 32).mean())


@pytest.mark.parametrize("selected", [False, True])
@pytest.mark.parametrize(("zoom", "most"), [(1.0, 0.0002), (2.0, 0.0002), (0.8, 0.006)])
def test_a_kept_picture_is_the_block_as_it_is_painted(qtbot, zoom, most, selected):
    view = shown(qtbot, chain())
    if selected:
        run(view, "edit.select_all")
    view.zoom_to(zoom)
    assert other(seen(view), painted(view)) <= most
    assert len(np.unique(seen(view).reshape(-1, 3), axis=0)) > 50, "there is something to see"


def test_ports_that_fit_show_while_a_wire_is_drawn_and_no_longer(qtbot):
    view = shown(qtbot, chain())
    before, start = seen(view), port(view, "cell", "sequence", output=True)
    press(view, start)
    move(view, start + QPoint(30, 40), start + QPoint(60, 80))
    looks = {p.look for item in view.canvas.node_items.values() for p in item.look().ports}
    assert looks == {"held", "fits", "faded"} and other(seen(view), before) > 0.0005
    view.cancel_gesture()
    release(view, start)
    assert other(seen(view), before) == 0.0


def test_a_port_takes_the_colour_of_what_comes_to_run_through_it(qtbot):
    view = shown(qtbot, chain())
    head = view.node_item(NodeId("head"))
    before = [p.token for p in head.look().ports]
    doc = view.document
    doc.edit("Link", edits.connect(doc.design, link("c", "in.tokens", "head.logits")))
    doc.check_now()
    assert [p.token for p in head.look().ports] != before
    doc.undo_stack.undo()
    doc.check_now()
    assert [p.token for p in head.look().ports] == before


@pytest.mark.parametrize("zoom", [1.0, 0.3])
def test_another_theme_shows_at_once(qtbot, zoom):
    view, before = shown(qtbot, chain()), themes.scheme
    view.zoom_to(zoom)
    try:
        themes.set_scheme("light")
        light = seen(view)
        themes.set_scheme("dark")
        dark = seen(view)
        assert other(light, dark) > 0.9
        assert other(dark, painted(view)) < 0.0002
        themes.set_scheme("light")
        assert other(seen(view), light) == 0.0
    finally:
        themes.set_scheme(before)


def test_from_far_away_the_picture_follows_too(qtbot):
    view = shown(qtbot, chain())
    view.zoom_to(0.3)
    before = seen(view)
    run(view, "edit.select_all")
    assert other(seen(view), before) > 0.0005
    view.selection.clear()
    assert other(seen(view), before) == 0.0
    doc = view.document
    doc.edit("Move", edits.move(doc.design, {NodeId("cell"): (368.0, 320.0)}))
    assert other(seen(view), before) > 0.0005
    doc.undo_stack.undo()
    assert other(seen(view), before) == 0.0


@pytest.mark.parametrize("dragged_with", [["cell"], ["embed", "cell"], ["in", "embed", "cell", "head"]])
def test_from_far_away_what_is_dragged_shows_where_it_is(qtbot, dragged_with):
    view = shown(qtbot, chain())
    doc = view.document
    doc.edit("Delay", edits.connect(doc.design, link("z", "cell.sequence", "cell.sequence", delay=1)))
    view.fit()
    view.zoom_to(0.3)
    assert any(isinstance(item, OverviewItem) for item in view.canvas.items())
    view.selection.set([NodeId(name) for name in dragged_with])
    before, start = seen(view), body(view, dragged_with[-1])
    press(view, start)
    for step in (QPoint(24, 30), QPoint(40, 90), QPoint(-60, 110)):
        move(view, start + step)
        on_the_way = seen(view)
        assert other(on_the_way, before) > 0.001
    view.canvas.update_overview()  # which gathers all of it again
    assert other(seen(view), on_the_way) == 0.0
    view.show_activations(NodeId(dragged_with[0]), np.zeros((4, 12)))
    move(view, start + QPoint(-80, 90))
    grown = seen(view)
    view.canvas.update_overview()
    assert other(seen(view), grown) == 0.0
    view.show_activations(NodeId(dragged_with[0]), None)
    view.cancel_gesture()
    release(view, start)
    assert other(seen(view), before) == 0.0


def test_from_far_away_a_block_grows_with_its_activation_strip(qtbot):
    view = shown(qtbot, chain())
    view.zoom_to(0.3)
    before = seen(view)
    view.show_activations(NodeId("cell"), np.zeros((4, 12)))
    assert other(seen(view), before) > 0.0


def test_wires_rerouted_while_they_are_dragged_stay_at_their_ports(qtbot):
    view = shown(qtbot, chain())
    run(view, "edit.select_all")
    start = body(view, "embed")
    press(view, start)
    move(view, start + QPoint(40, 24), start + QPoint(80, 48))
    view.show_activations(NodeId("embed"), np.zeros((4, 12)))  # the block grows: its wires are laid anew
    move(view, start + QPoint(160, 96))
    canvas = view.canvas
    for wire in canvas.link_items.values():
        for share, end in (
            (0.0, (wire.link.source, wire.link.source_port, True)),
            (1.0, (wire.link.target, wire.link.target_port, False)),
        ):
            gap = wire.path.pointAtPercent(share) + wire.pos() - canvas.port_position(end)
            assert gap.manhattanLength() < 0.01
    view.cancel_gesture()
    release(view, start)
    assert all(wire.pos() == QPointF() for wire in canvas.link_items.values())


@pytest.mark.parametrize(("count", "far"), [(20, False), (600, True)])
def test_a_crowd_is_painted_at_once_from_nearer_than_a_few_and_still_has_its_titles(qtbot, count, far):
    nodes = tuple(node(f"n{i}", "lstm", i % 30 * 128.0, i // 30 * 80.0) for i in range(count))
    view = shown(qtbot, Design(nodes=nodes))
    view.zoom_to(0.6)
    view.centerOn(view.canvas.content_rect().center())
    assert any(isinstance(item, OverviewItem) for item in view.canvas.items()) is far
    item = view.node_item(NodeId("n7"))
    item.layout = replace(item.layout, title="")  # as it would show without its title
    view.canvas.update_overview()
    view.fit()
    view.zoom_to(0.6)
    view.ensureVisible(item.frame())
    nameless = seen(view)
    item.lay_out()
    view.canvas.update_overview()
    assert other(seen(view), nameless) > 0.0
    view.zoom_to(1.0)
    assert not any(isinstance(item, OverviewItem) for item in view.canvas.items())


class Painted(QObject):
    """Which part of what it watches was painted."""

    def __init__(self):
        super().__init__()
        self.region = QRegion()

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.region += event.region()
        return False


def test_the_words_on_an_empty_canvas_go_with_the_first_node_and_come_back_with_its_undo(qtbot):
    view = shown(qtbot, Design())
    middle, watcher = view.viewport().rect().center(), Painted()
    QApplication.processEvents()
    view.viewport().installEventFilter(watcher)
    for act in (lambda: view.add_node("lstm", view.mapToScene(60, 60)), view.document.undo_stack.undo):
        watcher.region = QRegion()
        act()
        qtbot.waitUntil(lambda: watcher.region.contains(middle))


def test_a_band_marks_a_chosen_wire_and_not_each_of_very_many(qtbot):
    nodes = tuple(node(f"n{i}", "lstm", i % 8 * 160.0, i // 8 * 80.0) for i in range(56))
    wires = tuple(link(f"l{i}", f"n{i}.sequence", f"n{i + 1}.sequence") for i in range(55))
    view = shown(qtbot, Design(nodes=nodes, links=wires))
    view.centerOn(200.0, 100.0)
    view.selection.set(links=["l0"])
    banded = seen(view)
    view.selection.set(links=[wire.id for wire in wires])
    many = seen(view)
    at = view.mapFromScene(view.canvas.link_items["l0"].middle()) - QPoint(0, 3)
    assert np.abs(banded[at.y(), at.x()] - many[at.y(), at.x()]).max() > 8
