"""Names are plain text: & is no mnemonic, < is no markup, and long names are shortened."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QAbstractItemModel, QEvent, QPoint
from PySide6.QtGui import QAction, QHelpEvent, Qt, QTextDocumentFragment
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDockWidget,
    QLabel,
    QTabBar,
    QToolTip,
    QWidget,
)

from rnnstudio.design import annotation, codec, edits
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design, Node, NodeId
from rnnstudio.ui.plots.graph import Graph, ReferenceLine
from rnnstudio.ui.widgets.text_format import menu_text, tooltip, truncated, without_mnemonic
from rnnstudio.ui.window.dialogs import Question
from rnnstudio.ui.window.notice_bar import NoticeAction, NoticeBar
from tests.ui.shell_kit import NAMES, House, Studio

HOSTILE = 'R&D <b>x</b> <img src="bait.png"> &amp;'
IN_A_FILE_NAME = "R&D <b>x &amp;"
BIG = 200_000  # characters
NAMED = [HOSTILE, "<b>A&B", "a && b", "&Save", "x\n<i>y</i>", "&lt;b&gt;", "  two  spaces <u>", "plain"]


def read(tip: str) -> str:
    """Return what a tooltip shows."""
    if not Qt.mightBeRichText(tip):
        return tip
    assert "<img" not in tip
    return QTextDocumentFragment.fromHtml(tip).toPlainText()


@pytest.mark.parametrize("name", NAMED)
def test_a_tooltip_shows_a_name_as_it_is(qapp, name):
    assert read(tooltip(name)) == name


@pytest.mark.parametrize("name", NAMED)
def test_a_menu_shows_a_name_as_it_is_on_one_line(name):
    assert without_mnemonic(menu_text(name)) == " ".join(name.split())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("&Save", "Save"),
        ("Save &as…", "Save as…"),
        ("A&&B", "A&B"),
        ("&A&&B&&&&C", "A&B&&C"),
        ("end&", "end"),
    ],
)
def test_the_words_of_an_action_are_those_without_its_mnemonic(text, words):
    assert without_mnemonic(text) == words


def test_what_is_too_long_is_cut_and_says_so():
    assert truncated("x" * 10, 5) == "xxxx…" and truncated("xxxxx", 5) == "xxxxx"
    assert len(read(tooltip("<b>" * BIG))) == len(truncated("<b>" * BIG)) <= 1_000
    assert len(menu_text("a&b" * BIG)) < 120


# ------------------------------------------------------------------------- the whole window


def hostile_design(name: str) -> Design:
    """Return a design of which every name is hostile, with problems that name them."""
    design = codec.load(NAMES)
    nodes = tuple(msgspec.structs.replace(node, title=name) for node in design.nodes)
    design = msgspec.structs.replace(design, name=name, notes=name, nodes=nodes)
    design = edits.add_node(design, Node(NodeId("lost"), "dense", title=name))
    equations = f"h = tanh(W @ x + U @ h_prev)  # {name.partition(chr(10))[0]}"
    design = edits.add_node(
        design, Node(NodeId("own"), "equation_cell", title=name, params={"equations": equations})
    )
    design, _ = annotation.add_comment(design, Rect(0.0, 300.0, 240.0, 60.0), name)
    design, frame = annotation.add_frame(design, Rect(-20.0, 380.0, 300.0, 120.0))
    design = annotation.set_text(design, frame, name)
    made = annotation.create_group(design, [design.nodes[0].id, design.nodes[1].id], name, 0.0, 0.0)
    assert made is not None
    return made[0]


def shown_texts(root: QWidget) -> list[tuple[str, str, str]]:
    """Return (how it is read, where, text) of all that a window and its menus show."""
    found: list[tuple[str, str, str]] = []
    for widget in [root, *root.findChildren(QWidget)]:
        where = f"{type(widget).__name__} {widget.objectName()}"
        found.append(("tooltip", where, widget.toolTip()))
        found.append(("plain", where, widget.accessibleName()))
        found.append(("plain", where, widget.accessibleDescription()))
        if isinstance(widget, QLabel):
            assert widget.textFormat() is Qt.TextFormat.PlainText or not widget.pixmap().isNull(), where
            found.append(("mnemonic" if widget.buddy() is not None else "plain", where, widget.text()))
        elif isinstance(widget, QAbstractButton):
            found.append(("mnemonic", where, widget.text()))
        elif isinstance(widget, QTabBar):
            found += [("mnemonic", where, widget.tabText(tab)) for tab in range(widget.count())]
            found += [("tooltip", where, widget.tabToolTip(tab)) for tab in range(widget.count())]
        elif isinstance(widget, QDockWidget):
            found.append(("mnemonic", where, widget.windowTitle()))
        elif isinstance(widget, QComboBox | QAbstractItemView):
            found += [(kind, where, text) for kind, text in rows(widget.model())]
    for action in root.findChildren(QAction):
        where = f"action {action.objectName()}"
        found.append(("mnemonic", where, action.text()))
        found.append(("tooltip", where, action.toolTip()))
        found.append(("plain", where, action.statusTip()))
    return found


def rows(model: QAbstractItemModel | None) -> list[tuple[str, str]]:
    """Return what the rows of a list show and say."""
    if model is None:
        return []
    roles = (("plain", Qt.ItemDataRole.DisplayRole), ("tooltip", Qt.ItemDataRole.ToolTipRole))
    indexes = [model.index(row, 0) for row in range(model.rowCount())]
    return [(kind, str(index.data(role) or "")) for index in indexes for kind, role in roles]


def judge(texts: list[tuple[str, str, str]]) -> int:
    """Check that what names hold shows as it is; return how many texts held one."""
    counted = 0
    for kind, where, text in texts:
        words = {"tooltip": read, "mnemonic": without_mnemonic, "plain": str}[kind](text)
        if "R" in words and "D <b>" in words:
            assert "R&D <b>" in words, (kind, where, text)
            counted += 1
        assert "&lt;" not in words and "R&&D" not in words, (kind, where, text)
    return counted


def hostile_window(house: House, folder: Path, name: str = HOSTILE) -> Studio:
    """Open a design of hostile names from a file of such a name; return the window."""
    path = folder / f"{IN_A_FILE_NAME}.rnnd"
    codec.save(hostile_design(name), path)
    studio = house.studio()
    studio.deferred_startup.finish()
    studio.user_cells.save(name[:60], "h = tanh(W @ x)")
    studio.files.open_path(path)
    studio.document.edit(f"Train on {name}", edits.set_name(studio.document.design, name + "2"))
    studio.document.check_now()
    QApplication.processEvents()
    return studio


def test_a_name_is_text_wherever_the_window_shows_it(house, tmp_path, qtbot):
    studio = hostile_window(house, tmp_path)
    window = studio.window
    counted = judge(shown_texts(window))
    design = studio.document.design
    for element in (*design.nodes, *design.groups, *design.frames, *design.comments, *design.links):
        is_link = element in design.links
        studio.selection.set([] if is_link else [element.id], [element.id] if is_link else [])
        QApplication.processEvents()
        counted += judge(shown_texts(studio.inspector))
    studio.show_problems()
    studio.show_history()
    studio.search.toggle_command_palette()
    counted += judge(shown_texts(window))
    assert counted > 40


def test_the_recent_files_and_undo_name_what_they_are_about(house, tmp_path):
    studio = hostile_window(house, tmp_path)
    path = tmp_path / f"{IN_A_FILE_NAME}.rnnd"
    (entry, *_) = studio.window.recent_menu.actions()
    assert without_mnemonic(entry.text()) == path.name and read(entry.toolTip()) == str(path)
    assert studio.actions["edit.undo"].text() == "&Undo " + menu_text(f"Train on {HOSTILE}")
    assert read(studio.window.status.saved.toolTip()) == str(path)
    assert studio.window.windowTitle().startswith(HOSTILE.partition(" ")[0])


def test_what_the_canvas_says_at_the_pointer_is_text(house, tmp_path, qtbot):
    studio = hostile_window(house, tmp_path)
    view = studio.canvas
    view.fit()
    item = view.canvas.node_items[NodeId("own")]
    at = view.mapFromScene(item.sceneBoundingRect().center())
    QApplication.sendEvent(
        view.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, view.viewport().mapToGlobal(at))
    )
    assert read(QToolTip.text()).startswith(HOSTILE)
    QToolTip.showText(QPoint(), "")


def test_an_equations_tooltip_opens_nothing_that_it_names(house, tmp_path):
    studio = hostile_window(house, tmp_path)
    studio.selection.set([NodeId("own")])
    QApplication.processEvents()
    tips = [row.toolTip() for row in studio.inspector.page.findChildren(QWidget) if "tanh" in row.toolTip()]
    assert tips and all('<img src="bait.png">' in read(tip) for tip in tips)


@pytest.mark.parametrize("place", ["[*] new", "a [*][*] b"])
def test_the_mark_of_changes_is_not_found_in_a_name(studio, place):
    studio.window.set_document(place, None, edited=False)
    unmarked = studio.window.windowTitle().replace("[*][*]", "\0")
    assert unmarked.count("[*]") == 1 and unmarked.replace("[*]", "").replace("\0", "[*]").startswith(place)


# ----------------------------------------------------------------------------- single parts


@pytest.mark.parametrize("name", [HOSTILE, "{0} {value} <b>x</b> {"])
def test_axes_and_levels_of_a_plot_show_names_as_they_are(qtbot, name):
    ground = QWidget()
    qtbot.addWidget(ground)
    graph = Graph("step", "loss", parent=ground)
    graph.resize(900, 900)
    ground.show()
    qtbot.waitUntil(lambda: graph.getAxis("bottom").width() > 500)
    graph.set_titles(name, "loss")
    level = ReferenceLine(graph, above=True)
    level.show_at(1.0, name)
    assert graph.getAxis("bottom").label.toPlainText().strip() == name
    assert level.label.textItem.toPlainText() == name


def test_a_notice_and_its_offers_show_names_as_they_are(qtbot):
    bar = NoticeBar()
    qtbot.addWidget(bar)
    bar.show_actions(HOSTILE, [NoticeAction(HOSTILE, HOSTILE, lambda: None)])
    assert judge(shown_texts(bar)) >= 3


def test_a_question_shows_a_name_as_it_is(qtbot):
    question = Question(f"Save the changes to “{HOSTILE}”?", "", "Save", "Discard")
    qtbot.addWidget(question)
    assert question.textFormat() is Qt.TextFormat.PlainText and HOSTILE in question.text()


@pytest.mark.parametrize("name", ["R&D <b>x</b> " * (BIG // 13), "x" * BIG], ids=["words", "one word"])
def test_a_name_of_any_length_leaves_the_window_as_wide_as_it_was(house, tmp_path, name):
    studio = house.studio()
    studio.deferred_startup.finish()
    studio.window.show_canvas()
    QApplication.processEvents()
    least = studio.window.minimumSizeHint().width()
    path = tmp_path / "long.rnnd"
    codec.save(hostile_design(name), path)
    studio.files.open_path(path)
    studio.document.edit(f"Train on {name}", edits.set_name(studio.document.design, name + "2"))
    studio.window.notices.report(name, "error", "details")
    studio.window.status.report(name)
    QApplication.processEvents()
    assert studio.window.minimumSizeHint().width() <= max(least, 1440)
    assert studio.window.width() == 1440
    longest = max(shown_texts(studio.window), key=lambda found: len(found[2]))
    assert len(longest[2]) < 25_000, longest[:2]
