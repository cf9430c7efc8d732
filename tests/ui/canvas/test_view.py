"""The canvas shows the document after every change, and has no state of its own."""

import random

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QImage, QPainter

from rnnstudio.design import edits
from rnnstudio.design.model import Design
from rnnstudio.design.signals import Signal
from rnnstudio.ui.canvas.geometry import wire_paths
from rnnstudio.ui.canvas.geometry.node_metrics import MOST_WIDTH
from rnnstudio.ui.theme.theme import color, themes
from tests.ui.canvas_kit import chain, drag, link, node, run, shown


def assert_shows(view, design):
    """Every node and link has its item, at its place, and there is nothing else."""
    canvas = view.canvas
    assert {i: item.node for i, item in canvas.node_items.items()} == {n.id: n for n in design.nodes}
    assert {i: item.link for i, item in canvas.link_items.items()} == {e.id: e for e in design.links}
    assert len(canvas.items()) == len(design.nodes) + len(design.links)
    for part in design.nodes:
        assert canvas.node_items[part.id].pos() == QPointF(part.x, part.y)
    for wire in design.links:
        path = canvas.link_items[wire.id].path
        for share, port in (
            (0.0, (wire.source, wire.source_port, True)),
            (1.0, (wire.target, wire.target_port, False)),
        ):
            gap = path.pointAtPercent(share) - canvas.port_position(port)
            assert gap.manhattanLength() < 0.01
        assert canvas.link_items[wire.id].pos() == QPointF(0, 0)
    assert view.selection.nodes <= {n.id for n in design.nodes}
    assert view.selection.links <= {e.id for e in design.links}


@pytest.mark.parametrize("seed", range(4))
def test_after_random_edits_the_canvas_equals_the_document(qtbot, seed):
    view, rng = shown(qtbot, chain()), random.Random(seed)
    doc = view.document
    for _ in range(60):
        design, ids = doc.design, [n.id for n in doc.design.nodes]
        what = rng.randrange(7)
        if what == 0:
            view.add_node(
                rng.choice(["lstm", "embedding", "last_step"]),
                QPointF(rng.randrange(900), rng.randrange(500)),
            )
        elif what == 1 and len(ids) > 1:
            doc.edit(
                "Move",
                edits.move(design, {i: (rng.randrange(900), rng.randrange(500)) for i in rng.sample(ids, 2)}),
            )
        elif what == 2 and ids:
            view.selection.set(rng.sample(ids, 1))
            run(view, "edit.delete")
        elif what == 3:
            cells = [n.id for n in design.nodes if n.kind == "lstm"]
            free = [c for c in cells if view.canvas.feed(c, "state") is None]
            if cells and free:
                wire = link(
                    edits.new_link_id(design), f"{rng.choice(cells)}.state", f"{rng.choice(free)}.state", 1
                )
                doc.edit("Connect", edits.connect(design, wire))
        elif what == 4:
            doc.undo_stack.undo()
        elif what == 5:
            doc.undo_stack.redo()
        else:
            run(view, "edit.select_all")
            run(view, "edit.duplicate") if len(ids) < 12 else view.selection.clear()
        if rng.random() < 0.3:
            doc.check_now()
        assert_shows(view, doc.design)
    while doc.undo_stack.canUndo():
        doc.undo_stack.undo()
    assert_shows(view, chain())


def test_an_edit_touches_only_the_items_of_what_changed(qtbot):
    view = shown(qtbot, chain())
    before = dict(view.canvas.node_items)
    view.document.edit("Units", edits.set_params(view.document.design, ["cell"], {"units": 9}))
    assert all(view.canvas.node_items[i] is item for i, item in before.items())
    assert view.node_item("cell").layout.summary == "9 units"


def test_another_document_replaces_every_item(qtbot):
    view = shown(qtbot, chain())
    run(view, "edit.select_all")
    view.document.new(Design(nodes=(node("cell", "embedding", 8),)))
    assert_shows(view, view.document.design)
    assert view.node_item("cell").spec.kind == "embedding"


