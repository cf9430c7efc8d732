"""Unsaved changes survive a crash: copied, offered at the next start, and deleted when not needed."""

import os
import signal
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from rnnstudio.design import codec, edits
from rnnstudio.design.model import Design, Node, NodeId
from rnnstudio.ui.document.crash_recovery import default_folder
from rnnstudio.ui.window.dialogs import Answer
from tests.ui.shell_kit import House, notice

LEFT = Qt.MouseButton.LeftButton

CRASH = """
import os, signal, sys
from pathlib import Path
from rnnstudio.design import edits
from rnnstudio.design.model import Node, NodeId
from rnnstudio.ui.app.studio import build
from rnnstudio.ui.document.settings import Settings
studio = build(sys.argv[2] or None, Settings(Path(sys.argv[1])))
studio.document.edit("Add", edits.add_node(studio.document.design, Node(NodeId("lost"), "gru")))
studio.recovery.write_copy()
os.kill(os.getpid(), signal.SIGKILL)
"""


def edit(studio, name="a"):
    node = Node(NodeId(name), "dense")
    studio.document.edit("Add Dense", edits.add_node(studio.document.design, node))


def copies():
    folder = default_folder()
    return sorted(folder.glob("*.recovery")) if folder.is_dir() else []


def press(studio, words):
    button = next(b for b in studio.window.notices.findChildren(QPushButton) if b.text() == words)
    assert button.toolTip()
    QTest.mouseClick(button, LEFT)


@pytest.fixture
def crashed(house: House, tmp_path):
    """A window that was killed with an unsaved edit of a file."""
    file = tmp_path / "mine.rnnd"
    codec.save(Design(name="mine"), file)
    done = subprocess.run(
        [sys.executable, "-c", CRASH, str(house.settings_file), str(file)], env=os.environ, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert len(copies()) == 1
    return file


def test_a_crash_is_reported_at_the_next_start_and_restore_restores_the_changes(house: House, crashed):
    studio = house.studio()
    assert "mine" in notice(studio)
    assert studio.document.design == Design()
    press(studio, "Restore")
    assert [node.id for node in studio.document.design.nodes] == ["lost"]
    assert studio.document.path == crashed
    assert studio.document.is_dirty
    assert studio.canvas.isVisible()
    assert copies() == [studio.recovery.file]
    assert codec.load(crashed).nodes == ()
    studio.actions["file.save"].trigger()
    assert len(codec.load(crashed).nodes) == 1
    assert copies() == []


def test_discard_deletes_the_changes_and_nothing_is_offered_again(house: House, crashed):
    studio = house.studio()
    press(studio, "Discard")
    assert copies() == []
    assert notice(studio) == ""
    house.close(studio)
    assert notice(house.studio()) == ""


def test_an_offer_that_is_only_dismissed_is_made_again(house: House, crashed):
    studio = house.studio()
    QTest.keyClick(studio.window.notices, Qt.Key.Key_Escape)
    house.close(studio)
    assert len(copies()) == 1
    assert "mine" in notice(house.studio())


def test_changes_of_now_are_asked_about_before_older_ones_come_back(house: House, crashed):
    studio = house.studio()
    edit(studio, "now")
    studio.dialogs.answers = [Answer.CANCEL, Answer.DISCARD]
    press(studio, "Restore")
    assert [node.id for node in studio.document.design.nodes] == ["now"]
    press(studio, "Restore")
    assert [node.id for node in studio.document.design.nodes] == ["lost"]


def test_a_file_that_is_gone_costs_nothing_of_the_copy(house: House, crashed):
    crashed.unlink()
    studio = house.studio()
    press(studio, "Restore")
    assert [node.id for node in studio.document.design.nodes] == ["lost"]
    assert studio.document.is_dirty


def test_a_window_that_still_runs_keeps_its_copy_to_itself(house: House):
    first = house.studio()
    edit(first)
    first.recovery.write_copy()
    second = house.studio()
    assert notice(second) == ""
    assert copies() == [first.recovery.file]


def test_a_copy_goes_when_its_changes_are_saved_or_undone_or_given_up(house: House, tmp_path):
    studio = house.studio()
    edit(studio)
    studio.recovery.write_copy()
    assert len(copies()) == 1
    studio.document.undo_stack.undo()
    assert copies() == []
    edit(studio)
    studio.recovery.write_copy()
    studio.dialogs.answers = [Answer.DISCARD]
    house.close(studio)
    assert copies() == []


def test_nothing_is_written_where_nothing_changed(studio):
    studio.recovery.write_copy()
    assert copies() == []
    edit(studio)
    studio.recovery.write_copy()
    before = copies()[0].stat().st_ino
    studio.recovery.write_copy()
    assert copies()[0].stat().st_ino == before
    edit(studio, "b")
    studio.recovery.write_copy()
    assert copies()[0].stat().st_ino != before


NEWER = (
    b'{"name": "later", "path": null, "at": 1, "design": "{\\"format\\": \\"rnnstudio\\", \\"version\\": 9}"}'
)


@pytest.mark.parametrize("data", [b"\x00 not a copy", NEWER, NEWER.replace(b'"at": 1', b'"at": 1e300')])
def test_a_copy_that_cannot_be_read_is_reported_and_kept_where_it_is_not_offered(house: House, data):
    default_folder().mkdir(parents=True)
    (default_folder() / "0.recovery").write_bytes(data)
    studio = house.studio()
    kept = default_folder() / "0.unreadable"
    assert notice(studio) == f"A recovery copy could not be read; it is kept as {kept}."
    assert kept.read_bytes() == data and copies() == []
    house.close(studio)
    assert notice(house.studio()) == ""


def test_a_copy_that_cannot_be_read_does_not_hide_another(house: House, crashed):
    newest = default_folder() / "0.recovery"
    newest.write_bytes(b"")
    os.utime(newest, (2e9, 2e9))
    studio = house.studio()
    assert "unsaved changes of “mine”" in notice(studio) and "0.unreadable" in notice(studio)
    press(studio, "Restore")
    assert [node.id for node in studio.document.design.nodes] == ["lost"]


def test_a_folder_that_cannot_be_written_is_reported_once(studio, tmp_path):
    studio.recovery.folder = tmp_path / "file" / "inside"
    (tmp_path / "file").write_text("in the way")
    edit(studio)
    studio.recovery.write_copy()
    assert "No recovery copy" in notice(studio)
    studio.window.notices.dismiss()
    edit(studio, "b")
    studio.recovery.write_copy()
    assert notice(studio) == ""
