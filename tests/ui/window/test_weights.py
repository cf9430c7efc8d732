"""The weights stored for a design's file, and opening weight files."""

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from rnnstudio.design import codec, edits
from rnnstudio.engine.datasets import inspect
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.format import Weights
from rnnstudio.resources import templates
from rnnstudio.ui.training.weight_cache import MAX_FILES, WeightCache
from rnnstudio.ui.training.weight_files import same_network
from rnnstudio.ui.window.dialogs import Answer
from tests.data_kit import expected_shapes
from tests.ui.shell_kit import notice
from tests.worker.engines.fake_worker_engine import checkpoint

DESIGN = codec.load(templates()["names-gru"])


def weights(design=DESIGN, fill=0.5):
    arrays = {name: np.full(shape, fill, np.float32) for name, shape in expected_shapes(design).items()}
    return Weights(arrays, design, {"seed": 1})


@pytest.fixture
def kept(tmp_path):
    return WeightCache(tmp_path / "kept")


def test_weights_are_kept_for_a_design_file(kept, tmp_path):
    file = tmp_path / "a.rnnd"
    assert kept.find(file, DESIGN, inspect(DESIGN.task)) == (None, "")
    assert kept.save(file, weights())
    found, _ = kept.find(file, DESIGN, inspect(DESIGN.task))
    assert found is not None
    assert all((found.arrays[name] == array).all() for name, array in weights().arrays.items())
    assert kept.find(tmp_path / "b.rnnd", DESIGN, inspect(DESIGN.task)) == (None, "")


def test_kept_weights_that_no_longer_fit_are_not_taken(kept, tmp_path):
    file = tmp_path / "a.rnnd"
    kept.save(file, weights())
    larger = edits.set_params(DESIGN, ["gru"], {"units": 64})
    assert kept.find(file, larger, inspect(larger.task)) == (None, "")


def test_kept_weights_that_are_damaged_are_as_if_there_were_none(kept, tmp_path):
    file = tmp_path / "a.rnnd"
    kept.save(file, weights())
    kept.path_of(file).write_bytes(b"\x00" * 20)
    assert kept.find(file, DESIGN, inspect(DESIGN.task)) == (None, "")


def test_a_folder_that_cannot_be_made_is_distinguished(tmp_path):
    (tmp_path / "kept").write_text("a file in its place")
    assert not WeightCache(tmp_path / "kept").save(tmp_path / "a.rnnd", weights())


def test_only_the_newest_are_kept(kept, tmp_path):
    small = Weights({"a.b": np.zeros(1, np.float32)}, DESIGN, {})
    for number in range(MAX_FILES + 3):
        assert kept.save(tmp_path / f"{number}.rnnd", small)
    assert len(list(kept.folder.iterdir())) == MAX_FILES


def test_two_designs_have_the_same_weights_wherever_their_nodes_stand():
    moved = edits.set_name(edits.move(DESIGN, {"gru": (9.0, 9.0)}), "other")
    assert same_network(DESIGN, moved)
    assert not same_network(DESIGN, edits.set_params(DESIGN, ["gru"], {"units": 3}))
    assert not same_network(DESIGN, edits.remove(DESIGN, link_ids=[DESIGN.links[0].id]))


def trained(studio, design=DESIGN):
    """Put a design on the canvas with weights that a run has left."""
    studio.files.open_template(design)
    made = weights(design)
    studio.session.set_weights(design, made.arrays, made.record)


def test_weights_of_a_design_without_a_file_are_asked_about(studio, tmp_path):
    trained(studio)
    studio.dialogs.answers = [Answer.CANCEL]
    studio.actions["file.new"].trigger()
    assert studio.document.design == DESIGN
    studio.dialogs.answers, studio.dialogs.paths = [Answer.SAVE], [None]
    studio.actions["file.new"].trigger()
    assert studio.document.design == DESIGN
    studio.dialogs.answers, studio.dialogs.paths = [Answer.SAVE], [tmp_path / "w.npz"]
    studio.actions["file.new"].trigger()
    assert studio.document.design.nodes == ()
    assert (tmp_path / "w.npz").exists()
    assert not studio.session.weights


