"""Groups and frames in the unrolled view: named beside the rows of what is in them."""

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication

from rnnstudio.design import annotation, codec, grouping
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Group, NodeId
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.resources import templates
from rnnstudio.ui.unrolled.drawing import UnrolledDrawing
from rnnstudio.ui.unrolled.picture import UnrolledPicture
from tests.data_kit import check_training

TEMPLATES = templates()


def template(name):
    return codec.load(TEMPLATES[name])


def drawn(design) -> UnrolledDrawing:
    return UnrolledDrawing(design, catalogue(), check_training(design))


def grouped(design, name, members, *, within="", collapsed=False):
    group = Group(NodeId(name), 0.0, 0.0, name, collapsed, within)
    return grouping.add_group(design, group, members)


def rows_of(drawing, name) -> list[list[str]]:
    """Return the nodes whose rows each bracket of that name spans, on its side."""
    found = []
    for one in drawing.names:
        if one.words == name:
            level = QRectF(-1e6, one.bracket.top(), 2e6, one.bracket.height())
            found.append(sorted({box.occurrence.node for box in drawing.boxes if level.contains(box.rect)}))
    return found


def every_place(name) -> QRectF:
    return name.bracket.united(name.words_rect)


@pytest.mark.parametrize("collapsed", [False, True])
def test_a_group_is_named_beside_the_rows_of_its_nodes_collapsed_or_expanded(qapp, collapsed):
    drawing = drawn(grouped(template("names-gru"), "Reads", ["embedding", "gru"], collapsed=collapsed))
    assert rows_of(drawing, "Reads") == [["embedding", "gru"]]
    (name,) = drawing.names
    assert not name.right and not name.dashed
    assert all(every_place(name).right() < box.rect.left() for box in drawing.boxes)


def test_a_frame_is_named_beside_the_nodes_that_lie_wholly_on_it(qapp):
    design = template("names-gru")
    node = design.node("dense")
    around = Rect(node.x - 16.0, node.y - 40.0, 200.0, 140.0)
    design, _ = annotation.add_frame(design, around, "Scores")
    untitled, _ = annotation.add_frame(design, around)
    drawing = drawn(untitled)
    assert rows_of(drawing, "Scores") == [["dense"]]
    assert [name.dashed for name in drawing.names] == [True], "a frame without a title has no name to show"


def test_nested_groups_are_beside_each_other_the_inner_one_nearer(qapp):
    design = grouped(template("names-deep"), "Outer", ["gru1", "add1", "gru2", "add2"])
    design = grouped(design, "Inner", ["gru1", "add1"], within="Outer")
    inner, outer = sorted(drawn(design).names, key=lambda name: -name.bracket.left())
    assert (inner.words, outer.words) == ("Inner", "Outer")
    assert not every_place(inner).intersects(every_place(outer))
    assert outer.bracket.top() < inner.bracket.top() or outer.bracket.bottom() > inner.bracket.bottom()


def test_what_belongs_to_the_last_run_of_steps_is_named_at_the_right(qapp):
    design = template("dates-encoder-decoder")
    drawing = drawn(design)
    last = max(column.phase for column in drawing.layout.columns)
    decoder = {p.node for p in drawing.layout.occurrences if drawing.layout.columns[p.column].phase == last}
    encoder = {p.node for p in drawing.layout.occurrences} - decoder
    design = grouped(grouped(design, "Encoder", encoder), "Decoder", decoder)
    sides = {name.words: name.right for name in drawn(design).names}
    assert sides == {"Encoder": False, "Decoder": True}


@pytest.mark.parametrize("name", TEMPLATES)
def test_names_overlap_nothing_in_any_example(qapp, name):
    design = template(name)
    ids = [node.id for node in design.nodes]
    half = len(ids) // 2
    design = grouped(grouped(design, "The first half of it", ids[:half]), "The second half", ids[half:])
    xs, ys = [node.x for node in design.nodes], [node.y for node in design.nodes]
    box = Rect(min(xs) - 50, min(ys) - 50, max(xs) - min(xs) + 400, max(ys) - min(ys) + 300)
    design, _ = annotation.add_frame(design, box, "A frame around all of it")
    drawing = drawn(design)
    assert drawing.names
    places = [every_place(one) for one in drawing.names]
    for number, place in enumerate(places):
        assert drawing.bounds.contains(place)
        assert not any(place.intersects(other) for other in places[:number])
        for box in drawing.boxes:
            assert not place.intersects(box.rect), box.title
        for stroke in drawing.strokes:
            assert not place.intersects(stroke.rect)


def test_a_design_without_groups_is_drawn_as_before(qapp):
    drawing = drawn(template("names-gru"))
    assert drawing.names == [] and UnrolledPicture(drawing).boundingRect() == drawing.bounds


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_nothing_of_any_example_lies_under_the_switch_once_it_is_fitted(studio, size):
    studio.window.resize(*size)
    for name in TEMPLATES:
        studio.files.open_template(template(name))
        studio.network_stack.set_unrolled(True)
        QApplication.processEvents()
        studio.network_stack.fit()
        view, switch = studio.network_stack.unrolled_view, studio.network_stack.switch.geometry()
        for box in view.drawing.boxes:
            assert not view.mapFromScene(box.rect).boundingRect().intersects(switch), (name, box.title)
            if box.symbol_at is not None:
                around = QRectF(box.symbol_at.x() - 12.0, box.symbol_at.y() - 9.0, 24.0, 18.0)
                assert not view.mapFromScene(around).boundingRect().intersects(switch), (name, box.title)
