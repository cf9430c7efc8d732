"""Feedback wires go around nodes, close to them, without overlaps."""

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF

from rnnstudio.design.model import Design
from rnnstudio.ui.canvas.geometry import feedback_routing
from rnnstudio.ui.canvas.geometry.feedback_routing import Loop
from rnnstudio.ui.canvas.geometry.obstacle_routing import rows
from rnnstudio.ui.canvas.style import paint_cache
from tests.ui.canvas_kit import body, drag, link, node, shown


def block(x, y, width=120.0, height=64.0):
    return QRectF(x, y, width, height)


def loop(source, target):
    return Loop(
        QPointF(source.right(), source.top() + 24),
        QPointF(target.left(), target.top() + 24),
        max(source.bottom(), target.bottom()),
    )


def lay(wanted, frames):
    return feedback_routing.lay(wanted, rows(frames))


def crosses(path, frames):
    points = [path.pointAtPercent(i / 400) for i in range(401)]
    return [f for f in frames if any(f.adjusted(1, 1, -1, -1).contains(p) for p in points)]


def test_a_self_loop_runs_close_below_its_node():
    frame = block(0, 0)
    (path,) = lay([loop(frame, frame)], [frame])
    assert frame.bottom() < path.boundingRect().bottom() <= frame.bottom() + 48
    assert path.boundingRect().left() < frame.left() and path.boundingRect().right() > frame.right()
    assert not crosses(path, [frame])


def test_a_loop_passes_below_what_is_between_its_ends():
    frames = [block(0, 0), block(192, 40), block(384, 0)]
    (path,) = lay([loop(frames[2], frames[0])], frames)
    assert path.boundingRect().bottom() > frames[1].bottom()
    assert not crosses(path, frames)


def test_what_is_far_below_does_not_push_a_loop_down():
    frames = [block(0, 0), block(192, 0), block(0, 1000)]
    (path,) = lay([loop(frames[1], frames[0])], frames)
    assert path.boundingRect().bottom() < 120


def test_a_self_loop_passes_between_its_node_and_the_one_just_below():
    frames = [block(0, 0), block(-40, 92, 220)]
    (path,) = lay([loop(frames[0], frames[0])], frames)
    assert frames[0].bottom() < path.boundingRect().bottom() < frames[1].top()


def test_loops_do_not_lie_on_each_other_and_the_shorter_is_inside():
    frames = [block(192.0 * i, 0) for i in range(4)]
    paths = lay([loop(frames[3], frames[0]), loop(frames[2], frames[1]), loop(frames[3], frames[1])], frames)
    floors = [path.boundingRect().bottom() for path in paths]
    assert floors[1] < floors[2] < floors[0]
    assert all(abs(a - b) >= 20 for a in floors for b in floors if a is not b)


def test_two_loops_between_the_same_nodes_are_both_seen():
    frames = [block(0, 0), block(192, 0)]
    first, second = lay([loop(frames[1], frames[0])] * 2, frames)
    assert abs(first.boundingRect().bottom() - second.boundingRect().bottom()) >= 20


@pytest.mark.parametrize("gap", [16.0, 24.0, 40.0, 72.0])
def test_a_loop_swings_out_no_further_than_there_is_room(gap):
    frames = [block(0, 0), block(120 + gap, 0), block(240 + 2 * gap, 0)]
    (path,) = lay([loop(frames[1], frames[1])], frames)
    assert not crosses(path, frames)


def test_the_wires_of_the_canvas_follow_a_node_that_is_dragged_into_their_way(qtbot):
    design = Design(
        nodes=(node("a", "lstm", 0), node("b", "lstm", 200), node("other", "lstm", 100, 300)),
        links=(link("l", "b.sequence", "a.sequence", 1), link("s", "b.state", "b.state", 1)),
    )
    view = shown(qtbot, design)
    floor = view.canvas.link_items["l"].path.boundingRect().bottom()
    assert view.canvas.link_items["s"].path.boundingRect().bottom() != floor
    hand = body(view, "other")
    drag(view, hand, hand + QPoint(0, -60), hand + QPoint(0, -192))
    frames = [item.frame() for item in view.canvas.node_items.values()]
    assert not crosses(view.canvas.link_items["l"].path, frames)
    view.document.undo_stack.undo()
    assert view.canvas.link_items["l"].path.boundingRect().bottom() == floor


@pytest.mark.parametrize("zoom", [0.55, 0.4, 0.15])
def test_a_delay_is_marked_by_a_ring_where_its_name_cannot_be_read(qtbot, zoom):
    design = Design(
        nodes=(node("a", "lstm", 0), node("b", "lstm", 200), node("c", "lstm", 900, 0)),
        links=(link("l", "b.sequence", "a.sequence", 1), link("m", "a.sequence", "c.sequence")),
    )
    view = shown(qtbot, design)
    view.zoom_to(zoom)
    picture = view.viewport().grab().toImage()

    def colours(name):
        middle, step = view.mapFromScene(view.canvas.link_items[name].middle()), range(-4, 5)
        return {picture.pixelColor(middle + QPoint(x, 0)).name() for x in step} | {
            picture.pixelColor(middle + QPoint(0, y)).name() for y in step
        }

    token, canvas = (paint_cache.colour(name).name() for name in ("candidate", "canvas"))
    assert {token, canvas} <= colours("l"), "the wire is parted by a ring"
    assert picture.pixelColor(view.mapFromScene(view.canvas.link_items["l"].middle())).name() == canvas
    assert token not in colours("m")
