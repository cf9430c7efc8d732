"""The whole window: settings, questions and messages."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
)

from rnnstudio.design import codec, edits
from rnnstudio.design.channel import Channel
from rnnstudio.design.model import Design, Node, NodeId
from rnnstudio.ui.actions.registry import actions
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.plots.registry import PLOTS, PlotSpec
from rnnstudio.ui.theme.theme import DARK, themes
from rnnstudio.ui.window.main_window import FIRST_SIZE, MainWindow
from rnnstudio.worker.messages import Started
from tests.ui.canvas_kit import run
from tests.ui.shell_kit import NAMES, House, edit, notice


def test_a_start_without_a_file_shows_the_examples(studio):
    assert studio.window.pages.currentWidget() is studio.gallery
    assert studio.gallery.isVisible()


def test_a_start_with_a_file_shows_it_on_the_canvas(house, tmp_path):
    file = tmp_path / "mine.rnnd"
    file.write_bytes(NAMES.read_bytes())
    studio = house.studio(file)
    assert studio.canvas.isVisible()
    assert studio.document.design == codec.load(NAMES)
    assert "mine" in studio.window.windowTitle()
    assert studio.settings.recent_files() == [file]


def test_a_start_with_a_file_that_is_no_design_says_so(house, tmp_path):
    file = tmp_path / "bad.rnnd"
    file.write_text("not a design")
    studio = house.studio(file)
    assert "bad.rnnd" in notice(studio)
    assert studio.window.notices.isVisible()
    assert studio.document.design.nodes == ()


def test_a_first_window_is_no_larger_than_the_screen(qtbot, tmp_path):
    window = MainWindow(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(window)
    room = window.screen().availableSize()
    assert window.size() == FIRST_SIZE.boundedTo(room)


def test_the_engine_starts_with_the_window(studio, qtbot):
    qtbot.waitUntil(lambda: studio.session.state == "idle", timeout=20_000)
    assert studio.window.status.engine.text() == "engine ready"


def test_every_action_does_something(studio):
    for spec in actions():
        assert studio.actions[spec.id].receivers("2triggered(bool)") >= 1, spec.id


def test_every_control_has_a_name_and_a_tooltip(studio):
    studio.files.open_template(codec.load(NAMES))
    of_qt = ("qt_", "ScrollLeft", "ScrollRight")
    for control in studio.window.findChildren(QAbstractButton):
        if control.objectName().startswith(of_qt) or not control.isVisibleTo(studio.window):
            continue
        assert control.accessibleName() or control.text(), control
        assert control.toolTip(), (control, control.text(), control.parent())
    kinds = (QLineEdit, QComboBox, QAbstractSpinBox, QSlider, QPlainTextEdit)
    for control in (field for kind in kinds for field in studio.window.findChildren(kind)):
        if isinstance(control.parent(), QAbstractSpinBox | QComboBox) or not control.isVisibleTo(
            studio.window
        ):
            continue
        assert control.accessibleName(), (control, control.objectName(), control.parent())


def test_nothing_is_cut_off_in_a_small_window(studio, qtbot):
    studio.window.resize(1280, 800)
    studio.files.open_template(codec.load(NAMES))
    studio.toolbar.set_progress(100, 100, 0.5, 4000.0)
    studio.toolbar.figures.set_loss(10.0)
    studio.toolbar.figures.set_validation(10.0, 10.0, "character")
    studio.toolbar.set_document("A name that is far too long for the bar " * 3, edited=True)
    QApplication.processEvents()
    assert studio.window.width() == 1280
    assert studio.window.height() == 800
    for dock in studio.window.workbench.docks:
        content = dock.widget()
        if not dock.belongs:
            continue  # the design has nothing for it to show
        assert content.isVisible(), dock.objectName()
        assert content.width() >= content.minimumSizeHint().width(), dock.objectName()
        inside = studio.window.rect().contains(
            content.mapTo(studio.window, content.rect().bottomRight() - QPoint(1, 1))
        )
        assert inside, dock.objectName()
    for part in (studio.toolbar.figures, studio.toolbar.left, studio.toolbar.stop):
        qtbot.waitUntil(lambda part=part: part.width() >= part.sizeHint().width())
        assert part.mapTo(studio.window, part.rect().topRight()).x() < 1280


def test_undo_and_redo_name_what_they_do(studio):
    undo, redo = studio.actions["edit.undo"], studio.actions["edit.redo"]
    assert not undo.isEnabled()
    edit(studio)
    assert undo.isEnabled()
    assert undo.text() == "&Undo Add Dense"
    assert undo.toolTip() == "Undo: Add Dense (Ctrl+Z)"
    undo.trigger()
    assert studio.document.design.nodes == ()
    assert redo.text() == "&Redo Add Dense"
    assert not undo.isEnabled()


def test_the_keys_of_the_canvas_do_nothing_while_a_text_is_typed(studio):
    studio.files.open_template(codec.load(NAMES))
    run(studio.canvas, "edit.select_all")
    search = studio.palette.search
    search.setFocus()
    search.setText("f1")
    QTest.keyClick(search, Qt.Key.Key_Backspace)
    QTest.keyClick(search, Qt.Key.Key_Delete)
    assert len(studio.document.design.nodes) == 6
    assert search.text() == "f"


def test_the_scheme_is_chosen_in_the_menu_and_remembered(house):
    studio = house.studio()
    studio.actions["view.dark"].trigger()
    assert themes.current() is DARK
    assert studio.actions["view.dark"].isChecked()
    house.close(studio)
    themes.set_scheme("light")
    assert house.studio().actions["view.dark"].isChecked()
    assert themes.current() is DARK


def test_docks_are_where_they_were(house):
    studio = house.studio()
    studio.window.show_canvas()
    dock = studio.plot_docks.docks["loss"]
    dock.setFloating(True)
    studio.plot_docks.docks["gates"].close()
    house.close(studio)
    again = house.studio()
    again.window.show_canvas()
    assert again.plot_docks.docks["loss"].isFloating()
    assert again.plot_docks.docks["gates"].isHidden()
    again.actions["view.reset_layout"].trigger()
    assert not again.plot_docks.docks["loss"].isFloating()
    assert not again.plot_docks.docks["gates"].isHidden()


def test_a_hidden_dock_comes_back_from_the_menu(studio):
    studio.window.show_canvas()
    dock = studio.plot_docks.docks["loss"]
    dock.close()
    action = dock.toggleViewAction()
    assert action in studio.window.findChild(type(studio.window.menus["view"]), "menu-panels").actions()
    action.trigger()
    assert dock.isVisible()


def test_a_dock_floats_by_its_grip(studio):
    studio.window.show_canvas()
    dock = studio.plot_docks.docks["loss"]
    grip = dock.titleBarWidget()
    QTest.mouseDClick(grip, Qt.MouseButton.LeftButton)
    assert dock.isFloating()
    dock.activateWindow()
    assert QTest.qWaitForWindowFocused(dock)
    grip.setFocus()
    QTest.keyClick(grip, Qt.Key.Key_Return)
    assert grip.menu.isVisible()
    grip.menu.actions()[0].trigger()
    assert not dock.isFloating()
    grip.menu.close()


def test_a_layout_that_cannot_be_understood_is_left(house):
    house.settings_file.write_bytes(b"[window]\ngeometry=@ByteArray(abc)\nstate=@ByteArray(\\x1\\x2)\n")
    studio = house.studio()
    studio.window.show_canvas()
    assert all(dock.isVisible() == dock.belongs for dock in studio.window.workbench.docks)


def test_only_channels_of_visible_plots_are_subscribed_to(studio, qtbot):
    asked = []
    studio.session.subscribe = asked.append  # what the session is asked
    studio.files.open_template(codec.load(NAMES))
    qtbot.waitUntil(lambda: bool(asked) and Channel("gradient_flow", "gru") in asked[-1])
    assert any((channel.kind, channel.node) == ("gate", "gru") for channel in asked[-1])
    studio.plot_docks.docks["gradient_flow"].close()
    qtbot.waitUntil(lambda: Channel("gradient_flow", "gru") not in asked[-1])
    studio.plot_docks.docks["gradient_flow"].show()
    qtbot.waitUntil(lambda: Channel("gradient_flow", "gru") in asked[-1])


def test_an_empty_canvas_cannot_train_and_says_why(studio):
    studio.actions["train.run"].trigger()
    assert "no network" in notice(studio)
    assert not studio.session.is_running


def test_a_design_with_problems_says_the_first_and_shows_where(studio):
    studio.files.open_template(codec.load(NAMES))
    design = studio.document.design
    studio.document.edit("Delete", edits.remove(design, link_ids=[design.links[0].id]))
    studio.actions["train.run"].trigger()
    assert notice(studio) == studio.document.report.problems[0].sentence
    assert studio.selection.nodes
    assert not studio.session.is_running
    QTest.mouseClick(studio.window.status.problems, Qt.MouseButton.LeftButton)
    assert studio.problems.isVisible()


def test_an_error_of_our_own_is_a_sentence_with_details(studio, capfd):
    from rnnstudio.ui.app.studio import CrashHook

    hook = CrashHook()
    hook.caught.connect(studio.tell_crash)
    try:
        raise ZeroDivisionError("planted")
    except ZeroDivisionError as error:
        hook.catch(type(error), error, error.__traceback__)
    assert "went wrong" in notice(studio)
    assert "planted" in studio.window.notices.notice.details
    out = capfd.readouterr()
    assert "Traceback" not in out.out + out.err


def test_the_page_about_the_program_names_the_licences(studio):
    studio.actions["help.about"].trigger()
    page = studio.search.about_page
    assert page.isVisible()
    assert "SIL OPEN FONT LICENSE" in page.licences.toPlainText()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()


def test_every_window_of_a_run_shares_what_was_remembered(house: House, tmp_path):
    file = tmp_path / "a.rnnd"
    file.write_bytes(NAMES.read_bytes())
    first = house.studio(file)
    house.close(first)
    second = house.studio()
    assert second.gallery.findChildren(QAbstractButton)
    assert second.settings.recent_files() == [file]


def test_the_plots_of_another_document_offer_nothing_of_the_one_before(studio):
    gates = studio.plot_docks.plots["gates"]
    two = Design(nodes=(Node(NodeId("a"), "gru"), Node(NodeId("b"), "lstm")))
    gates.begin(Started(10, 5, 2, 9, {"T": ("x",)}, {"a": "T", "b": "T"}), two)
    assert gates.cell_selector.count() == 2
    studio.files.open_template(Design(name="other"))
    assert gates.cell_selector.count() == 0
    assert not gates.gate_chips.buttons


def test_the_attention_plot_is_there_for_designs_that_have_attention_only(studio):
    dock = studio.plot_docks.docks["attention"]
    studio.files.open_template(Design(nodes=(Node(NodeId("look"), "attention"),)))
    assert dock.isVisibleTo(studio.window)
    studio.files.open_template(Design(nodes=(Node(NodeId("cell"), "gru"),)))
    assert dock.isHidden()
    assert all(d.isHidden() != d.belongs for d in studio.window.workbench.docks)


def test_a_plot_of_a_plugin_that_cannot_be_made_costs_no_other(house, monkeypatch, request):
    def fail() -> None:
        raise LookupError("no plot")

    told = []
    monkeypatch.setattr("sys.excepthook", lambda *error: told.append(error))
    PLOTS.register(PlotSpec("bad", "Bad", make=fail))
    request.addfinalizer(lambda: PLOTS.remove("bad"))
    studio = house.studio()
    studio.deferred_startup.finish()
    assert "loss" in studio.plot_docks.plots and "bad" not in studio.plot_docks.plots
    assert [str(error) for _, error, _ in told] == ["no plot"]
