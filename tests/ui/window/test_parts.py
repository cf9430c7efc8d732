"""The parts of the window by themselves: settings, notices, actions, the bars, the gallery's cards."""

import time

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QPushButton, QWidget

from rnnstudio.design.problems import Problem, Report
from rnnstudio.ui.actions.registry import MENUS, actions
from rnnstudio.ui.actions.shortcuts import with_keys
from rnnstudio.ui.document.settings import RECENT_LIMIT, Settings
from rnnstudio.ui.panels.about_page import licences
from rnnstudio.ui.window.menus import Actions
from rnnstudio.ui.window.notice_bar import NoticeBar
from rnnstudio.ui.window.status_bar import StatusBar
from rnnstudio.ui.window.training_toolbar import TrainingToolbar, format_time

# ------------------------------------------------------------------------------- settings


@pytest.fixture
def files(tmp_path):
    made = [tmp_path / f"{number}.rnnd" for number in range(RECENT_LIMIT + 3)]
    for file in made:
        file.write_text("x")
    return made


def test_recent_files_are_newest_first_once_each_and_few(tmp_path, files):
    settings = Settings(tmp_path / "s.ini")
    for file in [*files, files[5]]:
        settings.remember_file(file)
    recent = settings.recent_files()
    assert recent[:2] == [files[5], files[-1]]
    assert len(recent) == len(set(recent)) == RECENT_LIMIT


def test_recent_files_that_are_gone_are_left_out(tmp_path, files):
    settings = Settings(tmp_path / "s.ini")
    settings.remember_file(files[0])
    settings.remember_file(files[1])
    files[1].unlink()
    assert settings.recent_files() == [files[0]]


def test_settings_are_there_again_in_the_next_run(tmp_path, files):
    first = Settings(tmp_path / "s.ini")
    first.remember_file(files[0])
    first.scheme = "dark"
    first.folder = str(tmp_path)
    first.save_layout(QByteArray(b"geometry"), QByteArray(b"state"))
    assert first.save()
    again = Settings(tmp_path / "s.ini")
    assert again.recent_files() == [files[0]]
    assert again.scheme == "dark"
    assert again.folder == str(tmp_path)
    assert again.layout() == (QByteArray(b"geometry"), QByteArray(b"state"))
    again.clear_layout()
    again.clear_recent()
    assert again.layout() is None
    assert again.recent_files() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe garbage",
        b"[General]\nscheme=sepia\nfolder=@Variant(\x00\x00\n",
        b"[recent]\nsize=many\n1\\path=\n",
        b"[recent]\nsize=99999999\n",
        b"[recent]\nsize=2\n1\\path=@Invalid()\n2\\path=/no/such\\0file\n",
        b"[window]\ngeometry=7\nstate=@ByteArray(x\n",
    ],
)
def test_settings_that_hold_nonsense_cost_only_what_they_held(tmp_path, content):
    (tmp_path / "s.ini").write_bytes(content)
    settings = Settings(tmp_path / "s.ini")
    assert settings.scheme == "system"
    assert settings.recent_files() == []
    assert settings.layout() is None
    assert isinstance(settings.folder, str)
    settings.scheme = "light"
    assert settings.scheme == "light"


def test_settings_that_cannot_be_written_are_no_error(tmp_path):
    (tmp_path / "s.ini").mkdir()
    settings = Settings(tmp_path / "s.ini")
    settings.scheme = "dark"
    assert not settings.save()
    assert settings.scheme == "dark"


# -------------------------------------------------------------------------------- notices


@pytest.fixture
def bar(qtbot):
    made = NoticeBar()
    qtbot.addWidget(made)
    return made


def button(parent: QWidget, name: str) -> QPushButton:
    found = parent.findChild(QWidget, name)
    assert found is not None, name
    return found


def test_a_notice_says_its_sentence_and_keeps_details_behind_a_button(bar):
    assert bar.isHidden()
    bar.report("It cannot be saved.", "error", "line 1\nline 2")
    assert not bar.isHidden()
    assert bar.accessibleName() == "It cannot be saved."
    details = button(bar, "notice-details-text")
    assert details.isHidden()
    QTest.mouseClick(button(bar, "notice-details"), Qt.MouseButton.LeftButton)
    assert not details.isHidden()
    assert details.toPlainText() == "line 1\nline 2"


