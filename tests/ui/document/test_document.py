"""The document: a value, its history, its file, its report."""

import pytest

from rnnstudio.design import codec, edits
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Design
from tests.ui.canvas_kit import chain, document, node


def test_an_edit_is_one_step_that_undo_takes_back(qapp):
    doc = document(chain())
    before = doc.design
    doc.edit("Rename", edits.set_name(before, "mine"))
    assert doc.design.name == "mine" and doc.undo_stack.count() == 1
    doc.undo_stack.undo()
    assert doc.design is before


def test_an_edit_that_changes_nothing_is_no_step(qapp):
    doc = document(chain())
    doc.edit("Rename", edits.set_name(doc.design, doc.design.name))
    assert doc.undo_stack.count() == 0


def test_edits_of_one_key_merge_and_others_do_not(qapp):
    doc = document(chain())
    for units in range(64, 74):
        doc.edit("Units", edits.set_params(doc.design, ["cell"], {"units": units}), "param:cell:units")
    doc.edit("Units", edits.set_params(doc.design, ["other"], {"units": 5}), "param:other:units")
    assert doc.undo_stack.count() == 2
    doc.undo_stack.undo()
    doc.undo_stack.undo()
    assert doc.design == chain()


def test_merged_edits_that_end_where_they_began_leave_no_step(qapp):
    doc = document(chain())
    doc.edit("Move", edits.move(doc.design, {"cell": (0.0, 0.0)}), "nudge")
    doc.edit("Move", edits.move(doc.design, {"cell": (368.0, 0.0)}), "nudge")
    assert doc.undo_stack.count() == 0 and not doc.is_dirty


def test_the_way_back_to_the_saved_state_is_clean(qapp, tmp_path, qtbot):
    doc = document(chain())
    told = []
    doc.dirty_changed.connect(told.append)
    doc.save(tmp_path / "a.rnnd")
    doc.edit("Rename", edits.set_name(doc.design, "b"))
    assert doc.is_dirty
    doc.undo_stack.undo()
    assert not doc.is_dirty
    doc.undo_stack.redo()
    doc.edit("Rename", edits.set_name(doc.design, "untitled"))
    assert not doc.is_dirty, "the same value by another way is clean as well"
    assert told == [True, False, True, False]


def test_steps_do_not_merge_over_a_save(qapp, tmp_path):
    doc = document(chain())
    doc.edit("Move", edits.move(doc.design, {"cell": (8.0, 0.0)}), "nudge")
    doc.save(tmp_path / "a.rnnd")
    doc.edit("Move", edits.move(doc.design, {"cell": (16.0, 0.0)}), "nudge")
    doc.undo_stack.undo()
    assert not doc.is_dirty and doc.undo_stack.isClean()


def test_what_is_saved_opens_equal(qapp, tmp_path):
    doc = document(chain())
    doc.save(tmp_path / "a.rnnd")
    other = document()
    other.open(tmp_path / "a.rnnd")
    assert other.design == doc.design
    assert other.path == tmp_path / "a.rnnd" and not other.is_dirty and other.undo_stack.count() == 0


def test_a_file_that_is_no_design_leaves_the_document_as_it_was(qapp, tmp_path):
    doc = document(chain())
    (tmp_path / "bad.rnnd").write_text("not a design")
    with pytest.raises(FileError):
        doc.open(tmp_path / "bad.rnnd")
    assert doc.design == chain() and doc.path is None


def test_saving_without_a_file_says_so(qapp):
    with pytest.raises(FileError, match="no file yet"):
        document(chain()).save()


def test_a_failed_save_leaves_the_document_unsaved(qapp, tmp_path):
    doc = document(chain())
    doc.edit("Rename", edits.set_name(doc.design, "b"))
    with pytest.raises(FileError):
        doc.save(tmp_path / "no such folder" / "a.rnnd")
    assert doc.is_dirty and doc.path is None


def test_many_edits_in_one_turn_are_checked_once(qapp, qtbot):
    doc = document(chain())
    doc.check_now()
    reports = []
    doc.report_changed.connect(reports.append)
    with qtbot.waitSignal(doc.report_changed):
        for x in range(5):
            doc.edit("Move", edits.move(doc.design, {"cell": (x * 8.0, 8.0)}))
    assert len(reports) == 1
    assert doc.report is reports[0]


def test_check_now_does_not_wait(qapp):
    doc = document(chain())
    doc.check_now()
    doc.edit("Units", edits.set_params(doc.design, ["cell"], {"units": 7}))
    assert doc.check_now().shapes[("cell", "sequence")].size == 7


def test_undo_to_the_empty_canvas_and_redo_to_the_end_is_the_same_file(qapp):
    doc = document()
    for part in chain().nodes:
        doc.edit("Add", edits.add_node(doc.design, part))
    for wire in chain().links:
        doc.edit("Connect", edits.connect(doc.design, wire))
    doc.edit("Units", edits.set_params(doc.design, ["cell"], {"units": 9}))
    doc.edit("Delete", edits.remove(doc.design, node_ids=["head"]))
    text = codec.encode(doc.design)
    while doc.undo_stack.canUndo():
        doc.undo_stack.undo()
    assert doc.design == Design()
    while doc.undo_stack.canRedo():
        doc.undo_stack.redo()
    assert codec.encode(doc.design) == text


def test_a_new_document_belongs_to_no_file(qapp, tmp_path):
    doc = document(chain())
    doc.save(tmp_path / "a.rnnd")
    doc.edit("Add", edits.add_node(doc.design, node("x", "lstm", 8)))
    doc.new()
    assert (doc.design, doc.path, doc.is_dirty, doc.undo_stack.count()) == (Design(), None, False, 0)
