"""Atomic file writing: after a crash or a full disk, either the old or the new file is complete."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from rnnstudio.design.errors import FileError
from rnnstudio.design.message import message
from rnnstudio.design.regular_file import special_kind

REASONS = {
    errno.EACCES: message("you may not write there. Choose another folder."),
    errno.EPERM: message("you may not write there. Choose another folder."),
    errno.EROFS: message("the disk can only be read. Choose another disk."),
    errno.ENOSPC: message("the disk is full. Make room, or choose another disk."),
    errno.EDQUOT: message("your share of the disk is used up. Make room, or choose another disk."),
    errno.ENOENT: message("its folder does not exist. Choose another folder."),
    errno.ENOTDIR: message("its folder is not a folder. Choose another one."),
    errno.EISDIR: message("a folder has that name. Choose another name."),
    errno.ENAMETOOLONG: message("its name is too long. Choose a shorter one."),
    errno.EIO: message("the disk failed. Choose another disk."),
}


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write ``data`` to a file, or leave the file unchanged.

    The bytes go to a temporary file in the same folder, which is flushed to the disk and then renamed
    over the target; the folder is flushed too. A symbolic link is written through, and the
    permissions of an existing file are kept. A device, FIFO or socket is not replaced.

    Raises
    ------
    FileError
        The file cannot be written. It is unchanged, and no temporary file is left.
    """
    with refusals(Path(path)):
        _replace(_target(Path(path)), data)


def require_writable(path: Path | str) -> None:
    """Raise the `FileError` that `write_bytes` would raise, as far as this is known without writing."""
    with refusals(Path(path)):
        target = _target(Path(path))
        if not target.parent.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target))
        if not target.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target))
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))


@contextlib.contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Convert operating system errors about a file that is written to `FileError`."""
    try:
        yield
    except ValueError as error:  # the name contains a null byte
        raise FileError(
            message(
                "“{path}” cannot be saved: no file can have that name. Choose another name.", path=path.name
            ),
            details=str(error),
        ) from None
    except OSError as error:
        reason = REASONS.get(error.errno or 0) or message(
            "the system says “{reason}”.", reason=error.strerror or error
        )
        raise FileError(
            message(
                "“{path}” cannot be saved in {folder}: {reason} Nothing was changed.",
                path=path.name,
                folder=path.parent,
                reason=reason,
            ),
            details=str(error),
        ) from error


def _target(path: Path) -> Path:
    """Return the file to replace, with links resolved; raise if it must not be replaced."""
    target = Path(os.path.realpath(path))
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return target
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    kind = special_kind(mode)
    if kind is not None:
        raise FileError(
            message(
                "“{path}” in {folder} is not a regular file: it is {kind}, and is not replaced. Choose "
                "another name.",
                path=path.name,
                folder=path.parent,
                kind=kind,
            )
        )
    if not os.access(target, os.W_OK):  # renaming ignores this permission
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    return target


def _replace(target: Path, data: bytes) -> None:
    temporary = target.parent / f".rnnstudio-{os.urandom(8).hex()}.part"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _flush_folder(target.parent)


def _flush_folder(folder: Path) -> None:
    """Flush the rename to disk; errors are ignored because the new file is complete anyway."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