def test_an_export_has_the_options_that_were_chosen_and_the_next_begins_with_them(studio, tmp_path):
    trained(studio)
    paths = [tmp_path / name for name in ("plain.npz", "small.npz", "again.npz")]
    studio.dialogs.paths = list(paths)
    studio.actions["file.export"].trigger()
    studio.dialogs.options = {"compressed": True}
    studio.actions["file.export"].trigger()
    studio.actions["file.export"].trigger()
    plain, small, again = (path.stat().st_size for path in paths)
    assert small == again < plain
    assert studio.dialogs.asked == ["format", "save"] * 3


def test_weights_of_a_saved_design_are_kept_without_a_question(house, tmp_path):
    studio = house.studio()
    trained(studio)
    studio.dialogs.paths = [tmp_path / "mine.rnnd"]
    studio.actions["file.save"].trigger()
    house.close(studio)
    assert studio.dialogs.asked == ["save"]
    again = house.studio(tmp_path / "mine.rnnd")
    assert again.weights.belong_to_document
    assert again.actions["train.further"].isEnabled()
    assert again.playground.texts.go.isEnabled()


def test_kept_weights_continue_where_their_run_stopped_and_exported_ones_are_weights_alone(house, tmp_path):
    studio = house.studio()
    trained(studio)
    studio.session.checkpoint = checkpoint(5)
    studio.dialogs.paths = [tmp_path / "mine.rnnd"]
    studio.actions["file.save"].trigger()
    studio.weights.export_to(tmp_path / "w.safetensors")
    house.close(studio)
    assert load_weights(tmp_path / "w.safetensors").checkpoint is None
    assert house.studio(tmp_path / "mine.rnnd").session.checkpoint.step == 5


def test_weights_that_do_not_fit_what_was_saved_are_asked_about(studio, tmp_path):
    trained(studio)
    studio.dialogs.paths = [tmp_path / "mine.rnnd"]
    studio.actions["file.save"].trigger()
    larger = edits.set_params(studio.document.design, ["gru"], {"units": 64})
    studio.document.edit("Change", larger)
    made = weights(larger)
    studio.session.set_weights(larger, made.arrays, made.record)
    studio.document.undo_stack.undo()
    studio.dialogs.answers = [Answer.DISCARD]
    studio.actions["file.new"].trigger()
    assert studio.dialogs.asked[-1] == "unexported weights"


def test_weights_with_their_design_open_as_both(studio, tmp_path):
    file = tmp_path / "w.safetensors"
    save_weights(file, weights())
    studio.files.open_path(file)
    assert studio.document.design == DESIGN
    assert studio.document.path is None
    assert not studio.document.is_dirty
    assert studio.canvas.isVisible()
    assert "are loaded" in notice(studio)
    assert [tile.text() for tile in studio.window.gallery.recent] == ["w.safetensors"]
    assert studio.close()
    assert studio.dialogs.asked == []


def test_weights_that_fit_the_canvas_leave_the_design_alone(studio, tmp_path):
    file = tmp_path / "w.safetensors"
    save_weights(file, weights())
    studio.files.open_template(edits.set_name(DESIGN, "my own"))
    studio.files.open_path(file)
    assert studio.document.design.name == "my own"
    assert studio.weights.belong_to_document


def test_weights_of_another_design_ask_before_they_replace_it(studio, tmp_path):
    other = edits.set_params(DESIGN, ["gru"], {"units": 16})
    file = tmp_path / "w.safetensors"
    save_weights(file, weights(other))
    studio.files.open_template(DESIGN)
    studio.document.edit("Change", edits.set_params(DESIGN, ["gru"], {"units": 32}))
    mine = studio.document.design
    studio.dialogs.answers = [Answer.CANCEL]
    studio.files.open_path(file)
    assert studio.document.design == mine
    assert not studio.session.weights
    studio.dialogs.answers = [Answer.DISCARD]
    studio.files.open_path(file)
    assert studio.document.design == other


def test_a_file_that_is_not_there_is_reported(studio, tmp_path):
    studio.files.open_path(tmp_path / "gone.npz")
    assert "gone.npz" in notice(studio)


def test_nothing_can_be_exported_before_there_is_anything(studio):
    assert not studio.actions["file.export"].isEnabled()
    assert not studio.weights.export()
    assert "no trained weights" in notice(studio)
    QApplication.processEvents()
