"""File paths in a design: resolving them, and writing them to files.

A relative path is relative to the folder of the file that holds it, a design or weights, so that a design
and its text can be moved or sent together. A path that is not UTF-8, which no file of ours can hold, is
written as a ``file:`` URI.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_to_bytes

from msgspec.structs import replace

from rnnstudio.design.constraints import FilePath
from rnnstudio.design.model import Choice, Design
from rnnstudio.design.registry import Catalogue

_URI = "file:///"
_SURROGATE = re.compile("[\ud800-\udfff]")


def path_from_text(text: str) -> Path:
    """Return the path in a text, which is a path or a ``file:`` URI."""
    if text.startswith(_URI):
        return Path(os.fsdecode(unquote_to_bytes(text[len(_URI) - 1 :])))
    return Path(text)


def text_from_path(path: Path) -> str:
    """Return a UTF-8 text for a path, the inverse of `path_from_text`."""
    if is_utf8(str(path)):
        return str(path)
    try:
        return path.absolute().as_uri()
    except UnicodeEncodeError:  # a lone surrogate: reading the file reports it
        return str(path)


def display_path(path: Path | str) -> str:
    """Return a path or name for display, with U+FFFD for each byte that is not UTF-8."""
    return _SURROGATE.sub("\ufffd", str(path))


def is_utf8(text: str) -> bool:
    """Return whether a text can be encoded in UTF-8: other file names contain surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def with_absolute_paths(design: Design, catalogue: Catalogue, folder: Path | None) -> Design:
    """Return a design with absolute paths in its task, as it is checked and trained.

    A relative path is looked for in ``folder``, then in the working folder. An absolute one that leads
    nowhere, as of another computer, is replaced by a file of the same name in ``folder`` if there is one.

    Parameters
    ----------
    folder : that of the file that holds the design; None for a design that has no file
    """
    return _with_paths(design, catalogue, lambda text: text_from_path(_locate(text, folder)))


def with_rebased_paths(design: Design, catalogue: Catalogue, source: Path | None, target: Path) -> Design:
    """Return a design with the paths of its task rebased from the folder ``source`` to ``target``.

    Relative paths lead to the same files as before; absolute ones stay as they are.
    """

    def rebased(text: str) -> str:
        path = path_from_text(text)
        if path.is_absolute():
            return text_from_path(path)
        if source is not None and os.path.abspath(source) == os.path.abspath(target) and is_utf8(text):
            return text
        place = _locate(text, source)
        try:
            relative = os.path.relpath(place, target)
        except ValueError:  # on another drive
            return text_from_path(place)
        return relative if is_utf8(relative) else text_from_path(place)

    return _with_paths(design, catalogue, rebased)


def without_paths(task: Choice, catalogue: Catalogue) -> Choice:
    """Return a task without its paths, for comparisons that ignore where the files are."""
    names = _path_params(task, catalogue)
    return Choice(task.kind, {name: value for name, value in task.params.items() if name not in names})


def _locate(text: str, folder: Path | None) -> Path:
    path = path_from_text(text)
    beside = Path(os.path.abspath(os.path.join(folder if folder is not None else "", path)))
    if os.path.lexists(beside) or folder is None:
        return beside
    if path.is_absolute():
        namesake = Path(os.path.abspath(folder), re.split(r"[/\\]", str(path))[-1])
        return namesake if namesake.is_file() else beside
    here = Path(os.path.abspath(path))
    return here if os.path.lexists(here) else beside


def _with_paths(design: Design, catalogue: Catalogue, change: Callable[[str], str]) -> Design:
    """Return a design with each path of its task changed; the same object if nothing changes."""
    params = dict(design.task.params)
    for name in _path_params(design.task, catalogue):
        text = params.get(name)
        if isinstance(text, str) and text and "\0" not in text:
            params[name] = change(text)
    if params == design.task.params:
        return design
    return replace(design, task=Choice(design.task.kind, params))


def _path_params(task: Choice, catalogue: Catalogue) -> list[str]:
    if task.kind not in catalogue.tasks:
        return []
    return [
        param.name
        for param in catalogue.tasks.get(task.kind).params
        if isinstance(param.constraint, FilePath)
    ]
