"""The window with names that are not UTF-8, and with paths that are relative to the design."""

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton

from rnnstudio.design import codec, edits
from rnnstudio.design.model import Choice
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.format import Weights
from rnnstudio.ui.window.dialogs import Answer
from tests.data_kit import expected_shapes
from tests.ui.shell_kit import NAMES, drop, edit

TEXT = "to be or not to be\n" * 40
ODD = os.fsdecode(b"caf\xe9")


@pytest.fixture
def design():
    """A design whose text is called beside it."""
    design = edits.set_params(codec.load(NAMES), ["dense"], {"units": len(set(TEXT))})
    return edits.set_task(design, Choice("text", {"path": "text.txt", "length": 20}))


@pytest.fixture
def file(design, tmp_path):
    folder = tmp_path / "designs"
    folder.mkdir()
    (folder / "text.txt").write_text(TEXT, "utf-8")
    codec.save(design, folder / "design.rnnd")
    return folder / "design.rnnd"


def weights_of(studio):
    shapes = expected_shapes(studio.document.located_design)
    return {name: np.full(shape, 0.5, np.float32) for name, shape in shapes.items()}


def test_the_text_of_a_design_is_found_beside_it(house, file):
    studio = house.studio(file)
    assert studio.document.check_now().trainable
    assert studio.document.design.task.params["path"] == "text.txt"
    assert studio.document.located_design.task.params["path"] == str(file.with_name("text.txt"))


def test_saved_in_another_folder_a_design_still_reads_its_text(house, file, tmp_path):
    studio = house.studio(file)
    arrays = weights_of(studio)
    studio.session.set_weights(studio.document.located_design, arrays, {})
    studio.dialogs.paths = [tmp_path / "copy.rnnd"]
    assert studio.files.save_as()
    assert not studio.document.is_dirty
    assert not studio.document.is_changed_on_disk()
    assert codec.load(tmp_path / "copy.rnnd").task.params["path"] == os.path.join("designs", "text.txt")
    assert studio.document.check_now().trainable
    assert studio.weights.belong_to_document


def test_exported_weights_hold_the_way_to_the_text(house, file, tmp_path):
    studio = house.studio(file)
    studio.session.set_weights(studio.document.located_design, weights_of(studio), {})
    assert studio.weights.export_to(tmp_path / "w.safetensors")
    design = load_weights(tmp_path / "w.safetensors").design
    assert design is not None
    assert design.task.params["path"] == os.path.join("designs", "text.txt")


def test_weights_bring_the_text_that_lies_beside_them(house, file, design):
    studio = house.studio(file)
    weights = file.with_name("w.safetensors")
    save_weights(weights, Weights(weights_of(studio), design, {}))
    house.close(studio)
    opened = house.studio(weights)
    assert opened.document.path is None
    assert opened.document.design.task.params["path"] == str(file.with_name("text.txt"))
    assert opened.weights.belong_to_document


def test_a_file_whose_name_is_not_utf_8_is_opened_saved_and_remembered(house, file):
    odd = file.rename(file.with_name(f"{ODD}.rnnd"))
    studio = house.studio(odd)
    assert studio.document.check_now().trainable
    assert studio.window.windowTitle().count("caf\ufffd") == 1
    edit(studio)
    studio.recovery.write_copy()
    assert studio.recovery.file is not None
    assert studio.files.save()
    house.close(studio)
    again = house.studio()
    assert again.settings.recent_files() == [odd]
    again.files.open_path(odd)
    assert again.document.path == odd


def test_changes_of_a_file_whose_name_is_not_utf_8_survive_a_crash(house, file):
    odd = file.rename(file.with_name(f"{ODD}.rnnd"))
    studio = house.studio(odd)
    edit(studio)
    studio.recovery.write_copy()
    changed, copy = studio.document.design, studio.recovery.file
    data = copy.read_bytes()
    studio.dialogs.answers = [Answer.DISCARD]
    house.close(studio)
    copy.write_bytes(data)  # as a window leaves it that is killed
    again = house.studio()
    buttons = again.window.notices.findChildren(QPushButton)
    next(button for button in buttons if button.text() == "Restore").click()
    assert (again.document.design, again.document.path) == (changed, odd)


def test_a_text_whose_name_is_not_utf_8_can_be_trained_on(house, file):
    odd = file.with_name("text.txt").rename(file.with_name(f"{ODD}.txt"))
    studio = house.studio(file)
    studio.files.use_text(Path(odd))
    assert studio.document.check_now().trainable
    assert studio.files.save()
    assert codec.load(file) == studio.document.design
    house.close(studio)
    assert house.studio(file).document.check_now().trainable


def test_a_file_whose_name_is_not_utf_8_can_be_dropped(studio, file):
    odd = file.rename(file.with_name(f"{ODD}.rnnd"))
    drop(studio.window, odd)
    assert studio.document.path == odd
