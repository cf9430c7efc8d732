"""User cells of the palette, one small file each in the user's data folder.

A file ``.rnncell`` is JSON with a title and the lines of the equations; it can be copied, sent, and put
into another user's folder. One that cannot be read is told of and left alone.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, Signal

from rnnstudio.design import atomic, regular_file
from rnnstudio.design.errors import FileError, StudioError
from rnnstudio.design.model import Value
from rnnstudio.engine.compiler.frontend.errors import EquationError
from rnnstudio.engine.compiler.frontend.parser import parse
from rnnstudio.ui.translation import translated

USER_CELL_KIND = "equation_cell"
VERSION = 1
SUFFIX = ".rnncell"
MOST_BYTES = 200_000
MOST_TITLE = 60


class UserCell(msgspec.Struct, frozen=True):
    """A user cell: its title in the palette and its equations."""

    title: str
    equations: str

    @property
    def params(self) -> dict[str, Value]:
        """The parameters of its node, which is of the kind `USER_CELL_KIND`."""
        return {"equations": self.equations}


class _File(msgspec.Struct, frozen=True):
    """The file content of a user cell."""

    rnncell: int
    title: str
    equations: list[str]


def default_folder() -> Path:
    """Return the folder of the user cells."""
    from platformdirs import user_data_path

    return user_data_path("rnnstudio", appauthor=False) / "cells"


def _words(text: str) -> str:
    return QCoreApplication.translate("UserCellStore", text)


def read(path: Path) -> UserCell:
    """Read a cell from a file; raise `FileError` if it is invalid."""
    try:
        held = msgspec.json.decode(regular_file.read_bytes(path, MOST_BYTES), type=_File)
        cell = UserCell(" ".join(held.title.split()), "\n".join(held.equations))
        if held.rnncell > VERSION:
            raise FileError(_words("“{0}” was made by a later version of RNN Studio.").format(path.name))
        if not 0 < len(cell.title) <= MOST_TITLE:
            sentence = _words("“{0}” has no title of at most {1} letters.")
            raise FileError(sentence.format(path.name, MOST_TITLE))
        parse(cell.equations)
    except EquationError as error:
        sentence = _words("“{0}” has a mistake in its equations. {1}")
        raise FileError(sentence.format(path.name, translated(error))) from None
    except (UnicodeDecodeError, RecursionError, msgspec.DecodeError) as error:
        sentence = _words("“{0}” cannot be read as a cell.")
        raise FileError(sentence.format(path.name), details=str(error)) from None
    return cell


class UserCellStore(QObject):
    """The user cells, sorted by title.

    Parameters
    ----------
    folder : where their files lie

    Signals
    -------
    changed() : there are other cells now
    kept(str) : the cell of that title was put there
    """

    changed = Signal()
    saved = Signal(str)

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder if folder is not None else default_folder()
        self._files: dict[str, Path] = {}
        self._cells: dict[str, UserCell] = {}

    @property
    def cells(self) -> tuple[UserCell, ...]:
        """The cells that were read."""
        return tuple(self._cells[title] for title in sorted(self._cells, key=str.casefold))

    def __contains__(self, title: object) -> bool:
        return title in self._cells

    def load(self) -> str:
        """Read the folder; return a sentence about invalid files, or an empty string."""
        self._files, self._cells = {}, {}
        wrong: list[str] = []
        try:
            files = sorted(self.folder.glob(f"*{SUFFIX}"))
        except OSError:
            files = []
        for path in files:
            try:
                cell = read(path)
            except StudioError as error:
                wrong.append(translated(error))
                continue
            self._cells.setdefault(cell.title, cell)
            self._files.setdefault(cell.title, path)
        self.changed.emit()
        if not wrong:
            return ""
        more = "" if len(wrong) == 1 else self.tr(" ({0} more cannot be read either.)").format(len(wrong) - 1)
        way_out = self.tr("Correct it or remove it from {0}. Everything else works.").format(self.folder)
        return f"{wrong[0]} {way_out}{more}"

    def save(self, title: str, equations: str) -> None:
        """Save a cell, replacing one of the same title; raise `StudioError` on failure."""
        title = " ".join(title.split())
        if not 0 < len(title) <= MOST_TITLE:
            raise FileError(self.tr("A cell needs a name of at most {0} letters.").format(MOST_TITLE))
        parse(equations)
        path = self._files.get(title) or self.folder / _file_name(title)
        held = _File(VERSION, title, equations.split("\n"))
        data = msgspec.json.format(msgspec.json.encode(held), indent=2) + b"\n"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            sentence = self.tr("The folder {0} cannot be made: {1}.").format(
                self.folder, error.strerror or error
            )
            raise FileError(sentence, details=str(error)) from None
        atomic.write_bytes(path, data)
        self._files[title], self._cells[title] = path, UserCell(title, equations)
        self.changed.emit()
        self.saved.emit(title)

    def remove(self, title: str) -> None:
        """Take a cell out of the palette and delete its file; designs that hold its equations keep them."""
        path = self._files.get(title)
        if path is None:
            return
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            sentence = self.tr("“{0}” cannot be removed: {1}.").format(path.name, error.strerror or error)
            raise FileError(sentence, details=str(error)) from None
        del self._files[title], self._cells[title]
        self.changed.emit()


def _file_name(title: str) -> str:
    """Return a portable file name that is unique to the title."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "cell"
    return f"{words}-{hashlib.sha256(title.encode()).hexdigest()[:8]}{SUFFIX}"
