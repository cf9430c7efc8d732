"""A window with its own settings, and dialogs that are answered by the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from rnnstudio.design import edits
from rnnstudio.design.model import Node, NodeId, Value
from rnnstudio.engine.weights.format import WEIGHT_FORMATS
from rnnstudio.resources import templates
from rnnstudio.ui.actions.shortcuts import keys
from rnnstudio.ui.app.studio import Studio, build
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.window.dialogs import Answer, Dialogs
from rnnstudio.ui.window.main_window import MainWindow

NAMES = templates()["names-gru"]


class Person(Dialogs):
    """Answers dialogs with the next path or answer; an unexpected dialog fails the test."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[Path | None] = []
        self.answers: list[Answer] = []
        self.asked: list[str] = []
        self.options: dict[str, Value] = {}  # of the next export

    def open_path(self, title, folder, filters):
        self.asked.append("open")
        return self.paths.pop(0)

    def save_path(self, title, suggestion, filters, suffixes):
        self.asked.append("save")
        self.suggestion = suggestion
        return self.paths.pop(0)

    def ask(self, dialog):
        """Choose the format of the file that is asked for next, and its options."""
        self.asked.append("format")
        suffixes = {known.suffix: known.kind for known in WEIGHT_FORMATS}
        dialog.formats.chosen.emit(suffixes.get(getattr(self.paths[0], "suffix", ""), dialog.choice.kind))
        while self.options:
            dialog.formats.edited.emit(*self.options.popitem())
        return True

    def unsaved_design(self, name):
        self.asked.append("unsaved design")
        return self.answers.pop(0)

    def unexported_weights(self):
        self.asked.append("unexported weights")
        return self.answers.pop(0)


class House:
    """Opens windows that share settings, one after the other; closes those that a test left open."""

    def __init__(self, folder: Path) -> None:
        self.settings_file = folder / "settings.ini"
        self.open: list[Studio] = []

    def studio(self, path: Path | None = None) -> Studio:
        studio = build(path, Settings(self.settings_file), dialogs=Person())
        studio.window.resize(1440, 900)
        self.open.append(studio)
        return studio

    def close(self, studio: Studio) -> None:
        """Close a window as a user does, and dispose of it."""
        assert studio.close()
        self.open.remove(studio)
        studio.dispose()

    def leave(self) -> None:
        while self.open:
            self.open.pop().dispose()
        themes.set_scheme("system")
        keys.reset()


@pytest.fixture
def house(qtbot: object, tmp_path: Path) -> Iterator[House]:
    opened = House(tmp_path)
    yield opened
    opened.leave()


@pytest.fixture
def studio(house: House) -> Studio:
    return house.studio()


def edit(studio: Studio, title: str = "renamed") -> None:
    """Add a node, so that there is something to save."""
    node = Node(NodeId(title), "dense")
    studio.document.edit("Add Dense", edits.add_node(studio.document.design, node))


def notice(studio: Studio) -> str:
    """Return the sentence in the notice bar, or an empty text."""
    shown = studio.window.notices.notice
    return shown.sentence if shown is not None else ""


def drop(window: MainWindow, *files: Path) -> None:
    """Drop files on a window, as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl(file.as_uri()) for file in files])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), copy, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), copy, data, left, none))
