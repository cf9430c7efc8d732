"""Unusual names and window sizes break nothing and lose nothing."""

from msgspec.structs import replace
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from rnnstudio.design import codec, edits
from rnnstudio.resources import templates

WORDS = ("a name that goes on and on and on, " * 6)[:200]
RTL = "شبكة عصبية متكررة مع بوابات"
NAMES = {
    "one word of 200 letters": "x" * 200,
    "many words": WORDS,
    "right to left": RTL,
    "right to left, long": f"{RTL} " * 8,
    "both directions": f"GRU {RTL} 128",
    "an override left open": f"\u202e{WORDS}",
    "no spaces at all": "日本語の" * 50,
    "line breaks and tabs": "one\ntwo\tthree\r\n" * 10,
}


def called(name):
    """Return a deep network in which everything has one name."""
    design = codec.load(templates()["names-deep"])
    return replace(design, name=name, nodes=tuple(replace(node, title=name) for node in design.nodes))


def settle():
    for _ in range(3):
        QApplication.processEvents()


def test_names_break_nothing(studio):
    studio.window.resize(1280, 800)
    studio.files.open_template(codec.load(templates()["names-deep"]))
    settle()
    places = {dock.objectName(): dock.width() for dock in studio.window.workbench.docks if dock.belongs}
    for what, name in NAMES.items():
        studio.document.new(called(name))
        link = studio.document.design.links[0]
        studio.document.edit("Delete", edits.remove(studio.document.design, link_ids=[link.id]))
        studio.run_controller.run()  # tells the first problem, which names nodes
        assert studio.window.notices.isVisible()
        studio.selection.set([studio.document.design.nodes[2].id])
        settle()
        assert not studio.window.grab().isNull()
        for item in studio.canvas.canvas.node_items.values():
            assert item.layout.rect.width() <= 240, what
        assert (studio.window.width(), studio.window.height()) == (1280, 800), what
        for dock in studio.window.workbench.docks:
            assert not dock.belongs or dock.width() == places[dock.objectName()], (what, dock.objectName())


def test_names_widen_no_panel_and_run_out_of_none(studio):
    studio.window.resize(1280, 800)
    for name in (
        NAMES["right to left, long"],
        NAMES["both directions"] * 8,
        NAMES["one word of 200 letters"],
    ):
        studio.document.new(called(name))
        studio.show_history()
        link = studio.document.design.links[0]
        design = edits.remove(studio.document.design, link_ids=[link.id])
        studio.document.edit(f"Rename to {name}", design)
        studio.document.check_now()
        studio.show_problems()
        for node in design.nodes[:2]:
            studio.selection.set([node.id])
            settle()
            page = studio.inspector.page
            assert page.width() <= studio.inspector.width()
            for inner in page.findChildren(QWidget):
                corner = inner.mapTo(page, inner.rect().topRight())
                assert not inner.isVisible() or corner.x() <= page.width(), (name, inner)
        panel = studio.problems
        assert panel.width() >= panel.fix_button.geometry().right() and panel.fix_button.isVisible()
        assert studio.history.sizeHintForColumn(0) <= studio.history.viewport().width()


def test_a_long_title_that_is_only_looked_at_stays_as_it_is(studio):
    studio.files.open_template(called(WORDS))
    studio.selection.set([studio.document.design.nodes[0].id])
    settle()
    title = studio.inspector.findChild(QLineEdit, "heading")
    title.setFocus()
    title.editingFinished.emit()
    assert not studio.document.is_dirty


def test_the_direction_of_a_name_does_not_turn_the_title_of_the_window(studio):
    studio.files.open_template(called(NAMES["an override left open"]))
    title = studio.window.windowTitle()
    assert title.startswith("\u2068\u202e")
    assert title.endswith("\u2069[*] – RNN Studio")


def test_everything_is_inside_the_window(studio):
    studio.files.open_template(codec.load(templates()["names-gru"]))
    for scheme, size in (("light", (1280, 800)), ("dark", (1920, 1080)), ("light", (3840, 2160))):
        studio.actions[f"view.{scheme}"].trigger()
        studio.window.resize(*size)
        settle()
        studio.canvas.fit()
        assert (studio.window.width(), studio.window.height()) == size
        for dock in studio.window.workbench.docks:
            if dock.belongs:
                corner = dock.widget().mapTo(studio.window, dock.widget().rect().bottomRight())
                assert studio.window.rect().contains(corner), dock.objectName()
                assert dock.widget().width() >= dock.widget().minimumSizeHint().width(), dock.objectName()
        shown = studio.canvas.visible_scene_rect()
        for item in studio.canvas.canvas.node_items.values():
            assert shown.contains(item.frame())
