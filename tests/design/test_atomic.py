"""Files are written completely or not at all."""

import errno
import os
import socket
import stat
import sys

import pytest

from rnnstudio.design import atomic
from rnnstudio.design.errors import FileError

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "design.rnnd"
    path.write_bytes(b"old")
    return path


def test_a_new_file_holds_the_bytes_and_nothing_is_left_beside_it(tmp_path):
    atomic.write_bytes(tmp_path / "new.rnnd", b"new")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"new.rnnd": b"new"}


def test_an_old_file_is_replaced(old):
    atomic.write_bytes(str(old), b"new")
    assert {p.name: p.read_bytes() for p in old.parent.iterdir()} == {"design.rnnd": b"new"}


@pytest.mark.parametrize("where", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EIO, "the disk failed"), (errno.EBADF, "system")],
)
def test_a_failing_disk_leaves_the_old_file_whole(old, monkeypatch, where, number, words):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, where, fail)
    with pytest.raises(FileError, match=words) as caught:
        atomic.write_bytes(old, b"new")
    assert {p.name: p.read_bytes() for p in old.parent.iterdir()} == {"design.rnnd": b"old"}
    assert "design.rnnd" in caught.value.sentence
    assert "Nothing was changed" in caught.value.sentence


def test_stopping_in_the_middle_leaves_the_old_file_whole(old, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        atomic.write_bytes(old, b"new")
    assert {p.name: p.read_bytes() for p in old.parent.iterdir()} == {"design.rnnd": b"old"}


def test_a_folder_that_cannot_be_flushed_is_no_failure(old, monkeypatch):
    def fail(*_):
        raise OSError(errno.EINVAL, "no")

    monkeypatch.setattr(os, "open", fail)  # the temporary file is opened by other means
    atomic.write_bytes(old, b"new")
    assert old.read_bytes() == b"new"


def test_a_file_as_its_folder_is_refused(old):
    with pytest.raises(FileError, match="folder is not a folder"):
        atomic.write_bytes(old / "below.rnnd", b"new")


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(FileError, match="does not exist"):
        atomic.write_bytes(tmp_path / "gone" / "a.rnnd", b"new")


def test_a_folder_of_that_name_is_refused_and_kept(tmp_path):
    (tmp_path / "a.rnnd").mkdir()
    with pytest.raises(FileError, match="a folder has that name"):
        atomic.write_bytes(tmp_path / "a.rnnd", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.rnnd"]


@pytest.mark.parametrize("name", ["a" * 500, "a\0b"])
def test_an_impossible_name_is_refused(tmp_path, name):
    with pytest.raises(FileError, match="Choose"):
        atomic.write_bytes(tmp_path / name, b"new")
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_read_only_folder_is_refused(old, monkeypatch):
    if os.geteuid() == 0:  # nothing is forbidden to root, so the system's answer is played

        def fail(*_args, **_named):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr("pathlib.Path.open", fail)
    else:
        old.parent.chmod(0o500)
    try:
        with pytest.raises(FileError, match="you may not write there"):
            atomic.write_bytes(old, b"new")
    finally:
        monkeypatch.undo()
        old.parent.chmod(0o700)
    assert old.read_bytes() == b"old"


@posix
def test_a_read_only_file_is_refused(old, monkeypatch):
    old.chmod(0o400)
    if os.geteuid() == 0:
        monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FileError, match="you may not write there"):
        atomic.write_bytes(old, b"new")
    assert old.read_bytes() == b"old"


@posix
def test_permissions_are_those_of_the_old_file_or_of_any_new_one(old):
    old.chmod(0o640)
    atomic.write_bytes(old, b"new")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    fresh, plain = old.with_name("fresh"), old.with_name("plain")
    atomic.write_bytes(fresh, b"")
    plain.touch()
    assert fresh.stat().st_mode == plain.stat().st_mode


@posix
def test_a_symbolic_link_is_written_through(old):
    link = old.with_name("link.rnnd")
    link.symlink_to(old)
    atomic.write_bytes(link, b"new")
    assert link.is_symlink()
    assert old.read_bytes() == b"new"


@pytest.fixture(params=["FIFO", "device", "socket"])
def special(request, tmp_path, monkeypatch):
    """What is no regular file, and would be gone if it were replaced."""
    path = tmp_path / "special.rnnd"
    if request.param == "FIFO":
        os.mkfifo(path)
    elif request.param == "device":
        path.symlink_to(os.devnull)
    else:
        monkeypatch.chdir(tmp_path)  # the address of a socket may have 107 bytes
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    return path


@posix
@pytest.mark.parametrize("linked", [False, True], ids=["itself", "link"])
@pytest.mark.parametrize("write", [lambda path: atomic.write_bytes(path, b"new"), atomic.require_writable])
def test_a_device_a_fifo_and_a_socket_are_never_replaced(special, linked, write):
    before, path = os.stat(special), special
    if linked:
        path = special.with_name("link.rnnd")
        path.symlink_to(special)
    names = {file.name for file in special.parent.iterdir()}
    with pytest.raises(FileError, match="is not a regular file"):
        write(path)
    assert stat.S_IFMT(os.stat(special).st_mode) == stat.S_IFMT(before.st_mode)
    assert os.stat(special).st_ino == before.st_ino
    assert {file.name for file in special.parent.iterdir()} == names


@posix
def test_a_pipe_behind_the_standard_output_is_refused(tmp_path):
    reading, writing = os.pipe()
    try:
        with pytest.raises(FileError, match="is not a regular file"):
            atomic.write_bytes(f"/dev/fd/{writing}", b"new")
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gone/a.rnnd", "folder does not exist"),
        ("design.rnnd/a.rnnd", "folder is not a folder"),
        (".", "a folder has that name"),
        ("a\0b", "no file can have that name"),
        ("n" * 300, "name is too long"),
    ],
)
def test_a_target_that_cannot_be_written_is_reported_before_anything_is_computed(old, name, words):
    with pytest.raises(FileError, match=words) as before:
        atomic.require_writable(old.parent / name)
    with pytest.raises(FileError, match=words) as after:
        atomic.write_bytes(old.parent / name, b"new")
    assert before.value.sentence == after.value.sentence


def test_asking_whether_a_target_can_be_written_changes_nothing(old):
    atomic.require_writable(old)
    atomic.require_writable(old.with_name("new.rnnd"))
    assert {p.name: p.read_bytes() for p in old.parent.iterdir()} == {"design.rnnd": b"old"}
