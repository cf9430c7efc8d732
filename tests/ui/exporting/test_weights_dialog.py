"""The dialog before trained weights are exported, and what becomes of its answer."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from rnnstudio.design import codec
from rnnstudio.design.constraints import Integer
from rnnstudio.design.model import Choice
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.weights.emitter import ANY_CELL, EMITTERS, register_emitter
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, WeightFormat
from rnnstudio.resources import templates
from rnnstudio.ui.exporting.weights_dialog import WeightsDialog

DESIGN = codec.load(templates()["names-gru"])


@pytest.fixture
def listing() -> Iterator[None]:
    """Register a format that writes cells only, with one option."""
    catalogue()
    before = tuple(EMITTERS)
    number = ParamSpec("number", "Number", Integer(1, 9), 4)
    WEIGHT_FORMATS.register(
        WeightFormat("listing", "Listing", ".listing", lambda *_: b"", params=(number,), has_emitters=True)
    )
    register_emitter("listing", ANY_CELL)(print)
    yield
    WEIGHT_FORMATS.remove("listing")
    EMITTERS.reset(before)


@pytest.fixture
def dialog(qtbot, listing):
    dialog = WeightsDialog(None, Choice("npz"))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def choose(dialog, kind):
    dialog.formats.combo.setCurrentIndex(dialog.formats.combo.findData(kind))
    dialog.formats.combo.activated.emit(dialog.formats.combo.currentIndex())


def test_it_shows_every_format_with_its_options(dialog):
    kinds = [dialog.formats.combo.itemData(index) for index in range(dialog.formats.combo.count())]
    assert kinds == [known.kind for known in WEIGHT_FORMATS]
    for kind in kinds:
        choose(dialog, kind)
        form = dialog.formats.form
        params = WEIGHT_FORMATS.get(kind).params
        assert list(form.fields if form is not None else ()) == [param.name for param in params]
        assert dialog.export.isEnabled()


def test_options_stay_while_another_format_is_looked_at(dialog):
    dialog.formats.form.fields["compressed"].editor.check.click()
    assert dialog.choice == Choice("npz", {"compressed": True})
    choose(dialog, "safetensors")
    assert dialog.choice == Choice("safetensors")
    choose(dialog, "npz")
    assert dialog.choice == Choice("npz", {"compressed": True})
    assert dialog.formats.form.fields["compressed"].editor.check.isChecked()


def test_it_exports_only_what_is_valid(qtbot, dialog):
    choose(dialog, "listing")
    line = dialog.formats.form.fields["number"].editor.box.lineEdit()
    line.selectAll()
    qtbot.keyClicks(line, "12")
    assert not dialog.export.isEnabled()
    assert "a whole number from 1 to 9" in dialog.formats.form.fields["number"].problem.text()
    line.selectAll()
    qtbot.keyClicks(line, "5")
    assert dialog.export.isEnabled()
    assert dialog.choice == Choice("listing", {"number": 5})


def test_it_says_at_once_which_nodes_a_format_cannot_write(qtbot, listing):
    dialog = WeightsDialog(DESIGN, Choice("listing"))
    qtbot.addWidget(dialog)
    assert "cannot write these nodes" in dialog.refusal.text()
    assert "(dense)" in dialog.refusal.text()
    assert not dialog.export.isEnabled()
    choose(dialog, "npz")
    assert dialog.refusal.isHidden()
    assert dialog.export.isEnabled()


def test_enter_exports_and_escape_cancels(qtbot, dialog):
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    dialog.show()
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
