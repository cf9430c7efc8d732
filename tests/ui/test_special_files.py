"""Special files: the window opens whatever it is started with, reports it, and continues."""

import json
import os
import stat
from pathlib import Path

import msgspec
import pytest

from rnnstudio.design import codec, edits
from rnnstudio.design.model import Choice
from rnnstudio.resources import templates
from rnnstudio.ui.app import studio as application
from rnnstudio.ui.app.studio import Studio
from rnnstudio.ui.document.crash_recovery import RecoveryCopy
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.palette.user_cells import UserCellStore
from tests.ui.shell_kit import notice

PARITY = codec.load(templates()["parity-rnn"])
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")


def special(kind: str, path: Path) -> Path:
    """Make what is not a regular file."""
    if kind == "FIFO":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    return path


@pytest.mark.parametrize("kind", ["FIFO", "device", "folder"])
@pytest.mark.parametrize("suffix", [".rnnd", ".npz", ".safetensors", ".txt", ".csv", "", ".other"])
def test_the_window_opens_with_what_is_not_a_regular_file_and_says_so(house, tmp_path, kind, suffix):
    studio = house.studio(special(kind, tmp_path / f"special{suffix}"))
    assert studio.window.isVisible()
    assert "is not a regular file" in notice(studio)


BAD = {
    "empty.npz": b"",
    "binary.npz": os.urandom(5000),
    "binary.safetensors": os.urandom(5000),
    "dtype.safetensors": (lambda head: len(head).to_bytes(8, "little") + head)(
        b'{"dense.W": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}'
    ),
    "deep.safetensors": (10**5).to_bytes(8, "little") + b"[" * 10**5,
    "binary.rnnd": os.urandom(5000),
    "deep.rnnd": b"[" * 10**5,
    "deeper.rnnd": b'{"format": "rnnstudio", "version": 1, "task": ' + b'{"kind":' * 10**5,
    "binary.txt": b"\xff\xfe\x00" * 1000,
    "empty.txt": b"",
    "binary": os.urandom(100),
}


@pytest.mark.parametrize("name", BAD)
def test_the_window_opens_with_any_bytes_and_says_what_is_wrong(house, tmp_path, name):
    (tmp_path / name).write_bytes(BAD[name])
    studio = house.studio(tmp_path / name)
    assert studio.window.isVisible()
    assert f"{name}”" in notice(studio)
    assert studio.window.notices.notice.severity == "error"


def test_an_error_that_nobody_foresaw_leaves_the_window_open_and_is_reported(monkeypatch, qtbot):
    told = []

    def fail(self: Studio, path: Path | None) -> None:
        raise LookupError("unforeseen")

    def run(self: object) -> int:
        told.append(caught.sentence if (caught := made[0].window.notices.notice) else "")
        return 0

    make, made = application.make_studio, []
    monkeypatch.setattr(Studio, "start", fail)
    monkeypatch.setattr(application, "make_studio", lambda: made.append(make()) or made[0])
    monkeypatch.setattr(application.QApplication, "exec", run)
    assert application.main("whatever.rnnd") == 0
    made[0].dispose()
    assert "went wrong" in told[0]


@pytest.mark.parametrize("kind", ["FIFO", "device", "folder"])
def test_a_design_whose_text_is_not_a_regular_file_opens_and_has_a_problem(house, tmp_path, kind):
    text = special(kind, tmp_path / "text.txt")
    file = tmp_path / "design.rnnd"
    codec.save(edits.set_task(PARITY, Choice("text", {"path": str(text)})), file)
    studio = house.studio(file)
    studio.document.check_now()
    assert any("is not a regular file" in problem.sentence for problem in studio.document.report.problems)


@pytest.mark.parametrize("kind", ["FIFO", "device", "folder"])
def test_kept_cells_and_recovery_copies_that_are_not_regular_files_stop_nothing(house, tmp_path, kind):
    cells = UserCellStore(tmp_path / "cells")
    cells.folder.mkdir()
    special(kind, cells.folder / "cell.rnncell")
    assert "is not a regular file" in cells.load()
    studio = house.studio()
    studio.recovery.folder.mkdir(parents=True, exist_ok=True)
    path = special(kind, studio.recovery.folder / "0.recovery")
    studio.recovery.offer_copies()
    assert "could not be read" in notice(studio)
    assert not os.path.lexists(path)  # it is kept under another name


def test_cells_nested_too_deeply_are_no_cells(tmp_path):
    cells = UserCellStore(tmp_path)
    for name, text in {
        "list": "[" * 10**5,
        "object": '{"rnncell": 1, "title": "t", "equations": ' + "[" * 10**5,
        "extra": '{"rnncell": 1, "title": "t", "equations": [], "more": ' + "[" * 40_000 + "]" * 40_000 + "}",
        "equation": json.dumps({"rnncell": 1, "title": "t", "equations": ["h = " + "(" * 10**5]}),
        "signs": json.dumps({"rnncell": 1, "title": "t", "equations": ["h = " + "-" * 10**5 + "x"]}),
        "powers": json.dumps({"rnncell": 1, "title": "t", "equations": ["h = x" + "**x" * 30_000]}),
        "prose": json.dumps({"rnncell": 1, "title": "t" * 10**5, "equations": ["h = x"]}),
    }.items():
        (tmp_path / f"{name}.rnncell").write_text(text)
    said = cells.load()
    assert cells.cells == ()
    assert "6 more cannot be read either" in said
    assert len(said) < 1000


def test_recovery_copies_nested_too_deeply_are_set_aside(house):
    studio = house.studio()
    folder = studio.recovery.folder
    folder.mkdir(parents=True, exist_ok=True)
    copy = msgspec.json.encode(RecoveryCopy("name", None, 1.0, "[" * 10**5))
    (folder / "0.recovery").write_bytes(copy)
    (folder / "1.recovery").write_bytes(b"[" * 10**5)
    studio.recovery.offer_copies()
    assert "could not be read" in notice(studio)
    assert sorted(file.suffix for file in folder.glob("?.*") if file.suffix != ".lock") == [".unreadable"] * 2


@pytest.mark.parametrize("kind", ["FIFO", "folder"])
def test_settings_that_are_not_a_regular_file_are_neither_waited_for_nor_replaced(tmp_path, kind):
    file = tmp_path / "settings.ini"
    special(kind, file)
    before = os.stat(file)
    settings = Settings(file)
    settings.scheme = "dark"
    assert settings.scheme == "dark"
    del settings  # Qt writes them at the end
    after = os.stat(file)
    assert (stat.S_IFMT(after.st_mode), after.st_ino) == (stat.S_IFMT(before.st_mode), before.st_ino)
