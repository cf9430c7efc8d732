"""Files in the window: opened, saved, dropped, remembered, and asked about."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from rnnstudio.design import codec
from rnnstudio.ui.window.dialogs import Answer
from tests.ui.shell_kit import NAMES, drop, edit, notice


def test_saving_and_opening_again_gives_the_same_design(house, tmp_path):
    studio = house.studio()
    studio.files.open_template(codec.load(NAMES))
    edit(studio)
    assert studio.window.isWindowModified()
    assert not studio.toolbar.edited.isHidden()
    studio.dialogs.paths = [tmp_path / "mine.rnnd"]
    studio.actions["file.save"].trigger()
    assert not studio.window.isWindowModified()
    assert studio.toolbar.edited.isHidden()
    assert studio.window.status.saved.text() == "saved just now"
    assert studio.toolbar.name.text() == "mine"
    design = studio.document.design
    house.close(studio)
    assert house.studio(tmp_path / "mine.rnnd").document.design == design


def test_a_save_that_fails_is_reported_and_nothing_is_lost(studio, tmp_path):
    edit(studio)
    studio.dialogs.paths = [tmp_path / "no such folder" / "a.rnnd"]
    studio.actions["file.save"].trigger()
    assert "no such folder" in notice(studio)
    assert studio.window.notices.notice.severity == "error"
    assert studio.document.is_dirty
    assert studio.document.path is None


@pytest.fixture
def overtaken(studio, tmp_path):
    """A file that is open with changes, and that somebody else wrote meanwhile."""
    file = tmp_path / "shared.rnnd"
    codec.save(codec.load(NAMES), file)
    studio.files.open_path(file)
    edit(studio)
    file.write_text("the work of somebody else")
    return file


def press(studio, words: str) -> None:
    button = next(b for b in studio.window.notices.findChildren(QPushButton) if b.text() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_somebody_else_wrote_to_the_file_is_not_replaced_unasked(studio, overtaken):
    QTest.keyClick(studio.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert "“shared.rnnd” was changed by another window or program" in notice(studio)
    assert overtaken.read_text() == "the work of somebody else" and studio.document.is_dirty
    press(studio, "Overwrite")
    assert codec.load(overtaken) == studio.document.design and not studio.document.is_dirty
    edit(studio, "again")
    studio.actions["file.save"].trigger()
    assert notice(studio) == "" and codec.load(overtaken) == studio.document.design


def test_both_are_kept_by_saving_elsewhere(studio, overtaken, tmp_path):
    studio.actions["file.save"].trigger()
    studio.dialogs.paths = [tmp_path / "mine.rnnd"]
    press(studio, "Save as…")
    assert codec.load(tmp_path / "mine.rnnd") == studio.document.design
    assert overtaken.read_text() == "the work of somebody else"


def test_the_question_is_over_once_the_design_is_saved_elsewhere(studio, overtaken, tmp_path):
    studio.actions["file.save"].trigger()
    studio.dialogs.paths = [tmp_path / "mine.rnnd"]
    studio.actions["file.save_as"].trigger()
    assert notice(studio) == "" and studio.document.path == tmp_path / "mine.rnnd"


def test_a_window_does_not_close_over_what_somebody_else_wrote(studio, overtaken):
    studio.dialogs.answers = [Answer.SAVE]
    assert not studio.close()
    assert "shared.rnnd" in notice(studio) and studio.document.is_dirty


def test_a_file_that_was_deleted_meanwhile_is_written_again(studio, overtaken):
    overtaken.unlink()
    studio.actions["file.save"].trigger()
    assert codec.load(overtaken) == studio.document.design


@pytest.mark.parametrize("action", ["file.new", "file.quit"])
def test_unsaved_changes_are_asked_about(studio, action):
    edit(studio)
    studio.dialogs.answers = [Answer.CANCEL]
    studio.actions[action].trigger()
    assert studio.dialogs.asked == ["unsaved design"]
    assert studio.document.design.nodes
    assert studio.window.isVisible()
    studio.dialogs.answers = [Answer.DISCARD]
    studio.actions[action].trigger()
    if action == "file.new":
        assert studio.document.design.nodes == ()
    else:
        assert not studio.window.isVisible()


def test_the_answer_save_saves_before_it_continues(studio, tmp_path):
    edit(studio)
    file = tmp_path / "kept.rnnd"
    studio.dialogs.answers, studio.dialogs.paths = [Answer.SAVE], [file]
    studio.actions["file.new"].trigger()
    assert len(codec.load(file).nodes) == 1
    assert studio.document.design.nodes == ()


def test_the_answer_save_stays_where_the_save_fails_or_is_cancelled(studio, tmp_path):
    edit(studio)
    for target in (tmp_path / "none" / "x.rnnd", None):
        studio.dialogs.answers, studio.dialogs.paths = [Answer.SAVE], [target]
        studio.actions["file.new"].trigger()
        assert len(studio.document.design.nodes) == 1


def test_nothing_is_asked_where_nothing_would_be_lost(studio):
    studio.files.open_template(codec.load(NAMES))
    edit(studio)
    studio.document.undo_stack.undo()
    studio.actions["file.new"].trigger()
    assert studio.dialogs.asked == []
    studio.close()
    assert studio.dialogs.asked == []


def test_a_design_dropped_on_the_window_opens(studio, tmp_path):
    file = tmp_path / "dropped.rnnd"
    file.write_bytes(NAMES.read_bytes())
    drop(studio.window, file)
    assert studio.document.path == file
    assert studio.canvas.isVisible()


def test_of_several_files_the_first_opens_and_the_status_bar_says_so(studio, tmp_path):
    files = [tmp_path / "one.rnnd", tmp_path / "two.rnnd"]
    for file in files:
        file.write_bytes(NAMES.read_bytes())
    drop(studio.window, *files)
    assert studio.document.path == files[0]
    assert (
        studio.window.status.currentMessage() == "Of 2 files only “one.rnnd” was taken. Drop one at a time."
    )


def test_a_text_dropped_on_the_window_becomes_the_task_and_can_be_undone(studio, tmp_path):
    studio.files.open_template(codec.load(NAMES))
    before = studio.document.design
    text = tmp_path / "poem.txt"
    text.write_text("the quick brown fox jumps over the lazy dog " * 40)
    drop(studio.window, text)
    assert studio.document.design.task.kind == "text"
    assert studio.document.design.task.params["path"] == str(text)
    assert [tile.toolTip() for tile in studio.window.gallery.recent] == [str(text)]
    assert "poem.txt" in notice(studio)
    studio.actions["edit.undo"].trigger()
    assert studio.document.design == before


@pytest.mark.parametrize("content", [b"", b"a", b"\xff\xfe\x00\x80 not text \xc3\x28"])
def test_a_text_that_cannot_be_used_is_reported_and_changes_nothing(studio, tmp_path, content):
    text = tmp_path / "bad.txt"
    text.write_bytes(content)
    before = studio.document.design
    drop(studio.window, text)
    assert studio.document.design is before and not studio.document.undo_stack.canUndo()
    assert "bad.txt" in notice(studio)
    assert studio.window.notices.notice.severity == "error"


def test_recent_files_are_in_the_menu(studio, tmp_path):
    file = tmp_path / "one.rnnd"
    file.write_bytes(NAMES.read_bytes())
    studio.files.open_path(file)
    studio.actions["file.new"].trigger()
    menu = studio.window.findChild(type(studio.window.menus["file"]), "menu-recent")
    assert [action.text() for action in menu.actions()][:1] == ["one.rnnd"]
    menu.actions()[0].trigger()
    assert studio.document.path == file
    menu.actions()[-1].trigger()
    assert not menu.isEnabled()


@pytest.mark.parametrize("name", ["gone.rnnd", "gone.txt", "gone.safetensors", "gone.npz"])
def test_a_recent_file_that_is_gone_is_reported_and_offered_no_longer(studio, tmp_path, name):
    file = tmp_path / name
    file.write_bytes(b"")
    studio.settings.remember_file(file)
    studio.files.recent_changed.emit()
    (tile,) = studio.window.gallery.recent
    file.unlink()
    before = studio.document.design
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    assert notice(studio) == f"“{name}” is no longer there; it was moved or deleted."
    assert studio.document.design is before and studio.window.gallery.recent == []


@pytest.mark.parametrize("suffix", [".rnnd", ".safetensors", ".npz", ".txt"])
def test_a_file_that_the_system_refuses_to_look_at_is_reported(studio, tmp_path, suffix):
    drop(studio.window, tmp_path / ("n" * 300 + suffix))
    assert notice(studio).endswith(".") and studio.window.notices.notice.severity == "error"
    assert "too long" in notice(studio)


@pytest.mark.parametrize("name", ["broken.rnnd", "broken.safetensors", "broken.npz"])
def test_a_recent_file_that_is_broken_says_so_in_a_sentence(studio, tmp_path, name):
    file = tmp_path / name
    file.write_bytes(b"\x00\x01 not what it should be")
    studio.settings.remember_file(file)
    studio.files.recent_changed.emit()
    before = studio.document.design
    QTest.mouseClick(studio.window.gallery.recent[0], Qt.MouseButton.LeftButton)
    assert name in notice(studio) and notice(studio).endswith(".")
    assert studio.document.design is before