def test_a_notice_can_be_copied_with_its_details(bar):
    bar.report("It cannot be saved.", "error", "because")
    QTest.mouseClick(button(bar, "notice-copy"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "It cannot be saved.\n\nbecause"


def test_a_notice_is_dismissed_by_its_button_or_by_escape(bar, qtbot):
    bar.report("One.")
    with qtbot.waitSignal(bar.dismissed):
        QTest.mouseClick(button(bar, "notice-close"), Qt.MouseButton.LeftButton)
    assert bar.isHidden()
    bar.report("Two.")
    QTest.keyClick(bar, Qt.Key.Key_Escape)
    assert bar.isHidden()


def test_a_new_notice_hides_the_details_of_the_old_one(bar):
    bar.report("One.", "error", "details of one")
    QTest.mouseClick(button(bar, "notice-details"), Qt.MouseButton.LeftButton)
    bar.report("Two.")
    assert button(bar, "notice-details-text").isHidden()
    assert button(bar, "notice-details").isHidden()


def test_a_notice_that_can_wait_takes_the_place_of_none(bar):
    bar.report("One.", "error")
    bar.report_next("Two.")
    bar.report_next("Three.", "warning")
    assert bar.notice.sentence == "One."
    bar.dismiss()
    assert bar.notice.sentence == "Two."
    bar.report("Urgent.", "error")
    assert bar.notice.sentence == "Urgent."
    bar.dismiss()
    assert (bar.notice.sentence, bar.notice.severity) == ("Three.", "warning")
    bar.dismiss()
    assert bar.notice is None and bar.isHidden()


def test_a_notice_that_can_wait_is_shown_at_once_where_there_is_none(bar):
    bar.report_next("One.")
    assert bar.notice.sentence == "One."


def test_a_notice_is_cut_to_what_can_be_read(bar):
    bar.report("“" + "x" * 10**6 + "” is no design.", "error", "y" * 10**6)
    assert len(bar.notice.sentence) < 300
    assert len(bar.notice.details) <= 20_000


def test_markup_in_a_sentence_is_shown_as_it_is(bar):
    bar.report("“<b>x</b>.rnnd” is no design.")
    assert button(bar, "notice-text").textFormat() is Qt.TextFormat.PlainText


# -------------------------------------------------------------------------------- actions


def test_every_action_has_texts_and_is_in_a_menu():
    for spec in actions():
        assert spec.menu in MENUS, spec.id
        assert spec.title, spec.id
        assert spec.tip, spec.id
    assert len({spec.id for spec in actions()}) == len(actions())


@pytest.mark.parametrize("menu", MENUS)
def test_the_sections_of_a_menu_stand_together(menu):
    sections = [spec.section for spec in actions() if spec.menu == menu]
    assert sections == sorted(sections)


def test_no_two_actions_share_keys():
    keys = [key for spec in actions() for key in spec.keys.split("; ") if key]
    assert len(set(keys)) == len(keys)
    assert all(not QKeySequence(key).isEmpty() for key in keys)


def test_a_tooltip_names_the_keys():
    assert with_keys("Save the design", "file.save") == "Save the design (Ctrl+S)"
    assert with_keys("About", "help.about") == "About"


def test_an_action_without_a_context_is_found_at_once(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    with pytest.raises(KeyError):
        Actions(window, QWidget(window)).bind({}, print)


# ----------------------------------------------------------------------------------- bars


@pytest.fixture
def training_bar(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    bar = TrainingToolbar(Actions(window, QWidget(window)))
    window.setCentralWidget(bar)
    window.show()
    yield bar
    del window


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (72, "1:12"), (59.6, "1:00"), (7507, "2:05:07"), (-3, "0:00")]
)
def test_time_is_written_like_a_clock(seconds, words):
    assert format_time(seconds) == words


def test_the_bar_shows_a_run(training_bar):
    assert training_bar.progress.isHidden()
    training_bar.set_progress(6, 10, 0.62, 72.0)
    assert training_bar.epoch.text() == "epoch 6 of 10"
    assert training_bar.progress.value() == 620
    assert training_bar.left.text() == "1:12 left"
    training_bar.figures.set_loss(1.3081)
    training_bar.figures.set_validation(1.44, 2.0775, "character")
    assert training_bar.figures.text() == "loss 1.308 validation 1.440 · 2.08 bits / character"
    training_bar.clear()
    assert training_bar.figures.text() == ""


@pytest.mark.parametrize("left", [None, 0.0, float("inf"), float("nan"), -1.0])
def test_a_time_left_that_is_not_known_is_not_shown(training_bar, left):
    training_bar.set_progress(1, 10, 0.0, left)
    assert training_bar.left.text() == ""


def test_no_validation_means_no_validation_figure(training_bar):
    training_bar.figures.set_loss(2.0)
    training_bar.figures.set_validation(None, None, "character")
    assert training_bar.figures.text() == "loss 2.000"


def test_a_metric_of_nothing_is_not_shown(training_bar):
    training_bar.figures.set_validation(None, None, "step", {"a.accuracy": None, "b.mse": 0.5})
    assert training_bar.figures.text() == "· b mse 0.5"


def test_what_heads_measure_is_beside_the_loss(training_bar):
    training_bar.figures.set_validation(0.5, None, "step", {"average.mse": 0.01234, "above.accuracy": 0.924})
    assert training_bar.figures.text() == "validation 0.500 · average mse 0.0123 · above accuracy 92.4 %"


@pytest.mark.parametrize(
    ("state", "words"), [("idle", "Train"), ("training", "Pause"), ("paused", "Resume"), ("failed", "Train")]
)
def test_one_button_trains_pauses_and_resumes(training_bar, state, words):
    training_bar.set_running(state)
    assert training_bar.run.text() == words
    assert training_bar.run.accessibleName() == words
    assert "(F5)" in training_bar.run.toolTip()


def test_unsaved_changes_are_marked(training_bar):
    training_bar.set_document("sonnets", edited=True)
    assert not training_bar.edited.isHidden()
    training_bar.set_document("sonnets", edited=False)
    assert training_bar.edited.isHidden()


@pytest.fixture
def status(qtbot):
    made = StatusBar()
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("starting", "engine starting"),
        ("idle", "engine ready"),
        ("training", "training"),
        ("paused", "paused"),
        ("failed", "engine stopped"),
    ],
)
def test_the_status_says_what_the_engine_does(status, state, words):
    status.set_state(state)
    assert status.engine.text() == words


