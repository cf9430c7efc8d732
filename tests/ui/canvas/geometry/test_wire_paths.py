"""Drawing wires: gaps for labels, and double lines for states."""

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from rnnstudio.ui.canvas.geometry import wire_paths
from tests.ui.canvas_kit import chain, node, shown

GAP = QRectF(40.0, 40.0, 20.0, 10.0)


def line(*points):
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(*point)
    return path


@pytest.mark.parametrize(
    ("path", "left"),
    [
        (line((50, 0), (50, 100)), [[(50, 0), (50, 40)], [(50, 50), (50, 100)]]),
        (line((0, 45), (100, 45)), [[(0, 45), (40, 45)], [(60, 45), (100, 45)]]),
        (line((0, 45), (50, 45), (50, 0)), [[(0, 45), (40, 45)], [(50, 40), (50, 0)]]),
        (line((0, 45), (50, 45)), [[(0, 45), (40, 45)]]),
        (line((0, 0), (100, 0), (100, 100)), [[(0, 0), (100, 0), (100, 100)]]),
        (line((45, 42), (55, 48)), []),
    ],
)
def test_what_is_inside_the_gap_is_left_out(path, left):
    parts = wire_paths.parted(path, GAP).toSubpathPolygons()
    assert [[(point.x(), point.y()) for point in part.toList()] for part in parts] == left


def test_a_curve_that_is_parted_stays_on_its_way(qapp):
    path = wire_paths.direct(QPointF(0, 0), QPointF(100, 90))
    gap = QRectF(30.0, 38.0, 40.0, 14.0)
    parted = wire_paths.parted(path, gap)
    steps = [share / 200 for share in range(201)]
    points = [path.pointAtPercent(step) for step in steps]
    drawn = [point.toTuple() for part in parted.toSubpathPolygons() for point in part.toList()]
    for point in drawn:
        assert min((QPointF(*point) - other).manhattanLength() for other in points) < 1.5
    assert not any(gap.adjusted(0.1, 0.1, -0.1, -0.1).contains(QPointF(*point)) for point in drawn)
    assert drawn[0] == (0, 0) and drawn[-1] == (100, 90)


def test_a_steep_wire_leaves_room_for_what_is_written_on_it(qtbot):
    below = tuple(n if n.id != "cell" else node("cell", "lstm", 368.0, 400.0) for n in chain().nodes)
    view = shown(qtbot, type(chain())(nodes=below, links=chain().links))
    wire = view.canvas.link_items["b"]
    assert wire.label == "T × 32"
    middle = wire.path.pointAtPercent(0.5)
    near = QRectF(middle.x() - 4, middle.y() - 4, 8, 8)
    assert wire.path.intersects(near) and not wire.line(labelled=True).intersects(near)
    assert wire.line(labelled=False) == wire.path, "from far away there are no words"