def test_wires_say_their_shape_and_follow_it(qtbot):
    view = shown(qtbot, chain())
    assert view.canvas.link_items["b"].label == "T × 32"
    view.document.edit("Units", edits.set_params(view.document.design, ["embed"], {"units": 7}))
    view.document.check_now()
    assert view.canvas.link_items["b"].label == "T × 7"
    assert view.node_item("cell").weights == 4 * 128 * 7


def test_problems_show_on_their_node_and_go_with_their_cause(qtbot):
    view = shown(qtbot, chain())
    assert [problem.node for problem in view.node_item("head").problems] == ["head"]
    assert not view.node_item("embed").problems
    view.document.edit(
        "Connect", edits.connect(view.document.design, link("c", "cell.sequence", "head.logits"))
    )
    view.document.check_now()
    assert not view.node_item("head").problems


def test_a_problem_reported_in_the_same_words_is_the_one_of_now(qtbot):
    view = shown(qtbot, chain())
    before = view.node_item("head").problems
    view.document.edit("Add", edits.add_node(view.document.design, node("last", "last_step", 560, 160)))
    now = view.document.check_now().of_node("head")
    assert [problem.sentence for problem in now] == [problem.sentence for problem in before]
    assert view.node_item("head").problems[0] is now[0], "with its own way out, made anew"


def test_a_delayed_link_runs_below_every_node_between_its_ends(qtbot):
    near = edits.move(chain(), {"other": (376.0, 80.0)})
    view = shown(qtbot, edits.connect(near, link("back", "cell.state", "cell.state", 1)))
    wire = view.canvas.link_items["back"]
    lowest = wire.path.boundingRect().bottom()
    assert lowest > view.node_item("other").frame().bottom()
    assert wire.label.startswith("z⁻¹") and wire.carries is Signal.STATE
    view.document.edit("Move", edits.move(view.document.design, {"other": (376.0, 800.0)}))
    assert wire.path.boundingRect().bottom() < lowest, "it comes back up when the way is free"


def test_a_block_is_where_the_design_says_to_the_last_bit(qtbot):
    view = shown(qtbot, chain())
    item = view.node_item("cell")
    for put in (
        lambda: view.document.edit("Move", edits.move(view.document.design, {"cell": (400.3, 0.0)})),
        lambda: view.canvas.reset_positions(["cell"]),
    ):
        item.setPos(400.3 + 1e-13, 0.0)  # as it may after a drag, where sums are rounded
        put()
        assert (item.x(), item.y()) == (400.3, 0.0)


def test_long_titles_are_elided_and_kept_for_the_tooltip(qtbot):
    view = shown(qtbot, chain())
    long = "A title that is far too long for any node on any canvas"
    view.document.edit("Rename", edits.rename_node(view.document.design, "cell", long))
    layout = view.node_item("cell").layout
    assert layout.rect.width() <= MOST_WIDTH
    assert layout.title.endswith("…") and layout.full_title == long


def test_an_unknown_kind_and_a_link_to_nothing_are_shown_without_harm(qtbot):
    view = shown(qtbot, Design(nodes=(node("in", "tokens", 0),)))
    odd = Design(
        nodes=(node("in", "tokens", 0), node("x", "alien", 200)), links=(link("a", "in.tokens", "x.where"),)
    )
    view.canvas.follow(odd)
    assert view.node_item("x").layout.full_title == "alien"
    view.canvas.follow(
        Design(nodes=(node("in", "tokens", 0),), links=(link("a", "in.tokens", "gone.tokens"),))
    )
    assert not view.canvas.link_items["a"].isVisible()
    render(view)


# ------------------------------------------------------------------------------ pictures


