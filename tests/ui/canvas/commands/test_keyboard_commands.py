"""The canvas by keyboard, and its accessible names."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from rnnstudio.design import codec
from rnnstudio.design.model import Design
from rnnstudio.ui.canvas.accessibility import descriptions
from tests.ui.canvas_kit import body, chain, keys, port, run, shown

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(qtbot):
    return shown(qtbot, chain())


def test_arrows_with_ctrl_move_the_selection_over_the_grid_as_one_step(view):
    view.selection.set(["cell", "head"])
    keys(view, [Key.Key_Right, Key.Key_Right, Key.Key_Down], CTRL)
    assert (view.document.design.node("cell").x, view.document.design.node("cell").y) == (384.0, 8.0)
    assert view.document.undo_stack.count() == 1
    keys(view, [Key.Key_Z], CTRL)
    assert view.document.design == chain()


@pytest.mark.parametrize("key", [Key.Key_Delete, Key.Key_Backspace])
def test_delete_takes_nodes_with_their_links(view, key):
    view.selection.set(["embed"])
    keys(view, [key])
    assert [node.id for node in view.document.design.nodes] == ["in", "cell", "other", "head"]
    assert view.document.design.links == () and not view.selection
    view.document.undo_stack.undo()
    assert view.document.design == chain()


def test_tab_walks_through_the_nodes_and_out_of_the_canvas(view):
    seen = []
    for _ in range(5):
        keys(view, [Key.Key_Tab])
        seen += view.selection.nodes
    assert seen == ["in", "embed", "cell", "other", "head"]
    assert view.node_item("head").focused
    assert not view.focusNextPrevChild(True), "the last node lets go of the keyboard"
    keys(view, [Key.Key_Backtab])
    assert view.selection.nodes == {"other"}


def test_escape_selects_nothing_and_ctrl_a_everything(view):
    keys(view, [Key.Key_A], CTRL)
    assert len(view.selection.nodes) == 5 and len(view.selection.links) == 2
    keys(view, [Key.Key_Escape])
    assert not view.selection


def test_f_fits_and_1_is_full_size(view):
    view.zoom_to(3.0)
    keys(view, [Key.Key_F])
    visible = view.visible_scene_rect()
    assert all(visible.contains(item.frame()) for item in view.canvas.node_items.values())
    view.zoom_to(0.3)
    keys(view, [Key.Key_1])
    assert view.zoom == pytest.approx(1.0)


def test_enter_tells_which_node_was_asked_for(view, qtbot):
    view.selection.set(["cell"])
    with qtbot.waitSignal(view.activated) as reported:
        keys(view, [Key.Key_Return])
    assert reported.args == ["cell"]


# ------------------------------------------------------------------------------ clipboard


def test_copy_and_paste_keeps_the_links_inside_the_selection(view):
    view.selection.set(["embed", "cell"])
    keys(view, [Key.Key_C], CTRL)
    keys(view, [Key.Key_V], CTRL)
    design = view.document.design
    assert len(design.nodes) == 7 and len(design.links) == 3
    assert view.selection.nodes == {node.id for node in design.nodes[5:]}
    copy = next(node for node in design.nodes[5:] if node.kind == "lstm")
    assert (copy.x, copy.y) != (368.0, 0.0) and copy.params == design.node("cell").params
    view.document.undo_stack.undo()
    assert view.document.design == chain(), "a paste is one step"


def test_what_is_copied_is_text_that_another_window_understands(view, qtbot):
    run(view, "edit.select_all")
    keys(view, [Key.Key_C], CTRL)
    assert "lstm" in QApplication.clipboard().text()
    other = shown(qtbot, Design())
    keys(other, [Key.Key_V], CTRL)
    assert [node.kind for node in other.document.design.nodes] == [node.kind for node in chain().nodes]
    assert len(other.document.design.links) == 2


def test_a_design_file_copied_in_an_editor_is_pasted(view, qtbot):
    QApplication.clipboard().setText(codec.encode(chain()))
    other = shown(qtbot, Design())
    run(other, "edit.paste")
    assert len(other.document.design.nodes) == 5


def test_cut_is_one_step(view):
    view.selection.set(["cell"])
    keys(view, [Key.Key_X], CTRL)
    assert "cell" not in {node.id for node in view.document.design.nodes}
    assert view.document.undo_stack.count() == 1
    run(view, "edit.paste")
    assert sum(node.kind == "lstm" for node in view.document.design.nodes) == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [('"version": 1', '"version": 9', "newer RNN Studio"), ("}\n", "", "damaged at line 5")],
)
def test_a_copied_part_that_cannot_be_read_says_why(view, qtbot, old, new, said):
    QApplication.clipboard().setText(codec.encode_fragment(chain(), ["in"]).replace(old, new))
    before = view.document.design
    with qtbot.waitSignal(view.reported) as reported:
        keys(view, [Key.Key_V], CTRL)
    assert said in reported.args[0] and view.document.design is before


def test_duplicate_leaves_the_clipboard_alone(view):
    QApplication.clipboard().setText("mine")
    view.selection.set(["cell"])
    keys(view, [Key.Key_D], CTRL)
    assert len(view.document.design.nodes) == 6
    assert QApplication.clipboard().text() == "mine"


@pytest.mark.parametrize("garbage", ["", "hello", "{", '{"nodes": 3}', "[1, 2]", "\x00", "null"])
def test_pasting_garbage_does_nothing_and_says_so(view, qtbot, garbage):
    QApplication.clipboard().setText(garbage)
    with qtbot.waitSignal(view.reported) as reported:
        run(view, "edit.paste")
    assert "clipboard" in reported.args[0]
    assert view.document.design == chain() and view.document.undo_stack.count() == 0


def test_copying_nothing_says_so(view, qtbot):
    with qtbot.waitSignal(view.reported):
        run(view, "edit.copy")


def test_pasting_far_away_lands_in_view(view):
    view.selection.set(["cell"])
    run(view, "edit.copy")
    view.centerOn(20_000.0, 20_000.0)
    run(view, "edit.paste")
    assert view.visible_scene_rect().contains(view.node_item(view.document.design.nodes[-1].id).frame())


# ------------------------------------------------------------------------------ words


def test_the_accessible_name_follows_the_selection(view):
    assert "5" in view.accessibleName()
    view.selection.set(["head"])
    view.document.check_now()
    assert "Classes" in view.accessibleName()
    sentence = next(p.sentence for p in view.document.report.problems if p.node == "head")
    assert sentence in view.accessibleName()
    view.selection.set(links=["b"])
    assert "Embedding → LSTM · T × 32" in view.accessibleName()


def test_tooltips_name_ports_with_their_shape_and_problems_in_full(view):
    assert descriptions.tooltip(view, port(view, "cell", "sequence", output=True)) == "Sequence · T × 128"
    assert descriptions.tooltip(view, port(view, "cell", "sequence", output=False)) == "Sequence · T × 32"
    assert descriptions.tooltip(view, port(view, "cell", "state", output=False)) == "State · optional"
    item = view.node_item("head")
    badge = view.mapFromScene(item.pos() + item.badge_rect().center())
    assert descriptions.tooltip(view, badge) == "\n".join(problem.sentence for problem in item.problems) != ""
    assert descriptions.tooltip(view, body(view, "embed")) == "Embedding"
    assert descriptions.tooltip(view, QPoint(5, 5)) == ""