def test_the_status_says_what_runs_the_cells(status):
    status.set_network(Report(), 0, "float32")
    status.set_kernel("numba")
    assert status.precision.text() == "float32 · compiled"
    status.set_kernel("numpy")
    assert status.precision.text() == "float32 · NumPy"
    assert "llvmlite" in status.precision.toolTip()


def test_the_status_says_what_a_run_waits_for_until_it_continues(status):
    status.set_state("training")
    status.set_waiting("The cell is being compiled.")
    assert status.engine.text() == "The cell is being compiled"
    status.set_waiting("")
    assert status.engine.text() == "training"


def test_the_status_shows_speed_only_while_training(status):
    status.set_state("training")
    status.set_speed(41.4)
    assert status.engine.text() == "training · 41 steps/s"
    status.set_speed(0.52)
    assert status.engine.text() == "training · 0.5 steps/s"
    status.set_state("paused")
    assert status.engine.text() == "paused"


def test_the_status_counts_weights_nodes_and_problems(status):
    status.set_network(Report(weights={"a": 91_000, "b": 966}), 5, "float32")
    assert status.weights.text() == "91,966 weights"
    assert status.problems.text() == "5 nodes · no problems"
    assert not status.problems.isEnabled()
    status.set_network(Report(problems=(Problem("x", "The cell needs input."),)), 1, "float64")
    assert status.problems.text() == "1 node · 1 problem"
    assert status.problems.toolTip() == "The cell needs input."
    assert not status.problems.isHidden()
    status.set_network(Report(problems=(Problem("x", "There is nothing to train."),)), 0, "float32")
    assert status.problems.isHidden() and not status.weights.text()


def test_the_status_counts_behind_a_sentence(status):
    status.show()
    status.report("A sentence.")
    status.set_network(Report(weights={"a": 91_000}), 5, "float32")
    assert status.weights.isHidden()
    status.clearMessage()
    assert not status.weights.isHidden()


def test_the_status_says_when_it_was_saved(status):
    status.set_saved(None)
    assert status.saved.text() == "not saved yet"
    now = time.time()
    for at, words in ((now, "saved just now"), (now - 130, "saved 2 min ago")):
        status.set_saved(at, "a.rnnd")
        assert status.saved.text() == words
    status.set_saved(now - 7200)
    assert status.saved.text().startswith("saved at ")


def test_the_licences_of_everything_that_ships_are_reported():
    text = licences()
    assert "SIL OPEN FONT LICENSE" in text
    assert text.count("=====") >= 2