def render(view, ratio=1.0):
    image = QImage(view.viewport().size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    view.render(painter)
    painter.end()
    return image


@pytest.fixture
def scheme():
    before = themes.scheme
    yield themes.set_scheme
    themes.set_scheme(before)


def test_the_theme_switches_live(qtbot, scheme):
    scheme("light")
    view = shown(qtbot, chain())
    view.show_activations("cell", np.random.default_rng(1).random((32, 40)))
    light = render(view)
    scheme("dark")
    dark = render(view)
    assert light.pixelColor(3, 3).lightness() > 200 and dark.pixelColor(3, 3).lightness() < 60
    inside = view.mapFromScene(view.node_item("cell").pos() + QPointF(100, 8))
    assert light.pixelColor(inside) != dark.pixelColor(inside)


def test_an_empty_canvas_says_how_to_begin(qtbot):
    view = shown(qtbot, Design())
    hint = render(view)
    view.add_node("lstm", QPointF(-4000, -4000))
    assert render(view) != hint
    view.document.undo_stack.undo()
    assert render(view) == hint


@pytest.mark.parametrize("zoom", [0.1, 0.34, 0.5, 1.0, 2.0, 4.0])
def test_it_paints_at_every_zoom_with_everything_shown(qtbot, zoom):
    design = edits.connect(chain(), link("back", "cell.state", "cell.state", 1))
    view = shown(qtbot, edits.connect(design, link("s", "cell.state", "other.state")))
    run(view, "edit.select_all")
    view.zoom_to(zoom)
    assert not render(view, 1.25).isNull()


def test_from_far_away_the_network_is_painted_whole_and_near_again(qtbot):
    view = shown(qtbot, chain())
    near = render(view)
    view.zoom_to(0.2)
    at = view.mapFromScene(view.node_item("cell").frame().center())
    assert render(view).pixelColor(at) == color("node_edge")
    view.selection.set(["cell"])
    assert render(view).pixelColor(at) == color("accent")
    drag(view, at, at + QPoint(20, 20), at + QPoint(40, 40))
    assert view.document.design.node("cell").x > 368
    view.document.undo_stack.undo()
    view.add_node("lstm", QPointF(0.0, 300.0))
    added = view.mapFromScene(view.node_item("lstm").frame().center())
    assert render(view).pixelColor(added) == color("accent")
    view.document.undo_stack.undo()
    view.zoom_to(1.0)
    view.centerOn(360.0, 120.0)
    view.document.check_now()
    assert render(view) == near


def test_an_input_with_two_links_keeps_the_other_when_one_goes(qtbot):
    double = edits.connect(chain(), link("again", "embed.sequence", "cell.sequence"))
    view = shown(qtbot, double)
    view.selection.set(links=["again"])
    run(view, "edit.delete")
    assert view.canvas.feed("cell", "sequence") == "b"


def test_places_out_of_reach_are_shown_at_the_edge(qtbot):
    odd = Design(nodes=(node("a", "lstm", 1e300), node("b", "lstm", float("nan"))))
    view = shown(qtbot, odd)
    view.fit()
    render(view)
    assert view.node_item("b").pos() == QPointF(0.0, 0.0)


def test_an_activation_strip_makes_room_for_itself_and_goes_again(qtbot):
    view = shown(qtbot, chain())
    before = view.node_item("cell").layout
    view.show_activations("cell", np.linspace(0, 1, 300, dtype=np.float32).reshape(30, 10))
    grown = view.node_item("cell").layout
    assert grown.rect.height() > before.rect.height() and grown.strip is not None
    assert grown.rect.width() == before.rect.width(), "what stands beside it is not covered"
    assert grown.outputs == before.outputs, "wires stay where they are"
    assert_shows(view, view.document.design)
    view.show_activations("cell", None)
    assert view.node_item("cell").layout == before
    view.show_activations("no such node", np.zeros((2, 2)))


@pytest.mark.parametrize(
    "values", [np.zeros((0, 0)), np.full((3, 3), np.nan), np.array([[-1.0, 1.0]]), np.ones((500, 900))]
)
def test_any_strip_can_be_painted(qtbot, values):
    view = shown(qtbot, chain())
    view.show_activations("cell", values)
    assert not render(view).isNull()


def test_wires_run_forward_from_port_to_port():
    path = wire_paths.direct(QPointF(0, 0), QPointF(100, 50))
    assert path.pointAtPercent(0.0) == QPointF(0, 0) and path.pointAtPercent(1.0) == QPointF(100, 50)
    xs = [path.pointAtPercent(share / 20).x() for share in range(21)]
    assert xs == sorted(xs)
