"""Only regular files within their size limit are read; anything else is refused at once."""

import os
import socket
import sys
from pathlib import Path

import pytest

from rnnstudio.design import regular_file
from rnnstudio.design.errors import FileError

POSIX = sys.platform != "win32"
SPECIAL = ("folder", "FIFO", "socket", "device") if POSIX else ("folder",)


def special(kind: str, folder: Path) -> Path:
    """Return a file of a kind that is not read."""
    path = folder / "special"
    if kind == "folder":
        path.mkdir()
    elif kind == "FIFO":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with socket.socket(socket.AF_UNIX) as listening:
            here = Path.cwd()
            os.chdir(folder)  # the address of a socket may have 107 bytes
            try:
                listening.bind("special")
            finally:
                os.chdir(here)
    return path


@pytest.mark.parametrize("linked", [False, True], ids=["itself", "link"])
@pytest.mark.parametrize("kind", SPECIAL)
def test_what_is_not_a_regular_file_is_refused_at_once(kind: str, linked: bool, tmp_path: Path) -> None:
    path = special(kind, tmp_path)
    if linked:
        link = tmp_path / "link"
        link.symlink_to(path)
        path = link
    with pytest.raises(FileError, match=rf"{path.name}” is not a regular file: .*{kind}"):
        regular_file.read_bytes(path, 10)


def test_a_fifo_that_takes_the_place_of_a_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"data")
    regular = os.stat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(regular_file.os, "stat", lambda _path: regular)
    with pytest.raises(FileError, match="is not a regular file"):
        regular_file.read_bytes(path, 10)


@pytest.mark.parametrize("size", [0, 1, 100, 70_000, 200_000])
def test_a_file_within_its_limit_is_read_whole(size: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    (tmp_path / "data").write_bytes(data)
    assert regular_file.read_bytes(tmp_path / "data", size) == data
    assert regular_file.parse_initializer(tmp_path / "data", 50) == data[:50]


@pytest.mark.parametrize(("limit", "words"), [(99, "99 bytes"), (2048, "2 kB"), (3 << 20, "3 MB")])
def test_a_file_beyond_its_limit_is_refused(limit: int, words: str, tmp_path: Path) -> None:
    with (tmp_path / "data").open("wb") as file:
        file.truncate(limit + 1)
    with pytest.raises(FileError, match=f"larger than {words}"):
        regular_file.read_bytes(tmp_path / "data", limit)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a file that says that it is empty")
def test_reading_stops_at_the_limit_whatever_the_file_says_of_its_size() -> None:
    path = Path("/proc/self/status")
    assert path.stat().st_size == 0
    assert b"Pid" in regular_file.read_bytes(path, 100_000)
    with pytest.raises(FileError, match="larger than 20 bytes"):
        regular_file.read_bytes(path, 20)


def test_a_file_that_grows_while_it_is_read_is_read_up_to_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"x" * 150_000)
    real = os.fstat

    def earlier(descriptor: int) -> os.stat_result:
        return os.stat_result([*real(descriptor)[:6], 10, *real(descriptor)[7:]])

    monkeypatch.setattr(regular_file.os, "fstat", earlier)
    assert len(regular_file.read_bytes(path, 150_000)) == 150_000
    with pytest.raises(FileError, match="larger than"):
        regular_file.read_bytes(path, 149_999)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gone", "There is no file “.*gone”. Choose a cat."),
        ("a\0b", "no file can have that name. Choose a cat."),
        ("n" * 300, "name is too long. Choose a cat."),
    ],
)
def test_what_cannot_be_opened_is_reported_with_the_way_out(name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=sentence):
        regular_file.read_bytes(tmp_path / name, 10, "Choose a cat.")


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "link")
    with pytest.raises(FileError, match="a link to itself"):
        regular_file.read_bytes(tmp_path / "link", 10)
